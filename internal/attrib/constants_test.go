package attrib

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// embedGo is a program with two file systems, one in a package of its own, a file as
// a string and one as bytes, and a long text.
func embedGo() map[string]string {
	random := rand.NewChaCha8([32]byte{5})
	binaryNoise := func(n int) []byte {
		b := make([]byte, n)
		random.Read(b)
		return b
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(binaryNoise(20_000))
	z.Close()
	return map[string]string{
		"go.mod":             "module example.com/named\n\ngo 1.24\n",
		"static/app.js":      noise(40, 100_000),
		"static/deep/a b.md": noise(41, 3000),
		"static/small.txt":   "small",
		"static/empty.txt":   "",
		"assets/files/p.gz":  packed.String(),
		"assets/files/x.bin": string(binaryNoise(5000)),
		"assets/assets.go":   "package assets\n\nimport \"embed\"\n\n//go:embed files\nvar Files embed.FS\n\n//go:noinline\nfunc Get(name string) int { d, _ := Files.ReadFile(name); return len(d) }\n",
		"image.png":          "\x89PNG\r\n\x1a\n" + string(binaryNoise(6000)),
		"words.txt":          "It begins with these words. " + noise(42, 9000),
		"main.go": `package main

import (
	"embed"
	"os"

	"example.com/named/assets"
)

//go:embed static
var static embed.FS

//go:embed image.png
var image []byte

//go:embed words.txt
var words string

func main() {
	n := len(os.Args)
	d, _ := static.ReadFile(os.Args[0])
	println(len(d), image[n], words[n:], assets.Get(os.Args[0]), "<p>\n\tA text\x1b[31m in code: ` + noise(43, 4000) + `"[n:])
}
`,
	}
}

// TestConstantsGo: embedded files are rows of their name and exact size, with and
// without symbols; so are other constants.
func TestConstantsGo(t *testing.T) {
	if testing.Short() {
		t.Skip("-short is given, and this builds programs (run without it)")
	}
	files := embedGo()
	dir := t.TempDir()
	writeTree(t, dir, files)
	type row struct{ name, owner string }
	want := make(map[row]uint64)
	for path, owner := range map[string]string{"static/app.js": "main", "static/deep/a b.md": "main",
		"assets/files/p.gz": "example.com/named/assets", "assets/files/x.bin": "example.com/named/assets"} {
		want[row{"embed: " + strings.TrimPrefix(path, "assets/"), owner}] = uint64(len(files[path]))
	}
	for _, arch := range []string{"amd64", "arm64"} {
		for _, mode := range []string{"exe", "pie"} {
			for _, ldflags := range []string{"", "-s -w"} {
				t.Run(strings.TrimSpace(arch+" "+mode+" "+ldflags), func(t *testing.T) {
					program := filepath.Join(t.TempDir(), "named")
					cmd := exec.Command("go", "build", "-trimpath", "-buildmode="+mode, "-ldflags="+ldflags, "-o", program, ".")
					cmd.Dir = dir
					cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOWORK=off")
					if out, err := cmd.CombinedOutput(); err != nil {
						t.Fatalf("%v\n%s", err, out)
					}
					b, p := profileOf(t, program, Options{View: Defined, Section: everything, Functions: true})
					data, err := os.ReadFile(program)
					if err != nil {
						t.Fatal(err)
					}
					got := make(map[row]uint64)
					others := make(map[string]uint64) // of main
					for _, f := range p.Functions {
						owner := p.Owners[f.Owner].Name
						switch {
						case !f.Constant:
						case strings.HasPrefix(f.Name, "embed: "):
							got[row{f.Name, owner}] += f.Size
							s := &b.Sections[f.Section]
							at := s.Offset + f.Address - s.Addr
							content := files[strings.TrimPrefix(f.Name, "embed: ")] + files["assets/"+strings.TrimPrefix(f.Name, "embed: ")]
							if string(data[at:at+f.Size]) != content {
								t.Errorf("%s is not what lies at %#x", f.Name, f.Address)
							}
						case owner == "main":
							others[f.Name] += f.Size
						}
					}
					if !maps.Equal(got, want) {
						t.Errorf("got %v\nwant %v", got, want)
					}
					texts := map[string]uint64{
						`"It begins with these words. ` + files["words.txt"][28:40] + `…"`: uint64(len(files["words.txt"])),
						`"<p> A text [31m in code: ` + noise(43, 4000)[:15] + `…"`:         4000 + 26,
					}
					if ldflags != "" {
						texts["PNG image"] = uint64(len(files["image.png"]))
					}
					for name, size := range texts {
						if others[name] < size || others[name] > size+64 {
							t.Errorf("%s has %d bytes, want %d; there are %v", name, others[name], size, slices.Sorted(maps.Keys(others)))
						}
					}
					// Names change nothing else.
					_, plain := profileOf(t, program, Options{View: Defined, Section: everything})
					if fmt.Sprint(p.Owners) != fmt.Sprint(plain.Owners) {
						t.Error("owners differ with names and without")
					}
				})
			}
		}
	}
}

// TestEmbedFilesHostile: lists of files that lead astray give no names.
func TestEmbedFilesHostile(t *testing.T) {
	const embedHeader, embedRecord, maxEmbed = 24, 48, 1 << 10 // as the compiler and package references have them
	files := embedGo()
	dir := t.TempDir()
	writeTree(t, dir, files)
	program := filepath.Join(dir, "named")
	cmd := exec.Command("go", "build", "-trimpath", "-buildmode=exe", "-ldflags=-s -w", "-o", program, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	good, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	b, err := elfscan.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	// The list of main: a slice of the records behind it, of files and folders:
	// static/, static/app.js, static/deep/, static/empty.txt, static/small.txt, static/deep/a b.md.
	const records = 6
	header := -1
	for i := range b.Sections {
		s := &b.Sections[i]
		if s.Base != ".rodata" {
			continue
		}
		for at := s.Offset; at+embedHeader <= s.Offset+s.Size; at += 8 {
			if v := good[at:]; binary.LittleEndian.Uint64(v) == s.Addr+at-s.Offset+embedHeader &&
				binary.LittleEndian.Uint64(v[8:]) == records && binary.LittleEndian.Uint64(v[16:]) == records {
				header = int(at)
			}
		}
	}
	if header < 0 {
		t.Fatal("the list is not in the file")
	}
	record := header + embedHeader + embedRecord // of static/app.js
	for _, tt := range []struct {
		name  string
		at    int
		value uint64
		named bool // the list's files still have names
	}{
		{"as it is", header + 8, records, true},
		{"capacity", header + 16, records + 1, false},
		{"no records", header + 8, 0, false},
		{"no path", record + 8, 0, false},
		{"a path without end", record + 8, 1 << 63, false},
		{"a long path", record + 8, maxEmbed + 1, false},
		{"content without end", record + 24, 1<<64 - 1, false},
		{"content in code", record + 16, 0x401000, false},
		{"a path that is none", record + 8, 7, false}, // "static/"
	} {
		data := bytes.Clone(good)
		binary.LittleEndian.PutUint64(data[tt.at:], tt.value)
		path := filepath.Join(t.TempDir(), "damaged")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, p := profileOf(t, path, Options{View: Defined, Section: everything, Functions: true})
		named := slices.ContainsFunc(p.Functions, func(f Function) bool { return f.Name == "embed: static/app.js" })
		if named != tt.named {
			t.Errorf("%s: named %v, want %v", tt.name, named, tt.named)
		}
	}
}

// includeRust is a program with an embedded text that it does not copy. Its standard
// library finds symbols for backtraces, with code that has constants and jump tables.
const includeRust = `use std::collections::HashMap;
static TEXT: &[u8] = include_bytes!("text.txt");
fn main() {
    let mut m: HashMap<String, usize> = HashMap::new();
    for (i, a) in std::env::args().enumerate() { m.insert(a, i + TEXT.len()); }
    println!("{:?} {}", m, TEXT[m.len()]);
}
`

// TestIncludedRust: an embedded file is one constant of the crate that embeds it,
// however the program is optimized: no number that code uses cuts it. Without
// symbols it is not another crate's, where it is not known who wrote the code.
func TestIncludedRust(t *testing.T) {
	const size = 400_000
	dir := t.TempDir()
	writeTree(t, dir, map[string]string{"app.rs": includeRust, "text.txt": noise(70, size)})
	built := make(map[string]string) // by flags: some programs are looked at in two views
	for _, tt := range []struct {
		flags []string
		view  View
		owner string // "" where the function that refers to the file need not be known
	}{
		{[]string{"-O"}, Defined, "app"},
		{[]string{"-O", "-Clto=fat"}, Defined, "app"},
		{[]string{"-O", "-Clto=fat", "-Clink-arg=-fuse-ld=bfd"}, Defined, "app"},
		{[]string{"-O", "-Clto=thin"}, Defined, "app"},
		{[]string{"-Copt-level=3", "-Clto=fat", "-Ccodegen-units=1", "-Cpanic=abort"}, Defined, "app"},
		{[]string{"-Copt-level=z", "-Clto=fat"}, Defined, "app"},
		{[]string{"-O", "-Clto=fat", "--target=aarch64-unknown-linux-gnu", "-Clinker=aarch64-linux-gnu-gcc"}, Defined, "app"},
		{[]string{"-O", "-Clto=fat", "-Cstrip=symbols"}, Instantiated, "main"},
		{[]string{"-O", "-Clto=thin", "-Cstrip=symbols"}, Instantiated, "main"},
		{[]string{"-O", "-Cstrip=symbols"}, Instantiated, "main"},
		{[]string{"-O", "-Cstrip=symbols"}, Defined, ""},
		{[]string{"-O", "-Clto=fat", "-Cstrip=symbols"}, Defined, ""},
	} {
		t.Run(strings.Join(tt.flags, " ")+" "+string(tt.view), func(t *testing.T) {
			if slices.Contains(tt.flags, "--target=aarch64-unknown-linux-gnu") {
				if _, err := exec.LookPath("aarch64-linux-gnu-gcc"); err != nil {
					t.Skip("aarch64-linux-gnu-gcc not found (Debian: apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross)")
				}
				libs, err := exec.Command("rustc", "--target=aarch64-unknown-linux-gnu", "--print=target-libdir").Output()
				if err != nil {
					t.Skip("rustc not found (https://rustup.rs)")
				}
				if _, err := os.Stat(strings.TrimSpace(string(libs))); err != nil {
					t.Skip("Rust's standard library for arm64 not found (rustup target add aarch64-unknown-linux-gnu)")
				}
			}
			flags := strings.Join(tt.flags, " ")
			if built[flags] == "" {
				program := filepath.Join(dir, fmt.Sprint("app", len(built)))
				compile(t, dir, "https://rustup.rs", "rustc", append([]string{"--edition=2021", "-o" + program, "app.rs"}, tt.flags...)...)
				built[flags] = program
			}
			_, p := profileOf(t, built[flags], Options{View: tt.view, Section: everything, Functions: true})
			largest := Function{}
			for _, f := range p.Functions {
				if f.Constant && f.Size > largest.Size {
					largest = f
				}
			}
			if tt.owner == "" {
				if largest.Size > size/10 && p.Owners[largest.Owner].Name != "main" {
					t.Errorf("%d bytes %s are charged to %s", largest.Size, largest.Name, p.Owners[largest.Owner].Name)
				}
				return
			}
			if largest.Size < size || largest.Size > size+64 || p.Owners[largest.Owner].Name != tt.owner {
				t.Errorf("the largest constant is %d bytes of %s, want %d of %s", largest.Size, p.Owners[largest.Owner].Name, size, tt.owner)
			}
		})
	}
}

// TestLongGo: a file whose bytes have addresses that are round numbers is whole, though
// its length, and a number in the data, are such addresses.
func TestLongGo(t *testing.T) {
	if testing.Short() {
		t.Skip("-short is given, and this builds programs (run without it)")
	}
	const size = 6 << 20 // 0x600000: in a program at 0x400000 the address of a byte in the middle
	content := make([]byte, size)
	rand.NewChaCha8([32]byte{9}).Read(content)
	for _, kind := range []string{"[]byte", "string"} {
		dir := t.TempDir()
		writeTree(t, dir, map[string]string{
			"go.mod": "module example.com/long\n\ngo 1.24\n",
			"file":   string(content),
			"main.go": "package main\n\nimport (\n\t_ \"embed\"\n\t\"os\"\n)\n\n//go:embed file\nvar file " + kind + "\n\nvar numbers = []int{0x500000, 0x800000, 0x900000, 100}\n\n" +
				"func main() {\n\tprintln(file[len(os.Args):], numbers[len(os.Args)])\n}\n",
		})
		for _, ldflags := range []string{"", "-s -w"} {
			t.Run(strings.TrimSpace(kind+" "+ldflags), func(t *testing.T) {
				program := filepath.Join(t.TempDir(), "long")
				cmd := exec.Command("go", "build", "-trimpath", "-ldflags="+ldflags, "-o", program, ".")
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOWORK=off")
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				b, p := profileOf(t, program, Options{View: Defined, Section: everything, Functions: true})
				largest := slices.MaxFunc(p.Functions, func(x, y Function) int { return int(x.Size) - int(y.Size) })
				if largest.Size < size || largest.Size > size+64 || p.Owners[largest.Owner].Name != "main" {
					t.Fatalf("the largest is %d bytes of %s, want %d of main", largest.Size, p.Owners[largest.Owner].Name, size)
				}
				data, err := os.ReadFile(program)
				if err != nil {
					t.Fatal(err)
				}
				s := &b.Sections[largest.Section]
				if at := s.Offset + largest.Address - s.Addr; !bytes.Equal(data[at:at+size], content) {
					t.Error("it is not the file")
				}
			})
		}
	}
}
