package native

import "testing"

// The paths are of panic locations in programs from rustup, Debian and crates.io.
func TestFromRustSource(t *testing.T) {
	const commit = "59807616e1fa2540724bfbac14d7976d7e4a3860"
	crate := func(name, pkg, version string) Origin {
		return Origin{Kind: KindCrate, Name: name, Package: pkg, Version: version}
	}
	std := func(o Origin) Origin { o.Std = true; return o }
	own := func(o Origin) Origin { o.Own = true; return o }
	tests := []struct {
		path string
		want Origin
	}{
		{"/rustc/" + commit + "/library/core/src/fmt/mod.rs", std(crate("core", "", ""))},
		{"/rustc/" + commit + "/library/alloc/src/rc.rs", std(crate("alloc", "", ""))},
		{"library/std/src/io/mod.rs", std(crate("std", "", ""))},
		{"/rustc/" + commit + "/library/std/src/../../backtrace/src/symbolize/gimli/lru.rs", std(crate("std", "", ""))},
		{"/rustc/" + commit + "/library/portable-simd/crates/core_simd/src/lane_count.rs", std(crate("core", "", ""))},
		{"/rustc/" + commit + "/src/libcore/fmt/mod.rs", std(crate("core", "", ""))},
		{"/rust/deps/hashbrown-0.16.1/src/raw/mod.rs", std(crate("hashbrown", "hashbrown", "0.16.1"))},
		{"/rust/deps/toml_edit-0.24.0+spec-1.1.0/src/parser/value.rs", crate("toml_edit", "toml_edit", "0.24.0+spec-1.1.0")},
		{"/home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/regex-automata-0.4.7/src/util/search.rs", crate("regex_automata", "regex-automata", "0.4.7")},
		{"/usr/share/cargo/registry/clap-3.2.23/src/parser/mod.rs", crate("clap", "clap", "3.2.23")},
		{"/home/me/.cargo/git/checkouts/tokio-377c595163f99a10/1a2b3c4/tokio-util/src/codec/mod.rs", crate("tokio_util", "", "")},
		{"/home/me/.cargo/git/checkouts/slog-rs-377c595163f99a10/1a2b3c4/src/lib.rs", crate("slog_rs", "", "")},
		{"vendor/once_cell/src/lib.rs", crate("once_cell", "once_cell", "")},
		{"/build/app-1.0/vendor/serde-1.0.1/src/de.rs", crate("serde", "serde", "1.0.1")},
		{"src/main.rs", own(crate("", "", ""))},
		{"src/cli/args.rs", own(crate("", "", ""))},
		{"crates/core-io/src/lib.rs", own(crate("core_io", "", ""))},
		{"src/tools/cargo/src/cargo/core/package.rs", own(crate("cargo", "", ""))},
		{"/home/me/work/my-app/src/main.rs", own(crate("my_app", "", ""))},
		{"/home/me/work/app/target/release/build/app-parser-0123456789abcdef/out/grammar.rs", own(crate("app_parser", "app-parser", ""))},
		{"x.rs", own(crate("", "", ""))},
		{"", own(crate("", "", ""))},
	}
	for _, tt := range tests {
		if got := FromRustSource(tt.path); got != tt.want {
			t.Errorf("%s:\n%+v, want\n%+v", tt.path, got, tt.want)
		}
	}
}

func FuzzFromRustSource(f *testing.F) {
	for _, s := range []string{"/rustc/x/library/core/src/a.rs", "a/../../b-1.2.3/src/x.rs", "registry/src/i-0123456789abcdef/a-1.0.0/x.rs", "git/checkouts/a-0123456789abcdef/b/src/x.rs"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if o := FromRustSource(s); o.Kind != KindCrate || o.Own && o.Std {
			t.Errorf("%q: %+v", s, o)
		}
	})
}
