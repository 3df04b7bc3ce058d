package attrib

import (
	"bufio"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
)

// Two libraries and a program. All three instantiate alpha's generic function
// and copy its inline one, and have strings and panic locations of their own.
const (
	mapAlpha = `use std::collections::HashMap;
use std::hash::Hash;
pub fn count<K: Hash + Eq + Clone + Ord, I: Iterator<Item = K>>(items: I) -> Vec<(K, usize)> {
    let mut m: HashMap<K, usize> = HashMap::new();
    for k in items { *m.entry(k).or_insert(0) += 1; }
    let mut v: Vec<_> = m.into_iter().collect();
    v.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    v
}
#[inline]
pub fn describe(n: usize) -> String {
    if n > 1000 { format!("alpha counts many things: {n:>12}") } else { format!("alpha counts few things: {n:08x}") }
}
pub fn words(text: &str) -> Vec<(String, usize)> { count(text.split_whitespace().map(str::to_owned)) }
`
	mapBeta = `pub fn numbers(text: &str) -> Vec<(u64, usize)> { alpha::count(text.split(',').filter_map(|w| w.trim().parse().ok())) }
pub fn letters(text: &str) -> Vec<(char, usize)> { alpha::count(text.chars()) }
pub fn summary(text: &str) -> String {
    let mut s = String::from("beta's summary of the text\n");
    for (n, c) in numbers(text) { s.push_str(&alpha::describe(c)); s.push_str(&format!(" beta number {n}\n")); }
    for (l, c) in letters(text) { s.push_str(&alpha::describe(c)); s.push_str(&format!(" beta letter {l:?}\n")); }
    s
}
`
	mapMain = `use std::io::Read;
fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).expect("the program reads its input");
    println!("{}", beta::summary(&text));
    for (w, n) in alpha::words(&text) { println!("{w}: {}", alpha::describe(n)); }
    for (b, n) in alpha::count(text.bytes()) { println!("byte {b}: {n}"); }
    let mut sizes: Vec<f64> = text.lines().map(|l| l.len() as f64).collect();
    sizes.sort_by(|a, b| a.partial_cmp(b).unwrap());
    println!("{sizes:?} {:?}", std::fs::metadata("x").map(|m| m.len()));
}
`
)

// mapSections are what the map is compared in.
var mapSections = []string{".text", ".rodata", ".eh_frame"}

// inputSection is a line of LLD's map for a section of an object file: address,
// load address, size (hexadecimal), alignment, and archive(object):(section).
var inputSection = regexp.MustCompile(`^ *[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+) +[0-9]+ {9}([^ ].*):\(([^)]*)\)$`)

// objectCrate is the crate of an object file of rustc, whose name has that of a
// codegen unit.
var objectCrate = regexp.MustCompile(`\.?([A-Za-z0-9_]+)\.[0-9a-f]{16}-cgu\.\d+\.rcgu\.o\)?$`)

// readLinkerMap adds up what each crate's object files brought.
func readLinkerMap(t *testing.T, path string) map[string]map[string]uint64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sizes := make(map[string]map[string]uint64)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		m := inputSection.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		i := slices.IndexFunc(mapSections, func(s string) bool {
			return m[3] == s || strings.HasPrefix(m[3], s+".") || strings.HasPrefix(m[3], s+"+")
		})
		crate := objectCrate.FindStringSubmatch(m[2])
		if i < 0 || crate == nil {
			continue
		}
		size, err := strconv.ParseUint(m[1], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		if sizes[crate[1]] == nil {
			sizes[crate[1]] = make(map[string]uint64)
		}
		sizes[crate[1]][mapSections[i]] += size
	}
	return sizes
}

// TestLinkerMap holds what each crate is charged by instantiation against what
// the linker took from its object files. LLD merges no strings at -O0; else the
// one copy of equal strings is in the map the first object's, and here its users'.
func TestLinkerMap(t *testing.T) {
	rustc, err := exec.LookPath("rustc")
	if err != nil {
		t.Skip("rustc not found (https://rustup.rs)")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"alpha.rs": mapAlpha, "beta.rs": mapBeta, "main.rs": mapMain} {
		writeFile(t, filepath.Join(dir, name), text)
	}
	mapFile := filepath.Join(dir, "map")
	for _, args := range [][]string{
		{"--crate-type=rlib", "alpha.rs"},
		{"--crate-type=rlib", "beta.rs", "--extern=alpha"},
		{"main.rs", "--extern=alpha", "--extern=beta", "-Clink-arg=-fuse-ld=lld", "-Clink-arg=-Wl,-O0", "-Clink-arg=-Wl,-Map=" + mapFile},
	} {
		cmd := exec.Command(rustc, append([]string{"-O", "-Csymbol-mangling-version=v0", "-Ccodegen-units=4", "--edition=2021", "-L."}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			if strings.Contains(string(out), "cannot find 'ld'") {
				t.Skip("lld not found (https://rustup.rs, or Debian: apt install lld)")
			}
			t.Fatalf("%v\n%s", err, out)
		}
	}
	want := readLinkerMap(t, mapFile)
	for _, crate := range []string{"alpha", "beta", "main", "std", "core"} {
		if want[crate][".text"] == 0 {
			t.Fatalf("the linker's map has no code of %s: it is not read right", crate)
		}
	}
	b, p := profileOf(t, filepath.Join(dir, "main"), Options{View: Instantiated, Section: everything})
	checkSums(t, b, p)
	got := make(map[string]map[string]uint64)
	for _, o := range p.Owners {
		for _, s := range o.Sections {
			if name := b.Sections[s.Section].Name; o.Kind == ownership.Crate && slices.Contains(mapSections, name) {
				if got[o.Name] == nil {
					got[o.Name] = make(map[string]uint64)
				}
				got[o.Name][name] += s.Size
			}
		}
	}
	// What is left of strings whose users the linker dropped follows, at -O0, what is
	// before it, and counts there: a few hundred bytes that weigh in small crates.
	const large = 10_000
	var total, differs uint64
	for _, crate := range slices.Sorted(maps.Keys(want)) {
		var w, g uint64
		for _, s := range mapSections {
			w += want[crate][s]
			g += got[crate][s]
		}
		t.Logf("%-20s %8d of the linker, %8d here (%+.2f%%) %v %v", crate, w, g, 100*(float64(g)-float64(w))/float64(w), want[crate], got[crate])
		if got[crate][".text"] != want[crate][".text"] {
			t.Errorf("%s has %d bytes of .text, %d in the linker's map", crate, got[crate][".text"], want[crate][".text"])
		}
		diff := max(g, w) - min(g, w)
		if w >= large && 100*diff > w {
			t.Errorf("%s has %d bytes, %d in the linker's map", crate, g, w)
		}
		total += w
		differs += diff
	}
	t.Logf("%d bytes, %d differ", total, differs)
	if 100*differs > total {
		t.Errorf("%d of %d bytes differ", differs, total)
	}
}
