package dynlink_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math/rand/v2"
	"os"
	command "os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/dynlink"
	"github.com/sizegate/sizegate/internal/elftest"
)

func tool(t *testing.T, name, debian string) string {
	t.Helper()
	path, err := command.LookPath(name)
	if err != nil {
		t.Skipf("%s not found (Debian: apt install %s)", name, debian)
	}
	return path
}

func output(t *testing.T, argv ...string) string {
	t.Helper()
	c := command.Command(argv[0], argv[1:]...)
	c.Env = append(os.Environ(), "LC_ALL=C")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
	return string(out)
}

// compile builds a C program of one file, with its own flags.
func compile(t *testing.T, compiler, source string, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "main.c"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	output(t, append([]string{compiler, "-o", out, in}, flags...)...)
	return out
}

// readelfLinkage is what readelf says of the same facts.
func readelfLinkage(t *testing.T, path string) dynlink.Linkage {
	t.Helper()
	var l dynlink.Linkage
	if m := regexp.MustCompile(`program interpreter: (.*)\]`).FindStringSubmatch(output(t, "readelf", "-lW", path)); m != nil {
		l.Interpreter = m[1]
	}
	dynamic := output(t, "readelf", "-dW", path)
	for _, m := range regexp.MustCompile(`\(NEEDED\) .*\[(.*)\]`).FindAllStringSubmatch(dynamic, -1) {
		l.Needed = append(l.Needed, m[1])
	}
	if m := regexp.MustCompile(`\(RPATH\) .*\[(.*)\]`).FindStringSubmatch(dynamic); m != nil {
		l.RPath = strings.Split(m[1], ":")
	}
	if m := regexp.MustCompile(`\(RUNPATH\) .*\[(.*)\]`).FindStringSubmatch(dynamic); m != nil {
		l.RunPath = strings.Split(m[1], ":")
	}
	for _, m := range regexp.MustCompile(`Rev: 1  Flags: (\S+)  Index: \d+  Cnt: \d+  Name: (\S+)`).FindAllStringSubmatch(output(t, "readelf", "-VW", path), -1) {
		if m[1] != "BASE" {
			l.Defined = append(l.Defined, m[2])
		}
	}
	library := ""
	for _, m := range regexp.MustCompile(` File: (\S+)|Name: (\S+)  Flags: (.*)  Version: `).FindAllStringSubmatch(output(t, "readelf", "-VW", path), -1) {
		switch {
		case m[1] != "":
			library = m[1]
		case library != "":
			l.Versions = append(l.Versions, dynlink.Version{Library: library, Name: m[2], Weak: strings.Contains(m[3], "WEAK")})
		}
	}
	return l
}

const hello = "#include <stdio.h>\n#include <math.h>\nint main(int n, char **v) { return printf(\"%f\", cos(n)) < 0; }\n"

func TestLinkage(t *testing.T) {
	tool(t, "readelf", "binutils")
	gcc := tool(t, "gcc", "gcc")
	paths := map[string]string{
		"dynamic": compile(t, gcc, hello, "-lm"),
		"static":  compile(t, gcc, hello, "-static", "-lm"),
		"shared":  compile(t, gcc, "int f(void) { return 1; }", "-shared", "-fPIC", "-Wl,-soname,libf.so.1"),
		"rpath":   compile(t, gcc, hello, "-lm", "-Wl,--disable-new-dtags,-rpath,$ORIGIN/lib:/opt/lib"),
		"runpath": compile(t, gcc, hello, "-lm", "-Wl,--enable-new-dtags,-rpath,$ORIGIN/lib"),
		"loader":  compile(t, gcc, hello, "-lm", "-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1"),
		"readelf": tool(t, "readelf", "binutils"),
	}
	for name, debian := range map[string]string{"libc.so.6": "libc6-dev", "libstdc++.so.6": "g++"} { // which define versions
		path := strings.TrimSpace(output(t, gcc, "-print-file-name="+name))
		if !filepath.IsAbs(path) {
			t.Run(name, func(t *testing.T) { t.Skipf("%s not found (Debian: apt install %s)", name, debian) })
			continue
		}
		paths[name] = path
	}
	if cross, err := command.LookPath("aarch64-linux-gnu-gcc"); err == nil {
		paths["arm64"] = compile(t, cross, hello, "-lm")
	} else {
		t.Run("arm64", func(t *testing.T) {
			t.Skip("aarch64-linux-gnu-gcc not found (Debian: apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross)")
		})
	}
	for name, path := range paths {
		t.Run(name, func(t *testing.T) {
			want := readelfLinkage(t, path)
			if (name == "static") != (len(want.Needed) == 0) && name != "shared" {
				t.Fatalf("readelf found %+v", want)
			}
			b, err := elfscan.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			got, err := dynlink.Read(b)
			if err != nil || !reflect.DeepEqual(*got, want) {
				t.Errorf("got %+v, %v\nreadelf says %+v", got, err, want)
			}
		})
	}
}

// TestLinkageWithoutSections: the loader needs no section headers.
func TestLinkageWithoutSections(t *testing.T) {
	tool(t, "readelf", "binutils")
	path := compile(t, tool(t, "gcc", "gcc"), hello, "-lm")
	want := readelfLinkage(t, path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []struct{ at, size int }{{40, 8}, {60, 4}} { // e_shoff; e_shnum and e_shstrndx
		clear(data[field.at : field.at+field.size])
	}
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	b, err := elfscan.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if got, err := dynlink.Read(b); err != nil || !b.BySegment || !reflect.DeepEqual(*got, want) {
		t.Errorf("got %+v, %v\nwith section headers %+v", got, err, want)
	}
}

// dynamicFile is a file whose one loaded segment at address 0 is the whole
// file, with a string table and a dynamic section in front of more.
func dynamicFile(names string, dynamic func(strings, more uint64) []uint64, more []byte) elftest.File {
	const start = 64 + 3*56
	strings := uint64(start)
	at := (strings + uint64(len(names)) + 15) &^ 15
	words := dynamic(strings, 0)
	moreAt := at + uint64(8*len(words))
	words = dynamic(strings, moreAt)
	data := make([]byte, moreAt-start, moreAt-start+uint64(len(more)))
	copy(data, names)
	for i, w := range words {
		binary.LittleEndian.PutUint64(data[at-start+uint64(8*i):], w)
	}
	data = append(data, more...)
	size := start + uint64(len(data))
	return elftest.File{Type: elf.ET_DYN, NoSectionHeaders: true, Sections: []elftest.Section{{Data: data}}, Segments: []elftest.Segment{
		{Type: elf.PT_LOAD, Filesz: size, Memsz: size},
		{Type: elf.PT_DYNAMIC, Offset: at, Vaddr: at, Filesz: uint64(8 * len(words))},
		{Type: elf.PT_INTERP, Offset: strings, Filesz: uint64(len(names))},
	}}
}

func TestLinkageHostile(t *testing.T) {
	word := func(tag elf.DynTag) uint64 { return uint64(tag) }
	many := func(n int, words ...uint64) []uint64 {
		var all []uint64
		for range n {
			all = append(all, words...)
		}
		return all
	}
	// A record that claims every count has to stop at the end of the file.
	record := make([]byte, 16)
	binary.LittleEndian.PutUint16(record[2:], 0xffff)
	binary.LittleEndian.PutUint32(record[8:], 1)
	binary.LittleEndian.PutUint32(record[12:], 1)
	long := strings.Repeat("x", 4000)
	for _, tt := range []struct {
		name, names string
		dynamic     func(strings, more uint64) []uint64
		more        []byte
		problem     string // part of it, "" if it is fine
	}{
		{name: "nothing", names: "\x00", dynamic: func(_, _ uint64) []uint64 { return nil }},
		{name: "no string table", names: "\x00", dynamic: func(_, _ uint64) []uint64 { return []uint64{word(elf.DT_NEEDED), 1} }},
		{name: "string table at no address", names: "\x00", dynamic: func(_, _ uint64) []uint64 { return []uint64{word(elf.DT_STRTAB), 1 << 63} },
			problem: "which is not in the file"},
		{name: "name past the table", names: "/ld\x00a\x00", dynamic: func(s, _ uint64) []uint64 {
			return []uint64{word(elf.DT_STRTAB), s, word(elf.DT_STRSZ), 5, word(elf.DT_NEEDED), 6}
		}, problem: "a name at 6 of a string table of 5 bytes"},
		{name: "name without an end", names: "/ld\x00a", dynamic: func(s, _ uint64) []uint64 {
			return []uint64{word(elf.DT_STRTAB), s, word(elf.DT_STRSZ), 5, word(elf.DT_NEEDED), 4}
		}, problem: "has no end"},
		{name: "interpreter without an end", names: long + long, dynamic: func(_, _ uint64) []uint64 { return nil }, problem: "has no end"},
		{name: "one long name many times", names: long + "\x00", dynamic: func(s, _ uint64) []uint64 {
			return append([]uint64{word(elf.DT_STRTAB), s, word(elf.DT_STRSZ), allOnes}, many(1000, word(elf.DT_NEEDED), 0)...)
		}, problem: "together longer than"},
		{name: "too many names", names: "\x00", dynamic: func(s, _ uint64) []uint64 {
			return append([]uint64{word(elf.DT_STRTAB), s, word(elf.DT_STRSZ), allOnes}, many(1<<12, word(elf.DT_NEEDED), 0)...)
		}, problem: "entries in its dynamic section"},
		{name: "endless versions", names: "\x00", dynamic: func(s, more uint64) []uint64 {
			return []uint64{word(elf.DT_STRTAB), s, word(elf.DT_STRSZ), 1 << 20, word(elf.DT_VERNEED), more, word(elf.DT_VERNEEDNUM), allOnes}
		}, more: record, problem: "past the end of the file"},
		{name: "versions past the file", names: "\x00", dynamic: func(s, more uint64) []uint64 {
			return []uint64{word(elf.DT_STRTAB), s, word(elf.DT_STRSZ), 1, word(elf.DT_VERNEED), more, word(elf.DT_VERNEEDNUM), 1}
		}, more: record[:8], problem: "past the end of the file"},
		{name: "a version at itself", names: "\x00", dynamic: func(s, more uint64) []uint64 {
			return []uint64{word(elf.DT_STRTAB), s, word(elf.DT_STRSZ), 1, word(elf.DT_VERNEED), more, word(elf.DT_VERNEEDNUM), allOnes}
		}, more: make([]byte, 16)},
		{name: "many versions in few bytes", names: "\x00", dynamic: func(s, more uint64) []uint64 {
			return []uint64{word(elf.DT_STRTAB), s, word(elf.DT_STRSZ), 1, word(elf.DT_VERNEED), more, word(elf.DT_VERNEEDNUM), allOnes}
		}, more: chained(300 << 10), problem: "libraries and versions"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := dynamicFile(tt.names, tt.dynamic, tt.more).Bytes()
			b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			l, err := dynlink.Read(b)
			switch {
			case tt.problem == "" && err != nil:
				t.Error(err)
			case tt.problem != "" && (err == nil || !strings.Contains(err.Error(), tt.problem)):
				t.Errorf("got %+v, error %v; want one with %q", l, err, tt.problem)
			}
		})
	}
}

const allOnes = 1<<64 - 1

// chained is n bytes of libraries without versions, one behind the other.
func chained(n int) []byte {
	data := make([]byte, n)
	for i := 0; i+16 <= n; i += 16 {
		binary.LittleEndian.PutUint32(data[i+12:], 16)
	}
	return data
}

func TestISALevel(t *testing.T) {
	gcc := tool(t, "gcc", "gcc")
	tool(t, "readelf", "binutils")
	if !strings.Contains(output(t, gcc, "-dumpmachine"), "x86_64") {
		t.Skip("gcc does not build for x86-64 (run it on an amd64 machine)")
	}
	for _, flag := range []string{"", "-Wl,-z,x86-64-v2", "-Wl,-z,x86-64-v3", "-Wl,-z,x86-64-v4"} {
		flags := []string{}
		if flag != "" {
			flags = append(flags, flag)
		}
		path := compile(t, gcc, "int main(void) { return 0; }", flags...)
		want := 0
		if needed := regexp.MustCompile(`x86 ISA needed: (.*)`).FindString(output(t, "readelf", "-nW", path)); needed != "" {
			for i, name := range []string{"x86-64-baseline", "x86-64-v2", "x86-64-v3", "x86-64-v4"} {
				if strings.Contains(needed, name) {
					want = i + 1
				}
			}
		}
		if flag != "" && want != int(flag[len(flag)-1]-'0') {
			t.Fatalf("readelf says level %d of a file built with %s", want, flag)
		}
		b, err := elfscan.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := dynlink.ISALevel(b); got != want {
			t.Errorf("%s: level %d, readelf says %d", flag, got, want)
		}
		b.Close()
	}
}

// TestLinkageDamaged: whatever bytes change, the answer is an error or is
// within the limits.
func TestLinkageDamaged(t *testing.T) {
	whole, err := os.ReadFile(compile(t, tool(t, "gcc", "gcc"), hello, "-lm", "-Wl,-rpath,$ORIGIN"))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	read := 0
	for range 3000 {
		data := bytes.Clone(whole)
		for range 1 + r.IntN(8) {
			// The headers and the tables that the loader reads are at both ends.
			at := r.IntN(0x800)
			if r.IntN(2) == 0 {
				at = len(data) - 1 - r.IntN(len(data)/2)
			}
			data[at] = byte(r.Uint32())
		}
		b, err := elfscan.New(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			continue
		}
		dynlink.ISALevel(b)
		l, err := dynlink.Read(b)
		if err != nil {
			continue
		}
		read++
		length := len(l.Interpreter)
		for _, name := range l.Needed {
			length += len(name)
		}
		if length > 256<<10 || len(l.Needed)+len(l.Versions) > 1<<12 {
			t.Fatalf("%d bytes of names, %d libraries, %d versions", length, len(l.Needed), len(l.Versions))
		}
	}
	if read == 0 {
		t.Error("none could be read")
	}
}
