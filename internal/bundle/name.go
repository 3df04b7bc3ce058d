package bundle

import "github.com/sizegate/sizegate/internal/tarfile"

// clean is the path that an unpacker would write to below its folder, "." for that
// itself, and says whether the name leads out of it.
func clean(name string) (p string, escapes bool) {
	p, escapes = tarfile.Clean(name)
	if p == "" {
		p = "."
	}
	return p, escapes
}
