package snapshot

import (
	"bytes"
	"io"
	"slices"
)

// Writer writes a report whose binaries come one after the other, and keeps none of
// them. The text is what Encode writes of the whole report.
type Writer struct {
	w          io.Writer
	head, tail []byte // of the report, up to its binaries and behind them
	binaries   int    // written
}

// NewWriter begins a report that has all of r but its binaries. Nothing is written
// before the first Add, or Close.
func NewWriter(w io.Writer, r *Report) (*Writer, error) {
	frame := *r
	frame.Binaries = []Binary{}
	text, err := encoded(&frame, "")
	if err != nil {
		return nil, err
	}
	// In a string the quotes would be escaped, so that this is the field.
	field := []byte(`"binaries": [`)
	at := bytes.Index(text, field) + len(field)
	return &Writer{w: w, head: text[:at], tail: append(text[at:], '\n')}, nil
}

// Add writes the next binary.
func (w *Writer) Add(b *Binary) error {
	const indent = "  "
	before := []byte(",")
	if w.binaries == 0 {
		before = w.head
	}
	w.binaries++
	if _, err := w.w.Write(slices.Concat(before, []byte("\n"+indent))); err != nil {
		return err
	}
	frame := *b
	frame.Owners, frame.Functions, frame.Generics = emptied(b.Owners), emptied(b.Functions), emptied(b.Generics)
	return writeLong(w.w, &frame, indent, entryList("owners", b.Owners), entryList("functions", b.Functions), entryList("generics", b.Generics))
}

// Close ends the report. It does not close what is written to.
func (w *Writer) Close() error {
	before := []byte("\n ")
	if w.binaries == 0 {
		before = w.head
	}
	_, err := w.w.Write(slices.Concat(before, w.tail))
	return err
}
