package bundle

import (
	"fmt"
	"strings"
	"sync"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
	"github.com/sizegate/sizegate/internal/bundle/inspect"
	"github.com/sizegate/sizegate/internal/oneline"
	"github.com/sizegate/sizegate/internal/tarfile"
	"github.com/sizegate/sizegate/internal/warnlist"
)

// The limits are far above what any service deploys.
const (
	maxEntries  = 1_000_000
	maxName     = 4096
	maxDepth    = 256
	maxNames    = 256 << 20 // bytes of all names and targets
	maxUnpacked = 16 << 30
	// An archive may always unpack to this much, else to so many times itself.
	freeUnpacked = 1 << 30
	maxRatio     = 200
)

// allowed is how much an archive of size bytes may unpack to.
func allowed(size int64) uint64 {
	if size >= maxUnpacked/maxRatio {
		return maxUnpacked
	}
	return max(freeUnpacked, uint64(size)*maxRatio)
}

func tooLarge(limit uint64) error {
	return &flaw.Error{Problem: fmt.Sprintf("unpacks to more than %d MiB, which is no deployment package", limit>>20),
		Hint: "name another file, or leave out what is not deployed"}
}

// builder collects entries within the limits.
type builder struct {
	entries  []Entry
	limit    uint64 // of unpacked
	unpacked uint64 // bytes of all entries, replaced ones included
	names    int    // bytes
	records  uint64 // bytes of those that are kept
	warnings warnlist.List

	mu   sync.Mutex
	kept map[int][]byte // contents of entries that are needed
	sums [][32]byte     // of entries that may be equal to others
}

// add appends the entry under the name that the archive gives it.
func (b *builder) add(name string, e Entry) error {
	switch {
	case len(b.entries) == maxEntries:
		return &flaw.Error{Problem: fmt.Sprintf("more than %d entries", maxEntries), Hint: "leave out what is not deployed"}
	case len(name) > maxName, len(e.Target) > maxName:
		return &flaw.Error{Problem: fmt.Sprintf("%s: its name or target is longer than %d bytes, which Linux cannot unpack", oneline.Name(name), maxName), Hint: "shorten it"}
	case strings.Count(name, "/") > maxDepth:
		return &flaw.Error{Problem: fmt.Sprintf("%s: more than %d folders deep", oneline.Name(name), maxDepth), Hint: "make the tree flatter"}
	}
	if b.names += len(name) + len(e.Target); b.names > maxNames {
		return &flaw.Error{Problem: fmt.Sprintf("names of more than %d MiB in all", maxNames>>20), Hint: "leave out what is not deployed"}
	}
	if e.Size > b.limit-b.unpacked {
		return tooLarge(b.limit)
	}
	b.unpacked += e.Size
	var escapes bool
	if e.Path, escapes = clean(name); escapes {
		b.warnings.Add("an absolute name or one with .. (unpackers refuse it or cut it off: build the package again)", name)
	}
	if strings.Contains(name, `\`) {
		b.warnings.Add(`a backslash in the name, which is no separator on Linux (write / between folders)`, name)
	}
	if tarfile.Unprintable(name) {
		b.warnings.Add("control characters in the name (rename it)", name)
	}
	if e.Path == "." && e.Type != Directory {
		b.warnings.Add("an entry without a name (build the package again)", name)
	}
	if e.Type == Special {
		b.warnings.Add("a device, pipe or socket, which is never opened (leave it out)", name)
	}
	if isRecord(e.Path) && e.Type == File && e.Size <= min(maxRecord, maxRecords-b.records) {
		b.records += e.Size
		e.keep = true
	}
	b.entries = append(b.entries, e)
	return nil
}

// set notes what was found in the contents of entry i.
func (b *builder) set(i int, f inspect.Found) {
	e := &b.entries[i]
	e.magic = f.Magic
	e.ELF = e.Type == File && string(f.Magic[:4]) == "\x7fELF"
	hashed := f.Sum != [32]byte{}
	if f.Kept == nil && !hashed {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if hashed {
		b.sums = append(b.sums, f.Sum)
		e.sum = int32(len(b.sums))
	}
	if f.Kept != nil {
		if b.kept == nil {
			b.kept = make(map[int][]byte)
		}
		b.kept[i] = f.Kept
	}
}

// repeats counts the files by a key, which tells for certain that two are not
// equal, and reports which may be.
func repeats[K comparable](entries []Entry, key func(i int) K) func(i int) bool {
	count := make(map[K]int)
	may := func(i int) bool { return entries[i].Type == File && entries[i].Size > 0 && !entries[i].Opaque }
	for i := range entries {
		if may(i) {
			count[key(i)]++
		}
	}
	return func(i int) bool { return may(i) && count[key(i)] > 1 }
}
