package display

import (
	"strings"
	"unicode/utf8"
)

// pathCut is a way to cut a path to at most width columns. All keep the name of the
// file whole where it fits.
type pathCut func(path string, width int) string

// pathCuts are in the order in which they are preferred.
var pathCuts = []pathCut{
	func(path string, width int) string { return cutFolders(path, width, true) },
	func(path string, width int) string { return cutFolders(path, width, false) },
	func(path string, width int) string { return cutText(path, width, 1, 3) },
	func(path string, width int) string { return cutText(path, width, 2, 3) },
	func(path string, width int) string { return cutText(path, width, 1, 1) },
}

// fitPath is Fit for the name of a file: the folders in the middle go first, then
// those at the start, and the file's own name last.
func fitPath(path string, width int) string {
	if Columns(path) <= width {
		return path
	}
	return pathCuts[0](path, width)
}

// ClipPath is Clip for the name of a file: what bounds its bytes cuts at the start.
func ClipPath(path string, width int) string {
	if cut := len(path) - width*bytesPerColumn; cut > 0 {
		for cut < len(path) && !utf8.RuneStart(path[cut]) {
			cut++
		}
		path = "…" + path[cut:]
	}
	return fitPath(Clean(path), width)
}

// FitPaths cuts clean names of files, in their place, to at most width columns each,
// folders first. Where several would look the same they are cut in the way that tells
// most of them apart.
func FitPaths(paths []string, width int) {
	short := make([]string, len(paths))
	names := make(map[string][]string) // those that are shown alike, each once
	seen := make(map[string]bool)
	for i, path := range paths {
		short[i] = fitPath(path, width)
		if !seen[path] {
			seen[path] = true
			names[short[i]] = append(names[short[i]], path)
		}
	}
	better := make(map[string]pathCut)
	for i := range paths {
		alike := names[short[i]]
		if len(alike) < 2 {
			paths[i] = short[i]
			continue
		}
		cut, chosen := better[short[i]]
		if !chosen {
			cut = mostDistinct(alike, width)
			better[short[i]] = cut
		}
		if Columns(paths[i]) <= width {
			continue // as it is, another one looks like it
		}
		paths[i] = cut(paths[i], width)
	}
}

// mostDistinct is the first of the cuts that tell most names apart.
func mostDistinct(names []string, width int) (best pathCut) {
	most := 0
	for _, cut := range pathCuts {
		different := make(map[string]bool)
		for _, name := range names {
			different[cut(name, width)] = true
		}
		if len(different) > most {
			most, best = len(different), cut
		}
	}
	return best
}

// cutFolders keeps whole folders: as many as fit of the last ones and then of the
// first, or the other way round.
func cutFolders(path string, width int, last bool) string {
	at := strings.LastIndexByte(path, '/')
	room := width - Columns(path[at+1:]) - Columns("…/")
	if at < 0 || room < 0 {
		return cutText(path, width, 1, 3)
	}
	folders, head, tail := path[:at+1], "", path[at+1:]
	takeLast := func() {
		for {
			folder := folders[strings.LastIndexByte(strings.TrimSuffix(folders, "/"), '/')+1:]
			if room -= Columns(folder); folder == "" || room < 0 {
				room += Columns(folder)
				return
			}
			folders, tail = strings.TrimSuffix(folders, folder), folder+tail
		}
	}
	takeFirst := func() {
		for {
			folder := folders[:strings.IndexByte(folders, '/')+1]
			if room -= Columns(folder); folder == "" || room < 0 {
				room += Columns(folder)
				return
			}
			folders, head = folders[len(folder):], head+folder
		}
	}
	if last {
		takeLast()
		takeFirst()
	} else {
		takeFirst()
		takeLast()
	}
	return head + "…/" + tail
}

// cutText cuts the folders, and if there is no room for any of them the file's name,
// wherever they are: so large a part of what is left is of the start.
func cutText(path string, width, part, of int) string {
	folders, name := "", path
	if at := strings.LastIndexByte(path, '/'); at >= 0 {
		folders, name = path[:at], path[at:]
		const least = 3 // columns that cutMiddle can say in that it has cut
		switch room := width - Columns(name); {
		case room >= least:
			return cutMiddle(folders, room, part, of) + name
		case room > 0:
			return "…" + name
		}
		name = name[1:]
		mark := "…/" // so that the file does not look like one at the root
		if folders == "" {
			mark = "/"
		}
		if room := width - Columns(mark); room >= least {
			return mark + cutMiddle(name, room, part, of)
		}
	}
	return cutMiddle(name, width, part, of)
}
