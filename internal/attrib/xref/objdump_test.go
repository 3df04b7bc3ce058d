package xref

import (
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestAgainstObjdump: objdump writes the address behind each RIP-relative operand.
func TestAgainstObjdump(t *testing.T) {
	objdump, err := exec.LookPath("x86_64-linux-gnu-objdump")
	if err != nil {
		t.Skip("x86_64-linux-gnu-objdump not found (Debian: apt install binutils-x86-64-linux-gnu)")
	}
	for _, name := range []string{"rust-std-lto-amd64", "rust-v0-amd64", "c-basic-amd64"} {
		t.Run(name, func(t *testing.T) {
			f, text, code := realFile(t, name)
			data := Range{Lo: text.Addr + text.Size, Hi: text.Addr + text.Size + 1<<24}
			if ro := f.Section(".rodata"); ro.Addr < text.Addr {
				data = Range{Lo: ro.Addr, Hi: text.Addr}
			}
			out, err := exec.Command(objdump, "-d", "-j", ".text", "--no-show-raw-insn", "../../../testdata/elf/"+name).Output()
			if err != nil {
				t.Fatal(err)
			}
			var want []uint64
			for line := range strings.Lines(string(out)) {
				_, comment, ok := strings.Cut(line, "# ")
				if !ok || !strings.Contains(line, "(%rip)") {
					continue
				}
				digits, _, _ := strings.Cut(comment, " ")
				addr, err := strconv.ParseUint(strings.TrimSpace(digits), 16, 64)
				if err != nil {
					t.Fatal(err)
				}
				if data.contains(addr) {
					want = append(want, addr)
				}
			}
			got := new(AMD64).Refs(nil, code, text.Addr, data, false)
			slices.Sort(got)
			slices.Sort(want)
			if len(want) == 0 || !slices.Equal(got, want) {
				t.Errorf("%d references, objdump has %d", len(got), len(want))
			}
			t.Logf("%d references", len(want))
		})
	}
}
