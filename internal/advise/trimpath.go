package advise

import (
	"bytes"
	"fmt"

	"github.com/sizegate/sizegate/internal/advise/facts"
	"github.com/sizegate/sizegate/internal/attrib/gosym"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
)

// trimpath: the names of source files begin with directories of the machine that
// built the program.
func (a *adviser) trimpath() (*Advice, error) {
	info, err := buildrecord.Go(a.Binary)
	if err != nil || info == nil {
		return nil, err
	}
	for _, s := range info.Settings {
		if s.Key == "-trimpath" && s.Value == "true" {
			return nil, nil
		}
	}
	s := a.Section(".gopclntab", ".data.rel.ro.gopclntab")
	if s == nil {
		return nil, nil
	}
	data, err := a.Binary.Bytes(s)
	if err != nil {
		return nil, err
	}
	table, err := gosym.Parse(data)
	if err != nil || table.Layout().Mixed {
		return nil, nil // a table that attribution does not use either
	}
	if lo, hi := table.Bounds(); hi-lo > a.Binary.Size {
		return nil, nil // a walk takes time in proportion
	}
	t := facts.NewTrimmer(table, a.Profile, info)
	files := table.Layout().Files
	example, count, bytesSaved := "", 0, uint64(0)
	for rest := data[files.Lo:files.Hi]; ; {
		name, tail, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			break
		}
		rest = tail
		if n := t.Saves(string(name)); n > 0 {
			if count++; example == "" {
				example = string(name)
			}
			bytesSaved += uint64(n)
		}
	}
	if count == 0 {
		return nil, nil
	}
	advice := &Advice{
		Code:  CodeTrimpath,
		Title: "names of source files have the directories of the machine that built the file",
		Evidence: []string{
			fmt.Sprintf("%s names in %s, as %s", bytesize.Size(count).Grouped(), s.Base, quote(example)),
			fmt.Sprintf("the directories have %s bytes more than the packages that -trimpath writes", bytesize.Size(bytesSaved).Grouped()),
			"the size depends on where the program is built",
		},
		Setting: "go build -trimpath",
	}
	if a.BytesOf(".symtab") > 0 || a.HasDebug() {
		advice.HowToFindOut = "debug information names the files as well: go build -trimpath; sizegate diff OLD NEW"
		return advice, nil
	}
	advice.Saves = &Saving{a.SavedBy(s, bytesSaved), Computed}
	return advice, nil
}
