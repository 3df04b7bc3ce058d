package gosym

import "strings"

// Generic returns the name that all instances of a generic function have in
// common: name without type arguments. It is false for a name without type
// arguments.
//
//	slices.SortFunc[go.shape.[]x/y.Z,...]   slices.SortFunc
//	x/y.(*List[go.shape.int]).Push.func1    x/y.(*List).Push.func1
//	main..dict.F[int]                       main..dict.F
//
// The functions that the compiler makes for a type (type:.eq.T[int]) are none:
// brackets are part of a type's text there.
func Generic(name string) (common string, ok bool) {
	path, ok := pathPrefix(name)
	if !ok || reserved(name) {
		return "", false
	}
	var out strings.Builder
	depth, from := 0, 0 // brackets that are open; what is not copied yet
	for i := len(path); i < len(name); i++ {
		switch c := name[i]; {
		case c == '"' && depth > 0: // a struct tag
			n := quotedLen(name[i:])
			if n == 0 {
				return "", false
			}
			i += n - 1
		case c == '[':
			if depth == 0 {
				out.WriteString(name[from:i])
			}
			depth++
		case c == ']':
			if depth--; depth < 0 {
				return "", false
			}
			from = i + 1
		}
	}
	if depth != 0 || from == 0 {
		return "", false
	}
	out.WriteString(name[from:])
	return out.String(), true
}

// reserved says whether the toolchain has made the name for a type or for
// itself.
func reserved(name string) bool {
	if strings.HasPrefix(name, "go.shape.") {
		return true
	}
	for _, prefix := range [...]string{"type", "go"} {
		if _, ok := cutReserved(name, prefix); ok {
			return true
		}
	}
	return false
}
