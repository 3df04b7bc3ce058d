// Package variant measures what a file becomes when it is stripped, packed and
// archived: all that is asked for side by side, each ending as a size or as a
// reason why there is none.
package variant

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/sizegate/sizegate/internal/archive"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/strip"
	"github.com/sizegate/sizegate/internal/upx"
)

// Name is what is done to the file.
type Name string

const (
	Stripped Name = "stripped" // strip --strip-all
	NoDebug  Name = "nodebug"  // strip --strip-debug: symbols are kept
	UPX      Name = "upx"      // the stripped file, packed
	Zip      Name = "zip"      // the file as it is, in a zip archive
	Gzip     Name = "gzip"
	Zstd     Name = "zstd"

	// What is shipped after two steps, measured where both are asked for.
	StrippedZip Name = "stripped+zip"
	UPXZip      Name = "upx+zip"
)

// known are those that can be asked for, in the order of the results.
var known = []Name{Stripped, NoDebug, UPX, Zip, Gzip, Zstd}

// Status is how a variant ended.
type Status string

const (
	OK      Status = "ok"
	Skipped Status = "skipped" // it cannot be had, which is no fault: the tool is missing, or declines the file
	Failed  Status = "failed"
)

// Variant is one measurement.
type Variant struct {
	Name   Name
	Status Status
	Size   uint64 // bytes; 0 unless OK
	Tool   string // "in-process", or the program with its version
	Level  string // of UPX
	Reason string // one line, unless OK
	Took   time.Duration
}

// Request says what to measure.
type Request struct {
	Names  []Name
	Levels []upx.Level // of UPX, at least one if UPX is among the names
	// UPX runs the packer. Where it is nil, NoUPX says why.
	UPX   *upx.Runner
	NoUPX error
	// Entry is the file's name in a zip archive.
	Entry string
	// Keep is a directory that gets the stripped and the packed files,
	// executable, under the names that Kept tells. "" keeps none.
	Keep string
	// Slots bounds how many measurements run at once, over all files: each
	// takes a place while it runs.
	Slots chan struct{}
	// Step is called, by several goroutines, as each measurement begins, and what
	// it returns as that one ends. It may be nil.
	Step func(name string) (done func())
}

// inProcess is the Tool of what sizegate does itself.
const inProcess = "in-process"

// job makes one variant, or two where the second needs a file that the first
// has only for a moment.
type job struct {
	name string // of the first, with its level
	run  func(ctx context.Context) []Variant
}

// Count is how many measurements the request is for, each of which calls Step.
func (r *Request) Count() int { return len(r.jobs(nil)) }

// Measure measures all that is asked for of b. The results are in a
// fixed order, by name, then by level, whatever ends first. A cancelled context ends
// every measurement as Failed.
func Measure(ctx context.Context, b *elfscan.Binary, r Request) []Variant {
	jobs := r.jobs(b)
	results := make([][]Variant, len(jobs))
	var running sync.WaitGroup
	for i, j := range jobs {
		running.Go(func() {
			select {
			case r.Slots <- struct{}{}:
				defer func() { <-r.Slots }()
			case <-ctx.Done():
			}
			if r.Step != nil {
				defer r.Step(j.name)()
			}
			results[i] = j.run(ctx)
		})
	}
	running.Wait()
	all := slices.Concat(results...)
	// What is shipped after two steps stands behind both.
	slices.SortStableFunc(all, func(x, y Variant) int { return order(x.Name) - order(y.Name) })
	return all
}

func order(n Name) int {
	return slices.Index([]Name{Stripped, NoDebug, UPX, Zip, StrippedZip, UPXZip, Gzip, Zstd}, n)
}

func (r *Request) jobs(b *elfscan.Binary) []job {
	asked := func(n Name) bool { return slices.Contains(r.Names, n) }
	var jobs []job
	add := func(n Name, size func(ctx context.Context) (uint64, error)) {
		jobs = append(jobs, job{string(n), func(ctx context.Context) []Variant { return []Variant{timed(ctx, n, size)} }})
	}
	if asked(Stripped) {
		add(Stripped, func(context.Context) (uint64, error) { return r.strip(b) })
	}
	if asked(NoDebug) {
		add(NoDebug, func(context.Context) (uint64, error) { return strip.Size(b, strip.Debug) })
	}
	if asked(UPX) {
		in := upx.NewInput(func(w io.Writer) error { return strip.Write(w, b, strip.All) })
		for _, level := range r.Levels {
			jobs = append(jobs, job{fmt.Sprintf("%s %s", UPX, level), func(ctx context.Context) []Variant { return r.pack(ctx, in, level, asked(Zip)) }})
		}
	}
	if asked(Zip) {
		add(Zip, func(ctx context.Context) (uint64, error) { return archive.Zip(ctx, b.Reader(), b.Size, r.Entry) })
	}
	if asked(Zip) && asked(Stripped) {
		add(StrippedZip, func(ctx context.Context) (uint64, error) { return r.zipStripped(ctx, b) })
	}
	if asked(Gzip) {
		add(Gzip, func(ctx context.Context) (uint64, error) { return archive.Gzip(ctx, b.Reader()) })
	}
	if asked(Zstd) {
		add(Zstd, func(ctx context.Context) (uint64, error) { return archive.Zstd(ctx, b.Reader(), b.Size) })
	}
	return jobs
}

// timed runs one measurement of our own.
func timed(ctx context.Context, n Name, size func(ctx context.Context) (uint64, error)) Variant {
	start := time.Now()
	v := Variant{Name: n, Tool: inProcess}
	if err := ctx.Err(); err != nil {
		return v.failed(err)
	}
	got, err := size(ctx)
	if err != nil {
		return v.failed(err)
	}
	v.Status, v.Size, v.Took = OK, got, time.Since(start)
	return v
}

func (v Variant) failed(err error) Variant {
	v.Status, v.Reason = Failed, err.Error()
	if errors.Is(err, context.Canceled) {
		v.Reason = "interrupted"
	}
	return v
}

// zipStripped archives what strip writes as it writes it.
func (r *Request) zipStripped(ctx context.Context, b *elfscan.Binary) (uint64, error) {
	size, err := strip.Size(b, strip.All)
	if err != nil {
		return 0, err
	}
	in, out := io.Pipe()
	go func() { out.CloseWithError(strip.Write(out, b, strip.All)) }()
	defer in.Close()
	return archive.Zip(ctx, in, size, r.Entry)
}

// pack runs UPX on the stripped file, and archives what it made if that is
// asked for.
func (r *Request) pack(ctx context.Context, in *upx.Input, level upx.Level, zipped bool) []Variant {
	v := Variant{Name: UPX, Level: string(level), Tool: "upx"}
	if r.UPX == nil {
		v.Status, v.Reason = Skipped, r.NoUPX.Error()
		return []Variant{v}
	}
	v.Tool = "upx " + r.UPX.Tool.Version
	if err := ctx.Err(); err != nil {
		return []Variant{v.failed(err)}
	}
	var keep func(packed string) error
	if r.Keep != "" {
		keep = func(packed string) error {
			f, err := os.Open(packed)
			if err != nil {
				return err
			}
			defer f.Close()
			return Copy(filepath.Join(r.Keep, Kept(&v)), f)
		}
	}
	var size func(packed string) (uint64, error)
	z := Variant{Name: UPXZip, Level: string(level), Tool: inProcess}
	if zipped {
		// The cache serves every name, so the name's share comes after.
		size = func(packed string) (uint64, error) {
			start := time.Now()
			size, err := zipFile(ctx, packed)
			z.Took = time.Since(start)
			return size, err
		}
	}
	got, err := r.UPX.Pack(ctx, in, level, size, keep)
	if err != nil {
		return []Variant{v.failed(err)}
	}
	v.Status, v.Size, v.Reason, v.Took = Status(got.Status), got.Size, got.Reason, got.Took
	if got.Zipped == 0 {
		return []Variant{v}
	}
	z.Status, z.Size = OK, got.Zipped+2*uint64(len(r.Entry))
	return []Variant{v, z}
}

// strip is the stripped size, and the file itself where it is kept.
func (r *Request) strip(b *elfscan.Binary) (uint64, error) {
	size, err := strip.Size(b, strip.All)
	if err != nil || r.Keep == "" {
		return size, err
	}
	return size, create(filepath.Join(r.Keep, Kept(&Variant{Name: Stripped})), func(w io.Writer) error { return strip.Write(w, b, strip.All) })
}

// create writes an executable file.
func create(path string, write func(w io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// Copy makes an executable file of what is read, where there must be none yet.
func Copy(to string, from io.Reader) error {
	return create(to, func(w io.Writer) error {
		_, err := io.Copy(w, from)
		return err
	})
}

// zipFile is the size of a zip in which the file's name is empty.
func zipFile(ctx context.Context, path string) (uint64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return archive.Zip(ctx, f, uint64(info.Size()), "")
}

// Parse turns the value of --variants into names: names with commas between
// them, "all" or "none".
func Parse(words []string) ([]Name, error) {
	var names []Name
	for _, w := range words {
		switch n := Name(w); {
		case w == "all" && len(words) == 1:
			return slices.Clone(known), nil
		case w == "none" && len(words) == 1:
			return nil, nil
		case slices.Contains(known, n):
			names = append(names, n)
		default:
			return nil, fmt.Errorf("unknown variant %q (stripped, nodebug, upx, zip, gzip, zstd; or all or none alone)", w)
		}
	}
	return names, nil
}
