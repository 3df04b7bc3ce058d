package symbolclaims

import (
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// cgoPackages maps the hash in the names of a cgo package's C wrappers
// (_cgo_bdbee25190be_Cfunc_getpwnam_r) to the package: Go calls each through a
// variable of the package, which has the wrapper's name behind its own.
func (a *Symbols) cgoPackages(t *elfscan.SymbolTable) map[string]int32 {
	byHash := make(map[string]int32)
	for sym := range t.All() {
		name := t.NameOnce(sym.NameAt)
		i := strings.Index(name, "._cgo_")
		if i <= 0 {
			continue
		}
		if hash, ok := cgoHash(name[i+1:]); ok {
			byHash[strings.Clone(hash)] = a.Owners.COf(gosym.Unescape(name[:i]), "", "", ownership.Exact)
		}
	}
	return byHash
}

// cgoHash returns the hash in the name of a cgo wrapper.
func cgoHash(name string) (hash string, ok bool) {
	const length = 12 // hexadecimal digits, of cmd/cgo
	rest, ok := strings.CutPrefix(name, "_cgo_")
	if !ok || len(rest) <= length || rest[length] != '_' {
		return "", false
	}
	return rest[:length], true
}
