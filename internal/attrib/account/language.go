package account

// Languages is a set of programming languages.
type Languages uint8

const (
	LangGo Languages = 1 << iota
	LangRust
	LangC
	LangCPP
)

// languageNames are parallel to the bits of a set.
var languageNames = [...]string{"go", "rust", "c", "c++"}

// Names are those of the set, in the order of the constants.
func (l Languages) Names() []string {
	var names []string
	for i, name := range languageNames {
		if l&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}
