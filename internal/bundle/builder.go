package bundle

import (
	"fmt"
	"strings"
	"sync"
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
	return &Error{Problem: fmt.Sprintf("unpacks to more than %d MiB, which is no deployment package", limit>>20),
		Hint: "name another file, or leave out what is not deployed"}
}

// builder collects entries within the limits.
type builder struct {
	entries  []Entry
	limit    uint64 // of unpacked
	unpacked uint64 // bytes of all entries, replaced ones included
	names    int    // bytes
	records  uint64 // bytes of those that are kept
	warnings warnings

	mu   sync.Mutex
	kept map[int][]byte // contents of entries that are needed
}

// add appends the entry under the name that the archive gives it.
func (b *builder) add(name string, e Entry) error {
	switch {
	case len(b.entries) == maxEntries:
		return &Error{Problem: fmt.Sprintf("more than %d entries", maxEntries), Hint: "leave out what is not deployed"}
	case len(name) > maxName, len(e.Target) > maxName:
		return &Error{Problem: fmt.Sprintf("%s: its name or target is longer than %d bytes, which Linux cannot unpack", quote(name), maxName), Hint: "shorten it"}
	case strings.Count(name, "/") > maxDepth:
		return &Error{Problem: fmt.Sprintf("%s: more than %d folders deep", quote(name), maxDepth), Hint: "make the tree flatter"}
	}
	if b.names += len(name) + len(e.Target); b.names > maxNames {
		return &Error{Problem: fmt.Sprintf("names of more than %d MiB in all", maxNames>>20), Hint: "leave out what is not deployed"}
	}
	if e.Size > b.limit-b.unpacked {
		return tooLarge(b.limit)
	}
	b.unpacked += e.Size
	var escapes bool
	if e.Path, escapes = clean(name); escapes {
		b.warnings.add("an absolute name or one with .. (unpackers refuse it or cut it off: build the package again)", name)
	}
	if strings.Contains(name, `\`) {
		b.warnings.add(`a backslash in the name, which is no separator on Linux (write / between folders)`, name)
	}
	if unprintable(name) {
		b.warnings.add("control characters in the name (rename it)", name)
	}
	if e.Path == "." && e.Type != Directory {
		b.warnings.add("an entry without a name (build the package again)", name)
	}
	if e.Type == Special {
		b.warnings.add("a device, pipe or socket, which is never opened (leave it out)", name)
	}
	if isRecord(e.Path) && e.Type == File && e.Size <= min(maxRecord, maxRecords-b.records) {
		b.records += e.Size
		e.keep = true
	}
	b.entries = append(b.entries, e)
	return nil
}

// warnings counts what is wrong with several entries in one line. The lines are
// in the order of their first entries.
type warnings struct {
	order []string
	about map[string]*subject
}

type subject struct {
	first string
	count int
}

func (w *warnings) add(text, name string) {
	if s := w.about[text]; s != nil {
		s.count++
		return
	}
	if w.about == nil {
		w.about = make(map[string]*subject)
	}
	w.order = append(w.order, text)
	w.about[text] = &subject{first: name, count: 1}
}

// addAll adds what is about the archive as a whole.
func (w *warnings) addAll(text string) { w.order = append(w.order, text) }

func (w *warnings) lines() []string {
	var lines []string
	for _, text := range w.order {
		switch s := w.about[text]; {
		case s == nil:
			lines = append(lines, text)
		case s.count == 1:
			lines = append(lines, quote(s.first)+": "+text)
		default:
			lines = append(lines, fmt.Sprintf("%s and %d more: %s", quote(s.first), s.count-1, text))
		}
	}
	return lines
}
