package measurer

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestProgramPagesIn: what was written to, is of another file or of none is left alone.
func TestProgramPagesIn(t *testing.T) {
	const (
		code     = "00401000-00b11000 r-xp 00001000 fe:00 77                         /usr/bin/a b\nSize: 7000 kB\nRss: 5000 kB\nAnonymous:             0 kB\nVmFlags: rd ex\n"
		patched  = "00401000-00b11000 r-xp 00001000 fe:00 77                         /usr/bin/a b\nSize: 7000 kB\nRss: 5000 kB\nAnonymous:             4 kB\n"
		constant = "00b11000-011f3000 r--p 00711000 fe:00 77                         /usr/bin/a b (deleted)\nRss: 4 kB\nAnonymous:             0 kB\n"
		relro    = "011f3000-012ab000 r--p 00df3000 fe:00 77                         /usr/bin/a b\nAnonymous:           600 kB\n"
		data     = "012ab000-012cf000 rw-p 00eab000 fe:00 77                         /usr/bin/a b\nAnonymous:             0 kB\n"
		heap     = "c000000000-c001400000 rw-p 00000000 00:00 0 \nAnonymous:             0 kB\n"
		reserved = "c001400000-c004000000 ---p 00000000 00:00 0 \nAnonymous:             0 kB\n"
		vdso     = "7ffd1000-7ffd3000 r-xp 00000000 00:00 0                          [vdso]\nAnonymous:             0 kB\n"
		library  = "7f001000-7f002000 r-xp 00001000 fe:00 78                         /usr/bin/a b\nAnonymous:             0 kB\n"
		device   = "7f003000-7f004000 r-xp 00001000 fe:01 77                         /mnt/a\nAnonymous:             0 kB\n"
	)
	whole := []string{"401000-b11000", "b11000-11f3000"}
	for name, test := range map[string]struct {
		smaps string
		at    uintptr
		want  []string
	}{
		"a program":            {code + constant + data + heap + reserved + vdso + library + device, 0x402000, whole},
		"in another order":     {library + heap + constant + code, 0x402000, []string{"b11000-11f3000", "401000-b11000"}},
		"position-independent": {code + constant + relro + data, 0x402000, whole},
		"with a breakpoint":    {patched + constant, 0x402000, whole[1:]},
		"code of a library":    {code + constant + library, 0x7f001000, []string{"7f001000-7f002000"}},
		"code without a file":  {code + reserved + vdso, 0x7ffd1000, nil},
		"code that is nowhere": {code + constant, 0xb11000000, nil},
		"no list":              {"", 0x402000, nil},
		"not as it is now":     {"00401000 r-xp 00001000 fe:00 77\nAnonymous: 0 kB\n", 0x402000, nil},
	} {
		var got []string
		for _, m := range programPagesIn(strings.NewReader(test.smaps), test.at) {
			got = append(got, fmt.Sprintf("%x-%x", m.lo, m.hi))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// TestDropPages: pages that are dropped are not in memory, and the same when they are read
// again.
func TestDropPages(t *testing.T) {
	pages := findProgramPages()
	if len(pages) == 0 {
		t.Fatal("/proc/self/smaps has no pages of this program (mount /proc)")
	}
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	sum := func() (sums [][]byte) { // which maps all
		for _, m := range pages {
			h := sha256.New()
			if _, err := io.Copy(h, io.NewSectionReader(memory, int64(m.lo), int64(m.hi-m.lo))); err != nil {
				t.Fatal(err)
			}
			sums = append(sums, h.Sum(nil))
		}
		return sums
	}
	before := sum()
	mapped := resident(t, pages)
	pages.drop()
	if left := resident(t, pages); mapped == 0 || left > mapped/2 {
		t.Errorf("%d of %d kB are still in memory", left, mapped)
	}
	if !slices.EqualFunc(sum(), before, slices.Equal) {
		t.Error("the pages are not what they were")
	}
}

// resident is how many kB of the pages are mapped, by the kernel.
func resident(t *testing.T, pages programPages) (kB int) {
	t.Helper()
	smaps, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer smaps.Close()
	counted := false
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		var lo, hi uintptr
		var n int
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x ", &lo, &hi); err == nil {
			counted = slices.ContainsFunc(pages, func(m mapping) bool { return m.lo == lo && m.hi == hi })
		} else if _, err := fmt.Sscanf(lines.Text(), "Rss: %d kB", &n); err == nil && counted {
			kB += n
		}
	}
	return kB
}
