package starter

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sizegate/sizegate/internal/attrib/rustsym"
	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/measure"
	"github.com/sizegate/sizegate/internal/budget/pattern"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// buildCommand is a command that would build the program, as an example.
func buildCommand(p *Program) string {
	switch b := p.Binary; {
	case p.Image != nil:
		return "docker build -t app . && docker save -o " + shellWord(p.Path) + " app"
	case b == nil: // a package
		return "make"
	case slices.Contains(b.Languages, "go"):
		main := b.Main
		if main == "command-line-arguments" || !plainWord().MatchString(main) {
			main = "."
		}
		return fmt.Sprintf("GOOS=linux GOARCH=%s go build -trimpath -buildvcs=false -o %s %s", b.Arch, shellWord(p.Path), main)
	case slices.Contains(b.Languages, "rust"):
		return "cargo build --release"
	}
	return "make"
}

// plainWord is a word that a shell takes as it is, and no program as a flag.
var plainWord = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\A[A-Za-z0-9_./][A-Za-z0-9_./@+-]*\z`)
})

func shellWord(text string) string {
	if plainWord().MatchString(text) {
		return text
	}
	if strings.HasPrefix(text, "-") {
		text = "./" + text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// dependency is a rule about packages that means something in a program.
type dependency struct {
	match string
	text  uint64 // bytes of .text that the rule counts
}

// largestDependency is the Go module or the crate that has most of .text, if
// there is one that a rule can name. Of equals it is the first by name. A crate of which
// nothing tells the Cargo package, and that std has a copy of, may be that copy: it is
// left out.
func largestDependency(b *snapshot.Binary) (dependency, bool) {
	weight := measure.WeightOf(b, budget.Text)
	sizes := make(map[string]uint64)
	for i := range b.Owners {
		o := &b.Owners[i]
		if o.Origin != "dependencies" || o.Kind == "crate" && o.Module == "" && rustsym.CopiedByStd(o.Name) {
			continue
		}
		match := o.Name
		if o.Kind == "package" && o.Module != "" {
			match = o.Module + "/..."
		}
		if problem, _ := pattern.Problem(match); problem == "" && match == title(match) {
			sizes[match] = budget.Add(sizes[match], weight(o))
		}
	}
	var found []dependency
	for match, size := range sizes {
		found = append(found, dependency{match, size})
	}
	if len(found) == 0 {
		return dependency{}, false
	}
	largest := slices.MinFunc(found, func(x, y dependency) int {
		return cmp.Or(cmp.Compare(y.text, x.text), cmp.Compare(x.match, y.match))
	})
	// What the rule counts may be more than one module: one can lie below another.
	largest.text = 0
	for _, o := range measure.Matching(b, pattern.NewOwners(largest.match)) {
		largest.text = budget.Add(largest.text, weight(o))
	}
	return largest, largest.text > 0
}
