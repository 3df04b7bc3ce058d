package refit

import (
	"bytes"
	"regexp"
	"slices"
	"sync"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/headroom"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
)

// note is what a comment of a starter configuration says behind a limit.
type note struct {
	position budget.Position // of the last bound of the limit
	bound    string          // as it stands in the file
	now      string          // "12,345,678 B now"
}

func newNote(m budget.Metric, value uint64, warn, fail *budget.Bound) note {
	last := fail
	if fail == nil || warn != nil && warn.Position.Compare(fail.Position) > 0 {
		last = warn
	}
	return note{last.Position, last.Text, headroom.Comment(m, value)}
}

// nowComment is the rest of a line behind its last bound where starter wrote
// the comment, also if the limit was put into a map since. No text of YAML can be
// in it, so that # begins a comment.
var nowComment = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\A["']?(?:, *level: *[a-z]+)?[ \t}\]]*[ \t]# ([0-9]{1,3}(?:,[0-9]{3})* (?:B|layers?) now)[ \t]*\r?\z`)
})

// correctComments makes the comments of the form that starter writes say what was
// measured, and counts those that did not. A comment behind several limits is
// nobody's, and stays.
func (r *Refit) correctComments(path string, data []byte) ([]byte, error) {
	notes := slices.Clone(r.notes)
	slices.SortFunc(notes, func(a, b note) int { return a.position.Compare(b.position) })
	var out []byte
	c := strictyaml.NewCursor(data)
	end, corrected := 0, 0 // end of what is in out
	for i, n := range notes {
		line := n.position.Line
		if i > 0 && notes[i-1].position.Line == line || i+1 < len(notes) && notes[i+1].position.Line == line {
			continue
		}
		start, ok := c.Find(strictyaml.Edit{Position: n.position, Old: n.bound}, end)
		if !ok {
			continue
		}
		start += len(n.bound)
		rest, _, _ := bytes.Cut(data[start:], []byte("\n"))
		m := nowComment().FindSubmatchIndex(rest)
		if m == nil || string(rest[m[2]:m[3]]) == n.now {
			continue
		}
		out = append(out, data[end:start+m[2]]...)
		out = append(out, n.now...)
		end = start + m[3]
		corrected++
	}
	if corrected == 0 {
		r.Comments = 0
		return data, nil
	}
	out = append(out, data[end:]...)
	old, err := strictyaml.Parse(path, data)
	if err != nil {
		return nil, err
	}
	rewritten, err := strictyaml.Parse(path, out)
	if err != nil || !strictyaml.Alike(old, rewritten, nil) {
		return data, nil // it was no comment
	}
	r.Comments = corrected
	return out, nil
}
