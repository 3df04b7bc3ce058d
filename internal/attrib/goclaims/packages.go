package goclaims

import (
	"strings"

	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
)

// paths numbers package paths as they stand in names, in the order in which they
// are met.
type paths struct {
	list    []string
	numbers map[string]int32 // the positions in list
	last    int32            // what was returned last: neighbours mostly are of one package
}

// of returns the number of the Go symbol's package, ownership.Nobody if the name does not tell.
func (p *paths) of(name string) int32 {
	path, ok := gosym.Package(name)
	if !ok {
		return ownership.Nobody
	}
	if len(p.list) > 0 && path == p.list[p.last] {
		return p.last
	}
	number, ok := p.numbers[path]
	if !ok {
		number = p.add(strings.Clone(path)) // and not all names of the table
	}
	p.last = number
	return number
}

// add numbers a path that has no number.
func (p *paths) add(path string) int32 {
	if p.numbers == nil {
		p.numbers = make(map[string]int32)
	}
	number := int32(len(p.list))
	p.numbers[path] = number
	p.list = append(p.list, path)
	return number
}

// goPackages gives package paths as they stand in names to owners.
type goPackages struct {
	owners   *ownership.List
	paths    paths
	byNumber []int32 // the owners of the paths
}

// of returns the owner of the Go symbol's package, ownership.Nobody if the name does not tell.
func (p *goPackages) of(name string) int32 {
	number := p.paths.of(name)
	if number == ownership.Nobody {
		return ownership.Nobody
	}
	return p.numbered(number)
}

// numbered returns the owner of the path with the number.
func (p *goPackages) numbered(number int32) int32 {
	if int(number) == len(p.byNumber) {
		name := gosym.Unescape(p.paths.list[number])
		p.byNumber = append(p.byNumber, p.owners.GoPackage(name, ownership.Exact))
	}
	return p.byNumber[number]
}

// join takes over the paths that a part of the names has, and returns their owners.
func (p *goPackages) join(part *paths) []int32 {
	to := make([]int32, len(part.list))
	for i, path := range part.list {
		number, ok := p.paths.numbers[path]
		if !ok {
			number = p.paths.add(path)
		}
		to[i] = p.numbered(number)
	}
	return to
}

// promoted maps the packages that do not exist to those of the types.
func (p *goPackages) promoted() map[int32]int32 {
	to := make(map[int32]int32)
	known := func(q string) bool { _, ok := p.paths.numbers[q]; return ok }
	for number, path := range p.paths.list {
		if real, ok := gosym.Promoted(path, known); ok {
			to[p.byNumber[number]] = p.byNumber[p.paths.numbers[real]]
		}
	}
	return to
}

// promote gives methods that a type has from an embedded field of another
// package to the package of the type; their names alone look like functions of
// a package that does not exist (see gosym.Promoted).
func (p *goPackages) promote(entries []account.Entry) {
	to := p.promoted()
	if len(to) == 0 {
		return
	}
	for i := range entries {
		if owner, ok := to[entries[i].Owner]; ok {
			entries[i].Owner = owner
		}
	}
}
