package gosym

import (
	"debug/elf"
	"os"
	"strings"
	"testing"
)

// FuzzTable walks whatever Parse accepts.
func FuzzTable(f *testing.F) {
	for _, magic := range []uint32{0xfffffffb, 0xfffffffa, 0xfffffff0, 0xfffffff1} {
		f.Add(small(magic, 1, 0x1000).bytes())
		f.Add(small(magic, 4, 0x1000).bytes())
	}
	for _, tt := range layoutTables {
		f.Add(tt.data)
	}
	for version := range inlineTrees {
		f.Add(inlineTable(version, pcv(0, 2, 1, 3, 1, 5, -1, 10, -1, 12), 0x100))
	}
	if own := ownFunctions(f, 200); own != nil {
		f.Add(own)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tab, err := Parse(data)
		if Plausible(data) != (err == nil) {
			t.Errorf("plausible, but %v", err)
		}
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("an error of several lines: %q", err)
			}
			return
		}
		lo, hi := tab.Bounds()
		if lo >= hi || tab.Len() > len(data)/8 {
			t.Fatalf("bounds %#x-%#x, %d functions in %d bytes", lo, hi, tab.Len(), len(data))
		}
		if hi-lo > 1<<20 {
			return // what a caller that knows the size of the code does
		}
		layout := tab.Layout()
		size := uint64(len(data))
		for _, p := range [...]Part{layout.Header, layout.Names, layout.Units, layout.Files, layout.PCTables, layout.Functab, layout.Records} {
			if p.Lo > p.Hi || p.Hi > size {
				t.Errorf("a part from %d to %d of %d bytes", p.Lo, p.Hi, size)
			}
		}
		for off, name := range tab.Names() {
			if name == "" || layout.Names.Lo+uint64(off)+uint64(len(name)) >= layout.Names.Hi {
				t.Errorf("a name of %d bytes at %d", len(name), off)
			}
		}
		names := 0
		for i := range tab.Len() {
			if rec, ok := tab.Record(i); ok {
				// Fill can be missing behind the last record.
				if rec.Lo >= rec.Hi || rec.Hi > size+7 || rec.Pair.Hi > layout.Functab.Hi {
					t.Errorf("record %d from %d to %d, pair %v", i, rec.Lo, rec.Hi, rec.Pair)
				}
				for off := range rec.PCTables() {
					if end := tab.PCTableEnd(layout.PCTables.Lo+uint64(off), layout.PCTables.Hi); end > layout.PCTables.Hi {
						t.Errorf("a pc-value table ends at %d", end)
					}
					break // tables can overlap
				}
				for range rec.FuncData() {
				}
			}
			file, _ := tab.File(i)
			fn, err := tab.Func(i)
			if err != nil {
				if !strings.Contains(err.Error(), "function") {
					t.Errorf("an error without the function: %v", err)
				}
				return
			}
			if fn.FileAt != NoFile {
				tab.StringEnd(layout.Files.Lo+uint64(fn.FileAt), layout.Files.Lo+uint64(fn.FileAt)+100)
			}
			if name := tab.FileName(fn.FileAt); name != file {
				t.Errorf("function %d is from %q, and %q", i, name, file)
			}
			if fn.Entry > fn.End || fn.End > fn.Next || !fn.Sized && fn.End != fn.Next {
				t.Errorf("function %d: %+v", i, fn)
			}
			if rec, ok := tab.Record(i); ok {
				done := fn.Entry
				for part := range tab.Inlined(i, &rec, data) {
					if part.Lo < done || part.Lo >= part.Hi || part.Hi > fn.Next {
						t.Errorf("inlined into function %d: %+v, after %#x", i, part, done)
					}
					done = part.Hi
					if name, ok := tab.InlinedName(part.Name); ok && name == "" {
						t.Error("an empty name")
					}
				}
			}
			if i == 0 && fn.Entry != lo {
				t.Errorf("the first function starts at %#x, not %#x", fn.Entry, lo)
			}
			if names += len(fn.Name) + len(file); names > 2*64*len(data) {
				t.Fatal("the names are too long for the data")
			}
			Package(fn.Name)
		}
	})
}

// FuzzPackage checks what holds for the package of any name.
func FuzzPackage(f *testing.F) {
	for _, name := range []string{
		"main.main", "net/http.(*Server).Serve-fm", "gopkg.in/yaml%2ev3.(*Decoder).Decode",
		"slices.SortFunc[go.shape.[]github.com/x/y.Z,...]", "a.b/c.T.crypto/ecdh.ecdh",
		`main.F[go.shape.struct { X int "json:\"a/b]\"" }]`, "go:(*struct { sync.Mutex; x int }).Lock",
		"type:.eq.[4]net/http.T", "type:.importpath.net/http.", "type:.importpath.net.http.", "type:.importpath.net/.", "type:.importpath./net.", "go:itab.*net/http.T,io.Writer", "go.shape.int.M",
		"memeqbody", "x.T·1.M", "%2e%", "type:.eq.noalg.map.a/b.C",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		path, ok := Package(name)
		if !ok {
			if path != "" {
				t.Errorf("a path %q without ok", path)
			}
			return
		}
		if path == "" || !strings.Contains(name, path+".") {
			t.Errorf("%q does not hold %q", name, path)
		}
		if last := path[strings.LastIndexByte(path, '/')+1:]; last == "" || strings.Contains(last, ".") {
			t.Errorf("the last element of %q cannot be one", path)
		}
		for _, c := range []byte(path) {
			if c <= ' ' || c >= 0x7f {
				t.Errorf("%q holds what is always escaped", path)
			}
		}
		plain := Unescape(path)
		if len(plain) > len(path) || !strings.Contains(path, "%") && plain != path {
			t.Errorf("unescaped from %q to %q", path, plain)
		}
		Promoted(path, func(p string) bool { return len(p)%2 == 0 })
	})
}

// ownFunctions returns the first n functions of the running test program,
// written as a table of their own, or nil if it is no ELF file.
func ownFunctions(tb testing.TB, n int) []byte {
	path, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	if f, err := elf.Open(path); err != nil {
		return nil
	} else {
		f.Close()
	}
	tab := open(tb, path).table
	s := synTable{magic: 0xfffffff1, quantum: byte(tab.Quantum()), units: [][]string{nil}}
	for i := range min(n, tab.Len()) {
		fn, err := tab.Func(i)
		if err != nil {
			tb.Fatal(err)
		}
		file, err := tab.File(i)
		if err != nil {
			tb.Fatal(err)
		}
		rec, err := tab.record(i)
		if err != nil {
			tb.Fatal(err)
		}
		// More than one table follows pcsp; the first terminator ends it.
		pcsp := tab.pctab[u32(rec, recPCSP):]
		pcsp = pcsp[:min(len(pcsp), 200)]
		s.units[0] = append(s.units[0], file)
		s.funcs = append(s.funcs, synFunc{entry: fn.Entry, name: fn.Name, pcsp: pcsp, file: pcv(1+i, 1)})
		s.end = fn.Next
	}
	return s.bytes()
}
