package advise

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// staticLibc: the program needs glibc where it runs.
func (a *adviser) staticLibc() (*Advice, error) {
	interpreter := a.interpreter()
	if !strings.Contains(interpreter, "/ld-linux") || a.Binary.Type == elfscan.Shared {
		return nil, nil
	}
	needs, newest, err := a.versionsNeeded()
	if err != nil || len(needs) == 0 {
		return nil, err
	}
	evidence := []string{"loaded by " + quote(interpreter), "versions are needed of " + quote(strings.Join(needs, ", "))}
	if newest != "" {
		evidence = append(evidence, "the newest version of glibc that is needed is "+newest)
	}
	arch := map[elfscan.Arch]string{elfscan.AMD64: "x86_64", elfscan.ARM64: "aarch64"}[a.Binary.Arch]
	advice := &Advice{
		Code:         CodeStaticLibc,
		Title:        "the program needs glibc where it runs",
		Evidence:     evidence,
		HowToFindOut: "the file gets larger or smaller, and the libraries beside it go away: compare what is deployed, sizegate diff OLD NEW says it of the file",
	}
	switch {
	case a.language("go"):
		advice.Setting = "CGO_ENABLED=0 go build    # where no package needs C; DNS and user names are then looked up in Go"
	case a.language("rust"):
		advice.Setting = fmt.Sprintf("rustup target add %[1]s-unknown-linux-musl\ncargo build --release --target %[1]s-unknown-linux-musl", arch)
	default:
		advice.Setting = "musl-gcc -static"
	}
	return advice, nil
}

// versionsNeeded returns the libraries of which .gnu.version_r needs versions,
// and the newest GLIBC_ version among these. (Linux Standard Base Core, Symbol
// Versioning.)
func (a *adviser) versionsNeeded() (libraries []string, newest string, err error) {
	needed, names := a.section(".gnu.version_r"), a.section(".dynstr")
	if needed == nil || names == nil {
		return nil, "", nil
	}
	data, err := a.Binary.Bytes(needed)
	if err != nil {
		return nil, "", err
	}
	text, err := a.Binary.Bytes(names)
	if err != nil {
		return nil, "", err
	}
	name := func(offset uint32) string {
		if uint64(offset) >= uint64(len(text)) {
			return ""
		}
		tail := text[offset:]
		s, _, _ := bytes.Cut(tail[:min(len(tail), 256)], []byte{0})
		return string(s)
	}
	// Entries lead forward, and there is at most one in 16 bytes.
	const entry = 16
	most := len(data) / entry
	for at := 0; at+entry <= len(data) && most > 0 && len(libraries) < 64; {
		e := data[at:]
		libraries = append(libraries, name(binary.LittleEndian.Uint32(e[4:])))
		aux := uint64(at) + uint64(binary.LittleEndian.Uint32(e[8:]))
		for range binary.LittleEndian.Uint16(e[2:]) {
			if most--; most < 0 || aux+entry > uint64(len(data)) {
				break
			}
			x := data[aux:]
			if v, ok := strings.CutPrefix(name(binary.LittleEndian.Uint32(x[8:])), "GLIBC_"); ok && newerVersion(v, newest) {
				newest = v
			}
			next := binary.LittleEndian.Uint32(x[12:])
			if next == 0 {
				break
			}
			aux += uint64(next)
		}
		next := binary.LittleEndian.Uint32(e[12:])
		if next == 0 || uint64(next) > uint64(len(data)) {
			break
		}
		at += int(next)
	}
	return libraries, newest, nil
}

// newerVersion compares "2.34" with "2.4", "" or a version that has been
// accepted. What is no version is not newer.
func newerVersion(v, than string) bool {
	for {
		head, tail, more := strings.Cut(v, ".")
		head2, tail2, more2 := strings.Cut(than, ".")
		x, err := strconv.ParseUint(head, 10, 16)
		if err != nil {
			return false
		}
		y, err := strconv.ParseUint(head2, 10, 16)
		if err != nil {
			return true // nothing was accepted yet
		}
		if c := cmp.Compare(x, y); c != 0 || !more && !more2 {
			return c > 0
		}
		if !more || !more2 {
			return more
		}
		v, than = tail, tail2
	}
}

// interpreter returns the path of the dynamic linker, "" without one.
func (a *adviser) interpreter() string {
	for _, p := range a.Binary.Segments {
		if p.Type == elf.PT_INTERP {
			buf := make([]byte, min(p.Filesz, 256))
			if _, err := a.Binary.Reader().ReadAt(buf, int64(p.Off)); err == nil {
				name, _, _ := strings.Cut(string(buf), "\x00")
				return name
			}
		}
	}
	return ""
}
