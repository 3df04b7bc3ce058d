package snapshot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Encode writes v as indented JSON, in one piece. Names that are no valid UTF-8
// have their bad bytes replaced; characters that mean something in HTML, to a
// terminal or in a CI log are escaped.
func Encode(w io.Writer, v any) error {
	text, err := encoded(v, "")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// encoded is v without a line end. The prefix stands before each line but the first.
func encoded(v any, prefix string) ([]byte, error) {
	return newEncoder(prefix).encoded(v)
}

// encoder encodes values one after the other into the same memory. encoding/json would
// indent them too, but takes as long for that as for all the rest.
type encoder struct {
	prefix   string
	compact  bytes.Buffer
	json     *json.Encoder
	indented []byte
}

func newEncoder(prefix string) *encoder {
	e := &encoder{prefix: prefix}
	e.json = json.NewEncoder(&e.compact)
	return e
}

// encoded is v without a line end. It is valid until the next one.
func (e *encoder) encoded(v any) ([]byte, error) {
	e.compact.Reset()
	if err := e.json.Encode(v); err != nil {
		return nil, err
	}
	e.indented = appendIndented(e.indented[:0], bytes.TrimSuffix(e.compact.Bytes(), []byte("\n")), e.prefix)
	return e.indented, nil
}

// appendIndented appends JSON without white space as json.Indent writes it, with one
// space for each level, and its strings as escape does.
func appendIndented(out, text []byte, prefix string) []byte {
	depth := 0
	newline := func() {
		out = append(append(out, '\n'), prefix...)
		for range depth {
			out = append(out, ' ')
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			end := i + 1
			for ; text[end] != '"'; end++ {
				if text[end] == '\\' {
					end++
				}
			}
			out = append(out, escape(text[i:end+1])...)
			i = end
		case '{', '[':
			out = append(out, c)
			if closing := text[i+1]; closing == c+2 { // as in ASCII; nothing is in it
				out = append(out, closing)
				i++
				continue
			}
			depth++
			newline()
		case '}', ']':
			depth--
			newline()
			out = append(out, c)
		case ',':
			out = append(out, c)
			newline()
		case ':':
			out = append(out, ':', ' ')
		default:
			out = append(out, c)
		}
	}
	return out
}

// escape writes as \u what the encoder leaves as it is but is not printable
// (DEL, C1 control characters, what turns the direction of text), and the start
// of "##[", which GitHub Actions takes for a command anywhere in a line. Outside
// strings JSON has none of these.
func escape(text []byte) []byte {
	var out []byte // nil while there was nothing to escape
	done := 0      // what of text is in out
	for i, size := 0, 0; i < len(text); i += size {
		c := text[i]
		size = 1
		if c == '\n' || c >= ' ' && c < 0x7f && c != '#' {
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		size = n
		if unicode.IsPrint(r) && !bytes.HasPrefix(text[i:], []byte("##[")) {
			continue
		}
		out = append(out, text[done:i]...)
		for _, unit := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
		done = i + size
	}
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}
