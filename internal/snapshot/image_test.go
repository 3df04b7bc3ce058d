package snapshot

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/image"
	"github.com/sizegate/sizegate/internal/image/stored"
)

// soundImage is an image of two layers with all lists, whose sums were made by hand.
func soundImage() *Image {
	return &Image{
		Name: "app.tar", Source: "dist/app.tar", Format: "oci-archive",
		Size: 330, Overhead: ImageOverhead{Manifest: 20, Config: 10}, Unpacked: 280, Final: 220, Hidden: 60, Wasted: 70,
		Efficiency: Efficiency{Smallest: 220, All: 280},
		Base:       ImageBase{Layers: 1, Evidence: "the history"},
		Layers: []ImageLayer{
			{Number: 1, Base: true, Size: 100, Unpacked: 120, Files: 3, Added: ImageChange{3, 120}, Wasted: 60},
			{Number: 2, Size: 200, Unpacked: 160, Files: 2, Added: ImageChange{1, 150}, Overwritten: ImageChange{1, 20}, Deleted: ImageChange{1, 40}, Wasted: 10},
		},
		Entries: []ImageEntry{
			{Path: "bin", Type: "directory", Layer: 1},
			{Path: "bin/app", Type: "file", Layer: 2, Size: 150, ELF: true},
			{Path: "bin/sh", Type: "symlink", Layer: 1, Target: "app"},
			{Path: "data", Type: "file", Layer: 1, Size: 60},
			{Path: "text", Type: "file", Layer: 2, Size: 10},
		},
		WastedPaths: []WastedPath{{Path: "cache", Count: 2, Bytes: 40}, {Path: "text", Count: 2, Bytes: 30}},
		Binaries: []Binary{{Name: "app", Path: "bin/app", FileSize: 150, Overhead: Overhead{Headers: 40},
			Sections: []Section{{Name: ".text", Kind: "code", FileSize: 110, VMSize: 110, Unattributed: 110}}}},
	}
}

func TestImageCheck(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(m *Image)
		want   string // part of the message, "" for none
	}{
		{"sound", func(*Image) {}, ""},
		{"nothing", func(m *Image) { *m = Image{} }, ""},
		{"a layer's size", func(m *Image) { m.Layers[0].Size++ }, "add up to 331, not to 330"},
		{"config", func(m *Image) { m.Overhead.Config = 0 }, "add up to 320, not to 330"},
		{"size", func(m *Image) { m.Size = 1 }, "not to 1"},
		{"a layer's files", func(m *Image) { m.Layers[1].Unpacked++ }, "the layers' files add up to 281, not to 280"},
		{"an entry", func(m *Image) { m.Entries[3].Size = 61 }, "the entries add up to 221, not to 220"},
		{"an entry is lost", func(m *Image) { m.Entries = m.Entries[:4] }, "the entries add up to 210"},
		{"an empty entry is lost", func(m *Image) { m.Entries[4].Type, m.Entries[4].Size = "symlink", 0; m.Entries[3].Size = 70 }, "the files that remain or are gone add up to 4, not to 5"},
		{"hidden", func(m *Image) { m.Hidden, m.Final = 61, 219 }, "the entries add up to 220, not to 219"},
		{"what is deleted", func(m *Image) { m.Layers[1].Deleted.Bytes = 41 }, "what layers overwrite and delete add up to 61"},
		{"final and hidden", func(m *Image) { m.Layers[0].Deleted.Bytes = 1; m.Hidden = 61 }, "the final and the hidden bytes add up to 281, not to 280"},
		{"a layer's waste", func(m *Image) { m.Layers[0].Wasted = 0 }, "the layers' wasted bytes add up to 10, not to 70"},
		{"a path's waste", func(m *Image) { m.WastedPaths = nil }, "the wasted paths add up to 0, not to 70"},
		{"a layer's number", func(m *Image) { m.Layers[1].Number = 3 }, "layer 2 is number 3"},
		{"a layer of the base above it", func(m *Image) { m.Layers[1].Base = true }, "layer 2"},
		{"a layer adds what it does not have", func(m *Image) { m.Layers[0].Added.Bytes = 121 }, "layer 1 adds"},
		{"an entry of no layer", func(m *Image) { m.Entries[0].Layer = 0 }, `the entry "bin" is from layer 0 of 2`},
		{"an entry of a layer too many", func(m *Image) { m.Entries[0].Layer = 3 }, `the entry "bin" is from layer 3 of 2`},
		{"an entry of the other layer", func(m *Image) { m.Entries[3].Layer = 2 }, "220 bytes are from layer 2, which has 160"},
		{"a path twice", func(m *Image) { m.Entries[4].Path = "data" }, `two entries are called "data"`},
		{"a directory with bytes", func(m *Image) { m.Entries[0].Size = 1 }, `the entry "bin" is no file`},
		{"efficiency", func(m *Image) { m.Efficiency.Smallest = 281 }, "the smallest sizes add up to 281"},
		{"a binary elsewhere", func(m *Image) { m.Binaries[0].Path = "app" }, `the binary "app"`},
		{"a binary that is no ELF file", func(m *Image) { m.Entries[1].ELF = false }, `the binary "bin/app"`},
		{"a binary that does not add up", func(m *Image) { m.Binaries[0].Overhead.Gaps = 1 }, `"bin/app": sections, headers and gaps add up to 151`},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := soundImage()
			test.change(m)
			err := m.Check()
			switch {
			case test.want == "" && err != nil:
				t.Error(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// TestNewImage holds the fields against text by hand.
func TestNewImage(t *testing.T) {
	m := &image.Image{Source: "app.tar", Format: stored.FormatOCIArchive, Reference: "r", Platform: "linux/arm64", Digest: "d", ID: "i",
		Manifest: 3, Config: 2, Compressed: 12, Unpacked: 9, Final: 5, Hidden: 4, Wasted: 8, SmallestBytes: 5, AllBytes: 9,
		Base: image.Base{Name: "b", Digest: "bd", Layers: 1, Evidence: "e"},
		Layers: []image.Layer{
			{Digest: "l1", DiffID: "t1", MediaType: "m", CreatedBy: "c", Base: true, Compressed: 3, Tar: 2048, Unpacked: 4, Files: 1, Added: image.Change{Files: 1, Bytes: 4}, Wasted: 4},
			{Digest: "l2", DiffID: "t2", Compressed: 4, Tar: 2048, Unpacked: 5, Files: 1, Overwritten: image.Change{Files: 1, Bytes: 4}, Wasted: 4},
		},
		WastedPaths: []image.WastedPath{{Path: "a", Count: 2, Bytes: 8}}, Warnings: []string{"w"}}
	files := []image.File{
		{Path: "a", Type: image.Regular, Mode: 0o750, Layer: 1, Size: 5, ELF: true},
		{Path: "b", Type: image.Symlink, Mode: 0o777, Target: "a"},
	}
	s := newImage("app.tar", m, len(files), func(i int) image.File { return files[i] })
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	var out, got bytes.Buffer
	r := Images{Schema: ImageSchema, Sizegate: "v1", Images: []Image{s}}
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	const want = `{"schema":"sizegate.image/v1","sizegate":"v1","images":[{"name":"app.tar","source":"app.tar","format":"oci-archive","reference":"r","platform":"linux/arm64",` +
		`"digest":"d","id":"i","size":12,"overhead":{"manifest":3,"config":2},"unpacked":9,"final":5,"hidden":4,"wasted":8,"efficiency":{"smallest":5,"all":9},` +
		`"base":{"name":"b","digest":"bd","layers":1,"evidence":"e"},"layers":[` +
		`{"number":1,"digest":"l1","diff_id":"t1","media_type":"m","created_by":"c","base":true,"missing":false,"size":3,"tar":2048,"unpacked":4,"files":1,` +
		`"added":{"files":1,"bytes":4},"overwritten":{"files":0,"bytes":0},"deleted":{"files":0,"bytes":0},"wasted":4},` +
		`{"number":2,"digest":"l2","diff_id":"t2","media_type":"","created_by":"","base":false,"missing":false,"size":4,"tar":2048,"unpacked":5,"files":1,` +
		`"added":{"files":0,"bytes":0},"overwritten":{"files":1,"bytes":4},"deleted":{"files":0,"bytes":0},"wasted":4}],"entries":[` +
		`{"path":"a","type":"file","mode":"0750","layer":2,"size":5,"target":"","elf":true},` +
		`{"path":"b","type":"symlink","mode":"0777","layer":1,"size":0,"target":"a","elf":false}],` +
		`"wasted_paths":[{"path":"a","count":2,"bytes":8}],"binaries":[],"warnings":["w"]}]}`
	if err := json.Compact(&got, out.Bytes()); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("got  %s\nwant %s", &got, want)
	}
}

// TestBaselineOfImages reads back a report that has images beside binaries.
func TestBaselineOfImages(t *testing.T) {
	encode := func(change func(m *Image)) []byte {
		m := soundImage()
		m.Archive = 4096
		m.Warnings = []string{}
		change(m)
		var out bytes.Buffer
		if err := (&Report{Schema: Schema, Sizegate: "v1", Binaries: []Binary{}, Images: []Image{*m}}).Write(&out); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	sound := encode(func(*Image) {})
	r, err := Decode(bytes.NewReader(sound))
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := r.Write(&again); err != nil || !bytes.Equal(again.Bytes(), sound) {
		t.Errorf("%v, got\n%s\nwant\n%s", err, again.Bytes(), sound)
	}
	const huge = 1 << 63
	for name, change := range map[string]func(m *Image){
		"a sum that is wrong":           func(m *Image) { m.Unpacked++ },
		"a size that is too large":      func(m *Image) { m.Size, m.Overhead.Config = huge+330, huge+10 },
		"an archive that is too large":  func(m *Image) { m.Archive = huge },
		"layers that wrap":              func(m *Image) { m.Layers[0].Size, m.Layers[1].Size = huge+100, huge+200 },
		"files that wrap":               func(m *Image) { m.Layers[0].Unpacked, m.Layers[1].Unpacked = huge+120, huge+160 },
		"entries that wrap":             func(m *Image) { m.Entries[1].Size, m.Entries[3].Size = huge+150, huge+60 },
		"wasted bytes that wrap":        func(m *Image) { m.WastedPaths[0].Bytes, m.WastedPaths[1].Bytes = huge+40, huge+30 },
		"changes that wrap":             func(m *Image) { m.Layers[0].Deleted.Bytes, m.Layers[1].Deleted.Bytes = huge, huge+40 },
		"a ratio that wraps":            func(m *Image) { m.Efficiency = Efficiency{huge, huge} },
		"fewer than no files":           func(m *Image) { m.Layers[0].Files, m.Layers[1].Files = -1, 6 },
		"fewer than no base layers":     func(m *Image) { m.Base.Layers = -1 },
		"an entry of no layer":          func(m *Image) { m.Entries[0].Layer = 3 },
		"a layer of another number":     func(m *Image) { m.Layers[1].Number = 3 },
		"a binary that does not add up": func(m *Image) { m.Binaries[0].Sections[0].FileSize-- },
		"a variant twice":               func(m *Image) { m.Binaries[0].Variants = []Variant{{Name: "zip"}, {Name: "zip"}} },
	} {
		if _, err := Decode(bytes.NewReader(encode(change))); err == nil || !strings.HasPrefix(err.Error(), `the report is damaged: image "app.tar": `) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
