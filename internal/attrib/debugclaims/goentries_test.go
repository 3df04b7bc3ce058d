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
		{tagSubprogram, "type:.eq.net/http.T", goEntry{path: "net/http", unit: 1}},
		{tagSubprogram, "go.shape.struct", goEntry{}},
		{tagSubprogram, "memeqbody", goEntry{}},
		{typedef, "net/http.Header", goEntry{path: "net/http", unit: 1}},
		{typedef, "**net/http.Header", goEntry{path: "net/http", unit: 1}},
		{typedef, "[]net/http.Header", goEntry{path: "net/http", unit: 1}},
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
		w := goEntries{index: make(map[goEntry]int), paths: make(map[string]goPath)}
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
