package native

import "strings"

// fromGo recognises C, C++ and assembly that cgo compiled: it lies in the
// directory of a Go package, and cgo writes files of its own beside it.
func fromGo(p path) (Origin, bool) {
	if o, ok := goModule(p); ok {
		return o, true
	}
	if o, ok := goStd(p); ok {
		return o, true
	}
	if rest, ok := p.after("vendor"); ok && len(rest) >= 2 && isDomain(rest[0]) {
		return Origin{Kind: KindGo, Name: strings.Join(rest, "/")}, true
	}
	if rest, ok := p.after("go", "src"); ok && len(rest) >= 2 && isDomain(rest[0]) {
		// A GOPATH, ~/go by default.
		return Origin{Kind: KindGo, Name: strings.Join(rest, "/")}, true
	}
	if isCgoFile(p.base) {
		return Origin{Kind: KindGo}, true
	}
	return Origin{}, false
}

// isCgoFile knows the files that cmd/cgo writes into a temporary directory, so
// that their path tells nothing of the package.
func isCgoFile(base string) bool {
	switch base {
	case "_cgo_export.c", "_cgo_main.c", "_cgo_import.c", "cgo-generated-wrapper", "cgo-generated-wrappers":
		return true
	}
	return strings.HasSuffix(base, ".cgo2.c") || strings.HasPrefix(base, "cgo-") && strings.HasSuffix(base, "-prolog")
}

// goModule recognises the module cache, whose directories are
// <module>@<version>/<package's directory>; see golang.org/ref/mod#module-cache.
// With -trimpath /_/ takes the place of the cache's own directory.
func goModule(p path) (Origin, bool) {
	for i := len(p.dirs) - 1; i >= 0; i-- {
		last, version, ok := strings.Cut(p.dirs[i], "@")
		if !ok || len(version) < 2 || version[0] != 'v' || !isDigit(version[1]) {
			continue
		}
		start := moduleStart(p.dirs[:i])
		module := UnescapePath(strings.Join(append(p.dirs[start:i:i], last), "/"))
		o := Origin{Kind: KindGo, Name: module, Package: module, Version: UnescapePath(version)}
		if rest := p.dirs[i+1:]; len(rest) > 0 {
			o.Name += "/" + strings.Join(rest, "/")
		}
		return o, true
	}
	return Origin{}, false
}

// moduleStart finds where in the directories above one with a version the
// module's path begins.
func moduleStart(dirs []string) int {
	p := path{dirs: dirs}
	if rest, ok := p.after("pkg", "mod"); ok {
		return len(dirs) - len(rest)
	}
	if rest, ok := p.after("_"); ok {
		return len(dirs) - len(rest)
	}
	for i, d := range dirs {
		if isDomain(d) {
			return i
		}
	}
	return len(dirs)
}

// isDomain tells example.org from .cache and zlib-1.3.1.
func isDomain(s string) bool {
	i := strings.LastIndexByte(s, '.')
	if i <= 0 || i+1 == len(s) || s[0] == '.' {
		return false
	}
	if _, _, ok := splitVersion(s); ok {
		return false
	}
	for _, c := range []byte(s[i+1:]) {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}

// UnescapePath undoes the case escapes of Go's module cache: !x stands for X
// (module.EscapePath in golang.org/x/mod).
func UnescapePath(s string) string {
	if !strings.Contains(s, "!") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '!' && i+1 < len(s) && 'a' <= s[i+1] && s[i+1] <= 'z' {
			i++
			b.WriteByte(s[i] - 'a' + 'A')
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// goStd recognises the source tree of a Go toolchain: GOROOT/src (cmd/go writes
// /_/GOROOT in its place), or go/src, go-1.19/src and go1.22.1/src where a
// package of the standard library that holds C follows.
func goStd(p path) (Origin, bool) {
	for i := len(p.dirs) - 2; i >= 1; i-- {
		if p.dirs[i] != "src" {
			continue
		}
		if root := p.dirs[i-1]; root != "GOROOT" && !(isGoRoot(root) && holdsC(p.dirs[i+1])) {
			continue
		}
		return Origin{Kind: KindGo, Name: strings.Join(p.dirs[i+1:], "/"), Std: true}, true
	}
	return Origin{}, false
}

func isGoRoot(dir string) bool {
	v, ok := strings.CutPrefix(dir, "go")
	return ok && (v == "" || numbers(strings.TrimPrefix(v, "-")) >= 2)
}

func holdsC(first string) bool {
	switch first {
	case "crypto", "internal", "net", "os", "plugin", "runtime":
		return true
	}
	return false
}
