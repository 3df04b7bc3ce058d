package variant_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/upx"
	"github.com/sizegate/sizegate/internal/variant"
)

func open(t *testing.T, name string) *elfscan.Binary {
	t.Helper()
	b, err := elfscan.Open(filepath.Join("../../testdata/elf", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// names is the order and outcome of a list, as "name level status".
func names(list []variant.Variant) string {
	var out []string
	for _, v := range list {
		out = append(out, strings.Join(strings.Fields(string(v.Name)+" "+v.Level+" "+string(v.Status)), " "))
	}
	return strings.Join(out, ", ")
}

func TestMeasureWithoutUPX(t *testing.T) {
	b := open(t, "c-basic-amd64")
	var begun, done atomic.Int32
	r := variant.Request{
		Names:  []variant.Name{variant.Zstd, variant.Gzip, variant.Zip, variant.UPX, variant.NoDebug, variant.Stripped},
		Levels: []upx.Level{upx.LZMA, upx.Fast},
		NoUPX:  errors.New("upx is not here"),
		Entry:  "bootstrap",
		Slots:  make(chan struct{}, 2),
		Step: func(string) func() {
			begun.Add(1)
			return func() { done.Add(1) }
		},
	}
	list := variant.Measure(context.Background(), b, r)
	want := "stripped ok, nodebug ok, upx lzma skipped, upx fast skipped, zip ok, stripped+zip ok, gzip ok, zstd ok"
	if got := names(list); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if int(begun.Load()) != r.Count() || begun.Load() != done.Load() || r.Count() != 8 {
		t.Errorf("%d of %d measurements began and %d ended", begun.Load(), r.Count(), done.Load())
	}
	for _, v := range list {
		switch {
		case v.Status == variant.OK && (v.Size == 0 || v.Tool == "" || v.Reason != ""):
			t.Errorf("%+v", v)
		case v.Status == variant.Skipped && (v.Size != 0 || v.Reason != "upx is not here"):
			t.Errorf("%+v", v)
		}
	}
}

// TestSizes compares with strip and upx themselves.
func TestSizes(t *testing.T) {
	if _, err := exec.LookPath("upx"); err != nil {
		t.Skip("upx not found (Debian, Ubuntu: apt install upx-ucl)")
	}
	tool, err := upx.Find(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("strip"); err != nil {
		t.Skip("strip not found (Debian: apt install binutils)")
	}
	b := open(t, "rust-std-mixed-amd64")
	dir := t.TempDir()
	run := func(args ...string) {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	size := func(name string) uint64 {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return uint64(info.Size())
	}
	stripped := filepath.Join(dir, "stripped")
	run("strip", "-o", stripped, "../../testdata/elf/rust-std-mixed-amd64")
	run("strip", "--strip-debug", "-o", filepath.Join(dir, "nodebug"), "../../testdata/elf/rust-std-mixed-amd64")
	run(tool.Path, "-q", "-1", "-o", filepath.Join(dir, "fast"), stripped)
	keep := t.TempDir()
	list := variant.Measure(context.Background(), b, variant.Request{
		Names: variant.Known, Levels: []upx.Level{upx.Fast}, UPX: &upx.Runner{Tool: tool}, Entry: "app", Keep: keep, Slots: make(chan struct{}, 1)})
	if got, want := names(list), "stripped ok, nodebug ok, upx fast ok, zip ok, stripped+zip ok, upx+zip fast ok, gzip ok, zstd ok"; got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	for i, want := range []uint64{size("stripped"), size("nodebug"), size("fast")} {
		if list[i].Size != want {
			t.Errorf("%s is %d bytes, want %d", list[i].Name, list[i].Size, want)
		}
	}
	for _, i := range []int{0, 2} {
		info, err := os.Stat(filepath.Join(keep, variant.Kept(&list[i])))
		if err != nil || uint64(info.Size()) != list[i].Size || info.Mode().Perm() != 0o700 {
			t.Errorf("%s is kept as %v, %v", list[i].Name, info, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, v := range variant.Measure(ctx, open(t, "c-basic-amd64"), variant.Request{Names: variant.Known, Slots: make(chan struct{}, 1), Entry: "x",
		Levels: []upx.Level{upx.Fast}, UPX: &upx.Runner{Tool: &upx.Tool{Path: "/nonexistent"}}}) {
		if v.Status != variant.Failed || v.Reason != "interrupted" {
			t.Errorf("%+v", v)
		}
	}
}

// TestPacked: a file without sections cannot be stripped; each variant says so.
func TestPacked(t *testing.T) {
	list := variant.Measure(context.Background(), open(t, "c-upx-amd64"), variant.Request{
		Names: []variant.Name{variant.Stripped, variant.Zip}, Slots: make(chan struct{}, 1), Entry: "x"})
	if got, want := names(list), "stripped failed, zip ok, stripped+zip failed"; got != want {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	if list[0].Reason == "" || strings.Contains(list[0].Reason, "\n") {
		t.Errorf("reason %q", list[0].Reason)
	}
}

func TestParse(t *testing.T) {
	for _, tt := range []struct{ words, want string }{
		{"stripped", "stripped"},
		{"zip,upx", "zip upx"},
		{"all", "stripped nodebug upx zip gzip zstd"},
		{"none", ""},
		{"all,zip", "error"},
		{"none,zip", "error"},
		{"strip", "error"},
		{"upx+zip", "error"},
		{"", "error"},
	} {
		list, err := variant.Parse(strings.Split(tt.words, ","))
		var got []string
		for _, n := range list {
			got = append(got, string(n))
		}
		if s := strings.Join(got, " "); err != nil != (tt.want == "error") || err == nil && s != tt.want {
			t.Errorf("Parse(%q) = %q, %v, want %q", tt.words, s, err, tt.want)
		}
	}
}
