package ptytest

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

// Terminal is a pseudo-terminal, the one end of it in the hands of a test.
type Terminal struct {
	t      *testing.T
	master *os.File
	Slave  *os.File // the end that a program gets

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

// New opens a pseudo-terminal of so many columns, which is closed at the end of the
// test. Where there are none the test is skipped.
func New(t *testing.T, columns int) *Terminal {
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
	term := &Terminal{t: t, master: master, Slave: slave}
	term.more.L = &term.mu
	go term.read()
	return term
}

// read ends when nobody has the other end open.
func (s *Terminal) read() {
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

// Wait waits until the text has been written, and fails if that never happens.
func (s *Terminal) Wait(text string) {
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

// Start starts a program that has the terminal for itself. The returned function
// waits for its end.
func (s *Terminal) Start(cmd *exec.Cmd) (end func() (code int, text string)) {
	s.t.Helper()
	if cmd.Stdout == nil {
		cmd.Stdout = s.Slave
	}
	cmd.Stdin, cmd.Stderr = s.Slave, s.Slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.Slave.Close()
	return func() (int, string) {
		s.t.Helper()
		if err := cmd.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
			s.t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), s.Text()
	}
}

// Type presses keys.
func (s *Terminal) Type(keys ...byte) error {
	_, err := s.master.Write(keys)
	return err
}

// Text waits until nobody has the slave open any more, and is all that was written.
func (s *Terminal) Text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.done {
		s.more.Wait()
	}
	return string(s.text)
}

// Screen is what people see of text on a terminal: lines without the spaces at
// their end, and how many columns each has. It knows the few sequences that
// sizegate may use; any other is an error.
func Screen(text string) (lines []string, colors []string, err error) {
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
