package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// saved is a report of one sound binary with all lists, and what replaces the
// part of it.
func saved(part, by string) string {
	text := `{"schema": "sizegate.report/v1", "sizegate": "v0.1.0", "binaries": [
 {"name": "app", "path": "dist/app", "arch": "arm64", "file_size": 150, "vm_size": 4246, "overhead": {"headers": 40, "gaps": 10},
  "sections": [{"name": ".text", "kind": "code", "file_size": 70, "vm_size": 70, "attributed": 50, "padding": 15, "unattributed": 5},
   {"name": ".rodata", "kind": "rodata", "file_size": 30, "vm_size": 30, "unattributed": 30},
   {"name": ".bss", "kind": "bss", "vm_size": 4096}],
  "owners": [{"kind": "package", "name": "a", "functions": 2, "size": 50, "sections": {".text": 50}}],
  "functions": [{"name": "a.f", "owner": "a", "section": ".text", "address": 18446744073709551615, "size": 50}],
  "variants": [{"name": "stripped", "status": "ok", "size": 140}]}]}`
	if !strings.Contains(text, part) {
		panic(part)
	}
	return strings.Replace(text, part, by, 1)
}

func TestReadBack(t *testing.T) {
	r := &Report{Schema: Schema, Sizegate: "v0.1.0", Binaries: []Binary{
		{Name: "twice", Path: "a\nb", Languages: []string{"go"}, FileSize: 6, Overhead: Overhead{Headers: 1}, Warnings: []string{"##[error]"},
			Sections: []Section{{Name: ".text", Kind: "code", FileSize: 5, VMSize: 5, Attributed: 3, Padding: 1, Unattributed: 1}},
			Owners: []Owner{{Kind: "crate", Name: "a", ID: "00", Module: "m", Version: "1", Origin: "own code", Functions: 1, Size: 3,
				Sections: map[string]uint64{".text": 3}, Confidence: "exact"}},
			Functions: []Function{{Name: "<f>", Owner: "a", Section: ".text", Address: 9, Size: 3, OwnerID: "00"}},
			Variants:  []Variant{{Name: "upx", Status: "ok", Size: 2, Startup: &Startup{Runs: 3, Min: 1}}}, Startup: &Startup{Runs: 4}},
		{Name: "twice", Path: "c", Languages: []string{}, Sections: []Section{}, Owners: []Owner{}, Variants: []Variant{}, Warnings: []string{}},
	}}
	path := filepath.Join(t.TempDir(), "r.json")
	var text bytes.Buffer
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, r) {
		t.Errorf("got  %+v\nwant %+v", got, r)
	}
}

func TestDecode(t *testing.T) {
	const half = "9223372036854775807" // the largest int64
	for _, test := range []struct {
		name, text string
		want       string // part of the message, "" for none
	}{
		{"sound", saved("", ""), ""},
		{"fields of later versions", saved(`"name": "app"`, `"name": "app", "entropy": {"x": [1, {}]}`), ""},
		{"null lists", `{"schema": "sizegate.report/v1", "binaries": [{"name": "a", "sections": null, "owners": null, "functions": null, "variants": null, "warnings": null, "languages": null}]}`, ""},
		{"no binaries", `{"schema": "sizegate.report/v1"}`, ""},
		{"binaries null", `{"schema": "sizegate.report/v1", "binaries": null}`, ""},
		{"a null section", saved(`{"name": ".bss", "kind": "bss", "vm_size": 4096}`, "null"), ""},

		{"empty", "", "not JSON: line 1: unexpected end of JSON input"},
		{"cut off", saved(" 140}]}]}", " 140}]"), "not JSON: line 8: unexpected end"},
		{"trailing data", saved("", "") + "\n{}", "not JSON: line 9: invalid character '{' after"},
		{"an ELF file", "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 100), "not JSON: line 1"},
		{"deeply nested", strings.Repeat("[", 20_000), "not "},
		{"deeply nested, ignored", saved(`"name": "app"`, `"x": `+strings.Repeat(`{"x":`, 20_000)+"1"+strings.Repeat("}", 20_000)), "exceeded max depth"},
		{"a list", "[]", "it names no schema"},
		{"null", "null", "it names no schema"},
		{"a number", "5", "it names no schema"},
		{"no schema", "{}", "it names no schema"},
		{"a schema that is no text", `{"schema": 1}`, "it names no schema"},
		{"a later schema", `{"schema": "sizegate.report/v2", "binaries": 5}`, `a "sizegate.report/v2", which this version of sizegate cannot read`},
		{"another schema", `{"schema": "sizegate.check/v1"}`, `a "sizegate.check/v1" and not a "sizegate.report/v1"`},
		{"a long schema", `{"schema": "` + strings.Repeat("x", 1000) + `"}`, `x" and not a`},
		{"a schema of two lines", `{"schema": "a\nb"}`, `a "a\nb" and not a`},

		{"a negative size", saved(`"padding": 15`, `"padding": -15`), "the report is damaged: binaries.sections.padding has a value of the wrong form: number -15"},
		{"a fraction", saved(`"padding": 15`, `"padding": 15.5`), "damaged: binaries.sections.padding has a value of the wrong form: number 15.5"},
		{"above 64 bits", saved(`"padding": 15`, `"padding": 18446744073709551616`), "wrong form: number 18446744073709551616"},
		{"a text for a number", saved(`"padding": 15`, `"padding": "15"`), "wrong form: string"},
		{"a list for a binary", `{"schema": "sizegate.report/v1", "binaries": [[]]}`, "binaries has a value of the wrong form: array"},
		{"an owner's negative size", saved(`{".text": 50}`, `{".text": -1}`), "damaged"},
		{"a negative count", saved(`"functions": 2`, `"functions": -2`), "too large to be added up"},

		{"a section that does not add up", saved(`"padding": 15`, `"padding": 16`), `the report is damaged: binary "app": the parts of section ".text" add up to 71, not to 70`},
		{"a file that does not add up", saved(`"file_size": 150`, `"file_size": 151`), "not to the file's 151 bytes"},
		{"an owner that does not add up", saved(`"size": 50, "sections"`, `"size": 51, "sections"`), `owner "a"`},
		{"an owner's lost section", saved(`{".text": 50}`, `{".text": 50, ".lost": 0}`), ".lost"},
		{"two sections of one name", saved(`".rodata"`, `".text"`), `two sections are called ".text"`},
		{"two variants of one name", saved(`"variants": [`, `"variants": [{"name": "upx", "level": "best"}, {"name": "upx", "level": "fast"}, {"name": "upx", "level": "best"}, `),
			`two variants are called "upx", level "best"`},
		{"variants of one name and other levels", saved(`"variants": [`, `"variants": [{"name": "upx", "level": "best"}, {"name": "upx", "level": "fast"}, `), ""},
		{"a long name", saved(`"size": 50, "sections"`, `"size": 51, "name": "`+strings.Repeat("é", 10_000)+`", "sections"`), "é… (save it again)"},

		// Each of these adds up in 64 bits that wrap around.
		{"sections that wrap", `{"schema": "sizegate.report/v1", "binaries": [{"file_size": 0, "sections": [` +
			`{"name": "a", "file_size": 9223372036854775808, "unattributed": 9223372036854775808}, {"name": "b", "file_size": 9223372036854775808, "unattributed": 9223372036854775808}]}]}`, "too large to be added up"},
		{"parts that wrap", `{"schema": "sizegate.report/v1", "binaries": [{"sections": [{"name": "a", "padding": 18446744073709551615, "unattributed": 1}]}]}`, "too large"},
		{"overhead that wraps", `{"schema": "sizegate.report/v1", "binaries": [{"overhead": {"headers": 18446744073709551615, "gaps": 1}}]}`, "too large"},
		{"an owner that wraps", saved(`"size": 50, "sections": {".text": 50}`, `"size": 50, "sections": {".text": 50, ".rodata": 9223372036854775808, ".bss": 9223372036854775808}`), "too large"},
		{"no difference of two could be told", `{"schema": "sizegate.report/v1", "binaries": [{"file_size": 9223372036854775808, "overhead": {"gaps": 9223372036854775808}}]}`, "too large"},
		{"functions that wrap", saved(`"address": 18446744073709551615, "size": 50`, `"size": 18446744073709551615`), "too large"},
		{"a variant", saved(`"size": 140`, `"size": 9223372036854775808`), "too large"},
		{"memory", saved(`"vm_size": 4246`, `"vm_size": 9223372036854775808`), "too large"},
		{"memory of sections", saved(`"vm_size": 4096`, `"vm_size": `+half), "too large"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := Decode(strings.NewReader(test.text))
			if (err == nil) != (test.want == "") || (err == nil) != (r != nil) {
				t.Fatalf("%v, want %q", err, test.want)
			}
			if err == nil {
				return
			}
			if text := err.Error(); !strings.Contains(text, test.want) || strings.ContainsAny(text, "\n\r") || !strings.HasSuffix(text, ")") || len(text) > 700 {
				t.Errorf("%s, want %q", text, test.want)
			}
		})
	}
}

func TestDecodeTooLong(t *testing.T) {
	text := saved("", "")
	if _, err := decodeUpTo(strings.NewReader(text), len(text), []string{Schema}); err != nil {
		t.Error(err)
	}
	if _, err := decodeUpTo(strings.NewReader(text+" "), len(text), []string{Schema}); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Error(err)
	}
}

// TestReadTooLong: a file that is too long by its size is not read at all.
func TestReadTooLong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "long")
	if err := os.WriteFile(path, []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, maxReport+1); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Read(path)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "longer than 512 MiB") {
		t.Error(err)
	}
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 1<<20 {
		t.Errorf("took %d bytes", taken)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("input/output error") }

func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	missing, bad, pipe := filepath.Join(dir, "missing"), filepath.Join(dir, "bad"), filepath.Join(dir, "pipe")
	if err := os.WriteFile(bad, []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ path, want string }{
		{missing, "no such file (save one with sizegate report -f json -o FILE)"},
		{dir, "not a regular file (name a saved report)"},
		{pipe, "not a regular file (name a saved report)"},
		{bad, "not a report of sizegate: it names no schema (save one with sizegate report -f json -o FILE)"},
		{bad + "/x", "cannot be opened: not a directory (name a readable file)"},
	} {
		if _, err := Read(test.path); err == nil || err.Error() != test.path+": "+test.want {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
	if _, err := Decode(brokenReader{}); err == nil || !strings.HasPrefix(err.Error(), "cannot be read: input/output error") {
		t.Error(err)
	}
}

// TestCostOfShortElements: a list of the shortest elements does not take many
// times its length in memory.
func TestCostOfShortElements(t *testing.T) {
	const n = 1 << 20
	many := func(element string) string { return element + strings.Repeat(","+element, n/(len(element)+1)) }
	for _, form := range []string{
		`{"schema": "sizegate.report/v1", "binaries": [%s]}`,
		`{"schema": "sizegate.report/v1", "binaries": [{"sections": [%s]}]}`,
		`{"schema": "sizegate.report/v1", "binaries": [{"owners": [%s]}]}`,
		`{"schema": "sizegate.report/v1", "binaries": [{"functions": [%s]}]}`,
		`{"schema": "sizegate.report/v1", "binaries": [{"variants": [%s]}]}`,
		`{"schema": "sizegate.report/v1", "binaries": [{"warnings": [%s]}]}`,
		`{"schema": "sizegate.report/v1", "binaries": [{"x": 1, "name": "\"", "owners" : [{"sections" : {"a":1}}, %s]}]}`,
		`{"schema": "sizegate.report/v1", "binaries": [{"owners": [{"sections": {"a": %s}}]}]}`,
	} {
		for _, element := range []string{"0", "{}", "null", "[]", `""`, `{"a":1}`, `{ "name" :"\\"}`, `{"sections":{"":0}}`, `"a":1`} {
			text := fmt.Sprintf(form, many(element))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Decode(strings.NewReader(text))
			runtime.ReadMemStats(&after)
			if taken := (after.TotalAlloc - before.TotalAlloc) / uint64(len(text)); taken > 40 {
				t.Errorf("%.90s takes %d times its length: %v", text, taken, err)
			}
		}
	}
}

// TestPlausible: what sizegate writes is never refused, however short its names
// are, with or without white space.
func TestPlausible(t *testing.T) {
	for _, text := range []string{
		`{"kind":"","name":"","id":"","module":"","version":"","origin":"","functions":0,"size":0,"sections":{},"confidence":""}`,
		`{"name":"","owner":"","section":"","address":0,"size":0}`,
		`{"name":"","kind":"","file_size":0,"vm_size":0,"attributed":0,"padding":0,"unattributed":0}`,
	} {
		list := strings.Repeat(text+",", 5000) + text
		if !plausible([]byte(`{"binaries":[{"list":[` + list + `]}]}`)) {
			t.Errorf("refused: %s", text)
		}
	}
	b := `{"name":"","path":"","sha256":"","arch":"","type":"","languages":[],"compiler":"","main":"","version":"","build_id":"","symbols":"","file_size":0,` +
		`"vm_size":0,"overhead":{"headers":0,"gaps":0},"sections":[],"owners":[],"variants":[],"warnings":[]}`
	if !plausible([]byte(`{"binaries":[` + strings.Repeat(b+",", 5000) + b + `]}`)) {
		t.Error("refused: binaries")
	}
}

// FuzzDecode: no input makes it panic, and what it lets through is sound and is
// read again from what is written.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{"", "{}", saved("", ""), contract, saved(`"padding": 15`, `"padding": 1e3`), `{"schema": "sizegate.report/v1", "binaries": [null, {"owners": [{"sections": {"": 0}}]}]}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Decode(bytes.NewReader(text))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is more than one line", err)
			}
			return
		}
		for i := range r.Binaries {
			if err := r.Binaries[i].Check(); err != nil {
				t.Error(err)
			}
		}
		var out bytes.Buffer
		if err := r.Write(&out); err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(&out); err != nil {
			t.Errorf("what was written is not read: %v", err)
		}
	})
}

// TestReadAny: a report of packages or of images is all that is in it, and nothing but
// ReadAny takes it.
func TestReadAny(t *testing.T) {
	p, m := *soundPackage(), *soundImage()
	write := func(name string, document interface{ Write(io.Writer) error }) string {
		t.Helper()
		var text bytes.Buffer
		if err := document.Write(&text); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	packages := write("package.json", &Packages{Schema: PackageSchema, Packages: []Package{p, p}})
	images := write("image.json", &Images{Schema: ImageSchema, Images: []Image{m}})
	baseline := write("all.json", &Report{Schema: Schema, Binaries: p.Binaries, Packages: []Package{p}, Images: []Image{m}})
	for path, want := range map[string][3]int{packages: {0, 2, 0}, images: {0, 0, 1}, baseline: {1, 1, 1}} {
		r, err := ReadAny(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]int{len(r.Binaries), len(r.Packages), len(r.Images)}; got != want {
			t.Errorf("%s: %d, want %d", filepath.Base(path), got, want)
		}
		if _, err := Read(path); (err == nil) != (path == baseline) || err != nil && !strings.Contains(err.Error(), "save a baseline with ") {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	p.Size++
	if _, err := ReadAny(write("damaged.json", &Packages{Schema: PackageSchema, Packages: []Package{p}})); err == nil || !strings.Contains(err.Error(), "the report is damaged: package ") {
		t.Error(err)
	}
	m.Unpacked++
	if _, err := ReadAny(write("damaged.json", &Images{Schema: ImageSchema, Images: []Image{m}})); err == nil || !strings.Contains(err.Error(), "the report is damaged: image ") {
		t.Error(err)
	}
	for schema, want := range map[string]string{"sizegate.image/v2": "use a newer sizegate", "sizegate.diff/v1": "and not a"} {
		if _, err := ReadAny(write("other.json", &Images{Schema: schema})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", schema, err)
		}
	}
}
