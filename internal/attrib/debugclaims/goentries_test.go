package debugclaims

import "testing"

// A name is given to the same package whichever names came before it.
func TestGoEntriesKey(t *testing.T) {
	const typedef = 0x16
	entries := []struct {
		tag  uint64
		name string
		want goEntry // without a path for one that counts for its unit
	}{
		{tagSubprogram, "net/http.Get", goEntry{path: "net/http", unit: 1}},
		{tagSubprogram, "net/http.(*Server).Serve", goEntry{path: "net/http", unit: 1}},
		{tagSubprogram, "net/http.(*Server).Serve", goEntry{path: "net/http", unit: 2}},
		{tagSubprogram, "slices.Sort[go.shape.[]github.com/x/y.Z]", goEntry{path: "slices", unit: 1}},
		{tagSubprogram, "slices.Sort", goEntry{path: "slices", unit: 1}},
		{tagSubprogram, "slices.(*T[go.shape.[]github.com/x/y.Z]).Sort", goEntry{path: "slices", unit: 1}},
		{tagSubprogram, "slices/x.Sort", goEntry{path: "slices/x", unit: 1}},
		{tagSubprogram, "go.uber.org/zap.New", goEntry{path: "go.uber.org/zap", unit: 1}},
		{tagSubprogram, "go.itab.x/y.T", goEntry{path: "x/y", unit: 1}},
		{tagSubprogram, "noalg.F", goEntry{path: "noalg", unit: 1}},
		{tagSubprogram, "type:.eq.net/http.T", goEntry{path: "net/http", unit: 1}},
		{tagSubprogram, "go.shape.struct", goEntry{}},
		{tagSubprogram, "memeqbody", goEntry{}},
		{typedef, "net/http.Header", goEntry{path: "net/http", unit: 1}},
		{typedef, "**net/http.Header", goEntry{path: "net/http", unit: 1}},
		{typedef, "[]net/http.Header", goEntry{path: "net/http", unit: 1}},
		{typedef, "[]*[4][]net/http.Header", goEntry{path: "net/http", unit: 1}},
		{typedef, "[4net/http.Header", goEntry{path: "4net/http", unit: 1}},
		{typedef, "net/http.Pair[io.Reader]", goEntry{path: "net/http", unit: 1}},
		{typedef, "net/http.[io.Reader]", goEntry{path: "io", unit: 1}},
		{typedef, "go.uber.org/zap.Logger", goEntry{path: "go.uber.org/zap", unit: 1}},
		{typedef, "*go.shape.struct { x io.Reader }", goEntry{path: "io", unit: 1}},
		{typedef, "noalg.F", goEntry{}},
		{typedef, "map[io.Reader]net/http.Header", goEntry{path: "io", unit: 1}},
		{typedef, "gopkg.in/yaml.Node", goEntry{path: "gopkg.in/yaml", unit: 1}},
		{typedef, "gopkg.in/yaml.v3.Node", goEntry{path: "gopkg.in/yaml", longer: "gopkg.in/yaml.v3", unit: 1}},
		{typedef, "*gopkg.in/yaml.v3.Node", goEntry{path: "gopkg.in/yaml", longer: "gopkg.in/yaml.v3", unit: 1}},
		{typedef, "unsafe.Pointer", goEntry{}},
		{typedef, "unsafe.Other", goEntry{}},
		{typedef, "map.group[string]io.Reader", goEntry{path: "io", unit: 1}},
		{typedef, "int", goEntry{}},
		{typedef, "", goEntry{}},
		{typedef, "io.", goEntry{}},
		{tagVariable, "io.EOF", goEntry{path: "io", unit: 1}},
		{tagVariable, "gopkg.in/yaml.v3.x", goEntry{path: "gopkg.in/yaml", longer: "gopkg.in/yaml.v3", unit: 1}},
		{tagVariable, "*io.EOF", goEntry{}},
		{tagConstant, "io.SeekEnd", goEntry{path: "io", unit: 1}},
	}
	for first := range entries {
		w := newGoEntries()
		for i := range entries {
			e := &entries[(first+i)%len(entries)]
			unit := max(e.want.unit, 1)
			got := goEntry{}
			if key := w.key(unit, e.tag, []byte(e.name)); key != noKey {
				got = w.keys[key]
			}
			if got != e.want {
				t.Fatalf("from entry %d on: %q is of %+v, want %+v", first, e.name, got, e.want)
			}
		}
	}
}

// What is known of one name makes no difference to another.
func FuzzGoEntriesKey(f *testing.F) {
	f.Add(uint64(0x16), "io.Reader", uint64(0x16), "io.Reader.x")
	f.Add(uint64(0x16), "[]io.Reader", uint64(tagSubprogram), "io.Read[go.shape.x/y.Z]")
	f.Add(uint64(tagSubprogram), "go.x/y.f", uint64(tagSubprogram), "go.shape.struct { x/y.f int }")
	f.Add(uint64(tagVariable), "map.x", uint64(0x16), "*map.x")
	f.Fuzz(func(t *testing.T, tag uint64, name string, nextTag uint64, next string) {
		of := func(g *goEntries) goEntry {
			if key := g.key(1, nextTag, []byte(next)); key != noKey {
				return g.keys[key]
			}
			return goEntry{}
		}
		seen := newGoEntries()
		seen.key(1, tag, []byte(name))
		if got, want := of(seen), of(newGoEntries()); got != want {
			t.Errorf("after %q %q is of %+v, not %+v", name, next, got, want)
		}
	})
}
