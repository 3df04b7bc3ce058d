package attrib

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/elftest"
)

func TestMainCrate(t *testing.T) {
	tests := []struct{ name, symbol, main string }{
		{"lang_start", "_RINvNtCs1_3std2rt10lang_startuECs2_3app", "app"},
		{"lang_start's closure", "_RNCINvNtCs1_3std2rt10lang_startuE0Cs2_3app", "app"},
		{"lang_start in std", "_RNvNtCs1_3std2rt19lang_start_internal", ""},
		{"main at the root", "_RNvCs2_3app4main", "app"},
		{"main in a module", "_RNvNtCs2_3app3cli4main", ""},
		{"main in an impl", "_RNvMCs2_3appNtB2_1A4main", ""},
		{"legacy main at the root", "_ZN3app4main17h0123456789abcdefE", "app"},
		{"legacy main of a long name", "_ZN13a_longer_name4main17h0123456789abcdefE", "a_longer_name"},
		{"legacy main in a module", "_ZN3app3cli4main17h0123456789abcdefE", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, p := attribute(t, elftest.Program(base, make([]byte, 16), function(tt.symbol, 0, 16)), Options{})
			if p.Main != tt.main {
				t.Errorf("main is %q, want %q", p.Main, tt.main)
			}
			for _, o := range p.Owners {
				if o.Kind != ownership.Crate {
					t.Errorf("charged to %+v", o)
				}
				if tt.main != "" && o.Name == tt.main && o.Origin != ownership.Own {
					t.Errorf("%s is %s", o.Name, o.Origin)
				}
			}
		})
	}
}

// TestCrateFacts: versions from cargo-auditable's list, and crates that only
// std can have instantiated.
func TestCrateFacts(t *testing.T) {
	var deps bytes.Buffer
	z := zlib.NewWriter(&deps)
	z.Write([]byte(`{"packages":[{"name":"app","version":"1.2.3","source":"local","root":true},
		{"name":"serde-json","version":"1.0.1","source":"crates.io"},
		{"name":"toml","version":"0.5.0","source":"crates.io"},{"name":"toml","version":"0.8.0","source":"crates.io"},
		{"name":"cc","version":"9.9.9","source":"crates.io","kind":"build"}]}`))
	z.Close()
	f := elftest.Program(base, make([]byte, 100),
		function("_RNvCs2_3app4main", 0, 50), function("_RNvCs3_10serde_json1f", 50, 10), function("_RNvCs4_4toml1f", 60, 9),
		function("_RINvCs5_5gimli1fuECs1_3std", 70, 8), function("_RNvCs5_5gimli1g", 80, 3), function("_RNvCs6_2cc1g", 90, 2),
		function("_RNvNtCs1_4core3fmt1f", 95, 1))
	f.Sections = append(f.Sections,
		elftest.Section{Name: ".dep-v0", Flags: elf.SHF_ALLOC, Data: deps.Bytes()},
		elftest.Section{Name: ".comment", Data: []byte("rustc version 1.95.0 (59807616e 2026-04-14)\x00")})
	_, p := attribute(t, f, Options{})
	type facts struct {
		module, version string
		origin          ownership.Origin
	}
	want := map[string]facts{
		"app":        {"app", "1.2.3", ownership.Own},
		"serde_json": {"serde-json", "1.0.1", ownership.Dependency},
		"toml":       {"", "", ownership.Dependency}, // which of the two is not known
		"gimli":      {"std", "", ownership.Standard},
		"cc":         {"", "", ownership.Dependency},
		"core":       {"std", "1.95.0", ownership.Standard},
	}
	for _, o := range p.Owners {
		if got := (facts{o.Module, o.Version, o.Origin}); got != want[o.Name] {
			t.Errorf("%s: %+v, want %+v", o.Name, got, want[o.Name])
		}
	}
	if len(p.Owners) != len(want) || p.Main != "app" || p.Version != "1.2.3" || p.Compiler != "rustc 1.95.0" {
		t.Errorf("%d owners, main %q %q, compiler %q", len(p.Owners), p.Main, p.Version, p.Compiler)
	}
}
