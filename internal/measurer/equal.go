package measurer

import (
	"crypto/sha256"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/variant"
)

// maxELF is how many ELF files a package or an image may have. Each takes about a
// millisecond, and some 10 kB of the report, however small it is. The largest images
// have a tenth as many.
const maxELF = 50_000

func tooManyELF() error {
	return fmt.Errorf("more than %d ELF files (measure a part of it, or leave out what is not needed)", maxELF)
}

// contentsKey is the same for files of which all is the same but the path.
type contentsKey struct {
	sum  [sha256.Size]byte
	name string
}

// keyOf is that of a file whose contents have this SHA-256. A variant that is a zip
// archive has the name of the file in it.
func (t *Target) keyOf(sum [sha256.Size]byte, filePath string) contentsKey {
	if slices.ContainsFunc(t.Variants, func(v variant.Name) bool { return strings.HasSuffix(string(v), string(variant.Zip)) }) {
		return contentsKey{sum, path.Base(filePath)}
	}
	return contentsKey{sum: sum}
}

// costly reports whether measuring takes longer than a SHA-256: the code alone is
// attributed as fast.
func (t *Target) costly() bool {
	return t.Options.Section(&elfscan.Section{Kind: elfscan.ROData}) || slices.ContainsFunc(t.Variants, func(v variant.Name) bool { return v != variant.Stripped })
}

// as is what came of another file with the same contents, for the one at this path.
func (r Result) as(filePath string) Result {
	r.Binary.Path, r.Binary.Name = filePath, path.Base(filePath)
	return r
}

// equalFiles measures files with the same contents once, which come in any order and
// were not hashed.
type equalFiles struct {
	mu      sync.Mutex
	sizes   map[int64]bool // of files that were met
	results map[contentsKey]*sharedResult
}

type sharedResult struct {
	done   chan struct{}
	result Result
}

func newEqualFiles() *equalFiles {
	return &equalFiles{sizes: make(map[int64]bool), results: make(map[contentsKey]*sharedResult)}
}

// measure calls one for a file, unless one with the same contents was measured. The first
// file of a size is not hashed, for which most never need to be: so of equal files
// the first two are measured.
func (e *equalFiles) measure(t *Target, filePath string, contents *io.SectionReader, one func() Result) Result {
	e.mu.Lock()
	met := e.sizes[contents.Size()]
	e.sizes[contents.Size()] = true
	e.mu.Unlock()
	if !met {
		return one()
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(contents, 0, contents.Size())); err != nil {
		return one() // tells what is wrong
	}
	key := t.keyOf([sha256.Size]byte(h.Sum(nil)), filePath)
	e.mu.Lock()
	shared, known := e.results[key]
	if !known {
		shared = &sharedResult{done: make(chan struct{})}
		e.results[key] = shared
	}
	e.mu.Unlock()
	if !known {
		defer close(shared.done)
		shared.result = one()
		return shared.result
	}
	<-shared.done
	return shared.result.as(filePath)
}
