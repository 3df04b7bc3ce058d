package native

import "testing"

const registry = "/home/u/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/"

func TestFromUnit(t *testing.T) {
	const rustc = "clang LLVM (rustc version 1.95.0 (59807616e 2026-04-14))"
	const gcc = "GNU C17 12.2.0 -mtune=generic"
	crate := func(name, pkg, version string, id uint64) Origin {
		return Origin{Kind: KindCrate, Name: name, Package: pkg, Version: version, ID: id}
	}
	own := func(o Origin) Origin { o.Own = true; return o }
	std := func(o Origin) Origin { o.Std = true; return o }
	lib := func(name, pkg, version string) Origin {
		return Origin{Kind: KindLibrary, Name: name, Package: pkg, Version: version}
	}
	goPkg := func(name, module, version string) Origin {
		return Origin{Kind: KindGo, Name: name, Package: module, Version: version}
	}
	file := func(name string) Origin { return Origin{Kind: KindSource, Name: name} }
	const commit = "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860"
	tests := []struct {
		name, dir, producer string
		want                Origin
	}{
		// Rust: registries.
		{registry + "regex-automata-0.4.7/src/lib.rs/@/regex_automata.156d1d05b886d548-cgu.05", registry + "regex-automata-0.4.7", rustc,
			crate("regex_automata", "regex-automata", "0.4.7", 0x156d1d05b886d548)},
		{"/usr/local/cargo/registry/src/github.com-1ecc6299db9ec823/wasi-0.11.0+wasi-snapshot-preview1/src/lib.rs/@/wasi.0123456789abcdef-cgu.0", "", rustc,
			crate("wasi", "wasi", "0.11.0+wasi-snapshot-preview1", 0x0123456789abcdef)},
		{registry + "foo-1.0.0-alpha.1/src/lib.rs/@/foo.7d0decd8829bc8-cgu.12", "", rustc, crate("foo", "foo", "1.0.0-alpha.1", 0x7d0decd8829bc8)},
		{registry + "md-5-0.10.6/src/lib.rs/@/md5.9dd6dbaa0377242-cgu.0", "", rustc, crate("md5", "md-5", "0.10.6", 0x9dd6dbaa0377242)},
		{registry + "webpki-roots-0.26.11/src/lib.rs/@/1qvejbkl4zq2hcq3", "", rustc, crate("", "webpki-roots", "0.26.11", 0)},
		{registry + "old-0.1.0/src/lib.rs/@/old.7rcbfp3g-cgu.3", "", rustc, crate("old", "old", "0.1.0", 0)},
		{registry + "older-0.1.0/src/lib.rs", "", rustc, crate("", "older", "0.1.0", 0)},
		{"src/main.rs/@/rg.1111111111111111-cgu.0", registry + "ripgrep-14.1.0", rustc, crate("rg", "ripgrep", "14.1.0", 0x1111111111111111)},
		{"/usr/share/cargo/registry/memchr-2.5.0/src/lib.rs/@/memchr.2222222222222222-cgu.0", "", rustc, crate("memchr", "memchr", "2.5.0", 0x2222222222222222)},
		// Rust: other sources of packages.
		{"/home/u/.cargo/git/checkouts/tokio-0123456789abcdef/1a2b3c4/tokio-util/src/lib.rs/@/tokio_util.3-cgu.0", "", rustc, crate("tokio_util", "tokio-util", "", 3)},
		{"/home/u/.cargo/git/checkouts/serde-0123456789abcdef/1a2b3c4/src/lib.rs/@/serde.3-cgu.0", "", rustc, crate("serde", "serde", "", 3)},
		{"/home/u/.cargo/git/checkouts/repo-0123456789abcdef/1a2b3c4/a/src/lib.rs/@/other.3-cgu.0", "", rustc, crate("other", "", "", 3)},
		{"/w/vendor/anyhow/src/lib.rs/@/anyhow.4-cgu.0", "/w", rustc, crate("anyhow", "anyhow", "", 4)},
		{"vendor/anyhow-1.0.86/src/lib.rs/@/anyhow.4-cgu.0", "/w", rustc, crate("anyhow", "anyhow", "1.0.86", 4)},
		{"/build/cargo-vendor-dir/md-5-0.10.6/src/lib.rs/@/md5.4-cgu.0", "", rustc, crate("md5", "md-5", "0.10.6", 4)},
		{"external/crates__serde_json-1.0.1/x/lib.rs/@/crates__serde_json.4-cgu.0", "/b", rustc, crate("crates__serde_json", "crates__serde_json", "1.0.1", 4)},
		// Rust: the standard library.
		{commit + "/library/core/src/lib.rs/@/core.c1f1a4ba060b9bfa-cgu.0", commit, rustc, std(crate("core", "", "", 0xc1f1a4ba060b9bfa))},
		{"/rust/deps/hashbrown-0.16.1/src/lib.rs/@/hashbrown.c0386ddbfadcbbc1-cgu.0", "/rust/deps/hashbrown-0.16.1", rustc,
			std(crate("hashbrown", "hashbrown", "0.16.1", 0xc0386ddbfadcbbc1))},
		{"library/core/src/lib.rs/@/core.5-cgu.0", commit, rustc, std(crate("core", "", "", 5))},
		{"library/std/src/lib.rs/@/std.5-cgu.0", "/checkout", rustc, std(crate("std", "", "", 5))},
		{"src/libcore/lib.rs/@/core.7rcbfp3g-cgu.0", "/checkout", rustc, std(crate("core", "", "", 0))},
		{commit + "//src/libstd/lib.rs/@/std.7rcbfp3g-cgu.0", commit, rustc, std(crate("std", "", "", 0))},
		{"/rustc/1.75.0/library/alloc/src/lib.rs/@/alloc.5-cgu.0", "", rustc, std(crate("alloc", "", "", 5))},
		{commit + "/vendor/gimli-0.26.2/src/lib.rs/@/gimli.5-cgu.0", commit, rustc, std(crate("gimli", "gimli", "0.26.2", 5))},
		{"/usr/src/rustc-1.96.0/library/std/src/lib.rs/@/std.64c13173fab12621-cgu.0", "/usr/src/rustc-1.96.0", rustc, std(crate("std", "", "", 0x64c13173fab12621))},
		{"/usr/src/rustc-1.63.0/vendor/hashbrown-0.12.0/src/lib.rs/@/hashbrown.5-cgu.0", "", rustc, std(crate("hashbrown", "hashbrown", "0.12.0", 5))},
		{"/root/.rustup/toolchains/nightly/lib/rustlib/src/rust/library/alloc/src/lib.rs/@/alloc.5-cgu.0", "", rustc, std(crate("alloc", "", "", 5))},
		{"/root/.rustup/toolchains/nightly/lib/rustlib/src/rust/library/vendor/memchr-2.7.4/src/lib.rs/@/memchr.5-cgu.0", "", rustc, std(crate("memchr", "memchr", "2.7.4", 5))},
		{commit + "/compiler/rustc_middle/src/lib.rs/@/rustc_middle.5-cgu.0", commit, rustc, own(crate("rustc_middle", "", "", 5))},
		// Rust: own code.
		{"src/main.rs/@/demo_app.efc51662e3e48c40-cgu.0", "/home/u/demo", rustc, own(crate("demo_app", "", "", 0xefc51662e3e48c40))},
		{"/home/u/demo/crates/core/src/lib.rs/@/demo_core.6-cgu.0", "/home/u/demo", rustc, own(crate("demo_core", "", "", 6))},
		{"src/main.rs/@/3x8sfd9h2jk1l0qa", "/home/u/demo", rustc, own(crate("", "", "", 0))},
		{"library/mine/src/lib.rs/@/mine.6-cgu.0", "/home/u/demo", rustc, own(crate("mine", "", "", 6))},
		{"/home/u/rust/deps/mine/src/lib.rs/@/mine.6-cgu.0", "", rustc, own(crate("mine", "", "", 6))},
		{"/home/u/registry/src/a/src/lib.rs/@/a.6-cgu.0", "", rustc, own(crate("a", "", "", 6))},
		{"src/main.rs/@/hyperfine.6-cgu.0", "/build/hyperfine-1.15.0", rustc, own(crate("hyperfine", "hyperfine", "1.15.0", 6))},
		{"crates/core/main.rs/@/rg.6-cgu.0", "/build/ripgrep-13.0.0", rustc, own(crate("rg", "", "", 6))},
		// C in Cargo packages.
		{registry + "libgit2-sys-0.18.3+1.9.2/libgit2/src/util/str.c", "", gcc, lib("libgit2", "libgit2-sys", "0.18.3+1.9.2")},
		{registry + "openssl-src-300.5.4+3.5.4/openssl/crypto/x.c", "", gcc, lib("openssl", "openssl-src", "300.5.4+3.5.4")},
		{"sqlite3/sqlite3.c", registry + "libsqlite3-sys-0.35.0", gcc, lib("sqlite3", "libsqlite3-sys", "0.35.0")},
		{"src/zlib/inflate.c", registry + "libz-sys-1.1.22", gcc, lib("libz", "libz-sys", "1.1.22")},
		{"c/blake3_sse2_x86-64_unix.S", registry + "blake3-1.8.2", "GNU AS 2.40", lib("blake3", "blake3", "1.8.2")},
		{registry + "ring-0.17.14/crypto/mem.c", "", gcc, lib("ring", "ring", "0.17.14")},
		{"zstd/lib/compress/hist.c", registry + "zstd-sys-2.0.13+zstd.1.5.6", gcc, lib("zstd", "zstd-sys", "2.0.13+zstd.1.5.6")},
		{"xz-5.2/src/liblzma/common/common.c", registry + "lzma-sys-0.1.20", gcc, lib("xz", "lzma-sys", "0.1.20")},
		{"aws-lc/crypto/mem.c", registry + "aws-lc-sys-0.20.1", gcc, lib("aws-lc", "aws-lc-sys", "0.20.1")},
		{"c_src/mimalloc/src/static.c", registry + "libmimalloc-sys-0.1.39", gcc, lib("mimalloc", "libmimalloc-sys", "0.1.39")},
		{"curl/lib/easy.c", "/w/vendor/curl-sys", gcc, lib("curl", "curl-sys", "")},
		{"/w/vendor/openssl-src/openssl/ssl/ssl_lib.c", "", gcc, lib("openssl", "openssl-src", "")},
		{"/build/cargo-vendor-dir/libssh2-sys-0.3.0/libssh2/src/agent.c", "", gcc, lib("libssh2", "libssh2-sys", "0.3.0")},
		{"crypto/x509/x.c", "/w/target/release/build/openssl-sys-0123456789abcdef/out/openssl-build/build/src", gcc, lib("openssl", "openssl-sys", "")},
		{"/home/u/.cargo/git/checkouts/git2-rs-0123456789abcdef/1a2b3c4/libgit2-sys/libgit2/src/str.c", "", gcc, lib("libgit2", "libgit2-sys", "")},
		// C elsewhere.
		{"../sysdeps/x86_64/start.S", "/build/glibc-6iIyft/glibc-2.36/csu", "GNU AS 2.40", lib("glibc", "", "2.36")},
		{"/build/glibc-6iIyft/glibc-2.36/csu/../sysdeps/x86_64/start.S", "", "GNU AS 2.40", lib("glibc", "", "2.36")},
		{"./csu/../sysdeps/x86/libc-start.c", "/build/reproducible-path/glibc-2.36", gcc, lib("glibc", "", "2.36")},
		{"../sysdeps/x86/libc-start.c", "./csu", gcc, lib("glibc", "", "")},
		{"malloc.c", "/usr/src/debug/glibc-2.38-14.fc39.x86_64/malloc", gcc, lib("glibc", "", "2.38")},
		{"malloc.c", "./malloc", gcc, file("malloc.c")},
		{"../../../src/libgcc/libgcc2.c", "/build/reproducible-path/gcc-12-12.2.0/build/x86_64-linux-gnu/libgcc", gcc, lib("libgcc", "", "12.2.0")},
		{"../../../src/libgcc/unwind-dw2.c", "", gcc, lib("libgcc", "", "")},
		{"../../../../src/libstdc++-v3/libsupc++/eh_alloc.cc", "/build/gcc-12-abcdef/gcc-12-12.2.0/build/x86_64-linux-gnu/libstdc++-v3/libsupc++", "GNU C++98 12.2.0",
			lib("libstdc++", "", "12.2.0")},
		{"/checkout/src/llvm-project/libunwind/src/UnwindLevel1.c", "", "clang", lib("libunwind", "", "")},
		{"/w/llvm-project/libcxx/src/string.cpp", "", "clang", lib("libc++", "", "")},
		{"/w/llvm/compiler-rt/lib/builtins/divti3.c", "", "clang", lib("compiler-rt", "", "")},
		{registry + "compiler_builtins-0.1.100/compiler-rt/lib/builtins/divti3.c", "", gcc, lib("compiler-rt", "compiler_builtins", "0.1.100")},
		{"src/string/memcpy.c", "/build/musl-1.2.3", gcc, lib("musl", "", "1.2.3")},
		{"src/string/memcpy.c", "/build/musl-XgQ4zA", gcc, lib("musl", "", "")},
		{"src/string/memcpy.c", "/home/buildozer/aports/main/musl/src/v1.2.4", gcc, lib("musl", "", "1.2.4")},
		{"ssl/ssl_lib.c", "/build/openssl-1.1.1w", gcc, lib("openssl", "", "1.1.1w")},
		{"inflate.c", "/build/zlib-Y1gMqq/zlib-1.2.13.dfsg", gcc, lib("zlib", "", "1.2.13.dfsg")},
		{"/home/u/app-1.2/third_party/zlib-1.3.1/inflate.c", "", gcc, lib("zlib", "", "1.3.1")},
		{"/home/u/app/vendor/lua/lapi.c", "", gcc, lib("lua", "", "")},
		{"/home/u/openjdk-src/x.c", "", gcc, file("x.c")},
		{"main.c", "/home/u/app", gcc, file("main.c")},
		{"/home/u/.cargo/git/checkouts/quickjs-0123456789abcdef/1a2b3c4/c/x.c", "", gcc, lib("quickjs", "", "")},
		{"/w/llvm-project/libcxxabi/src/cxa_guard.cpp", "", "clang", lib("libc++abi", "", "")},
		{"/home/u/target/x86_64-unknown-linux-musl/release/x.c", "", gcc, file("x.c")},
		{"/home/u/rust/libgtop/sysdeps/linux/cpu.c", "", gcc, file("cpu.c")},
		{"x.c", "/home/u/go/src/app", gcc, file("x.c")},
		{"x.c", "/cache/example@v1.0.0/sub", gcc, goPkg("example/sub", "example", "v1.0.0")},
		{"/usr/lib/gcc/crtstuff.c", "/build/gcc-12-12.2.0/libgcc", gcc, Origin{Kind: KindStartup, Name: "crtstuff.c"}},
		// Go.
		{"net/http", ".", "Go cmd/compile go1.26.8; regabi", goPkg("net/http", "", "")},
		{"/root/go/pkg/mod/github.com/mattn/go-sqlite3@v1.14.22/sqlite3-binding.c", "", gcc, goPkg("github.com/mattn/go-sqlite3", "github.com/mattn/go-sqlite3", "v1.14.22")},
		{"sqlite3-binding.c", "/_/github.com/mattn/go-sqlite3@v1.14.22", gcc, goPkg("github.com/mattn/go-sqlite3", "github.com/mattn/go-sqlite3", "v1.14.22")},
		{"github.com/!data!dog/zstd@v1.5.5/zstd.c", "", gcc, goPkg("github.com/DataDog/zstd", "github.com/DataDog/zstd", "v1.5.5")},
		{"x.c", "/cache/mod/example.org/m@v0.0.0-20200101000000-abcdefabcdef/sub/pkg", gcc,
			goPkg("example.org/m/sub/pkg", "example.org/m", "v0.0.0-20200101000000-abcdefabcdef")},
		{"x.c", "/home/u/.cache/mod/example.org/m/v2@v2.1.0", gcc, goPkg("example.org/m/v2", "example.org/m/v2", "v2.1.0")},
		{"/w/vendor/github.com/mattn/go-sqlite3/sqlite3-binding.c", "", gcc, goPkg("github.com/mattn/go-sqlite3", "", "")},
		{"gcc_amd64.S", "/_/GOROOT/src/runtime/cgo", "GNU AS 2.40", std(goPkg("runtime/cgo", "", ""))},
		{"gcc_libinit.c", "/usr/local/go/src/runtime/cgo", gcc, std(goPkg("runtime/cgo", "", ""))},
		{"gcc_libinit.c", "/usr/lib/go-1.19/src/runtime/cgo", gcc, std(goPkg("runtime/cgo", "", ""))},
		{"x.c", "/home/u/go/src/example.org/m/p", gcc, goPkg("example.org/m/p", "", "")},
		{"_cgo_export.c", "/tmp/go-build", gcc, goPkg("", "", "")},
		{"main.cgo2.c", "/tmp/go-build", gcc, goPkg("", "", "")},
		{"/tmp/x/cgo-gcc-prolog", "", gcc, goPkg("", "", "")},
	}
	for _, tt := range tests {
		got, ok := FromUnit(tt.name, tt.dir, tt.producer)
		if !ok || got != tt.want {
			t.Errorf("FromUnit(%q, %q):\n got %+v, %v\nwant %+v", tt.name, tt.dir, got, ok, tt.want)
		}
	}
	for _, name := range []string{"", "<artificial>", "<stdin>", "-", "/", "..", "../../.."} {
		if o, ok := FromUnit(name, "", gcc); ok {
			t.Errorf("FromUnit(%q) = %+v", name, o)
		}
	}
}

func TestFromFileSymbol(t *testing.T) {
	tests := []struct {
		name string
		want Origin // KindUnknown: nothing
	}{
		{"hashbrown.c0386ddbfadcbbc1-cgu.0", Origin{Kind: KindCrate, Name: "hashbrown", ID: 0xc0386ddbfadcbbc1}},
		{"hashbrown.c0386ddbfadcbbc1-cgu.12.rcgu.o", Origin{Kind: KindCrate, Name: "hashbrown", ID: 0xc0386ddbfadcbbc1}},
		{"hashbrown-477598e2c34e85bf.hashbrown.c0386ddbfadcbbc1-cgu.0.rcgu.o", Origin{Kind: KindCrate, Name: "hashbrown", ID: 0xc0386ddbfadcbbc1}},
		{"typeid.f317b3be9fc71a1-cgu.0", Origin{Kind: KindCrate, Name: "typeid", ID: 0xf317b3be9fc71a1}},
		{"core.c1f1a4ba060b9bfa-cgu.0", Origin{Kind: KindCrate, Name: "core", ID: 0xc1f1a4ba060b9bfa, Std: true}},
		{"std.7rcbfp3g-cgu.0", Origin{Kind: KindCrate, Name: "std", Std: true}},
		{"c4yyr63punjo33uq3xgcn64d4", Origin{Kind: KindCrate}},
		{"18lfjaxwgrtsjny6rqqc5mwpq.rcgu.o", Origin{Kind: KindCrate}},
		{"sqlite3.c", Origin{Kind: KindSource, Name: "sqlite3.c"}},
		{"wmemset.o", Origin{Kind: KindSource, Name: "wmemset.o"}},
		{"x.1-cgu.c", Origin{Kind: KindSource, Name: "x.1-cgu.c"}},
		{"../src/zlib-1.3.1/inflate.c", Origin{Kind: KindLibrary, Name: "zlib", Version: "1.3.1"}},
		{"crypto/bn/bn_lib.c", Origin{Kind: KindSource, Name: "bn_lib.c"}},
		{"crtstuff.c", Origin{Kind: KindStartup, Name: "crtstuff.c"}},
		{"crti.S", Origin{Kind: KindStartup, Name: "crti.S"}},
		{"crt1.S", Origin{Kind: KindStartup, Name: "crt1.S"}},
		{"crt1.o", Origin{Kind: KindStartup, Name: "crt1.o"}},
		{"crt", Origin{Kind: KindSource, Name: "crt"}},
		{"_cgo_export.c", Origin{Kind: KindGo}},
		{"sqlite3.cgo2.c", Origin{Kind: KindGo}},
		{"go.go", Origin{}},
		{"", Origin{}},
		{"ld-temp.o", Origin{}},
		{"<artificial>", Origin{}},
		{"cc9wTxQz.ltrans0.ltrans.o", Origin{}},
	}
	for _, tt := range tests {
		got, ok := FromFileSymbol(tt.name)
		if got != tt.want || ok != (tt.want.Kind != KindUnknown) {
			t.Errorf("FromFileSymbol(%q):\n got %+v, %v\nwant %+v", tt.name, got, ok, tt.want)
		}
	}
}

func FuzzFromUnit(f *testing.F) {
	f.Add(registry+"a-1.0.0/src/lib.rs/@/a.1-cgu.0", "", "rustc version 1.95.0")
	f.Add("x.c", "/root/go/pkg/mod/github.com/!a/b@v1.0.0", "GNU C17")
	f.Add("../../src/libgcc/x.c", "/build/gcc-12-12.2.0/build/x", "")
	f.Add("a/b/_cgo_export.c", "/w/target/build/a-sys-0123456789abcdef/out", "")
	f.Add("/", "..", "")
	f.Add("_ZTv0_n24_NSt3__1x", "vendor/github.com/a", "Go cmd/compile")
	f.Fuzz(func(t *testing.T, name, dir, producer string) {
		for _, from := range []func() (Origin, bool){
			func() (Origin, bool) { return FromUnit(name, dir, producer) },
			func() (Origin, bool) { return FromFileSymbol(name) },
		} {
			o, ok := from()
			if ok != (o.Kind != KindUnknown) {
				t.Errorf("%+v, %v", o, ok)
			}
			if o.Own && (o.Std || o.Kind != KindCrate) {
				t.Errorf("%+v", o)
			}
		}
		if StartupSymbol(name) && ThunkSymbol(name) {
			t.Errorf("%q is both start-up code and a thunk", name)
		}
		if lib, ok := CPPStd(name); ok != (lib != "") {
			t.Errorf("%q, %v", lib, ok)
		}
	})
}
