package snapshot

import (
	"bytes"
	"io"
	"slices"
	"sync"

	"github.com/sizegate/sizegate/internal/attrib/parallel"
)

// longList is a list in a report that is written a part at a time, so that of its text no
// more than a part for each core is in memory.
type longList struct {
	field string
	len   int
	// part is the elements from i up to j.
	part func(i, j int) any
	each int // how many elements are a part
	// nested is an element with lists of its own, for writeLong; nil for none.
	nested func(i int) (frame any, lists []longList)
}

// partLength is how many short elements are a part.
const partLength = 100

func entryList[T any](field string, list []T) longList {
	return longList{field, len(list), func(i, j int) any { return list[i:j] }, partLength, nil}
}

func binaryList(list []Binary) longList {
	return longList{"binaries", len(list), func(i, j int) any { return list[i:j] }, 1, nil}
}

// duplicateList has one group after the other if one is so long that it has parts itself.
func duplicateList(list []Duplicate) longList {
	l := entryList("duplicates", list)
	if slices.ContainsFunc(list, func(d Duplicate) bool { return len(d.Paths) > partLength }) {
		l.nested = func(i int) (frame any, lists []longList) {
			d := list[i]
			d.Paths = emptied(d.Paths)
			return &d, []longList{entryList("paths", list[i].Paths)}
		}
	}
	return l
}

// writeLong writes what Encode writes of frame, but for the line end, with lists that it
// has as empty ones, in their order. The prefix stands before each line but the first.
func writeLong(w io.Writer, frame any, prefix string, lists ...longList) error {
	text, err := encoded(frame, prefix)
	if err != nil {
		return err
	}
	indent := prefix + " " // of the field
	for _, l := range lists {
		if l.len == 0 {
			continue // null stays null
		}
		// In a string the quotes would be escaped, so that this is the field.
		field := []byte(`"` + l.field + `": [`)
		at := bytes.Index(text, field) + len(field)
		if _, err := w.Write(text[:at]); err != nil {
			return err
		}
		text = text[at:]
		if l.nested != nil {
			if err := writeNested(w, l, indent); err != nil {
				return err
			}
			continue
		}
		if err := writeParts(w, l, indent); err != nil {
			return err
		}
	}
	_, err = w.Write(text)
	return err
}

// writeParts writes the elements of a list. Parts are encoded side by side, one on each
// core, and written in their order: a report of all functions of a large program takes six
// sevenths of the time.
func writeParts(w io.Writer, l longList, indent string) error {
	var mu sync.Mutex
	written := sync.NewCond(&mu)
	turn := 0       // the part to write next
	var first error // what follows is left out
	failed := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return first != nil
	}
	n := (l.len + l.each - 1) / l.each
	parallel.Each(n, func() func(int) {
		e := newEncoder(indent)
		return func(k int) {
			if failed() {
				return
			}
			text, err := e.encoded(l.part(k*l.each, min((k+1)*l.each, l.len)))
			mu.Lock()
			defer mu.Unlock()
			for turn != k && first == nil {
				written.Wait()
			}
			if first != nil {
				return
			}
			if err == nil {
				_, err = w.Write(inList(text, k == n-1, indent))
			}
			first = err
			turn++
			written.Broadcast()
		}
	})
	return first
}

// inList cuts the brackets from the text of a part of a list, but for the line end before
// that of the last.
func inList(text []byte, last bool, indent string) []byte {
	text = text[len("["):]
	if last {
		return text[:len(text)-len("]")]
	}
	return append(text[:len(text)-len("\n"+indent+"]")], ',')
}

// writeNested writes the elements of a list that have lists of their own.
func writeNested(w io.Writer, l longList, indent string) error {
	for i := range l.len {
		before := "\n" + indent + " "
		if i > 0 {
			before = "," + before
		}
		if _, err := io.WriteString(w, before); err != nil {
			return err
		}
		frame, lists := l.nested(i)
		if err := writeLong(w, frame, indent+" ", lists...); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "\n"+indent)
	return err
}

// writeAll writes a report whose field is a list of packages or of images, each with
// write.
func writeAll(w io.Writer, frame any, field string, n int, write func(i int, prefix string) error) error {
	text, err := encoded(frame, "")
	if err != nil {
		return err
	}
	if n > 0 {
		head := []byte(`"` + field + `": [`)
		at := bytes.Index(text, head) + len(head)
		for i := range n {
			before := append([]byte(","), "\n  "...)
			if i == 0 {
				before = append(text[:at:at], "\n  "...)
			}
			if _, err := w.Write(before); err != nil {
				return err
			}
			if err := write(i, "  "); err != nil {
				return err
			}
		}
		text = append([]byte("\n "), text[at:]...)
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// emptied is what a frame has of a list that is written a part at a time.
func emptied[T any](list []T) []T { return list[:0:0] }
