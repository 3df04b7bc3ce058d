package advise

import (
	"fmt"

	"github.com/sizegate/sizegate/internal/attrib"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/elfscan"
)

// minGeneric is what the copies of one generic function have to take in the
// file: absolutely, and of its code in percent.
const (
	minGeneric      = 8 << 10
	minGenericShare = 1
)

// generics: many copies of one function. Code that all but the largest copy have
// is more than sharing saves: what is different in them has to be somewhere. But
// what describes code (symbols, function and unwind tables) goes with it, and
// belongs to no copy. So there is no saving. The figures are those of
// `sizegate report --by generic`: of code, by who defines the generic. What the
// standard library's generics take is not in the program's hands, so that they
// are in the sum and no reason for the advice.
func (a *adviser) generics() (*Advice, error) {
	code := uint64(0)
	for i := range a.Binary.Sections {
		if s := &a.Binary.Sections[i]; s.Kind == elfscan.Code {
			code += s.FileSize
		}
	}
	profile := *a.Profile
	profile.Functions = nil
	for _, f := range a.Profile.Functions {
		if a.Binary.Sections[f.Section].Kind == elfscan.Code {
			profile.Functions = append(profile.Functions, f)
		}
	}
	var all, standard uint64
	var evidence []string
	more := 0
	for _, g := range profile.Generics() {
		all += g.Saving
		if profile.Owners[g.Owner].Origin == attrib.Standard {
			standard += g.Saving
			continue
		}
		if g.Saving < minGeneric || g.Saving*100 < code*minGenericShare {
			continue
		}
		if len(evidence) == shown {
			more++
			continue
		}
		evidence = append(evidence, fmt.Sprintf("%s: %s copies, %s bytes, %s without the largest", quote(g.Name), bytesize.Size(g.Instances).Grouped(), bytesize.Size(g.Size).Grouped(), bytesize.Size(g.Saving).Grouped()))
	}
	if len(evidence) == 0 {
		return nil, nil
	}
	if more > 0 {
		evidence = append(evidence, fmt.Sprintf("and %s more", bytesize.Size(more).Grouped()))
	}
	sum := fmt.Sprintf("all generics of the file: %s bytes of code without the largest copy of each, and what describes it; sharing saves less of the code", bytesize.Size(all).Grouped())
	if standard > 0 {
		sum += fmt.Sprintf("; %s of them are of the standard library's generics", bytesize.Size(standard).Grouped())
	}
	return &Advice{
		Code:         CodeGenerics,
		Title:        "generic functions are compiled many times",
		Evidence:     append(evidence, sum),
		Setting:      "move what does not depend on the type into a function that is not generic, and call that",
		HowToFindOut: "sizegate report --by generic FILE lists all; after the change: sizegate diff OLD NEW",
	}, nil
}
