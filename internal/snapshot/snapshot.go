// Package snapshot is the JSON report "sizegate.report/v1": the one form in
// which measurements are kept, compared and shown. Its field names are a
// contract with users.
package snapshot

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
	"github.com/sizegate/sizegate/internal/startup"
	"github.com/sizegate/sizegate/internal/variant"
)

// Schema is the value of Report.Schema.
const Schema = "sizegate.report/v1"

// Report is the measurements of one run.
type Report struct {
	Schema   string   `json:"schema"`
	Sizegate string   `json:"sizegate"` // version of the program
	Binaries []Binary `json:"binaries"` // in the order of the command line
	// Packages and Images are in a baseline alone, whose budgets can be about any of
	// them.
	Packages []Package `json:"packages,omitempty"`
	Images   []Image   `json:"images,omitempty"`
}

// Binary is the measurements of one file. All sizes are bytes.
type Binary struct {
	Name      string   `json:"name"`
	Path      string   `json:"path"`
	SHA256    string   `json:"sha256"` // "" unless asked for
	Arch      string   `json:"arch"`
	Type      string   `json:"type"`
	Languages []string `json:"languages"`
	Compiler  string   `json:"compiler"`
	Main      string   `json:"main"`
	Version   string   `json:"version"`
	BuildID   string   `json:"build_id"`
	Symbols   string   `json:"symbols"`
	// View is "instantiated" or "source" if code was charged so, "" if to the package
	// or crate that defines it.
	View      string     `json:"view,omitempty"`
	FileSize  uint64     `json:"file_size"`
	VMSize    uint64     `json:"vm_size"`
	Overhead  Overhead   `json:"overhead"`
	Sections  []Section  `json:"sections"`
	Owners    []Owner    `json:"owners"`
	Functions []Function `json:"functions,omitzero"` // nil unless asked for with --by function or generic
	Generics  []Generic  `json:"generics,omitzero"`  // nil unless asked for with --by generic
	Variants  []Variant  `json:"variants"`
	Startup   *Startup   `json:"startup,omitempty"` // only with --startup
	Warnings  []string   `json:"warnings"`
}

// Overhead is the bytes of the file outside all sections.
type Overhead struct {
	Headers uint64 `json:"headers"` // ELF header, program and section headers
	Gaps    uint64 `json:"gaps"`    // bytes that nothing describes
}

// Section is one section and how its bytes are divided.
type Section struct {
	Name         string `json:"name"` // unique within the file
	Kind         string `json:"kind"`
	FileSize     uint64 `json:"file_size"`
	VMSize       uint64 `json:"vm_size"`
	Attributed   uint64 `json:"attributed"`
	Padding      uint64 `json:"padding"`
	Unattributed uint64 `json:"unattributed"`
}

// Owner is who bytes are charged to.
type Owner struct {
	Kind       string            `json:"kind"`
	Name       string            `json:"name"`
	ID         string            `json:"id"`
	Module     string            `json:"module"`
	Version    string            `json:"version"`
	Origin     string            `json:"origin"`
	Functions  int               `json:"functions"`
	Size       uint64            `json:"size"`
	Sections   map[string]uint64 `json:"sections"`
	Confidence string            `json:"confidence"`
}

// Function is one function or object.
type Function struct {
	Name    string `json:"name"`
	Owner   string `json:"owner"`
	Section string `json:"section"`
	Address uint64 `json:"address"`
	Size    uint64 `json:"size"`
	OwnerID string `json:"owner_id,omitempty"` // the owner's ID, where it has one
}

// Variant is the size of the file after a tool has worked on it.
type Variant struct {
	Name    string        `json:"name"`
	Status  string        `json:"status"` // "ok", "skipped" or "failed"
	Size    uint64        `json:"size"`
	Tool    string        `json:"tool"`
	Level   string        `json:"level"`
	Reason  string        `json:"reason"`
	Startup *Startup      `json:"startup,omitempty"` // only with --startup
	Took    time.Duration `json:"-"`                 // differs from run to run, so it is not part of the report
}

// Startup is what starting a program costs. Times are nanoseconds from the
// start of the process to its end.
type Startup struct {
	Runs   int    `json:"runs"`
	Min    int64  `json:"min_ns"`
	Median int64  `json:"median_ns"`
	Memory uint64 `json:"memory"` // peak bytes, 0 if unknown
	Exit   int    `json:"exit"`   // exit code of the last run
	Reason string `json:"reason"` // why nothing was run
}

// AddVariants adds what the file becomes, and what starting it costs if that
// was measured.
func (b *Binary) AddVariants(list []variant.Variant, starts *variant.Starts) {
	for i, v := range list {
		out := Variant{Name: string(v.Name), Status: string(v.Status), Size: v.Size, Tool: v.Tool, Level: v.Level, Reason: v.Reason, Took: v.Took}
		if starts != nil {
			if c, ok := starts.Variants[i]; ok {
				out.Startup = newStartup(c)
			}
		}
		b.Variants = append(b.Variants, out)
	}
	switch {
	case starts == nil:
	case starts.Reason != "":
		b.Startup = &Startup{Reason: starts.Reason}
	default:
		b.Startup = newStartup(starts.Plain)
	}
}

func newStartup(c startup.Cost) *Startup {
	return &Startup{Runs: c.Runs, Min: int64(c.Min), Median: int64(c.Median), Memory: c.Memory, Exit: c.Exit}
}

// view is Binary.View. Without Rust the first two views are the same.
func view(p *attrib.Profile) string {
	if p.View == attrib.Defined || p.View == attrib.Instantiated && !slices.Contains(p.Languages, "rust") {
		return ""
	}
	return string(p.View)
}

// New puts what was measured of one file together. demangle makes a
// function's name readable; what of a function was inlined elsewhere is marked
// behind it.
func New(name, path string, b *elfscan.Binary, p *attrib.Profile, demangle func(string) string) Binary {
	out := Binary{
		Name: name, Path: path, Arch: string(b.Arch), Type: string(b.Type),
		Languages: notNil(p.Languages), Compiler: p.Compiler, Main: p.Main, Version: p.Version, BuildID: buildrecord.ID(b),
		Symbols: p.Symbols, View: view(p), FileSize: b.Size, VMSize: b.VMSize,
		Overhead: Overhead{Headers: b.Headers, Gaps: b.Gaps},
		Sections: make([]Section, len(b.Sections)),
		Owners:   make([]Owner, len(p.Owners)),
		Variants: []Variant{},
		Warnings: append(notNil(b.Warnings), p.Warnings...),
	}
	for i := range b.Sections {
		s, t := &b.Sections[i], p.Sections[i]
		out.Sections[i] = Section{Name: s.Name, Kind: string(s.Kind), FileSize: s.FileSize, VMSize: s.VMSize,
			Attributed: t.Attributed, Padding: t.Padding, Unattributed: t.Unattributed}
	}
	for i := range p.Owners {
		o := &p.Owners[i]
		sections := make(map[string]uint64, len(o.Sections))
		for _, s := range o.Sections {
			sections[b.Sections[s.Section].Name] = s.Size
		}
		out.Owners[i] = Owner{Kind: string(o.Kind), Name: o.Name, ID: o.ID, Module: o.Module, Version: o.Version,
			Origin: string(o.Origin), Functions: o.Functions, Size: o.Size, Sections: sections, Confidence: string(o.Confidence)}
	}
	if p.Functions != nil {
		out.Functions = make([]Function, 0, len(p.Functions))
	}
	for _, f := range p.Functions {
		o := &p.Owners[f.Owner]
		name := f.Name
		if !f.Constant {
			name = demangle(name)
		}
		if f.Inlined {
			name += " [inlined]"
		}
		out.Functions = append(out.Functions, Function{Name: name, Owner: o.Name, OwnerID: o.ID,
			Section: b.Sections[f.Section].Name, Address: f.Address, Size: f.Size})
	}
	return out
}

// notNil makes an empty list [] and not null in JSON.
func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// BaseName is a section's name without the index that tells sections of one name
// apart. Segments of a file without sections are called LOAD[0] and on.
func BaseName(name string) string {
	if i := strings.LastIndexByte(name, '['); i > 0 && strings.HasSuffix(name, "]") && !strings.HasPrefix(name, "LOAD[") {
		return name[:i]
	}
	return name
}

// Check proves the sums that every report promises:
//
//  1. owners, padding and unattributed bytes of a section add up to it;
//  2. sections, headers and gaps add up to the file;
//  3. an owner's sections, which are all in the list, add up to its size.
//
// A report that fails is a bug of the program that made it.
func (b *Binary) Check() error {
	bySection := make(map[string]uint64, len(b.Sections))
	for i := range b.Owners {
		o := &b.Owners[i]
		sum := uint64(0)
		for name, size := range o.Sections {
			bySection[name] += size
			sum += size
		}
		if sum != o.Size {
			return fmt.Errorf("the sections of owner %q add up to %d, not to its size %d", o.Name, sum, o.Size)
		}
	}
	total := b.Overhead.Headers + b.Overhead.Gaps
	known := make(map[string]bool, len(b.Sections))
	for i := range b.Sections {
		s := &b.Sections[i]
		total += s.FileSize
		if known[s.Name] {
			return fmt.Errorf("two sections are called %q", s.Name)
		}
		known[s.Name] = true
		if s.Attributed != bySection[s.Name] {
			return fmt.Errorf("the owners of section %q add up to %d, not to %d", s.Name, bySection[s.Name], s.Attributed)
		}
		if sum := s.Attributed + s.Padding + s.Unattributed; sum != s.FileSize {
			return fmt.Errorf("the parts of section %q add up to %d, not to %d", s.Name, sum, s.FileSize)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(bySection)) {
		if !known[name] {
			return fmt.Errorf("owners have %d bytes of section %q, which there is not", bySection[name], name)
		}
	}
	if total != b.FileSize {
		return fmt.Errorf("sections, headers and gaps add up to %d, not to the file's %d bytes", total, b.FileSize)
	}
	return nil
}

// Write writes the report as a Writer does.
func (r *Report) Write(w io.Writer) error {
	out, err := NewWriter(w, r)
	if err != nil {
		return err
	}
	for i := range r.Binaries {
		if err := out.Add(&r.Binaries[i]); err != nil {
			return err
		}
	}
	return out.Close()
}
