package advise

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// minGeneric is what the copies of one generic function have to take in the
// file: absolutely, and of its code in percent.
const (
	minGeneric      = 8 << 10
	minGenericShare = 1
)

// generics: many copies of one function. Without all but the largest copy the
// file would be smaller by less than they have: what is different in them has to
// be somewhere. So there is a bound and no saving. What the standard library's
// generics take is not in the program's hands.
func (a *adviser) generics() (*Advice, error) {
	var code, bound uint64
	for i := range a.Binary.Sections {
		if s := &a.Binary.Sections[i]; s.Kind == elfscan.Code {
			code += s.FileSize
		}
	}
	var evidence []string
	more := 0
	for _, g := range a.Profile.Generics() {
		o := &a.Profile.Owners[g.Owner]
		if o.Origin == attrib.Standard || g.Saving < minGeneric || g.Saving*100 < code*minGenericShare {
			continue
		}
		bound += g.Saving
		if len(evidence) == shown {
			more++
			continue
		}
		evidence = append(evidence, fmt.Sprintf("%s: %d copies, %d bytes, %d without the largest", quote(g.Name), g.Instances, g.Size, g.Saving))
	}
	if len(evidence) == 0 {
		return nil, nil
	}
	if more > 0 {
		evidence = append(evidence, fmt.Sprintf("and %d more", more))
	}
	return &Advice{
		Code:         CodeGenerics,
		Title:        "generic functions are compiled many times",
		Evidence:     append(evidence, fmt.Sprintf("%d bytes in all are an upper bound of what sharing would save", bound)),
		Setting:      "move what does not depend on the type into a function that is not generic, and call that",
		HowToFindOut: "sizegate report --by generic FILE lists all; after the change: sizegate diff OLD NEW",
	}, nil
}
