package attrib

import (
	"cmp"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
)

// crateBytes is how much of .text has a crate, and how much of that the right one.
type crateBytes struct{ given, right, text uint64 }

// compareCrates compares what a stripped file is thought to be with the names that
// readelf prints of the file with symbols, byte by byte. Of several names for the
// same bytes each is right in part. root is the crate that no path names.
func compareCrates(t *testing.T, p *Profile, text uint64, names []truth, view View, root string) crateBytes {
	t.Helper()
	slices.SortStableFunc(names, func(x, y truth) int { return cmp.Compare(x.addr, y.addr) })
	got := crateBytes{text: text}
	for _, f := range p.Functions {
		o := &p.Owners[f.Owner]
		if o.Kind != ownership.Crate {
			continue
		}
		if o.Confidence != ownership.Inferred {
			t.Fatalf("%s at %#x is not inferred", f.Name, f.Address)
		}
		name := o.Name
		if name == "main" {
			name = root
		}
		got.given += f.Size
		i, _ := slices.BinarySearchFunc(names, f.Address, func(n truth, addr uint64) int { return cmp.Compare(n.addr, addr) })
		for i < len(names) && names[i].addr < f.Address+f.Size {
			same, right := 1, 0
			for i+same < len(names) && names[i+same].addr == names[i].addr {
				same++
			}
			size := uint64(0)
			for _, n := range names[i : i+same] {
				size = max(size, n.size)
				defined, instantiated, ok := crates(n.name)
				if view != Defined {
					defined = instantiated
				}
				if crate, _, _ := strings.Cut(defined, "@"); ok && crate == name {
					right++
				}
			}
			got.right += min(size, f.Address+f.Size-names[i].addr) * uint64(right) / uint64(same)
			i += same
		}
	}
	return got
}

// TestStrippedRust takes the symbols away from Rust's own programs and asks how many
// bytes of .text still get a crate, and how many of those the right one. In the views
// Auto and Instantiated the first must be 70% for cargo, of which three quarters are Rust, and
// the second 85%. Who wrote a function is harder to tell in a program that was
// optimized as a whole: in view Defined less is claimed.
func TestStrippedRust(t *testing.T) {
	sysroot, err := exec.Command("rustc", "--print", "sysroot").Output()
	if err != nil {
		t.Skip("rustc not found (Debian: apt install rustc, or rustup)")
	}
	if _, err := exec.LookPath("strip"); err != nil {
		t.Skip("strip not found (Debian: apt install binutils)")
	}
	for _, tt := range []struct {
		program      string
		view         View
		given, right float64 // per cent, at least
	}{
		{"cargo", Auto, 70, 85},
		{"cargo", Instantiated, 70, 85},
		{"cargo", Defined, 42, 82},
		{"rustdoc", Instantiated, 85, 85},
		{"rustdoc", Defined, 60, 80},
	} {
		t.Run(tt.program+"/"+string(tt.view), func(t *testing.T) {
			path, err := exec.LookPath(filepath.Join(strings.TrimSpace(string(sysroot)), "bin", tt.program))
			if err != nil {
				t.Skipf("%s is not part of this Rust (rustup has it)", tt.program)
			}
			names := readelfFunctions(t, path)
			if len(names) == 0 {
				t.Skipf("%s has no symbols (rustup's has)", path)
			}
			stripped := filepath.Join(t.TempDir(), tt.program)
			if out, err := exec.Command("strip", "-o", stripped, path).CombinedOutput(); err != nil {
				t.Fatalf("strip: %v: %s", err, out)
			}
			b, p := profileOf(t, stripped, Options{View: tt.view, Functions: true})
			text := uint64(0)
			for i := range b.Sections {
				if b.Sections[i].Name == ".text" {
					text = b.Sections[i].FileSize
				}
			}
			got := compareCrates(t, p, text, names, tt.view, tt.program)
			given, right := 100*float64(got.given)/float64(got.text), 100*float64(got.right)/float64(got.given)
			t.Logf("%.1f%% of .text has a crate, %.1f%% of that the right one", given, right)
			if given < tt.given || right < tt.right {
				t.Errorf("%.1f%% of .text has a crate, %.1f%% of that the right one; at least %.0f%% and %.0f%% are wanted", given, right, tt.given, tt.right)
			}
		})
	}
}

// TestStrippedFixture compares a committed stripped program for arm64 with its table of
// truth. It is little more than std, which was not compiled with it.
func TestStrippedFixture(t *testing.T) {
	path := filepath.Join(fixtures, "rust-std-stripped-arm64")
	truths := make(map[uint64]truth)
	for _, f := range readTruth(t, path+".truth.tsv") {
		truths[f.addr] = f
	}
	for _, tt := range []struct {
		view         View
		given, right float64 // per cent of the functions in the table, at least
	}{{Defined, 40, 80}, {Instantiated, 95, 55}} {
		_, p := profileOf(t, path, Options{View: tt.view, Functions: true})
		given, right, all := uint64(0), uint64(0), uint64(0)
		crateOf := func(f truth) (crate string, known bool) {
			if tt.view == Instantiated {
				f.defined = f.instantiated
			}
			crate, _, known = strings.Cut(f.defined, "@")
			return crate, known
		}
		for _, f := range truths {
			if _, known := crateOf(f); known {
				all += f.size
			}
		}
		for _, f := range p.Functions {
			o := &p.Owners[f.Owner]
			if o.Kind != ownership.Crate {
				continue
			}
			if f.Name != fmt.Sprintf("[function at %#x]", f.Address) || o.Confidence != ownership.Inferred {
				t.Errorf("%s of %s, %s", f.Name, o.Name, o.Confidence)
			}
			if crate, known := crateOf(truths[f.Address]); known {
				given += f.Size
				if crate == o.Name {
					right += f.Size
				}
			}
		}
		g, r := 100*float64(given)/float64(all), 100*float64(right)/float64(given)
		t.Logf("%s: %.1f%% of the Rust code has a crate, %.1f%% of that the right one", tt.view, g, r)
		if g < tt.given || r < tt.right {
			t.Errorf("%s: %.1f%% of the Rust code has a crate, %.1f%% of that the right one; at least %.0f%% and %.0f%% are wanted", tt.view, g, r, tt.given, tt.right)
		}
	}
}

// TestNotInferred: where symbols or Go's table say what functions there are, and in C,
// nothing is inferred from what the code looks like.
func TestNotInferred(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(fixtures, "*.truth.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".truth.tsv")
		if strings.HasPrefix(name, "rust-") && strings.Contains(name, "stripped") {
			continue
		}
		checked++
		_, p := profileOf(t, filepath.Join(fixtures, name), Options{Functions: true})
		for _, f := range p.Functions {
			if strings.HasPrefix(f.Name, "[function at ") {
				t.Errorf("%s: %s of %s", name, f.Name, p.Owners[f.Owner].Name)
			}
		}
	}
	if checked < 15 {
		t.Errorf("only %d files", checked)
	}
}
