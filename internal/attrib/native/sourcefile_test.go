package native

import (
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
)

func TestSourceFiles(t *testing.T) {
	const rustc = "clang LLVM (rustc version 1.95.0 (59807616e 2026-04-14))"
	const std = "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860"
	files := NewSourceFiles([]dwarf.Unit{
		{Name: "src/main.rs/@/app.11-cgu.0", CompDir: "/home/me/app", Producer: rustc},
		{Name: "crates/part/src/lib.rs/@/part_of.22-cgu.0", CompDir: "/home/me/app", Producer: rustc},
		{Name: registry + "memchr-2.7.4/src/lib.rs/@/memchr.33-cgu.1", Producer: rustc},
		{Name: "library/core/src/lib.rs/@/core.44-cgu.0", CompDir: std, Producer: rustc},
		{Name: "main.c", CompDir: "/home/me/c", Producer: "GNU C17"},
		{Name: "inflate.c", CompDir: "/build/zlib-1.3.1", Producer: "GNU C17"},
		{Name: "<artificial>", Producer: "GNU GIMPLE"},
		{Name: "tool/src/lib.rs/@/tool.55-cgu.0", CompDir: "/home/me", Producer: rustc},
		{Name: "tool/src/main.rs/@/tool_bin.66-cgu.0", CompDir: "/home/me", Producer: rustc},
	})
	tests := []struct {
		path    string
		unit    int
		kind    Kind
		name    string
		id      uint64
		certain bool
	}{
		{"/home/me/app/src/deep/x.rs", 0, KindCrate, "app", 0x11, true},
		{"/home/me/app/crates/part/src/x.rs", 0, KindCrate, "part_of", 0x22, true},
		{registry + "memchr-2.7.4/src/arch/all.rs", 0, KindCrate, "memchr", 0x33, true},
		{registry + "tinyvec-1.6.0/src/lib.rs", 0, KindCrate, "tinyvec", 0, false},
		{registry + "proc-macro2-1.0.0/src/lib.rs", 0, KindCrate, "proc_macro2", 0, false},
		{std + "/library/core/src/option.rs", 0, KindCrate, "core", 0x44, true},
		{std + "/library/alloc/src/vec/mod.rs", 0, KindCrate, "alloc", 0, true},
		{std + "/library/core/src/../../stdarch/crates/core_arch/src/x86/sse2.rs", 0, KindCrate, "core", 0, true},
		{std + "/library/core/src/../../portable-simd/crates/core_simd/src/lib.rs", 0, KindCrate, "core", 0, true},
		{std + "/library/std/src/../../backtrace/src/lib.rs", 0, KindCrate, "std", 0, true},
		{"/root/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/lib/rustlib/src/rust/library/alloc/src/string.rs", 0, KindCrate, "alloc", 0, true},
		{"/rust/deps/hashbrown-0.15.2/src/raw.rs", 0, KindCrate, "hashbrown", 0, false},
		{"/home/me/tool/src/x.rs", 0, KindCrate, "tool", 0x55, false},
		{"/elsewhere/x.rs", 0, KindUnknown, "", 0, false},
		{"/usr/include/c++/12/bits/stl_vector.h", 4, KindLibrary, "libstdc++", 0, true},
		{"/usr/include/x86_64-linux-gnu/c++/12/bits/gthr.h", 4, KindLibrary, "libstdc++", 0, true},
		{"/usr/aarch64-linux-gnu/include/c++/12/bits/gthr.h", 4, KindLibrary, "libstdc++", 0, true},
		{"/usr/lib/llvm-14/include/c++/v1/vector", 4, KindLibrary, "libc++", 0, true},
		{"/usr/include/stdlib.h", 4, KindLibrary, "glibc", 0, true},
		{"/usr/include/x86_64-linux-gnu/bits/stdlib-float.h", 4, KindLibrary, "glibc", 0, true},
		{"/usr/aarch64-linux-gnu/include/bits/string_fortified.h", 4, KindLibrary, "glibc", 0, true},
		{"/usr/include/x86_64-linux-musl/sys/select.h", 4, KindLibrary, "musl", 0, true},
		{"/usr/include/boost/optional.hpp", 4, KindLibrary, "boost", 0, true},
		{"/usr/include/own.h", 4, KindSource, "main.c", 0, true},
		{"/usr/lib/gcc/x86_64-linux-gnu/12/include/xmmintrin.h", 4, KindSource, "main.c", 0, true},
		{"/home/me/c/include/sys/own.h", 4, KindSource, "main.c", 0, true},
		{"/build/zlib-1.3.1/inffast.h", 4, KindLibrary, "zlib", 0, true},
		{"/home/me/c/own.h", 5, KindLibrary, "zlib", 0, true},
		{"/home/me/c/other.c", 6, KindSource, "other.c", 0, true},
		{"/home/me/c/other.h", 6, KindUnknown, "", 0, false},
		{"/home/me/c/other.h", -1, KindUnknown, "", 0, false},
	}
	for _, tt := range tests {
		o, certain, ok := files.At(tt.path, tt.unit)
		if !ok {
			o, certain = Origin{}, false
		}
		if o.Kind != tt.kind || o.Name != tt.name || o.ID != tt.id || certain != tt.certain {
			t.Errorf("%s in unit %d: %v %q %x, certain %v", tt.path, tt.unit, o.Kind, o.Name, o.ID, certain)
		}
	}
}
