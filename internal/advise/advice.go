package advise

import (
	"cmp"
	"context"
	"slices"

	"github.com/sizegate/sizegate/internal/advise/facts"
	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/debugfile"
)

// Advice is one thing to change in how a file is built.
type Advice struct {
	Code     string   // stable, as "pack-relocations"
	Title    string   // one line
	Evidence []string // what the file shows, each one printable line
	Setting  string   // flags, or lines of Cargo.toml, to paste; it can have several lines
	Saves    *Saving  // nil where it cannot be known
	// HowToFindOut is how to learn what an advice without Saves brings, else "".
	HowToFindOut string
}

// Saving is how much smaller the file gets.
type Saving struct {
	Bytes uint64
	How   How
}

// How is where a Saving comes from.
type How string

const (
	Computed How = "computed" // counted in the file
	Measured How = "measured" // tried with the file's content
)

// The codes of all advice.
const (
	CodeStrip           = "strip"
	CodePackRelocations = "pack-relocations"
	CodeNoPIE           = "no-pie"
	CodeTrimpath        = "trimpath"
	CodeUnwindTables    = "unwind-tables"
	CodePanicAbort      = "panic-abort"
	CodeLTO             = "lto"
	CodeOverflowChecks  = "overflow-checks"
	CodeOptLevel        = "opt-level"
	CodeGCSections      = "gc-sections"
	CodeStaticLibc      = "static-libc"
	CodeCompressFiles   = "compress-files"
	CodeDependencyFiles = "dependency-files"
	CodeLargeFiles      = "large-files"
	CodeDuplicateData   = "duplicate-data"
	CodeGenerics        = "duplicate-generics"
	CodeVersions        = "several-versions"
	CodeReflectMethods  = "reflect-methods"
	CodeIndirectPackage = "indirect-package"
)

// Facts are what advice is made from.
type Facts struct {
	Binary    *elfscan.Binary
	DebugFile *debugfile.File // nil if there is none
	Profile   *attrib.Profile // of Binary, made with Attribution
}

// Attribution is what the Profile of Facts has to be asked for.
func Attribution(debug *debugfile.File) attrib.Options {
	return attrib.Options{View: attrib.Auto, Functions: true, DebugFile: debug, Section: func(*elfscan.Section) bool { return true }}
}

// Advise returns what there is to advise, the largest saving first, then what
// has no number in the order of its checks. Each saving is that of one change
// alone: they need not add up, since two can be of the same bytes. Files that are
// embedded in the binary are compressed to measure what that saves, which takes
// most of the time. The error is one of reading the file, or the context's.
func Advise(ctx context.Context, f Facts) ([]Advice, error) {
	shown, err := facts.Read(f.Binary, f.DebugFile, f.Profile)
	if err != nil {
		return nil, err
	}
	a := &adviser{File: shown, ctx: ctx}
	list := []Advice{}
	for _, check := range []func() (*Advice, error){
		a.strip, a.compressFiles, a.largeFiles, a.dependencyFiles, a.duplicateData, a.packRelocations, a.noPIE, a.trimpath, a.unwindTables,
		a.versions, a.lto, a.panicAbort, a.overflowChecks, a.optLevel, a.generics, a.gcSections, a.reflectMethods, a.indirectPackage, a.staticLibc,
	} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		advice, err := check()
		if err != nil {
			return nil, err
		}
		// Less than a page, or the fill of one, can come to nothing.
		if advice != nil && (advice.Saves == nil || advice.Saves.Bytes > 0) {
			list = append(list, *advice)
		}
	}
	slices.SortStableFunc(list, func(x, y Advice) int {
		if x.Saves == nil || y.Saves == nil {
			return cmp.Compare(withoutNumber(x), withoutNumber(y))
		}
		return cmp.Compare(y.Saves.Bytes, x.Saves.Bytes)
	})
	return list, nil
}

func withoutNumber(a Advice) int {
	if a.Saves == nil {
		return 1
	}
	return 0
}

// minSaving is what a change must save to be worth a line.
const minSaving = 1 << 10

// adviser is the work in progress.
type adviser struct {
	*facts.File
	ctx   context.Context
	files []packedFile // see ownFiles
}
