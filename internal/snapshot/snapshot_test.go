package snapshot

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// contract is the example of the documented format.
const contract = `{"schema": "sizegate.report/v1", "sizegate": "v0.1.0",
 "binaries": [{
   "name": "bootstrap", "path": "dist/api/bootstrap", "sha256": "", "arch": "arm64", "type": "exec|pie|shared",
   "languages": ["go", "c"], "compiler": "go1.26.8", "main": "example.com/api", "version": "v1.4.0", "build_id": "…",
   "symbols": "symtab|pclntab|dynsym|debug-file|none",
   "file_size": 8692747, "vm_size": 42000000,
   "overhead": {"headers": 2824, "gaps": 512},
   "sections": [{"name": ".text", "kind": "code|rodata|data|bss|debug|symbols|relocations|unwind|other",
                 "file_size": 2737169, "vm_size": 2737169, "attributed": 2650000, "padding": 87000, "unattributed": 169}],
   "owners": [{"kind": "package|crate|library|linker", "name": "net/http", "id": "", "module": "std", "version": "go1.26.8",
               "functions": 1890, "size": 512000, "sections": {".text": 400000, ".gopclntab": 112000},
               "confidence": "exact|inferred"}],
   "variants": [{"name": "stripped", "status": "ok|skipped|failed", "size": 6016384, "tool": "in-process", "level": "", "reason": ""},
                {"name": "upx", "status": "ok", "size": 1890000, "tool": "upx 4.2.2", "level": "lzma", "reason": ""}],
   "warnings": ["…"],
   "functions": [{"name": "", "owner": "", "section": "", "address": 0, "size": 0}]}]}`

// additions are the fields that the program writes beyond the example.
var additions = []string{"binaries.owners.origin", "binaries.functions.owner_id"}

// fields lists the names of all fields in v as paths. The keys of the map in
// which an owner has its sections are no fields.
func fields(v any, path string) []string {
	var names []string
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			names = append(names, fields(e, path)...)
		}
	case map[string]any:
		for name, e := range v {
			names = append(names, path+name)
			if path+name != "binaries.owners.sections" {
				names = append(names, fields(e, path+name+".")...)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func full() *Report {
	return &Report{Schema: Schema, Sizegate: "v0.1.0", Binaries: []Binary{{
		Languages: []string{}, Warnings: []string{},
		Sections:  []Section{{}},
		Owners:    []Owner{{Sections: map[string]uint64{".text": 1}}},
		Functions: []Function{{OwnerID: "00"}},
		Variants:  []Variant{{}},
	}}}
}

func TestFieldNames(t *testing.T) {
	var out bytes.Buffer
	if err := full().Write(&out); err != nil {
		t.Fatal(err)
	}
	want := append(fields(decode(t, []byte(contract)), ""), additions...)
	slices.Sort(want)
	if got := fields(decode(t, out.Bytes()), ""); !slices.Equal(got, want) {
		t.Errorf("fields\n got %q\nwant %q", got, want)
	}
}

// TestContractIsRead checks that the example fits the types, value by value.
func TestContractIsRead(t *testing.T) {
	d := json.NewDecoder(strings.NewReader(contract))
	d.DisallowUnknownFields()
	var r Report
	if err := d.Decode(&r); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	got := decode(t, out.Bytes())
	owner := got.(map[string]any)["binaries"].([]any)[0].(map[string]any)["owners"].([]any)[0].(map[string]any)
	delete(owner, "origin")
	if want := decode(t, []byte(contract)); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestLists checks that empty lists are [] and that functions are left out
// where nobody asked for them.
func TestLists(t *testing.T) {
	b := New("a", "p/a", &elfscan.Binary{}, &attrib.Profile{}, strings.ToUpper)
	var out bytes.Buffer
	if err := (&Report{Binaries: []Binary{b}}).Write(&out); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "null") || strings.Contains(text, `"functions"`) {
		t.Error(text)
	}
	b = New("a", "p/a", &elfscan.Binary{}, &attrib.Profile{Functions: []attrib.Function{}}, strings.ToUpper)
	out.Reset()
	if err := (&Report{Binaries: []Binary{b}}).Write(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"functions": []`) {
		t.Error(out.String())
	}
}

func TestNew(t *testing.T) {
	b := &elfscan.Binary{Size: 100, Arch: elfscan.ARM64, Type: elfscan.PIE, VMSize: 300, Headers: 64, Gaps: 6, Warnings: []string{"first"},
		Sections: []elfscan.Section{{Name: ".text", Kind: elfscan.Code, FileSize: 20, VMSize: 20}, {Name: ".data", Kind: elfscan.Data, FileSize: 10, VMSize: 200}}}
	p := &attrib.Profile{
		Owners: []attrib.Owner{{Kind: attrib.Crate, Name: "alpha", ID: "0011", Module: "m", Version: "1.0.0", Origin: attrib.Dependency,
			Confidence: attrib.Inferred, Functions: 2, Size: 15, Sections: []attrib.SectionSize{{Section: 0, Size: 12}, {Section: 1, Size: 3}}}},
		Sections: []account.Tally{{Attributed: 12, Padding: 5, Unattributed: 3}, {Attributed: 3, Unattributed: 7}},
		Functions: []attrib.Function{{Name: "f", Owner: 0, Section: 0, Address: 7, Size: 12}, {Name: "g", Owner: 0, Section: 1, Address: 9, Size: 3},
			{Name: "h", Owner: 0, Section: 0, Address: 8, Size: 1, Inlined: true}},
		Languages: []string{"rust"}, Compiler: "rustc 1.95.0", Main: "app", Version: "0.1.0", Symbols: "symtab", Warnings: []string{"second"},
	}
	got := New("app", "dist/app", b, p, strings.ToUpper)
	want := Binary{
		Name: "app", Path: "dist/app", Arch: "arm64", Type: "pie", Languages: []string{"rust"}, Compiler: "rustc 1.95.0", Main: "app",
		Version: "0.1.0", Symbols: "symtab", FileSize: 100, VMSize: 300, Overhead: Overhead{64, 6},
		Sections: []Section{{".text", "code", 20, 20, 12, 5, 3}, {".data", "data", 10, 200, 3, 0, 7}},
		Owners: []Owner{{"crate", "alpha", "0011", "m", "1.0.0", "dependencies", 2, 15,
			map[string]uint64{".text": 12, ".data": 3}, "inferred"}},
		Functions: []Function{{"F", "alpha", ".text", 7, 12, "0011"}, {"G", "alpha", ".data", 9, 3, "0011"}, {"H [inlined]", "alpha", ".text", 8, 1, "0011"}},
		Variants:  []Variant{}, Warnings: []string{"first", "second"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if err := got.Check(); err != nil {
		t.Error(err)
	}
}

func TestCheck(t *testing.T) {
	sound := func() *Binary {
		return &Binary{FileSize: 150, Overhead: Overhead{Headers: 40, Gaps: 10},
			Sections: []Section{
				{Name: ".text", FileSize: 70, VMSize: 70, Attributed: 50, Padding: 15, Unattributed: 5},
				{Name: ".rodata", FileSize: 30, VMSize: 30, Attributed: 10, Unattributed: 20},
				{Name: ".bss", VMSize: 4096},
			},
			Owners: []Owner{
				{Name: "a", Size: 45, Sections: map[string]uint64{".text": 35, ".rodata": 10}},
				{Name: "b", Size: 15, Sections: map[string]uint64{".text": 15}},
			}}
	}
	for _, test := range []struct {
		name   string
		change func(b *Binary)
		want   string // part of the message, "" for none
	}{
		{"sound", func(*Binary) {}, ""},
		{"owner too large", func(b *Binary) { b.Owners[0].Size++ }, `owner "a"`},
		{"owner too small", func(b *Binary) { b.Owners[1].Size-- }, `owner "b"`},
		{"owner's section", func(b *Binary) { b.Owners[0].Sections[".text"]++; b.Owners[0].Size++ }, `section ".text"`},
		{"attributed", func(b *Binary) { b.Sections[1].Attributed--; b.Sections[1].Padding++ }, `section ".rodata"`},
		{"padding", func(b *Binary) { b.Sections[0].Padding++ }, `section ".text"`},
		{"unattributed", func(b *Binary) { b.Sections[1].Unattributed-- }, `section ".rodata"`},
		{"bss has no bytes", func(b *Binary) { b.Sections[2].Unattributed = 4096 }, `section ".bss"`},
		{"headers", func(b *Binary) { b.Overhead.Headers++ }, "151"},
		{"gaps", func(b *Binary) { b.Overhead.Gaps-- }, "149"},
		{"file", func(b *Binary) { b.FileSize = 151 }, "151"},
		{"section of the file", func(b *Binary) { b.Sections = b.Sections[:2:2]; b.Sections[1].FileSize++; b.Sections[1].Padding++ }, "151"},
		{"two sections of one name", func(b *Binary) {
			b.Sections = append(b.Sections, Section{Name: ".bss"})
		}, `".bss"`},
		{"section that is not there", func(b *Binary) { b.Owners[1].Sections[".lost"] = 5; b.Owners[1].Size += 5 }, ".lost"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := sound()
			test.change(b)
			err := b.Check()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// TestEscapes checks that a name comes back as it was, and that the text in
// between is printable.
func TestEscapes(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"plain", "plain"},
		{"漢字 é 🦀", "漢字 é 🦀"},
		{"a\nb\x1b\x00\x7f", "a\nb\x1b\x00\x7f"},
		{"\u009b\u202e\u2066\u200b\u2028", "\u009b\u202e\u2066\u200b\u2028"},
		{"\U000e0041", "\U000e0041"},
		{"##[error]x ###[y #[ ##", "##[error]x ###[y #[ ##"},
		{"<script>&'\"\\", "<script>&'\"\\"},
		{"caf\xe9", "caf\ufffd"},
	} {
		var out bytes.Buffer
		r := full()
		r.Binaries[0].Name = test.name
		if err := r.Write(&out); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 ||
			strings.Contains(text, "##[") || strings.Contains(text, "<script") {
			t.Errorf("%q is written as it is: %q", test.name, text)
		}
		var back Report
		if err := json.Unmarshal(out.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if got := back.Binaries[0].Name; got != test.want {
			t.Errorf("%q came back as %q", test.name, got)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWriteError(t *testing.T) {
	if err := full().Write(brokenWriter{}); err == nil {
		t.Error("no error")
	}
}
