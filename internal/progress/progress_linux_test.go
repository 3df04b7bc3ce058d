package progress

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sizegate/sizegate/internal/ptytest"
)

// TestProgressLine draws the line by hand.
func TestProgressLine(t *testing.T) {
	term := ptytest.New(t, 40)
	t.Setenv("TERM", "xterm")
	t.Setenv("CI", "")
	line := New(term.Slave)
	later := func(d time.Duration) { line.redraw(time.Now().Add(d)) }
	outer := Begin(line, "files", 3)
	first := outer.Step("a\x1b]0;b\x07")
	later(0) // too early
	later(time.Second)
	second := outer.Step("b")
	if _, err := fmt.Fprintln(line, "sizegate: a warning"); err != nil {
		t.Error(err)
	}
	first()
	later(2 * time.Second)
	second()
	inner := Begin(line, strings.Repeat("long/", 100), 1)
	later(61 * time.Second)
	inner.End()
	outer.End()
	late := Begin(line, "after the end", 1)
	line.Close()
	later(time.Hour)
	late.End()
	var none *Task
	none.Step("nobody looks")()
	none.End()
	term.Slave.Close()
	term.Wait("s")
	text := term.Text()
	for _, want := range []string{`files: a\x1b]0;b\x07 (0 of 3), 1 s`, "\r\x1b[Ksizegate: a warning\r\n", "files: b (1 of 3), 2 s", "61 s"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	for line := range strings.SplitSeq(text, "\r") {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\x1b[K")); n > 39 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	if lines, _, err := ptytest.Screen(text); err != nil || !slices.Equal(lines, []string{"sizegate: a warning", ""}) {
		t.Errorf("left on the screen: %q, %v", lines, err)
	}
}

// TestNoProgress: nobody is looking, or nobody wants to.
func TestNoProgress(t *testing.T) {
	for _, test := range []struct {
		name, value string
		want        bool
	}{
		{"CI", "", true}, {"CI", "false", true}, {"CI", "0", true}, {"CI", "true", false}, {"CI", "woodpecker", false},
		{"TERM", "xterm", true}, {"TERM", "dumb", false},
	} {
		t.Run(test.name+"="+test.value, func(t *testing.T) {
			t.Setenv("CI", "")
			t.Setenv("TERM", "xterm")
			t.Setenv(test.name, test.value)
			var stderr io.Writer = ptytest.New(t, 80).Slave
			if line := New(stderr); line != nil {
				defer line.Close()
				stderr = line
			}
			work := Begin(stderr, "work", 1)
			defer work.End()
			if (work != nil) != test.want {
				t.Errorf("%+v", work)
			}
			if Begin(Off(stderr), "work", 1) != nil {
				t.Error("progress with -q")
			}
		})
	}
	if New(new(bytes.Buffer)) != nil || Begin(new(bytes.Buffer), "work", 1) != nil {
		t.Error("progress in a pipe")
	}
}
