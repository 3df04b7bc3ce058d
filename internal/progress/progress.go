// Package progress tells somebody who is looking at a terminal what is being done.
package progress

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/terminal"
)

const (
	// patience is how long work is done without a word.
	patience = 300 * time.Millisecond
	// redraws is the time between two looks at what is being done.
	redraws = 100 * time.Millisecond
	// maxStep is the columns of one name in the line, so that several have room.
	maxStep = 48
)

// Line is the standard error of somebody who is looking. Below what is written
// to it stands one line that says what is being done. It is gone before anything
// else is written, and when the work has ended.
type Line struct {
	out *os.File

	mu     sync.Mutex
	tasks  []*Task       // under way, in the order in which they began
	shown  string        // the line as it stands there, "" for none
	stop   chan struct{} // closed when the last task ends
	closed bool
}

// Task is work in steps, of which several may be under way at once. A nil task is
// one that nobody looks at.
type Task struct {
	l           *Line
	name        string
	total, done int
	now         []string // the steps under way
	since       time.Time
}

// New returns nil where nobody is looking, and where the line cannot be drawn. At the
// end of the command Close must be called.
func New(stderr io.Writer) *Line {
	if !terminal.Is(stderr) || os.Getenv("TERM") == "dumb" || inCI() {
		return nil
	}
	return &Line{out: stderr.(*os.File)}
}

// inCI says whether this is a job of a CI system: all that matter set the variable.
// Some give their jobs a terminal, but what they keep of it is a log.
func inCI() bool {
	ci := os.Getenv("CI")
	return ci != "" && ci != "false" && ci != "0"
}

// Off is for those who want to hear nothing: stderr without a Line.
func Off(stderr io.Writer) io.Writer {
	if l, ok := stderr.(*Line); ok {
		return l.out
	}
	return stderr
}

// Begin says that work begins, which has so many steps. Its End must be called. The
// task is nil, and nothing is shown, if stderr is no Line.
func Begin(stderr io.Writer, name string, total int) *Task {
	l, ok := stderr.(*Line)
	if !ok {
		return nil
	}
	t := &Task{l: l, name: display.Clip(name, maxStep), total: total, since: time.Now()}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tasks = append(l.tasks, t); len(l.tasks) == 1 {
		l.stop = make(chan struct{})
		go l.draw(l.stop)
	}
	return t
}

// Step says that a step begins. What is returned says that it has ended.
func (t *Task) Step(name string) (done func()) {
	if t == nil {
		return func() {}
	}
	name = display.Clip(name, maxStep)
	t.l.mu.Lock()
	defer t.l.mu.Unlock()
	t.now = append(t.now, name)
	return func() {
		t.l.mu.Lock()
		defer t.l.mu.Unlock()
		t.done++
		i := slices.Index(t.now, name)
		t.now = slices.Delete(t.now, i, i+1)
	}
}

// End says that the work has ended.
func (t *Task) End() {
	if t == nil {
		return
	}
	l := t.l
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tasks = slices.DeleteFunc(l.tasks, func(o *Task) bool { return o == t })
	if len(l.tasks) == 0 {
		close(l.stop)
		l.erase()
	}
}

// String is "app: upx lzma, zstd (2 of 5)".
func (t *Task) String() string {
	text := t.name
	if len(t.now) > 0 {
		text += ": " + strings.Join(t.now, ", ")
	}
	if t.total > 1 {
		text += fmt.Sprintf(" (%d of %d)", t.done, t.total)
	}
	return text
}

// draw keeps the line up to date.
func (l *Line) draw(stop chan struct{}) {
	ticker := time.NewTicker(redraws)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case now := <-ticker.C:
			l.redraw(now)
		}
	}
}

func (l *Line) redraw(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.tasks) == 0 || now.Sub(l.tasks[0].since) < patience {
		return
	}
	// In the last column some terminals go on to the next line.
	if line := display.Clip(l.line(now), terminal.Width(l.out)-1); line != l.shown {
		fmt.Fprintf(l.out, "\r%s\x1b[K", line)
		l.shown = line
	}
}

// line says what is being done, and for how long: a step may take a minute.
func (l *Line) line(now time.Time) string {
	var parts []string
	for _, t := range l.tasks {
		parts = append(parts, t.String())
	}
	line := strings.Join(parts, " | ")
	if s := int(now.Sub(l.tasks[0].since).Seconds()); s > 0 {
		line += fmt.Sprintf(", %d s", s)
	}
	return line
}

func (l *Line) erase() {
	if l.shown != "" {
		io.WriteString(l.out, "\r\x1b[K")
		l.shown = ""
	}
}

// Write writes what is to stay. The line comes back below it.
func (l *Line) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
	return l.out.Write(text)
}

// Close ends it, also where work was left in the middle by an interruption.
func (l *Line) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.erase()
}
