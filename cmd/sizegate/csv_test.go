package main

import (
	"bytes"
	"debug/elf"
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// checkcsv FILE COLUMN code|file checks that the rows' sizes of each file add
// up to its executable sections, or to the file, and that no cell is a formula.
func scriptCheckCSV(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: checkcsv FILE COLUMN code|file")
	}
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	if len(rows) < 2 {
		ts.Fatalf("%d lines", len(rows))
	}
	column := slices.Index(rows[0], args[1])
	if column < 0 || rows[0][0] != "file" {
		ts.Fatalf("the heading is %q", rows[0])
	}
	sums := make(map[string]int64)
	for _, r := range rows[1:] {
		for _, cell := range r {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				ts.Fatalf("a formula: %q", cell)
			}
		}
		n, err := strconv.ParseInt(r[column], 10, 64)
		if err != nil || n < 0 {
			ts.Fatalf("no size: %q", r)
		}
		sums[r[0]] += n
	}
	for path, sum := range sums {
		data, err := os.ReadFile(ts.MkAbs(path))
		ts.Check(err)
		want := int64(len(data))
		if args[2] == "code" {
			if want = codeSize(data); want < 0 {
				continue
			}
		}
		if sum != want {
			ts.Fatalf("%s: the rows add up to %d, want %d", path, sum, want)
		}
	}
}

// codeSize is the size of the executable sections, -1 without sections.
func codeSize(data []byte) int64 {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil || len(f.Sections) == 0 {
		return -1
	}
	size := int64(0)
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_EXECINSTR != 0 && s.Type != elf.SHT_NOBITS {
			size += int64(s.FileSize)
		}
	}
	return size
}
