package rustsym

import "strings"

// AnonymousData reports whether name is one that rustc gives to a constant
// without a name, "anon.<32 hexadecimal digits>.<number>", with or without what
// LLVM puts behind it. It says nothing of crates: the digits are a hash of the
// codegen unit.
func AnonymousData(name string) bool {
	const digits = 32
	rest, ok := strings.CutPrefix(name, "anon.")
	if !ok || len(rest) < digits+2 || rest[digits] != '.' || rest[digits+1] < '0' || rest[digits+1] > '9' {
		return false
	}
	for _, c := range []byte(rest[:digits]) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
