package main

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/sizegate/sizegate/internal/advise"
	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/dynlink"
	"github.com/sizegate/sizegate/internal/report"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/strip"
)

// examine does with a file what report, advise and strip do, and returns what is
// wrong with the results. It says whether the file was measured or refused.
func examine(ctx context.Context, data []byte) (measured bool, err error) {
	b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return false, refusal(err)
	}
	code := func(s *elfscan.Section) bool { return s.Kind == elfscan.Code }
	all := func(*elfscan.Section) bool { return true }
	for _, options := range []attrib.Options{
		{View: attrib.Auto, Section: code},
		{View: attrib.Instantiated, Section: all, Functions: true},
		{View: attrib.Source, Section: all, Functions: true},
		advise.Attribution(nil),
	} {
		p, err := attrib.Attribute(b, options)
		if err != nil {
			return false, refusal(err)
		}
		s := snapshot.New("mutant", "mutant", b, p, display.Demangle)
		if options.Functions {
			s.AddGenerics(p)
		}
		if err := sums(&s, uint64(len(data))); err != nil {
			return false, fmt.Errorf("view %s: %w", options.View, err)
		}
		if err := rendered(&s); err != nil {
			return false, fmt.Errorf("view %s: %w", options.View, err)
		}
		if options.View != attrib.Auto || !options.Functions {
			continue
		}
		list, err := advise.Advise(ctx, advise.Facts{Binary: b, Profile: p})
		if err != nil {
			return false, refusal(err)
		}
		for _, a := range list {
			if a.Saves != nil && a.Saves.Bytes > b.Size {
				return false, fmt.Errorf("advice %s saves %d of %d bytes", a.Code, a.Saves.Bytes, b.Size)
			}
		}
	}
	if _, err := dynlink.Read(b); err != nil {
		if err := refusal(err); err != nil {
			return false, err
		}
	}
	return true, errors.Join(stripped(b, strip.All), stripped(b, strip.Debug))
}

// refusal is nil for an error as users should see it: one printable line that is
// no bug of the program.
func refusal(err error) error {
	var known *elfscan.Error
	switch text := err.Error(); {
	case !errors.As(err, &known):
		return fmt.Errorf("an error without advice: %T %q", err, text)
	case strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("an error that is not one printable line: %q", text)
	case strings.Contains(text, "a bug in") || strings.Contains(text, "internal error"):
		return fmt.Errorf("a bug: %q", text)
	}
	return nil
}

// sums adds a report up by itself, and compares that with Check.
func sums(b *snapshot.Binary, size uint64) error {
	if err := b.Check(); err != nil {
		return err
	}
	total := b.Overhead.Headers + b.Overhead.Gaps
	owned := map[string]uint64{}
	ofFunctions := map[string]uint64{}
	for _, o := range b.Owners {
		for name, n := range o.Sections {
			owned[name] += n
		}
	}
	for _, f := range b.Functions {
		ofFunctions[f.Section] += f.Size
	}
	for _, s := range b.Sections {
		total += s.FileSize
		if max(s.FileSize, s.Attributed, s.Padding, s.Unattributed) > size {
			return fmt.Errorf("section %q is larger than the file: %+v", s.Name, s)
		}
		if owned[s.Name]+s.Padding+s.Unattributed != s.FileSize {
			return fmt.Errorf("section %q has %d bytes, its parts %d", s.Name, s.FileSize, owned[s.Name]+s.Padding+s.Unattributed)
		}
		if b.Functions != nil && ofFunctions[s.Name] != s.Attributed {
			return fmt.Errorf("the functions of section %q have %d bytes, its owners %d", s.Name, ofFunctions[s.Name], s.Attributed)
		}
	}
	if total != size || b.FileSize != size {
		return fmt.Errorf("a file of %d bytes is reported with %d, its parts with %d", size, b.FileSize, total)
	}
	return nil
}

// rendered writes a report in every format and reads it again.
func rendered(b *snapshot.Binary) error {
	r := &snapshot.Report{Schema: snapshot.Schema, Binaries: []snapshot.Binary{*b}}
	var text bytes.Buffer
	if err := r.Write(&text); err != nil {
		return err
	}
	by := breakdown.ByPackage
	if b.Functions != nil {
		by = breakdown.ByFunction
	} else {
		// Reading takes longer than writing, and functions are not looked at.
		again, err := snapshot.Decode(bytes.NewReader(text.Bytes()))
		if err != nil {
			return fmt.Errorf("what is written is not read: %w", err)
		}
		if len(again.Binaries) != 1 || again.Binaries[0].FileSize != b.FileSize {
			return errors.New("what is read is not what was written")
		}
	}
	options := report.Options{Choice: breakdown.Choice{By: by, Top: 20, Scope: "all sections", Asked: func(*snapshot.Section) bool { return true }},
		Medium: display.Medium{Width: 100}}
	for _, render := range []func(io.Writer, *snapshot.Report, report.Options) error{report.Table, report.CSV, report.Markdown, report.Benchfmt} {
		var out bytes.Buffer
		if err := render(&out, r, options); err != nil {
			return err
		}
		if at := bytes.IndexFunc(out.Bytes(), func(c rune) bool { return c != '\n' && c != '\t' && !unicode.IsPrint(c) }); at >= 0 {
			return fmt.Errorf("a table has %q", out.Bytes()[at:min(at+20, out.Len())])
		}
	}
	return nil
}

// stripped holds the size of the stripped file against the file, and opens it.
func stripped(b *elfscan.Binary, mode strip.Mode) error {
	size, err := strip.Size(b, mode)
	var out bytes.Buffer
	if failed := strip.Write(&out, b, mode); failed != nil {
		if out.Len() > 0 {
			return fmt.Errorf("%d bytes were written before %w", out.Len(), failed)
		}
		return refusal(failed)
	}
	if err != nil {
		return fmt.Errorf("strip has no size of what it writes: %w", err)
	}
	if size != uint64(out.Len()) {
		return fmt.Errorf("the stripped file has %d bytes, and was said to have %d", out.Len(), size)
	}
	if _, err := elf.NewFile(bytes.NewReader(out.Bytes())); err != nil {
		return fmt.Errorf("the stripped file: %w", err)
	}
	if _, err := elfscan.New(bytes.NewReader(out.Bytes()), int64(out.Len())); err != nil {
		return fmt.Errorf("the stripped file: %w", err)
	}
	return nil
}
