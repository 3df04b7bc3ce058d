package lambda

import (
	"path"
	"regexp"
	"slices"
	"sync"

	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/oneline"
)

// muslOwn are the libraries that musl's loader is itself, and never looks for.
var muslOwn = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^lib(c|pthread|rt|m|dl|util|xnet)\.`) })

// libraryFolders are where loaders look without being told: those of all distributions
// together, for which of them a loader has is compiled into it.
func libraryFolders(loader string, arch elfscan.Arch) []string {
	if isMusl(loader) {
		return []string{"/lib", "/usr/local/lib", "/usr/lib"}
	}
	triplet := "x86_64-linux-gnu"
	if arch == elfscan.ARM64 {
		triplet = "aarch64-linux-gnu"
	}
	return []string{"/lib/" + triplet, "/usr/lib/" + triplet, "/lib64", "/usr/lib64", "/lib", "/usr/lib"}
}

// link follows the libraries that a program needs through the image, as the dynamic
// loader does: breadth first, each name once. What else can tell the loader where to
// look is not read: LD_LIBRARY_PATH, and /etc/ld.so.conf by way of ld.so.cache. So a
// library that is elsewhere in the image is not missing for certain.
func (c *imageChecker) link(program int, loader string) {
	_, cached := c.image.File("/etc/ld.so.cache")
	standard := c.places(program, libraryFolders(loader, c.arch))
	main := c.before(program)
	found := make(map[string]int) // entries by the names that were asked for, -1 for none
	if entry, o := c.elf(loader); o != nil {
		found[path.Base(loader)] = entry
	}
	queue := []int{program}
	for at := 0; at < len(queue); at++ {
		by := queue[at]
		linkage := &c.objects[by].linkage
		folders := c.before(by)
		if by != program && linkage.RunPath == nil {
			folders = append(folders, main...)
		}
		folders = append(append(folders, c.places(by, linkage.RunPath)...), standard...)
		missing := 0
		for _, name := range linkage.Needed {
			if _, asked := found[name]; asked || isMusl(loader) && muslOwn().MatchString(name) {
				continue
			}
			entry, ok := c.findInImage(name, folders)
			if !ok {
				found[name] = -1
				elsewhere := c.elsewhere(name)
				if elsewhere && cached {
					continue
				}
				if missing++; missing <= maxMissing {
					c.missingInImage(name, by, elsewhere)
				}
				continue
			}
			found[name] = entry
			if !c.loaded[entry] {
				c.loaded[entry] = true
				queue = append(queue, entry)
			}
		}
		if missing > maxMissing {
			c.add(Failure, LibraryMissing, c.path(by), "needs %s more libraries that are not in the image (see ldd in a container of it)", bytesize.Size(missing-maxMissing).Grouped())
		}
	}
	if isMusl(loader) {
		return // it takes any version
	}
	for _, entry := range queue {
		c.definedVersions(entry, found)
	}
}

func (c *imageChecker) path(entry int) string { return imageRoot + c.p.Entries[entry].Path }

func (c *imageChecker) findInImage(name string, folders []string) (entry int, found bool) {
	if path.Base(name) == name {
		return c.search(name, folders)
	}
	if inside := c.inside(name); inside != "" {
		return c.library(inside)
	}
	return 0, false
}

// elsewhere reports whether any folder of the image has a library of this name, or a
// link that may lead to one.
func (c *imageChecker) elsewhere(name string) bool {
	if c.names == nil {
		c.names = make(map[string]bool)
		for i := range c.p.Entries {
			if o := c.objects[i]; o == nil || o.arch == c.arch {
				c.names[path.Base(c.p.Entries[i].Path)] = true
			}
		}
	}
	return c.names[name]
}

func (c *imageChecker) missingInImage(name string, by int, elsewhere bool) {
	shown := oneline.Quote(name, 100)
	if elsewhere {
		c.add(Warning, LibraryMissing, c.path(by), "needs %s, which is in a folder of the image where the loader looks only if LD_LIBRARY_PATH names it (run ldconfig in the image, or see that it does)", shown)
		return
	}
	c.add(Failure, LibraryMissing, c.path(by), "needs %s for %s, which is not in the image (install it, or link it statically)", shown, c.arch)
}

// definedVersions checks the symbol versions that a file needs of the libraries that
// were found: the loader refuses a file that needs one which its library does not
// define. There is one finding for each kind of version, with the newest.
func (c *imageChecker) definedVersions(entry int, found map[string]int) {
	type lack struct {
		name, library, newest string
		version               version
	}
	lacks := make(map[string]lack)
	for _, v := range c.objects[entry].linkage.Versions {
		at, ok := found[v.Library]
		if v.Weak || !ok || at < 0 {
			continue
		}
		defined := c.objects[at].linkage.Defined
		if len(defined) == 0 || slices.Contains(defined, v.Name) {
			continue // the loader warns of a library without versions, and goes on
		}
		family, numbers, ok := parseVersion(v.Name)
		if !ok {
			family = v.Name
		}
		if known, again := lacks[family]; again && !numbers.newer(known.version) {
			continue
		}
		lacks[family] = lack{v.Name, v.Library, newestOf(defined, family), numbers}
	}
	families := make([]string, 0, len(lacks))
	for family := range lacks {
		families = append(families, family)
	}
	slices.Sort(families)
	for _, family := range families {
		l := lacks[family]
		code := GlibcTooNew
		switch family {
		case "GLIBCXX", "CXXABI":
			code = LibstdcxxTooNew
		case "GLIBC", "GLIBC_ABI_DT_RELR":
		default:
			code = LibraryMissing
		}
		has := ""
		if l.newest != "" {
			has = ", whose newest is " + oneline.Quote(l.newest, 100)
		}
		c.add(Failure, code, c.path(entry), "needs %s, which %s of the image does not have%s (build it on the image's system, or link statically)", oneline.Quote(l.name, 100), oneline.Quote(l.library, 100), has)
	}
}

// newestOf is the newest version of a family, "" if there is none.
func newestOf(defined []string, family string) (newest string) {
	var most version
	for _, name := range defined {
		if f, numbers, ok := parseVersion(name); ok && f == family && numbers.newer(most) {
			newest, most = name, numbers
		}
	}
	return newest
}
