package native

import "strings"

// StartupSymbol reports whether name is one that C start-up objects (glibc's and
// musl's crt1.o, GCC's crtbegin.o) define. Most of these symbols are local, and
// several have no size.
func StartupSymbol(name string) bool {
	switch name {
	case "_start", "_start_c", "_init", "_fini", "frame_dummy", "call_weak_fn", "set_fast_math",
		"_dl_relocate_static_pie", "__wrap_main",
		"register_tm_clones", "deregister_tm_clones", "__do_global_dtors_aux", "__do_global_ctors_aux",
		"__libc_csu_init", "__libc_csu_fini", "__libc_csu_irel":
		return true
	}
	return false
}

// ThunkSymbol reports whether name is that of code which a linker made to reach
// a far target or to avoid a processor's erratum:
//
//   - LLD: __AArch64ADRPThunk_<target> and its kin (lld/ELF/Thunks.cpp),
//     __CortexA53843419_<address>;
//   - GNU ld: __<target>_veneer, where the target may be empty;
//   - mold: <target>$thunk<n>;
//   - Go's linker: <target>+<offset>-tramp<n>.
func ThunkSymbol(name string) bool {
	for _, p := range [...]string{
		"__AArch64AbsLongThunk_", "__AArch64AbsXOLongThunk_", "__AArch64ADRPThunk_", "__AArch64BTIThunk_", "__CortexA53843419_",
	} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	if strings.HasPrefix(name, "__") && strings.HasSuffix(name, "_veneer") && len(name) >= len("___veneer") {
		return true
	}
	stem := strings.TrimRight(name, "0123456789")
	return strings.HasSuffix(stem, "$thunk") || len(stem) < len(name) && strings.HasSuffix(stem, "-tramp")
}

// CPPStd reports whether a mangled C++ name (Itanium C++ ABI) is in a namespace
// that is reserved to the C++ standard library, and which library's it is.
// Instantiations of its templates count, whatever their arguments. Names outside
// an inline namespace, such as std::terminate, are the same in both libraries:
// they are given as libstdc++.
func CPPStd(mangled string) (lib string, ok bool) {
	s, ok := strings.CutPrefix(mangled, "_Z")
	if !ok {
		return "", false
	}
	s = strings.TrimLeft(skipSpecial(s), "Z") // Z: local to the function that follows
	s, nested := strings.CutPrefix(s, "N")
	if nested {
		s = strings.TrimLeft(s, "rVKRO") // const, volatile, & and &&
	}
	if rest, ok := strings.CutPrefix(s, "St"); ok {
		if nested {
			switch n, _ := sourceName(rest); n {
			case "__1", "__2", "__ndk1", "__Cr":
				return "libc++", true
			}
		}
		return "libstdc++", true
	}
	if !nested || s == "" {
		return "", false
	}
	// Sa, Ss and so on are abbreviations of std::allocator, std::string, …
	if len(s) > 1 && s[0] == 'S' && strings.IndexByte("absiod", s[1]) >= 0 {
		return "libstdc++", true
	}
	n, ok := sourceName(s)
	if ok && (n == "__cxxabiv1" || n == "__gnu_cxx" || strings.HasPrefix(n, "__gnu_") && gnuNamespace(n[6:])) {
		return "libstdc++", true
	}
	return "", false
}

func gnuNamespace(s string) bool {
	switch s {
	case "debug", "internal", "parallel", "pbds", "profile", "sequential":
		return true
	}
	return false
}

// skipSpecial removes what stands before the name in those of tables, guards
// and virtual thunks.
func skipSpecial(s string) string {
	if len(s) < 2 {
		return s
	}
	switch s[:2] {
	case "TV", "TT", "TI", "TS", "TH", "TW", "GV", "GR":
		return s[2:]
	case "Th":
		return skipOffsets(s[2:], 1)
	case "Tv":
		return skipOffsets(s[2:], 2)
	}
	return s
}

// skipOffsets removes n numbers, each of which '_' ends and 'n' negates.
func skipOffsets(s string, n int) string {
	for range n {
		s = strings.TrimPrefix(s, "n")
		s = strings.TrimLeft(s, "0123456789")
		var ok bool
		if s, ok = strings.CutPrefix(s, "_"); !ok {
			return ""
		}
	}
	return s
}

// sourceName reads <length><identifier>.
func sourceName(s string) (string, bool) {
	n := 0
	i := 0
	for i < len(s) && isDigit(s[i]) && n < len(s) {
		n = 10*n + int(s[i]-'0')
		i++
	}
	if i == 0 || n == 0 || n > len(s)-i {
		return "", false
	}
	return s[i : i+n], true
}
