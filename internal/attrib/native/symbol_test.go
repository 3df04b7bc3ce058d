package native

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/dwarf/dwarftest"
)

func TestThunkSymbol(t *testing.T) {
	tests := map[string]bool{
		"__AArch64AbsLongThunk_far": true, "__AArch64AbsLongThunk_": true, "__AArch64AbsXOLongThunk_big": true,
		"__AArch64ADRPThunk_far": true, "__AArch64BTIThunk_far": true, "__CortexA53843419_401000": true,
		"__far_veneer": true, "___veneer": true, "__veneer": false, "my_veneer": false,
		"far$thunk0": true, "far$thunk": true, "far$thunks": false,
		"runtime.memmove-tramp0": true, "runtime.duffzero+1f0-tramp12": true, "runtime.x-tramp": false,
		"": false, "far": false, "__x86_indirect_thunk_rax": false, "_ZThn16_N1A1fEv": false,
	}
	for name, want := range tests {
		if got := ThunkSymbol(name); got != want {
			t.Errorf("ThunkSymbol(%q) = %v", name, got)
		}
	}
}

// What GNU ld makes is found by its name, in a program with a far call.
func TestThunkSymbolGNU(t *testing.T) {
	const hint = "Debian: apt install binutils-aarch64-linux-gnu"
	as, ld, nm := dwarftest.Need(t, "aarch64-linux-gnu-as", hint), dwarftest.Need(t, "aarch64-linux-gnu-ld", hint), dwarftest.Need(t, "aarch64-linux-gnu-nm", hint)
	dir := t.TempDir()
	dwarftest.WriteFiles(t, dir, "a.s", `
	.text
	.globl _start
_start:	bl far
	bl near
	ret
	.section .far,"ax"
	.globl far
	.type far,%function
far:	ret
	.type near,%function
near:	ret
`)
	dwarftest.Run(t, dir, as, "-o", "a.o", "a.s")
	dwarftest.Run(t, dir, ld, "--section-start=.far=0x20000000", "-o", "a", "a.o")
	var thunks []string
	for line := range strings.Lines(string(dwarftest.Run(t, dir, nm, "a"))) {
		f := strings.Fields(line)
		if name := f[len(f)-1]; ThunkSymbol(name) {
			thunks = append(thunks, name)
		}
	}
	if len(thunks) != 2 {
		t.Errorf("thunks %q, want two", thunks)
	}
}

func TestStartupSymbol(t *testing.T) {
	tests := map[string]bool{
		"_start": true, "_init": true, "_fini": true, "frame_dummy": true, "call_weak_fn": true, "__libc_csu_init": true,
		"$x": false, "$d": false, "main": false, "": false, "__libc_start_main": false, "_start2": false,
	}
	for name, want := range tests {
		if got := StartupSymbol(name); got != want {
			t.Errorf("StartupSymbol(%q) = %v", name, got)
		}
	}
}

// Every function in the start-up objects that gcc links is known.
func TestStartupSymbolObjects(t *testing.T) {
	nm := dwarftest.Need(t, "nm", "Debian: apt install binutils")
	found := 0
	for _, gcc := range []string{"gcc", "aarch64-linux-gnu-gcc"} {
		path := dwarftest.Need(t, gcc, "Debian: apt install "+gcc)
		for _, obj := range []string{"crt1.o", "Scrt1.o", "crti.o", "crtn.o", "crtbegin.o", "crtbeginS.o", "crtbeginT.o", "crtend.o"} {
			file := strings.TrimSpace(string(dwarftest.Run(t, "", path, "-print-file-name="+obj)))
			if _, err := os.Stat(file); !filepath.IsAbs(file) || err != nil {
				continue
			}
			found++
			for line := range strings.Lines(string(dwarftest.Run(t, "", nm, file))) {
				f := strings.Fields(line)
				if len(f) == 3 && strings.Contains("tT", f[1]) && f[2][0] != '$' && !StartupSymbol(f[2]) {
					t.Errorf("%s of %s: %s is not known", obj, gcc, f[2])
				}
			}
		}
	}
	if found == 0 {
		t.Error("no start-up object found")
	}
}

func TestCPPStd(t *testing.T) {
	tests := []struct{ name, want string }{
		{"_ZNSt6vectorIiSaIiEE9push_backERKi", "libstdc++"},
		{"_ZNKSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE4sizeEv", "libstdc++"},
		{"_ZSt4endlIcSt11char_traitsIcEERSt13basic_ostreamIT_T0_ES6_", "libstdc++"},
		{"_ZStlsISt11char_traitsIcEERSt13basic_ostreamIcT_ES5_PKc", "libstdc++"},
		{"_ZN9__gnu_cxx27__verbose_terminate_handlerEv", "libstdc++"},
		{"_ZN10__cxxabiv119__terminate_handlerE", "libstdc++"},
		{"_ZNK10__cxxabiv117__class_type_info11__do_upcastEPKS0_PPv", "libstdc++"},
		{"_ZN11__gnu_debug19_Safe_sequence_base12_M_detach_allEv", "libstdc++"},
		{"_ZNSs6appendEPKc", "libstdc++"},
		{"_ZNKSs4sizeEv", "libstdc++"},
		{"_ZNSolsEi", "libstdc++"},
		{"_ZNOSt8optionalIiE5valueEv", "libstdc++"},
		{"_ZNKRSt8optionalIiE5valueEv", "libstdc++"},
		{"_ZZNSt6localeC4EvE4once", "libstdc++"},
		{"_ZTVSt9exception", "libstdc++"},
		{"_ZTINSt6locale5facetE", "libstdc++"},
		{"_ZThn16_NSdD1Ev", "libstdc++"},
		{"_ZTv0_n24_NSt13basic_fstreamIcSt11char_traitsIcEED0Ev", "libstdc++"},
		{"_ZGVNSt7collateIcE2idE", "libstdc++"},
		{"_ZSt9terminatev", "libstdc++"},
		{"_ZNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEE6appendEPKc", "libc++"},
		{"_ZNKSt3__16locale4nameEv", "libc++"},
		{"_ZNSt6__ndk16thread4joinEv", "libc++"},
		{"_ZNSt4__Cr6thread4joinEv", "libc++"},
		{"_ZTVNSt3__18ios_baseE", "libc++"},
		{"_ZNSt3__0fooEv", "libstdc++"},
		{"_ZN3foo3barESt6vectorIiSaIiEE", ""},
		{"_ZN3std2io5stdio6_print17h0123456789abcdefE", ""},
		{"_RNvNtCs4X4t9plMPHF_3std2io6_print", ""},
		{"_Znwm", ""},
		{"_ZN9__gnu_cxy3fooEv", ""},
		{"_ZN99999999999999999999x", ""},
		{"_ZN9__gnu", ""},
		{"_ZThxx", ""},
		{"_ZN", ""},
		{"_Z", ""},
		{"", ""},
		{"std", ""},
	}
	for _, tt := range tests {
		lib, ok := CPPStd(tt.name)
		if lib != tt.want || ok != (tt.want != "") {
			t.Errorf("CPPStd(%q) = %q, %v, want %q", tt.name, lib, ok, tt.want)
		}
	}
}
