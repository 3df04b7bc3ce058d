package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unicode/utf8"
	"unsafe"
)

// terminal is a pseudo-terminal, the one end of it in the hands of a test.
type terminal struct {
	t       *testing.T
	columns int
	master  *os.File
	slave   *os.File

	mu   sync.Mutex
	more sync.Cond
	text []byte // all that was written to it
	done bool
}

func control(f *os.File, request uintptr, value unsafe.Pointer) error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(value)); errno != 0 {
		return errno
	}
	return nil
}

func newTerminal(t *testing.T, columns int) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v (mount devpts at /dev/pts)", err)
	}
	t.Cleanup(func() { master.Close() })
	var number, unlocked int32
	size := [4]uint16{50, uint16(columns)}
	if err := errors.Join(control(master, syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked)), control(master, syscall.TIOCGPTN, unsafe.Pointer(&number)),
		control(master, syscall.TIOCSWINSZ, unsafe.Pointer(&size))); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminal: %v (mount devpts at /dev/pts)", err)
	}
	t.Cleanup(func() { slave.Close() })
	term := &terminal{t: t, columns: columns, master: master, slave: slave}
	term.more.L = &term.mu
	go term.read()
	return term
}

// read ends when nobody has the other end open.
func (s *terminal) read() {
	part := make([]byte, 4096)
	for {
		n, err := s.master.Read(part)
		s.mu.Lock()
		s.text = append(s.text, part[:n]...)
		s.done = err != nil
		s.more.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// wait waits until the text has been written, and fails if that never happens.
func (s *terminal) wait(text string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !bytes.Contains(s.text, []byte(text)) {
		if s.done {
			s.t.Fatalf("%q was not written:\n%q", text, s.text)
		}
		s.more.Wait()
	}
}

// start starts a program that has the terminal for itself. The returned function
// waits for its end.
func (s *terminal) start(cmd *exec.Cmd) (end func() (code int, text string)) {
	s.t.Helper()
	if cmd.Stdout == nil {
		cmd.Stdout = s.slave
	}
	cmd.Stdin, cmd.Stderr = s.slave, s.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.slave.Close()
	return func() (int, string) {
		s.t.Helper()
		if err := cmd.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
			s.t.Fatal(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for !s.done {
			s.more.Wait()
		}
		return cmd.ProcessState.ExitCode(), string(s.text)
	}
}

// screen is what people see of text on a terminal: lines without the spaces at
// their end, and how many columns each has. It knows the few sequences that
// sizegate may use; any other is an error.
func screen(text string) (lines []string, colors []string, err error) {
	var rows [][]rune
	row, column := 0, 0
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		for len(rows) <= row {
			rows = append(rows, nil)
		}
		switch {
		case r == '\n':
			row++
		case r == '\r':
			column = 0
		case strings.HasPrefix(text, "\x1b[K"):
			rows[row] = rows[row][:min(column, len(rows[row]))]
			size = 3
		case strings.HasPrefix(text, "\x1b["):
			code, _, ok := strings.Cut(text[2:], "m")
			if !ok || strings.Trim(code, "0123456789;") != "" {
				return nil, nil, fmt.Errorf("an unknown sequence: %.20q", text)
			}
			if !slices.Contains(colors, code) {
				colors = append(colors, code)
			}
			size = len("\x1b[m") + len(code)
		case r < ' ' || r == 0x7f:
			return nil, nil, fmt.Errorf("a control character: %.20q", text)
		default:
			for len(rows[row]) <= column {
				rows[row] = append(rows[row], ' ')
			}
			rows[row][column] = r
			column++
		}
		text = text[size:]
	}
	for _, r := range rows {
		lines = append(lines, strings.TrimRight(string(r), " "))
	}
	slices.Sort(colors)
	return lines, colors, nil
}

func TestScreen(t *testing.T) {
	lines, colors, err := screen("abc\rx\x1b[K\r\n\x1b[1mb\x1b[0m\r\n\rlong\r\x1b[Kend")
	if err != nil || !slices.Equal(lines, []string{"x", "b", "end"}) || !slices.Equal(colors, []string{"0", "1"}) {
		t.Errorf("%q, %q, %v", lines, colors, err)
	}
	for _, text := range []string{"\x1b[2J", "\x1b]0;title\x07", "a\x07b", "\x1b"} {
		if _, _, err := screen(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

// ptyEnvironment is that of a terminal with all that sizegate uses. More is added
// to it.
func ptyEnvironment(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"CI", "NO_COLOR", "COLUMNS", "LC_ALL", "LC_CTYPE", "GITHUB_ACTIONS"}, name)
	})
	return append(append(env, "TERM=xterm-256color", "LANG=en_US.UTF-8", "GORACE=atexit_sleep_ms=0"), more...)
}

// onTerminal runs sizegate to its end, and returns what is on the screen.
func onTerminal(t *testing.T, columns int, env []string, args ...string) (lines, colors []string) {
	t.Helper()
	program, err := exec.LookPath("sizegate")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = ptyEnvironment(env...)
	_, text := newTerminal(t, columns).start(cmd)()
	lines, colors, err = screen(text)
	if err != nil {
		t.Errorf("%q: %v", args, err)
	}
	return lines, colors
}
