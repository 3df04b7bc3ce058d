package advise

import (
	"fmt"
	"slices"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// reflective are the functions whose use makes Go's linker keep every exported
// method of every type that can be reached: the method that is called is not
// known when it links. (With a constant name it keeps the methods of that name.)
var reflective = []string{"reflect.Value.Method", "reflect.Value.MethodByName", "reflect.(*rtype).Method", "reflect.(*rtype).MethodByName"}

func (a *adviser) reflectMethods() (*Advice, error) {
	var evidence []string
	for i := range a.Profile.Functions {
		f := &a.Profile.Functions[i]
		if a.Binary.Sections[f.Section].Kind == elfscan.Code && slices.Contains(reflective, f.Name) && len(evidence) < len(reflective) {
			evidence = append(evidence, fmt.Sprintf("%s is at %#x", f.Name, f.Address))
		}
	}
	if len(evidence) == 0 {
		return nil, nil
	}
	for _, path := range []string{"text/template", "html/template"} {
		if a.HasPackage(path) {
			evidence = append(evidence, path+", which calls methods by name, is in the file")
		}
	}
	return &Advice{
		Code:         CodeReflectMethods,
		Title:        "methods are looked up while the program runs: where the name is not a constant the linker keeps all exported methods",
		Evidence:     evidence,
		Setting:      "go build -ldflags=-dumpdep -o /dev/null . 2>&1 | grep -F '<ReflectMethod>'    # says who does that; nothing if all names are constants",
		HowToFindOut: "build without what the command names: sizegate diff OLD NEW",
	}, nil
}
