package main

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// A function is a subprogram of the debug information.
type function struct {
	namespace string // the outermost namespace: a crate's name
	source    string // the declaring source file, "" if there is none
	unit      string // the crate of its unit, as NAME@ID
}

// crateIDs knows crates by name and id, as codegen units and object files are
// called: NAME.ID-cgu.N. The id is written without leading zeros there.
type crateIDs map[string]map[string]string // name -> id -> source directory or ""

var codegenUnit = regexp.MustCompile(`([A-Za-z_][A-Za-z0-9_]*)\.([0-9a-f]{8,16})-cgu\.\d+`)

func unitCrate(text string) (name, id string) {
	m := codegenUnit.FindStringSubmatch(text)
	if m == nil {
		return "", ""
	}
	return m[1], strings.Repeat("0", 16-len(m[2])) + m[2]
}

func (ids crateIDs) note(text, source string) {
	name, id := unitCrate(text)
	if name == "" {
		return
	}
	if ids[name] == nil {
		ids[name] = map[string]string{}
	}
	if source != "" || ids[name][id] == "" {
		ids[name][id] = source
	}
}

// crateOf names the crate that an object file was compiled for, "" if it is
// not one of Rust.
func (ids crateIDs) crateOf(file string) string {
	if name, id := unitCrate(file); name != "" {
		return name + "@" + id
	}
	// compiler_builtins brings members compiled from C and assembly.
	base := filepath.Base(file)
	if strings.HasPrefix(base, "libcompiler_builtins-") {
		return ids.single("compiler_builtins")
	}
	return ""
}

// single names the one crate of a name, or says that it is not told.
func (ids crateIDs) single(name string) string {
	if len(ids[name]) == 1 {
		for id := range ids[name] {
			return name + "@" + id
		}
	}
	return unknown
}

// written names the crate of a function's namespace, told apart from others of
// its name by the directory of the function's source file. Where namespace and
// source disagree nothing is told.
func (ids crateIDs) written(f function) string {
	for _, c := range rustCrates {
		if !strings.HasPrefix(f.source, c.path+"/") {
			continue
		}
		if c.name != f.namespace {
			return unknown
		}
		for id, source := range ids[f.namespace] {
			if strings.HasPrefix(source, c.path+"/") {
				return f.namespace + "@" + id
			}
		}
	}
	return ids.single(f.namespace)
}

type functionKey struct {
	addr uint64
	name string
}

// readFunctions returns the functions of the debug information by address and
// linkage name (and by address and "" where there is no such name), and notes
// every unit's crate.
func readFunctions(linked *elf.File, ids crateIDs) (map[functionKey]function, error) {
	data, err := linked.DWARF()
	if err != nil {
		return nil, err
	}
	type die struct {
		namespace, source, linkage string
		origin                     dwarf.Offset
	}
	type placed struct {
		addr   uint64
		offset dwarf.Offset
		unit   string
	}
	dies := map[dwarf.Offset]die{}
	var code []placed
	var unit string
	var files []*dwarf.LineFile
	var namespaces []string // of the open entries
	r := data.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			return nil, err
		}
		if e == nil {
			break
		}
		if e.Tag == 0 {
			namespaces = namespaces[:len(namespaces)-1]
			continue
		}
		namespace := ""
		if len(namespaces) > 0 {
			namespace = namespaces[len(namespaces)-1]
		}
		switch e.Tag {
		case dwarf.TagCompileUnit:
			unit, files = "", nil
			path, _ := e.Val(dwarf.AttrName).(string)
			if name, id := unitCrate(path); name != "" {
				unit = name + "@" + id
				source := path
				if !strings.HasPrefix(path, "/") {
					directory, _ := e.Val(dwarf.AttrCompDir).(string)
					source = directory + "/" + path
				}
				ids.note(path, source)
			}
			if lines, err := data.LineReader(e); err == nil && lines != nil {
				files = lines.Files()
			}
		case dwarf.TagNamespace:
			if namespace == "" {
				namespace, _ = e.Val(dwarf.AttrName).(string)
			}
		case dwarf.TagSubprogram:
			d := die{namespace: namespace}
			d.linkage, _ = e.Val(dwarf.AttrLinkageName).(string)
			if i, ok := e.Val(dwarf.AttrDeclFile).(int64); ok && i >= 0 && i < int64(len(files)) && files[i] != nil {
				d.source = files[i].Name
			}
			for _, attr := range []dwarf.Attr{dwarf.AttrSpecification, dwarf.AttrAbstractOrigin} {
				if o, ok := e.Val(attr).(dwarf.Offset); ok {
					d.origin = o
				}
			}
			dies[e.Offset] = d
			if addr, ok := e.Val(dwarf.AttrLowpc).(uint64); ok && addr != 0 && unit != "" {
				code = append(code, placed{addr, e.Offset, unit})
			}
		}
		if e.Children {
			namespaces = append(namespaces, namespace)
		}
	}
	functions := map[functionKey]function{}
	for _, c := range code {
		d := dies[c.offset]
		// A definition completes its declaration or an abstract instance of
		// itself: three steps at most.
		for step := 0; step < 3 && d.origin != 0; step++ {
			o := dies[d.origin]
			if d.linkage == "" {
				d.linkage = o.linkage
			}
			if d.source == "" {
				d.source = o.source
			}
			if o.namespace != "" {
				d.namespace = o.namespace
			}
			d.origin = o.origin
		}
		functions[functionKey{c.addr, d.linkage}] = function{d.namespace, d.source, c.unit}
	}
	return functions, nil
}

// rustOwners takes the holder from the map and the writer from the debug
// information. With holders, the program is link-time optimized: its own object
// file holds the code of all crates.
func rustOwners(s symbol, p piece, functions map[functionKey]function, ids crateIDs, holders map[string][]string) (owners, error) {
	holder := ids.crateOf(p.file)
	if holder == "" {
		owner := nativeOwner(p.file)
		return owners{owner, owner}, nil
	}
	o := owners{unknown, holder}
	f, told := functions[functionKey{s.addr, s.name}]
	if !told {
		f, told = functions[functionKey{s.addr, ""}]
	}
	if told {
		o.defined = ids.written(f)
	}
	switch {
	case holders != nil && told:
		o.instantiated = f.unit
	case holders != nil && !strings.Contains(p.file, ".rlib("):
		o.instantiated = unknown
		if files := holders[s.name]; len(files) == 1 && ids.crateOf(files[0]) != "" {
			o.instantiated = ids.crateOf(files[0])
		}
	case told && f.unit != holder && strings.Contains(f.unit, "@"):
		return o, fmt.Errorf("%s: the map says %s, the debug information %s", s.name, holder, f.unit)
	}
	// core uses no other crate, and what compiler_builtins brings in C is not
	// generic.
	name, _, _ := strings.Cut(o.instantiated, "@")
	if unit, _ := unitCrate(p.file); o.defined == unknown && (name == "core" || unit == "") {
		o.defined = o.instantiated
	}
	return o, nil
}
