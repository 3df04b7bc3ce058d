package gosym

import (
	"strings"
	"testing"
)

func TestGeneric(t *testing.T) {
	for _, tt := range []struct{ name, common string }{ // "" is no generic
		{"slices.SortFunc[go.shape.[]github.com/x/y.Z,...]", "slices.SortFunc"},
		{"slices.SortFunc[...]", "slices.SortFunc"},
		{"slices.SortFunc[go.shape.int].func1", "slices.SortFunc.func1"},
		{"slices.SortFunc[go.shape.int].func1.2", "slices.SortFunc.func1.2"},
		{"a.b/c.(*T[go.shape.int]).M", "a.b/c.(*T).M"},
		{"a.b/c.(*T[go.shape.struct { x/y.Z }]).M-fm", "a.b/c.(*T).M-fm"},
		{"a.b/c.T[github.com/x/y.Z].M.func1", "a.b/c.T.M.func1"},
		{"a.b/c.(*T[...]).M[...]", "a.b/c.(*T).M"},
		{"main.F[go.shape.map[string][4]int]", "main.F"},
		{`main.F[go.shape.struct { X int "json:\"a/b]\"" }].func1`, "main.F.func1"},
		{"main..dict.F[int]", "main..dict.F"},
		{"gopkg.in/yaml%2ev3.F[int]", "gopkg.in/yaml%2ev3.F"},

		{"", ""},
		{"main.main", ""},
		{"net/http.(*Server).Serve", ""},
		{"type:.eq.[2]main.T", ""},
		{"type:.eq.main.T[int]", ""},
		{"type..eq.struct { F main.T[int] }", ""},
		{"go:itab.main.T[int],io.Writer", ""},
		{"go.shape.[]main.T.M", ""},
		{"memeqbody", ""},
		{"f[int]", ""},

		// Hostile.
		{"main.F[int", ""},
		{"main.F]int[", ""},
		{"main.F[[int]", ""},
		{`main.F["]`, ""},
		{"main.F" + strings.Repeat("[", 1<<16), ""},
		{"main.F" + strings.Repeat("[", 1<<16) + strings.Repeat("]", 1<<16), "main.F"},
	} {
		common, ok := Generic(tt.name)
		if common != tt.common || ok != (tt.common != "") {
			t.Errorf("Generic(%.80q) = %q, %t; want %q", tt.name, common, ok, tt.common)
		}
	}
}

func FuzzGeneric(f *testing.F) {
	f.Add(`main.F[go.shape.struct { X int "json:\"a/b]\"" }].func1`)
	f.Fuzz(func(t *testing.T, name string) {
		if common, ok := Generic(name); ok && (len(common) >= len(name) || common == "") {
			t.Errorf("Generic(%q) = %q", name, common)
		}
	})
}
