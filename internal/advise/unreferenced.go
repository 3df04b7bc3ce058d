package advise

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// What unreferenced functions have to take: absolutely, and of the code in
// percent. With --gc-sections a few are left that came in one section with others.
const (
	minUnreferenced      = 8 << 10
	minUnreferencedShare = 2
)

// gcSections: a program of C, C++ or Rust with functions that nothing in it refers to.
// Go's linker drops these without being asked; rustc asks for it, but not where dead code
// is to be linked. A static program has the C library in it, whose objects were compiled
// without -ffunction-sections, so that its leftovers say nothing. What only unreferenced
// functions refer to would go as well, so there is no number.
func (a *adviser) gcSections() (*Advice, error) {
	if !a.Symbols.Full || a.Binary.Type == elfscan.Shared || a.Interpreter() == "" || a.Language("go") {
		return nil, nil
	}
	var code uint64
	for i := range a.Binary.Sections {
		if s := &a.Binary.Sections[i]; s.Kind == elfscan.Code {
			code += s.FileSize
		}
	}
	functions := a.CompiledFunctions()
	referenced, err := a.Referenced(functions)
	if err != nil {
		return nil, err
	}
	total, count := uint64(0), 0
	names := make(map[string]uint64)
	for i, f := range functions {
		if !referenced[i] {
			total += f.Size
			count++
			names[f.Name] += f.Size
		}
	}
	if total < minUnreferenced || total*100 < code*minUnreferencedShare {
		return nil, nil
	}
	setting := "-ffunction-sections -fdata-sections    # when compiling\n-Wl,--gc-sections    # when linking"
	if a.Language("rust") {
		setting = "# .cargo/config.toml\n[build]\nrustflags = [\"-Clink-dead-code=no\", \"-Clink-arg=-Wl,--gc-sections\"]"
	}
	return &Advice{
		Code:  CodeGCSections,
		Title: "functions that nothing refers to are in the file",
		Evidence: []string{
			fmt.Sprintf("nothing in the file calls or has the address of %s functions with %s bytes of code: %s", bytesize.Size(count).Grouped(), bytesize.Size(total).Grouped(), largest(names)),
			"no symbol that other files can use is among them",
		},
		Setting:      setting,
		HowToFindOut: "what only these functions use goes as well: build with it and compare: sizegate diff OLD NEW",
	}, nil
}
