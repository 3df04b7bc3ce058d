package bundle

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/sizegate/sizegate/internal/bundle/flaw"
)

// finish completes a package, whose Size, Zipped and Overhead are known, from
// the entries as they were read.
func (b *builder) finish(p *Package) (*Package, error) {
	last := b.replace()
	p.Entries = b.entries
	installed := make(map[string]bool)
	exists := func(path string) bool { _, ok := last[path]; return ok }
	for i, record := range b.kept {
		if e := &p.Entries[i]; e.Type == File {
			installedBy(e.Path, record, exists, installed)
		}
	}
	for i := range p.Entries {
		e := &p.Entries[i]
		e.Category = categoryOf(e, installed)
		if !e.Replaced {
			p.Unzipped += e.Size
			if isDebug(e) {
				p.Debug = append(p.Debug, i)
			}
		}
	}
	p.Duplicates, p.Sums = b.duplicates()
	p.Warnings = b.warnings.Lines()
	return p, p.check(b.unpacked)
}

// replace marks the entries that a later one with the same path replaces, and
// returns where the last one of each path is.
func (b *builder) replace() map[string]int32 {
	last := make(map[string]int32, len(b.entries))
	for i := range b.entries {
		e := &b.entries[i]
		if before, ok := last[e.Path]; ok {
			b.entries[before].Replaced = true
			// Folders are listed anew by every tar that appends, which costs nothing.
			if e.Type != Directory || b.entries[before].Type != Directory {
				b.warnings.Add("in the archive more than once, the last one counts (build the package again)", e.Path)
			}
		}
		if e.Type == HardLink {
			target, _ := clean(e.Target)
			if _, ok := last[target]; !ok {
				b.warnings.Add("a hard link to what is not in front of it (build the package again)", e.Path)
			}
		}
		last[e.Path] = int32(i)
	}
	return last
}

// duplicates groups the files with equal hashes, and drops all other hashes.
func (b *builder) duplicates() (list [][]int, sums [][32]byte) {
	sumOf := func(i int32) []byte { return b.sums[b.entries[i].sum-1][:] }
	var hashed []int32
	for i := range b.entries {
		e := &b.entries[i]
		if e.sum > 0 && e.Type == File && e.Size > 0 && !e.Replaced {
			hashed = append(hashed, int32(i))
		}
	}
	slices.SortFunc(hashed, func(x, y int32) int { return cmp.Or(bytes.Compare(sumOf(x), sumOf(y)), cmp.Compare(x, y)) })
	for len(hashed) > 0 {
		n := 1
		for n < len(hashed) && bytes.Equal(sumOf(hashed[n]), sumOf(hashed[0])) {
			n++
		}
		if n > 1 {
			group := make([]int, n)
			for i, at := range hashed[:n] {
				group[i] = int(at)
			}
			list = append(list, group)
		}
		hashed = hashed[n:]
	}
	slices.SortFunc(list, func(x, y []int) int { return cmp.Compare(x[0], y[0]) })
	for _, group := range list {
		sums = append(sums, [32]byte(sumOf(int32(group[0]))))
	}
	b.sums = nil
	return list, sums
}

// check proves that the entries add up to the archive; unpacked is what was
// counted as they were listed.
func (p *Package) check(unpacked uint64) error {
	var stored, all, replaced uint64
	for i := range p.Entries {
		e := &p.Entries[i]
		stored += e.Stored
		all += e.Size
		if e.Replaced {
			replaced += e.Size
		}
	}
	holds := []struct {
		what      string
		got, want uint64
	}{
		{"the unpacked entries", all, unpacked},
		{"the unpacked entries that remain", p.Unzipped, all - replaced},
		{"what the entries take", stored, p.Zipped},
		{"what the entries take and the overhead", p.Zipped + p.Overhead, p.Size},
	}
	switch p.Format {
	case FormatDirectory:
		holds = append(holds[:2], holds[0])
		holds[2].what, holds[2].want = "the files of the directory", p.Size
	case FormatTarGzip, FormatTarZstd:
		// There is no share of an entry in what is compressed as a whole.
		holds[2].want = 0
	}
	for _, h := range holds {
		if h.got != h.want {
			return &flaw.Error{Problem: fmt.Sprintf("%s are %d bytes and not %d", h.what, h.got, h.want), Hint: "a bug in sizegate, please report it"}
		}
	}
	return nil
}
