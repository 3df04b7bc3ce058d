package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sizegate/sizegate/internal/display"
)

const (
	// patience is how long work is done without a word.
	patience = 300 * time.Millisecond
	// redraws is the time between two looks at what is being done.
	redraws = 100 * time.Millisecond
	// maxStep is the columns of one name in the line, so that several have room.
	maxStep = 48
)

// progress is the standard error of somebody who is looking. Below what is written
// to it stands one line that says what is being done. It is gone before anything
// else is written, and when the work has ended.
type progress struct {
	out *os.File

	mu     sync.Mutex
	tasks  []*task       // under way, in the order in which they began
	shown  string        // the line as it stands there, "" for none
	stop   chan struct{} // closed when the last task ends
	closed bool
}

// task is work in steps, of which several may be under way at once. A nil task is
// one that nobody looks at.
type task struct {
	p           *progress
	name        string
	total, done int
	now         []string // the steps under way
	since       time.Time
}

// newProgress returns nil where nobody is looking, and where the line cannot be
// drawn.
func newProgress(stderr io.Writer) *progress {
	if !isTerminal(stderr) || os.Getenv("TERM") == "dumb" || inCI() {
		return nil
	}
	return &progress{out: stderr.(*os.File)}
}

// inCI says whether this is a job of a CI system: all that matter set the variable.
// Some give their jobs a terminal, but what they keep of it is a log.
func inCI() bool {
	ci := os.Getenv("CI")
	return ci != "" && ci != "false" && ci != "0"
}

// newEnvironment is where a command writes, and what is to be called at its end.
func newEnvironment(ctx context.Context, stdout, stderr io.Writer) (env *environment, end func()) {
	if p := newProgress(stderr); p != nil {
		return &environment{stdout, p, ctx.Done()}, p.close
	}
	return &environment{stdout, stderr, ctx.Done()}, func() {}
}

// withoutProgress is for those who want to hear nothing.
func (e *environment) withoutProgress() {
	if p, ok := e.stderr.(*progress); ok {
		e.stderr = p.out
	}
}

// begin says that work begins, which has so many steps. Its end must be called.
func (e *environment) begin(name string, total int) *task {
	p, ok := e.stderr.(*progress)
	if !ok {
		return nil
	}
	t := &task{p: p, name: display.Clip(name, maxStep), total: total, since: time.Now()}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tasks = append(p.tasks, t); len(p.tasks) == 1 {
		p.stop = make(chan struct{})
		go p.draw(p.stop)
	}
	return t
}

// step says that a step begins. What is returned says that it has ended.
func (t *task) step(name string) (done func()) {
	if t == nil {
		return func() {}
	}
	name = display.Clip(name, maxStep)
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	t.now = append(t.now, name)
	return func() {
		t.p.mu.Lock()
		defer t.p.mu.Unlock()
		t.done++
		i := slices.Index(t.now, name)
		t.now = slices.Delete(t.now, i, i+1)
	}
}

func (t *task) end() {
	if t == nil {
		return
	}
	p := t.p
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tasks = slices.DeleteFunc(p.tasks, func(o *task) bool { return o == t })
	if len(p.tasks) == 0 {
		close(p.stop)
		p.erase()
	}
}

// String is "app: upx lzma, zstd (2 of 5)".
func (t *task) String() string {
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
func (p *progress) draw(stop chan struct{}) {
	ticker := time.NewTicker(redraws)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case now := <-ticker.C:
			p.redraw(now)
		}
	}
}

func (p *progress) redraw(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.tasks) == 0 || now.Sub(p.tasks[0].since) < patience {
		return
	}
	// In the last column some terminals go on to the next line.
	if line := display.Clip(p.line(now), width(p.out)-1); line != p.shown {
		fmt.Fprintf(p.out, "\r%s\x1b[K", line)
		p.shown = line
	}
}

// line says what is being done, and for how long: a step may take a minute.
func (p *progress) line(now time.Time) string {
	var parts []string
	for _, t := range p.tasks {
		parts = append(parts, t.String())
	}
	line := strings.Join(parts, " | ")
	if s := int(now.Sub(p.tasks[0].since).Seconds()); s > 0 {
		line += fmt.Sprintf(", %d s", s)
	}
	return line
}

func (p *progress) erase() {
	if p.shown != "" {
		io.WriteString(p.out, "\r\x1b[K")
		p.shown = ""
	}
}

// Write writes what is to stay. The line comes back below it.
func (p *progress) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	return p.out.Write(text)
}

// close ends it, also where work was left in the middle by an interruption.
func (p *progress) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.erase()
}
