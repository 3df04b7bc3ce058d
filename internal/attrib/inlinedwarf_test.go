package attrib

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/debugfile"
)

// origin is what debug/dwarf reads of a function that was inlined.
type origin struct {
	namespace string // the outermost
	path      string
	unit      *dwarf.Entry // of the entry with the path, else of the function
}

// painted is what debug/dwarf says of each byte of .text.
type painted struct {
	addr     uint64
	function []int    // the first function that has it, 0 for none
	inlined  []origin // the innermost, zero if none
	covered  []bool   // there is one
	lines    []string // file of the line table, "" for line 0
	units    []*dwarf.Entry
}

// paint reads the debug information of a file a second time, a byte at a time:
// inner functions paint over outer ones.
func paint(t *testing.T, path string) *painted {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	text := f.Section(".text")
	p := &painted{addr: text.Addr, function: make([]int, text.Size), inlined: make([]origin, text.Size),
		covered: make([]bool, text.Size), lines: make([]string, text.Size), units: make([]*dwarf.Entry, text.Size)}
	inText := func(ranges [][2]uint64) bool {
		return len(ranges) > 0 && !slices.ContainsFunc(ranges, func(r [2]uint64) bool { return r[0] < text.Addr || r[1] > text.Addr+text.Size })
	}
	origins := p.origins(t, d)
	r := d.Reader()
	var unit *dwarf.Entry
	var stack []int // functions that the entries around are in, 0 for none
	functions := 0
	for {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			return p
		}
		if e.Tag == 0 {
			stack = stack[:len(stack)-1]
			continue
		}
		here := 0
		if len(stack) > 0 {
			here = stack[len(stack)-1]
		}
		ranges := [][2]uint64(nil)
		if e.Tag == dwarf.TagSubprogram || e.Tag == dwarf.TagInlinedSubroutine {
			if ranges, err = d.Ranges(e); err != nil {
				t.Fatal(err)
			}
		}
		switch e.Tag {
		case dwarf.TagCompileUnit:
			unit = e
			p.readLines(t, d, e)
		case dwarf.TagSubprogram:
			here = 0
			if inText(ranges) {
				functions++
				here = functions
			}
		}
		for _, x := range ranges {
			if here == 0 {
				break
			}
			for pc := x[0]; pc < x[1]; pc++ {
				i := pc - text.Addr
				switch {
				case e.Tag == dwarf.TagSubprogram && p.function[i] == 0:
					p.function[i], p.units[i] = here, unit
				case e.Tag == dwarf.TagInlinedSubroutine && p.function[i] == here:
					off, _ := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
					p.inlined[i], p.covered[i] = origins[off], true
				}
			}
		}
		if e.Children {
			stack = append(stack, here)
		}
	}
}

// origins reads what functions without code say.
func (p *painted) origins(t *testing.T, d *dwarf.Data) map[dwarf.Offset]origin {
	all := make(map[dwarf.Offset]origin)
	links := make(map[dwarf.Offset]dwarf.Offset)
	r := d.Reader()
	var unit *dwarf.Entry
	var files []*dwarf.LineFile
	var spaces []string
	for {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			break
		}
		if e.Tag == 0 {
			spaces = spaces[:len(spaces)-1]
			continue
		}
		if e.Tag == dwarf.TagCompileUnit {
			unit, files = e, nil
			if lr, err := d.LineReader(e); err == nil && lr != nil {
				files = lr.Files()
			}
		}
		if e.Tag == dwarf.TagSubprogram {
			o := origin{unit: unit}
			for _, s := range spaces {
				if s != "" && o.namespace == "" {
					o.namespace = s
				}
			}
			if i, ok := e.Val(dwarf.AttrDeclFile).(int64); ok && int(i) < len(files) && files[i] != nil {
				o.path = files[i].Name
			}
			for _, attr := range []dwarf.Attr{dwarf.AttrSpecification, dwarf.AttrAbstractOrigin} {
				if off, ok := e.Val(attr).(dwarf.Offset); ok {
					links[e.Offset] = off
				}
			}
			all[e.Offset] = o
		}
		if e.Children {
			name := ""
			if e.Tag == dwarf.TagNamespace {
				name, _ = e.Val(dwarf.AttrName).(string)
			}
			spaces = append(spaces, name)
		}
	}
	for at, off := range links {
		for range 4 {
			o, more := all[at], all[off]
			if o.namespace == "" {
				o.namespace = more.namespace
			}
			if o.path == "" && more.path != "" {
				o.path, o.unit = more.path, more.unit
			}
			all[at] = o
			off = links[off]
		}
	}
	return all
}

func (p *painted) readLines(t *testing.T, d *dwarf.Data, unit *dwarf.Entry) {
	lr, err := d.LineReader(unit)
	if err != nil || lr == nil {
		return
	}
	var last dwarf.LineEntry
	started := false
	for {
		var e dwarf.LineEntry
		if err := lr.Next(&e); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		if started && last.Address >= p.addr && e.Address <= p.addr+uint64(len(p.lines)) {
			for pc := last.Address; pc < e.Address; pc++ {
				if p.lines[pc-p.addr] = last.File.Name; last.Line == 0 {
					p.lines[pc-p.addr] = ""
				}
			}
		}
		last, started = e, !e.EndSequence
	}
}

// checkSource compares what a report in the view Source charges inlined code to
// with what the bytes' debug information says; owner names the owner of a byte's
// source, "" for the function's own.
func checkSource(t *testing.T, path string, debugFile bool, owner func(p *painted, i int) string) {
	t.Helper()
	p := paint(t, path)
	opt := Options{View: Defined, Section: codeOnly, Functions: true}
	b, defined := profileOf(t, path, opt)
	type function struct{ lo, size uint64 }
	names := make(map[function]string) // the owner, "" where several names share the code
	byAddress := make(map[uint64][]Function)
	for _, f := range defined.Functions {
		if b.Sections[f.Section].Base == ".text" {
			byAddress[f.Address] = append(byAddress[f.Address], f)
		}
	}
	for addr, fs := range byAddress {
		if len(fs) == 1 {
			names[function{addr, fs[0].Size}] = defined.Owners[fs[0].Owner].Name
		}
	}
	want := make(map[string]uint64)
	for f, own := range names {
		for pc := f.lo; pc < f.lo+f.size; pc++ {
			if i := int(pc - p.addr); p.covered[i] {
				if o := owner(p, i); o != "" && o != own {
					want[o]++
				}
			}
		}
	}
	opt.View = Source
	file := path
	if debugFile {
		splitDebug(t, path, b.Arch)
		file = path + ".stripped"
	}
	s, err := elfscan.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if debugFile {
		if opt.DebugFile, err = debugfile.Open(s, path+".debug"); err != nil {
			t.Fatal(err)
		}
		defer opt.DebugFile.Close()
	}
	source, err := Attribute(s, opt)
	if err != nil {
		t.Fatal(err)
	}
	checkSums(t, s, source)
	for _, w := range source.Warnings {
		t.Errorf("warning: %s", w)
	}
	got := make(map[string]uint64)
	for _, f := range source.Functions {
		if f.Inlined && s.Sections[f.Section].Base == ".text" {
			got[source.Owners[f.Owner].Name] += f.Size
		}
	}
	if len(want) == 0 {
		t.Error("nothing was inlined")
	}
	if !maps.Equal(got, want) {
		t.Errorf("inlined:\n got %v\nwant %v", got, want)
	}
	t.Log(got)
}

func inlinedRust() map[string]string {
	return map[string]string{
		"dep/src/lib.rs": `pub mod deep;
pub struct Bag<T> { items: Vec<T> }
impl<T: Clone + Ord> Bag<T> {
    pub fn new() -> Self { Bag { items: Vec::new() } }
    #[inline] pub fn add(&mut self, t: T) { if !self.items.contains(&t) { self.items.push(t) } }
    pub fn best(&self) -> Option<T> { self.items.iter().max().cloned() }
}
impl<T> std::ops::Deref for Bag<T> { type Target = [T]; fn deref(&self) -> &[T] { &self.items } }
#[inline(never)] pub fn kept(s: &str) -> u64 { s.bytes().map(|b| deep::mix(b as u64)).fold(7, |a, b| a.rotate_left(5) ^ b) }
`,
		"dep/src/deep.rs": `#[inline] pub fn mix(mut x: u64) -> u64 { x ^= x >> 33; x = x.wrapping_mul(0xff51afd7ed558ccd); x ^= x >> 29; x }
#[inline] pub fn each<F: FnMut(u64)>(n: u64, mut f: F) { for i in 0..n { f(mix(i)) } }
`,
		"src/main.rs": `use std::collections::HashMap;
#[inline(always)] fn odd(x: u64) -> bool { x % 7 != 3 && x.count_ones() > 4 }
fn main() {
    let n = std::env::args().count() as u64 * 1000;
    let mut bag = dep::Bag::new();
    dep::deep::each(n, |x| if odd(x) { bag.add(x % 97) });
    let mut words: HashMap<String, u64> = HashMap::new();
    for a in std::env::args() { *words.entry(a.trim().to_string()).or_insert(0) += dep::kept(&a); }
    let mut v: Vec<_> = words.into_iter().collect();
    v.sort();
    println!("{:?} {:?} {}", bag.best(), v, bag.len());
}
`}
}

// rustPath is the crate in whose directory a source of the test's program, or of
// the standard library, is.
func rustPath(path string) string {
	m := regexp.MustCompile(`/library/(\w+)/(?:src|crates/(core_arch))/|(?:^|/)(dep)/src/|(?:^|/)(src)/main\.rs|/([\w-]+?)-\d+\.\d+\.\d+/`).FindStringSubmatch(path)
	switch {
	case m == nil:
		return ""
	case m[1] == "stdarch":
		return "core"
	case m[4] != "":
		return "app"
	}
	return strings.ReplaceAll(m[1]+m[3]+m[5], "-", "_")
}

// TestRustInlined: the namespace that a function is in is its crate. (Names tell
// the same; this test does not look at them.) Where there are line tables alone
// the directory of the file is.
func TestRustInlined(t *testing.T) {
	owner := func(p *painted, i int) string {
		if o := p.inlined[i]; o.namespace != "" {
			return o.namespace
		}
		return rustPath(p.lines[i])
	}
	for _, flags := range []string{
		"-Cdebuginfo=2",
		"-Cdebuginfo=2 -Csymbol-mangling-version=v0 -Cdwarf-version=5",
		"-Cdebuginfo=1 -Copt-level=s",
		"-Cdebuginfo=2 -Clto=fat",
		"-Cdebuginfo=line-tables-only",
		"-Cdebuginfo=line-tables-only -Cdwarf-version=5",
		"debug file",
	} {
		t.Run(flags, func(t *testing.T) {
			dir := t.TempDir()
			writeTree(t, dir, inlinedRust())
			const hint = "rustup.rs, or Debian: apt install rustc"
			split := flags == "debug file"
			args := []string{"--edition=2021", "-Copt-level=3"}
			if split {
				args = append(args, "-Cdebuginfo=2")
			} else {
				args = append(args, strings.Fields(flags)...)
			}
			lib := slices.DeleteFunc(slices.Clone(args), func(s string) bool { return strings.HasPrefix(s, "-Clto") })
			compile(t, dir, hint, "rustc", append(lib, "--crate-type=rlib", "--crate-name=dep", "dep/src/lib.rs")...)
			compile(t, dir, hint, "rustc", append(args, "--crate-name=app", "--extern=dep=libdep.rlib", "src/main.rs")...)
			checkSource(t, filepath.Join(dir, "app"), split, owner)
		})
	}
}

func inlinedC() map[string]string {
	return map[string]string{
		"main.cc": `#include "own.h"
#include <vector>
#include <string>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
extern "C" int plain(int, char **);
int main(int argc, char **argv) {
  std::vector<std::string> v;
  for (int i = 0; i < argc; i++) v.push_back(std::string(argv[i]) + "x");
  std::sort(v.begin(), v.end());
  for (auto &s : v) std::printf("%s %d\n", s.c_str(), own(s.size()));
  return plain(argc, argv) + std::atoi(argv[0]);
}
`,
		"own.h": "static inline int own(unsigned long n) { int r = 0; for (unsigned long i = 0; i < n; i++) r ^= r * 31 + i; return r; }\n",
		"zlib-1.3.1/plain.c": `#include "../own.h"
#include "other.h"
#include <stdlib.h>
int plain(int n, char **v) { int s = 0; for (int i = 1; i < n; i++) s += atoi(v[i]) + own(n) + other(i); return s; }
`,
		"zlib-1.3.1/other.h": "static inline int other(int n) { return n * n % 7 - (n >> 3) * 5; }\n",
		"cross.c":            "int cross(int n) { int r = 1; while (n > 1) r = r * n-- % 1009; return r; }\n",
		"lto.c":              "int cross(int); int main(int c, char **v) { return cross(c + 5) + cross(c * 2); }\n",
	}
}

// cPath is the owner of a source of C and C++, "" for that of its unit.
func cPath(path string, unit *dwarf.Entry) string {
	switch {
	case strings.Contains(path, "/include/c++/"), strings.Contains(path, "/c++/12/"):
		return "libstdc++"
	case strings.Contains(path, "/zlib-1.3.1/"):
		return "zlib"
	case strings.Contains(path, "/usr/") && strings.Contains(path, "/include/"):
		return "glibc"
	}
	name, _ := unit.Val(dwarf.AttrName).(string)
	if strings.Contains(name, "zlib-1.3.1") {
		return "zlib"
	}
	return filepath.Base(name)
}

func TestCInlined(t *testing.T) {
	owner := func(p *painted, i int) string {
		o := p.inlined[i]
		if o.path != "" {
			return cPath(o.path, o.unit)
		}
		if p.lines[i] == "" {
			return ""
		}
		return cPath(p.lines[i], p.units[i])
	}
	const hint = "Debian: apt install g++ g++-aarch64-linux-gnu"
	for _, flags := range []string{
		"-O2 -g -gdwarf-4", "-O2 -g -gdwarf-5", "-O3 -g -gdwarf-5 -gz=zlib", "-O2 -g1", "-O2 -g1 -flto", "-O2 -g -gdwarf-5 -fdebug-types-section", "-O2 -g -gdwarf-2", "-O2 -g -gdwarf-5 -gdwarf64",
		"-O2 -g -ffunction-sections -Wl,--gc-sections", "-O2 -g -fPIC -pie -freorder-blocks-and-partition",
	} {
		for _, cc := range []string{"g++", "aarch64-linux-gnu-g++"} {
			t.Run(fmt.Sprint(cc, " ", flags), func(t *testing.T) {
				dir := t.TempDir()
				writeTree(t, dir, inlinedC())
				args := strings.Fields(flags)
				compile(t, dir, hint, strings.Replace(cc, "g++", "gcc", 1),
					append(args, "-c", "-o", "plain.o", "zlib-1.3.1/plain.c")...)
				compile(t, dir, hint, cc, append(args, "-o", "prog", "main.cc", "plain.o")...)
				checkSource(t, filepath.Join(dir, "prog"), false, owner)
			})
		}
	}
	t.Run("link-time optimization", func(t *testing.T) {
		dir := t.TempDir()
		writeTree(t, dir, inlinedC())
		compile(t, dir, hint, "gcc", "-O2", "-g", "-flto", "-o", "prog", "lto.c", "cross.c")
		checkSource(t, filepath.Join(dir, "prog"), false, owner)
	})
}
