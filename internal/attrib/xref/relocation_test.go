package xref

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// A linker that is asked to keeps the relocations of what it links: they say of
// every instruction which address its operand holds. A static program brings
// the C library's code with it.
func TestAgainstRelocations(t *testing.T) {
	tests := []struct {
		name     string
		compiler string
		debian   string
		flags    []string
		absolute bool
		atLeast  int // references, so that the comparison is of something
	}{
		{"amd64 at fixed addresses", "x86_64-linux-gnu-gcc", "gcc", []string{"-static", "-no-pie"}, true, 2000},
		{"amd64 position-independent", "x86_64-linux-gnu-gcc", "gcc", []string{"-static-pie"}, false, 2000},
		{"arm64 at fixed addresses", "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu", []string{"-static", "-no-pie"}, false, 1500},
		{"arm64 position-independent", "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu", []string{"-static-pie"}, false, 1500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := exec.LookPath(tt.compiler); err != nil {
				t.Skipf("%s not found (Debian: apt install %s)", tt.compiler, tt.debian)
			}
			dir := t.TempDir()
			source, program := filepath.Join(dir, "a.c"), filepath.Join(dir, "a")
			if err := os.WriteFile(source, []byte("#include <stdio.h>\nint main(int c, char **v) { return printf(\"%d %s\\n\", c, v[0]); }\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(tt.compiler, append(tt.flags, "-O2", "-Wl,--emit-relocs", "-o", program, source)...)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			f, err := elf.Open(program)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			data := Range{Lo: f.Section(".rodata").Addr, Hi: f.Section(".data").Addr + f.Section(".data").Size}
			got := make(map[uint64]int)
			total := 0
			for _, target := range programRefs(t, f, data, tt.absolute) {
				got[target]++
				total++
			}
			want := relocationTargets(t, f, data)
			found := func(r target) bool {
				return slices.ContainsFunc(r.addrs, func(a uint64) bool { return got[a] > 0 })
			}
			missing, known := 0, make(map[uint64]bool)
			for _, r := range want {
				for _, a := range r.addrs {
					known[a] = true
				}
				if r.certain && !found(r) {
					missing++
					t.Logf("missing: %#x in the instruction at about %#x, %s", r.addrs, r.place, r.kind)
				}
			}
			// Words of the global offset table have no relocation of their own
			// that tells where they are.
			var tables []Range
			for _, name := range []string{".got", ".got.plt"} {
				if s := f.Section(name); s != nil {
					tables = append(tables, Range{s.Addr, s.Addr + s.Size})
				}
			}
			wrong := 0
			for a := range got {
				if !known[a] && !slices.ContainsFunc(tables, func(r Range) bool { return r.contains(a) }) {
					wrong++
					t.Logf("no relocation for %#x", a)
				}
			}
			t.Logf("%d references, %d addresses; of %d relocations %d missing; %d addresses wrong", total, len(got), len(want), missing, wrong)
			if total < tt.atLeast || missing > len(want)/500 || wrong > len(got)/200 {
				t.Errorf("%d references (at least %d), %d of %d missing, %d of %d wrong", total, tt.atLeast, missing, len(want), wrong, len(got))
			}
		})
	}
}

// programRefs returns what the functions of .text refer to.
func programRefs(t *testing.T, f *elf.File, data Range, absolute bool) []uint64 {
	t.Helper()
	text := f.Section(".text")
	code, err := text.Data()
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	starts := []uint64{text.Addr, text.Addr + text.Size}
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC && s.Value > text.Addr && s.Value < text.Addr+text.Size {
			starts = append(starts, s.Value)
		}
	}
	slices.Sort(starts)
	var refs []uint64
	var amd64 AMD64
	var arm64 ARM64
	for i := range starts[1:] {
		part := code[starts[i]-text.Addr : starts[i+1]-text.Addr]
		if f.Machine == elf.EM_AARCH64 {
			refs = arm64.Refs(refs, part, starts[i], data)
		} else {
			refs = amd64.Refs(refs, part, starts[i], data, absolute)
		}
	}
	return refs
}

// target is what a relocation says of an instruction.
type target struct {
	place   uint64
	addrs   []uint64 // one of these is it: on amd64 an immediate behind the displacement moves it
	kind    string
	certain bool // an address, whatever the instruction is
}

func relocationTargets(t *testing.T, f *elf.File, data Range) []target {
	t.Helper()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	var list []target
	rela := f.Section(".rela.text")
	if rela == nil {
		t.Fatal("the linker kept no relocations")
	}
	b, err := rela.Data()
	if err != nil {
		t.Fatal(err)
	}
	for ; len(b) >= 24; b = b[24:] {
		place, info, addend := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:])
		if info>>32 == 0 {
			continue
		}
		s := symbols[info>>32-1]
		if elf.ST_TYPE(s.Info) == elf.STT_TLS || elf.ST_TYPE(s.Info) == elf.STT_GNU_IFUNC {
			continue
		}
		r := target{place: place}
		if f.Machine == elf.EM_AARCH64 {
			kind := elf.R_AARCH64(uint32(info))
			r.kind = kind.String()
			r.addrs = []uint64{s.Value + addend}
			switch kind {
			case elf.R_AARCH64_ADD_ABS_LO12_NC, elf.R_AARCH64_ADR_PREL_LO21,
				elf.R_AARCH64_LDST8_ABS_LO12_NC, elf.R_AARCH64_LDST16_ABS_LO12_NC, elf.R_AARCH64_LDST32_ABS_LO12_NC,
				elf.R_AARCH64_LDST64_ABS_LO12_NC, elf.R_AARCH64_LDST128_ABS_LO12_NC:
				r.certain = true
			}
		} else {
			kind := elf.R_X86_64(uint32(info))
			r.kind = kind.String()
			switch kind {
			case elf.R_X86_64_PC32:
				at := s.Value + addend + 4
				r.addrs = []uint64{at, at + 1, at + 2, at + 4}
				r.certain = true
			case elf.R_X86_64_32, elf.R_X86_64_32S:
				r.addrs = []uint64{s.Value + addend}
			case elf.R_X86_64_GOTPCREL, elf.R_X86_64_GOTPCRELX, elf.R_X86_64_REX_GOTPCRELX: // turned into LEA or MOV
				r.addrs = []uint64{s.Value + addend + 4}
			}
		}
		if slices.ContainsFunc(r.addrs, data.contains) {
			r.certain = r.certain && !slices.ContainsFunc(r.addrs, func(a uint64) bool { return !data.contains(a) })
			list = append(list, r)
		}
	}
	return list
}
