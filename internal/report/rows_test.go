package report

import (
	"reflect"
	"regexp"
	"testing"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// sample is a file of 10,000 bytes.
//
//	.text          1,000   owners 900, padding 60, unattributed 40
//	.rodata        8,000   not asked for
//	.small.1 … .3  5, 6, 7 not asked for
//	.bss               0   in the file
//	headers 902, gaps 80
func sample() *snapshot.Binary {
	owner := func(kind, name, id, module, version, origin, confidence string, functions int, size uint64) snapshot.Owner {
		return snapshot.Owner{Kind: kind, Name: name, ID: id, Module: module, Version: version, Origin: origin, Confidence: confidence,
			Functions: functions, Size: size, Sections: map[string]uint64{".text": size}}
	}
	return &snapshot.Binary{
		Name: "app", Path: "dist/app", Arch: "amd64", Type: "exec", Languages: []string{"go", "rust"}, Symbols: "symtab",
		FileSize: 10_000, Overhead: snapshot.Overhead{Headers: 902, Gaps: 80},
		Sections: []snapshot.Section{
			{Name: ".text", Kind: "code", FileSize: 1000, VMSize: 1000, Attributed: 900, Padding: 60, Unattributed: 40},
			{Name: ".rodata", Kind: "rodata", FileSize: 8000, VMSize: 8000, Unattributed: 8000},
			{Name: ".small.1", Kind: "data", FileSize: 5, VMSize: 5, Unattributed: 5},
			{Name: ".small.2", Kind: "data", FileSize: 6, VMSize: 6, Unattributed: 6},
			{Name: ".small.3", Kind: "data", FileSize: 7, VMSize: 7, Unattributed: 7},
			{Name: ".bss", Kind: "bss", VMSize: 4096},
		},
		Owners: []snapshot.Owner{
			owner("package", "net/http", "", "std", "go1.26.8", "standard library", "exact", 9, 400),
			owner("package", "example.com/m/a", "", "example.com/m", "v1.0.0", "dependencies", "exact", 1, 100),
			owner("package", "example.com/m/b", "", "example.com/m", "v1.0.0", "dependencies", "exact", 2, 100),
			owner("crate", "alpha", "00112233445566aa", "", "1.0.0", "dependencies", "exact", 3, 90),
			owner("crate", "alpha", "ffeeddccbbaa9988", "", "2.0.0", "dependencies", "inferred", 4, 80),
			owner("crate", "memchr", "", "std", "2.7.0", "standard library", "inferred", 5, 70),
			owner("library", "zlib", "", "", "1.3", "native", "inferred", 6, 60),
		},
		Functions: []snapshot.Function{
			{Name: "_RNvCs1234_5alpha3run", Owner: "alpha", OwnerID: "00112233445566aa", Section: ".text", Address: 16, Size: 90},
			{Name: "=deflate", Owner: "zlib", Section: ".text", Address: 256, Size: 60},
			{Name: "rest", Owner: "net/http", Section: ".text", Address: 512, Size: 750},
		},
		Variants: []snapshot.Variant{}, Warnings: []string{},
	}
}

func asked(s *snapshot.Section) bool { return s.Kind == "code" }

func TestSampleIsSound(t *testing.T) {
	if err := sample().Check(); err != nil {
		t.Fatal(err)
	}
}

func TestRows(t *testing.T) {
	type line struct {
		name, note string
		functions  int
		size       uint64
	}
	for _, test := range []struct {
		by   By
		want []line
	}{
		{ByPackage, []line{
			{"net/http", "", 9, 400},
			{"example.com/m/a", "", 1, 100},
			{"example.com/m/b", "", 2, 100},
			{"alpha#00112233", "1.0.0", 3, 90},
			{"alpha#ffeeddcc", "2.0.0, inferred", 4, 80},
			{"memchr", "2.7.0, inferred", 5, 70},
			{"zlib", "1.3, inferred", 6, 60},
		}},
		{ByModule, []line{
			{"std", "go1.26.8", 9, 400},
			{"example.com/m", "v1.0.0", 3, 200},
			{"alpha#00112233", "1.0.0", 3, 90},
			{"alpha#ffeeddcc", "2.0.0", 4, 80},
			{"std", "", 5, 70},
			{"zlib", "1.3", 6, 60},
		}},
		{ByOrigin, []line{
			{"standard library", "", 14, 470},
			{"dependencies", "", 10, 370},
			{"native", "", 6, 60},
		}},
		{ByFunction, []line{
			{"rest", "", 1, 750},
			{"_RNvCs1234_5alpha3run", "", 1, 90},
			{"=deflate", "", 1, 60},
		}},
		{BySection, []line{
			{".rodata", "rodata", 0, 8000},
			{".text", "code", 0, 1000},
			{".small.3", "data", 0, 7},
			{".small.2", "data", 0, 6},
			{".small.1", "data", 0, 5},
			{".bss", "bss", 0, 0},
		}},
	} {
		var got []line
		for _, r := range rowsOf(sample(), test.by) {
			got = append(got, line{r.name, r.note, r.functions, r.size})
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("by %s:\n got %v\nwant %v", test.by, got, test.want)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		by     By
		filter string
		want   []string
	}{
		{ByPackage, "^alpha$", []string{"alpha#00112233", "alpha#ffeeddcc"}},
		{ByPackage, "#ff", []string{"alpha#ffeeddcc"}},
		{ByPackage, "inferred", nil},
		{ByFunction, "^zlib$", []string{"=deflate"}},
		{ByFunction, "rest", []string{"rest"}},
		{ByModule, "^std$", []string{"std", "std"}},
		{ByModule, "^$", nil},
		{BySection, "small", []string{".small.3", ".small.2", ".small.1"}},
	} {
		o := Options{By: test.by, Filter: regexp.MustCompile(test.filter)}
		var got []string
		for _, r := range rowsOf(sample(), test.by) {
			if o.matches(&r) {
				got = append(got, r.name)
			}
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("by %s, filter %s: %q, want %q", test.by, test.filter, got, test.want)
		}
	}
}
