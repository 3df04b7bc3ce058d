package dwarf_test

import (
	godwarf "debug/dwarf"
	"debug/elf"
	"slices"
	"testing"

	"github.com/sizegate/sizegate/internal/attrib/dwarf"
)

// read is ReadUnits for input that must be in order.
func read(t *testing.T, s dwarf.Sections, keep func(dwarf.Range) bool) []dwarf.Unit {
	t.Helper()
	units, warnings, err := dwarf.ReadUnits(s, keep)
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) > 0 {
		t.Errorf("warnings: %q", warnings)
	}
	return units
}

// secondOpinion reads the same with debug/dwarf.
func secondOpinion(t *testing.T, f *elf.File) []dwarf.Unit {
	t.Helper()
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	var units []dwarf.Unit
	r := d.Reader()
	for {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			return units
		}
		r.SkipChildren()
		if e.Tag != godwarf.TagCompileUnit && e.Tag != godwarf.TagSkeletonUnit {
			continue
		}
		var u dwarf.Unit
		u.Name, _ = e.Val(godwarf.AttrName).(string)
		u.CompDir, _ = e.Val(godwarf.AttrCompDir).(string)
		u.Producer, _ = e.Val(godwarf.AttrProducer).(string)
		lang, _ := e.Val(godwarf.AttrLanguage).(int64)
		u.Language = uint16(lang)
		ranges, err := d.Ranges(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range ranges {
			if x[0] < x[1] {
				u.Ranges = append(u.Ranges, dwarf.Range{x[0], x[1]})
			}
		}
		units = append(units, u)
	}
}

func equalUnits(a, b dwarf.Unit) bool {
	return a.Name == b.Name && a.CompDir == b.CompDir && a.Producer == b.Producer &&
		a.Language == b.Language && slices.Equal(a.Ranges, b.Ranges)
}

func compareUnits(t *testing.T, got, want []dwarf.Unit) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d units, want %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if !equalUnits(got[i], want[i]) {
			t.Errorf("unit %d:\n got %+v\nwant %+v", i, got[i], want[i])
			return
		}
	}
}
