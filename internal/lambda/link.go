package lambda

import (
	"path"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/oneline"
)

// maxMissing is how many missing libraries of a file are named.
const maxMissing = 20

// link follows the libraries that bootstrap needs, as the dynamic loader does:
// breadth first, each name once, wherever it was found the first time.
func (c *checker) link(program int) {
	c.loaded = map[int]bool{program: true}
	inPackage := make(map[string]bool) // the names that were found there
	asked := make(map[string]bool)
	standard := c.places(program, []string{taskRoot, taskRoot + "/lib", layerRoot + "/lib"})
	main := c.before(program)
	queue := []int{program}
	for at := 0; at < len(queue); at++ {
		by := queue[at]
		linkage := &c.objects[by].linkage
		before, after := c.before(by), append(slices.Clip(standard), c.places(by, linkage.RunPath)...)
		if by != program && linkage.RunPath == nil {
			before = append(before, main...)
		}
		missing := 0
		for _, name := range linkage.Needed {
			if asked[name] {
				continue
			}
			asked[name] = true
			switch entry, found := c.find(name, before, after); {
			case !found:
				if missing++; missing <= maxMissing {
					c.missing(name, by)
				}
			case entry >= 0:
				inPackage[name] = true
				if !c.loaded[entry] {
					c.loaded[entry] = true
					queue = append(queue, entry)
				}
			}
		}
		if missing > maxMissing {
			c.add(Failure, LibraryMissing, c.p.Entries[by].Path, "needs %s more libraries that are neither in the package nor in %s (see ldd on the machine that builds it)", bytesize.Size(missing-maxMissing).Grouped(), c.runtime.name)
		}
	}
	for _, entry := range queue {
		c.versions(Failure, entry, inPackage)
	}
}

// find looks for a library where the loader does: in folders of the package
// that come before the runtime's, in the runtime, and in others behind it. The
// entry is -1 where the runtime has it.
//
// Lambda sets LD_LIBRARY_PATH to /lib64, /usr/lib64, the runtime's folders,
// /var/task, /var/task/lib and /opt/lib, so that only DT_RPATH comes before
// the runtime's libraries.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func (c *checker) find(name string, before, after []string) (entry int, found bool) {
	if folder, base := path.Split(name); folder != "" {
		if (folder == "/lib64/" || folder == "/usr/lib64/") && c.runtime.system.has(base, c.arch) {
			return -1, true
		}
		return c.library(c.inside(name))
	}
	if entry, found := c.search(name, before); found {
		return entry, true
	}
	if c.runtime.system.has(name, c.arch) {
		return -1, true
	}
	return c.search(name, after)
}

func (c *checker) search(name string, folders []string) (entry int, found bool) {
	for _, folder := range folders {
		place := name
		if folder != "." {
			place = folder + "/" + name
		}
		if _, there := c.at[place]; !there {
			continue
		}
		if entry, found := c.library(place); found {
			return entry, true
		}
	}
	return 0, false
}

// before is the folders of DT_RPATH, which the loader ignores beside DT_RUNPATH.
func (c *checker) before(by int) []string {
	if c.objects[by].linkage.RunPath != nil {
		return nil
	}
	return c.places(by, c.objects[by].linkage.RPath)
}

// places are those of the folders that the package has, as paths in it without
// links. The file by names them.
func (c *checker) places(by int, folders []string) []string {
	const most = 16 // real files name one or two
	var list []string
	for _, folder := range folders[:min(len(folders), most)] {
		for _, variable := range []string{"$ORIGIN", "${ORIGIN}"} {
			if rest, ok := strings.CutPrefix(folder, variable); ok && (rest == "" || rest[0] == '/') {
				folder = path.Join(c.root, path.Dir(c.p.Entries[by].Path), rest)
			}
		}
		inside := c.inside(folder)
		if inside == "" {
			continue
		}
		if real, ok := c.folder(inside); ok && c.filled[real] && !slices.Contains(list, real) {
			list = append(list, real)
		}
	}
	return list
}

// inside is the path in the package, "" if the path leads elsewhere. A relative
// one begins at the folder in which a function starts.
func (c *checker) inside(name string) string {
	if !path.IsAbs(name) {
		name = path.Join(taskRoot, name)
	}
	name, ok := below(c.root, name)
	if !ok {
		return ""
	}
	return name
}

// library is the ELF file at a path in the package. The loader passes over
// those for other architectures.
func (c *checker) library(name string) (entry int, found bool) {
	entry, found = c.resolve(name)
	if !found || c.p.Entries[entry].Type != bundle.File {
		return 0, false
	}
	o := c.objects[entry]
	return entry, o != nil && (o.arch == c.arch || o.arch == "" && !o.refused)
}

func (c *checker) missing(name string, by int) {
	shown := oneline.Quote(name, 100)
	hint := "put it into lib/, link it statically, or see that a layer has it"
	if strings.HasPrefix(name, "libc.musl-") {
		hint = "it is musl: link statically"
	}
	c.add(Failure, LibraryMissing, c.p.Entries[by].Path, "needs %s for %s, which is not in the package and was not seen in %s (%s)", shown, c.arch, c.runtime.name, hint)
}

// versions checks the symbol versions that a file needs of the runtime's C and
// C++ libraries: one finding a library, with the newest.
func (c *checker) versions(s Severity, entry int, inPackage map[string]bool) {
	var libc, cxx, abi version
	relr := false
	for _, v := range c.objects[entry].linkage.Versions {
		if v.Weak || inPackage[v.Library] {
			continue
		}
		if v.Name == "GLIBC_ABI_DT_RELR" {
			relr = true
			continue
		}
		family, numbers, ok := parseVersion(v.Name)
		if !ok {
			continue
		}
		newest := map[string]*version{"GLIBC": &libc, "GLIBCXX": &cxx, "CXXABI": &abi}[family]
		if newest != nil && numbers.newer(*newest) {
			*newest = numbers
		}
	}
	system, subject := c.runtime.system, c.p.Entries[entry].Path
	// Loaders from 2.36 on understand packed relocations, and define this name
	// so that others refuse the file.
	if relr && !(version{2, 36}).newer(system.glibc) {
		relr = false
	}
	switch {
	case libc.newer(system.glibc):
		c.add(s, GlibcTooNew, subject, "needs GLIBC_%s, and %s has %s (build it on that system, or link statically)", libc, c.runtime.name, system.glibc)
	case relr:
		c.add(s, GlibcTooNew, subject, "has packed relocations, for glibc 2.36 and later, and %s has %s (link it without -z pack-relative-relocs)", c.runtime.name, system.glibc)
	}
	// The runtime's libstdc++ is replaced by newer ones, so that this is never certain.
	switch {
	case cxx.newer(system.libstdcxx):
		c.add(Warning, LibstdcxxTooNew, subject, "needs GLIBCXX_%s, and the newest that was seen in %s is %s (build it on that system, or link libstdc++ statically)", cxx, c.runtime.name, system.libstdcxx)
	case abi.newer(system.cxxabi):
		c.add(Warning, LibstdcxxTooNew, subject, "needs CXXABI_%s, and the newest that was seen in %s is %s (build it on that system, or link libstdc++ statically)", abi, c.runtime.name, system.cxxabi)
	}
}
