package image

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// This is a second implementation of the rules, by plain maps of paths, that
// looks at every path for every question.

// naivePath is a path of one layer for dive's rule.
type naivePath struct {
	size int
	dir  bool
}

// naiveDive returns dive's wasted bytes and the two sums of its efficiency.
func naiveDive(layers [][]item) (wasted, smallest, all int) {
	stack := map[string]naivePath{}
	sizes := map[string][]int{}
	for _, items := range layers {
		tree := map[string]naivePath{} // markers with their prefix
		for _, i := range items {
			p := path.Clean(i.name)
			if p == "." {
				continue
			}
			for d := path.Dir(p); d != "."; d = path.Dir(d) {
				if _, ok := tree[d]; !ok {
					tree[d] = naivePath{}
				}
			}
			if strings.HasPrefix(path.Base(p), ".wh..wh.") {
				continue
			}
			tree[p] = naivePath{len(i.body), i.typ == '5'}
		}
		marker := func(p string) (string, bool) {
			base, ok := strings.CutPrefix(path.Base(p), ".wh.")
			return path.Join(path.Dir(p), base), ok
		}
		for p, n := range tree {
			leaf := true
			for q := range tree {
				leaf = leaf && !strings.HasPrefix(q, p+"/")
			}
			target, isMarker := marker(p)
			switch {
			case isMarker:
				was, ok := stack[target]
				if !ok {
					continue
				}
				total := 0
				if was.dir {
					for q, m := range stack {
						if strings.HasPrefix(q, target+"/") {
							total += m.size
						}
					}
				}
				sizes[target] = append(sizes[target], total)
			case leaf:
				sizes[p] = append(sizes[p], n.size)
			}
		}
		for p := range tree {
			if target, ok := marker(p); ok {
				maps.DeleteFunc(stack, func(q string, _ naivePath) bool { return q == target || strings.HasPrefix(q, target+"/") })
			}
		}
		for p, n := range tree {
			if _, ok := marker(p); !ok {
				stack[p] = n
			}
		}
	}
	for _, s := range sizes {
		sum := 0
		for _, n := range s {
			sum += n
		}
		if len(s) > 1 {
			wasted += sum
		}
		smallest += slices.Min(s)
		all += sum
	}
	return wasted, smallest, all
}

// naiveFile is a file of the final file system: names share one.
type naiveFile struct {
	size int
	typ  byte
}

// naiveFlatten returns what remains: its paths and what is at each.
func naiveFlatten(layers [][]item) map[string]*naiveFile {
	here := map[string]*naiveFile{}
	remove := func(p string, itself bool) {
		maps.DeleteFunc(here, func(q string, _ *naiveFile) bool { return itself && q == p || strings.HasPrefix(q, p+"/") || p == "." })
	}
	for _, items := range layers {
		for _, i := range items {
			p := path.Clean(i.name)
			base := path.Base(p)
			if base == ".wh..wh..opq" {
				remove(path.Dir(p), false)
			} else if name, ok := strings.CutPrefix(base, ".wh."); ok {
				remove(path.Join(path.Dir(p), name), true)
			}
		}
		for _, i := range items {
			p := path.Clean(i.name)
			if p == "." || strings.HasPrefix(path.Base(p), ".wh.") {
				continue
			}
			f := &naiveFile{len(i.body), i.typ}
			if i.typ == '1' {
				target, ok := here[path.Clean(i.link)]
				if path.Clean(i.link) == p && ok {
					continue
				}
				if ok && target.typ != '5' {
					f = target
				}
			}
			for d := path.Dir(p); d != "."; d = path.Dir(d) {
				if here[d] == nil || here[d].typ != '5' {
					here[d] = &naiveFile{typ: '5'}
				}
			}
			if f.typ != '5' {
				remove(p, true)
			}
			here[p] = f
		}
	}
	return here
}

// naiveFinal is the bytes and the number of different files.
func naiveFinal(here map[string]*naiveFile) (bytes, files int) {
	seen := map[*naiveFile]bool{}
	for _, f := range here {
		if (f.typ == 0 || f.typ == '0') && !seen[f] {
			seen[f] = true
			bytes += f.size
			files++
		}
	}
	return bytes, files
}
