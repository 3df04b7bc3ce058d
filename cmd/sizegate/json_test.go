package main

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// checkjson FILE [sha256] [functions] checks a JSON report against the three
// sums of its contract and the files that it is about. With sha256 each file's
// digest must be there and right, else empty; with functions their sizes must
// add up as well, else there must be none.
func scriptCheckJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: checkjson FILE [sha256] [functions]")
	}
	asked := make(map[string]bool)
	for _, a := range args[1:] {
		asked[a] = true
	}
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.UseNumber()
	var report map[string]any
	ts.Check(d.Decode(&report))
	if _, err := d.Token(); err != io.EOF {
		ts.Fatalf("there is more behind the report")
	}
	if report["schema"] != "sizegate.report/v1" {
		ts.Fatalf("schema %v", report["schema"])
	}
	binaries := report["binaries"].([]any)
	if len(binaries) == 0 {
		ts.Fatalf("no binaries")
	}
	for _, b := range binaries {
		c := jsonChecker{b: b.(map[string]any)}
		c.check(ts.MkAbs(c.text(c.b, "path")), asked["sha256"], asked["functions"])
		if len(c.problems) > 0 {
			ts.Fatalf("%v: %s", c.b["path"], strings.Join(c.problems, "\n"))
		}
	}
}

// jsonChecker reads JSON without the program's own types.
type jsonChecker struct {
	b        map[string]any
	problems []string
}

func (c *jsonChecker) failf(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// size is a field that must be a whole number and not negative.
func (c *jsonChecker) size(in any, key string) int64 {
	n, ok := in.(map[string]any)[key].(json.Number)
	i, err := n.Int64()
	if !ok || err != nil || i < 0 || strings.ContainsAny(n.String(), ".eE") {
		c.failf("%s is %v", key, in.(map[string]any)[key])
	}
	return i
}

func (c *jsonChecker) text(in any, key string) string {
	s, ok := in.(map[string]any)[key].(string)
	if !ok {
		c.failf("%s is %v", key, in.(map[string]any)[key])
	}
	return s
}

func (c *jsonChecker) word(in any, key string, allowed string) {
	if s := c.text(in, key); s == "" || !strings.Contains(" "+allowed+" ", " "+s+" ") {
		c.failf("%s is %q", key, s)
	}
}

func (c *jsonChecker) check(path string, wantSHA, wantFunctions bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		c.failf("%v", err)
		return
	}
	c.checkData(data, wantSHA, wantFunctions)
}

// checkData holds a binary against the bytes of its file.
func (c *jsonChecker) checkData(data []byte, wantSHA, wantFunctions bool) {
	c.word(c.b, "arch", "amd64 arm64")
	c.word(c.b, "type", "exec pie shared")
	c.word(c.b, "symbols", "symtab pclntab dynsym debug-file none")

	byOwners := make(map[string]int64)
	for _, o := range c.b["owners"].([]any) {
		c.word(o, "kind", "package crate library linker")
		c.word(o, "confidence", "exact inferred")
		sum := int64(0)
		sections := o.(map[string]any)["sections"].(map[string]any)
		for name := range sections {
			n := c.size(sections, name)
			sum += n
			byOwners[name] += n
		}
		if size := c.size(o, "size"); size != sum {
			c.failf("sum 3: owner %v: %d, its sections %d", c.text(o, "name"), size, sum)
		}
	}

	total := c.size(c.b["overhead"], "headers") + c.size(c.b["overhead"], "gaps")
	attributed := make(map[string]int64)
	inFile := elfSizes(data)
	for _, s := range c.b["sections"].([]any) {
		name := c.text(s, "name")
		if _, twice := attributed[name]; twice {
			c.failf("two sections %q", name)
		}
		c.word(s, "kind", "code rodata data bss debug symbols relocations unwind other")
		size := c.size(s, "file_size")
		total += size
		attributed[name] = c.size(s, "attributed")
		if byOwners[name] != attributed[name] {
			c.failf("sum 3: section %.100q: attributed %d, owners %d", name, attributed[name], byOwners[name])
		}
		if sum := byOwners[name] + c.size(s, "padding") + c.size(s, "unattributed"); sum != size {
			c.failf("sum 1: section %.100q: %d, its parts %d", name, size, sum)
		}
		if want, ok := inFile[name]; ok && want != size {
			c.failf("section %.100q: %d bytes, the header says %d", name, size, want)
		}
	}
	for name := range byOwners {
		if _, ok := attributed[name]; !ok {
			c.failf("owners have bytes in %q, which is no section", name)
		}
	}
	if size := c.size(c.b, "file_size"); total != size || size != int64(len(data)) {
		c.failf("sum 2: all %d, file_size %d, on disk %d", total, size, len(data))
	}

	sha := ""
	if wantSHA {
		sha = fmt.Sprintf("%x", sha256.Sum256(data))
	}
	if got := c.text(c.b, "sha256"); got != sha {
		c.failf("sha256 %q, want %q", got, sha)
	}
	c.checkFunctions(attributed, wantFunctions)
}

// checkFunctions compares the functions' sizes with what the sections say is
// attributed.
func (c *jsonChecker) checkFunctions(attributed map[string]int64, want bool) {
	list, ok := c.b["functions"].([]any)
	if ok != want {
		c.failf("functions: %t, want %t", ok, want)
	}
	sums := make(map[string]int64)
	for _, f := range list {
		sums[c.text(f, "section")] += c.size(f, "size")
		c.size(f, "address")
		c.text(f, "name")
		c.text(f, "owner")
	}
	if !want {
		return
	}
	for name, size := range attributed {
		if sums[name] != size {
			c.failf("section %.100q: functions have %d bytes, attributed are %d", name, sums[name], size)
		}
	}
}

// elfSizes is the file size of each section whose name is not used twice.
func elfSizes(data []byte) map[string]int64 {
	sizes := make(map[string]int64)
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return sizes
	}
	for _, s := range f.Sections {
		size := int64(s.FileSize)
		if s.Type == elf.SHT_NOBITS {
			size = 0
		}
		if _, twice := sizes[s.Name]; twice {
			size = -1
		}
		sizes[s.Name] = size
	}
	for name, size := range sizes {
		if size < 0 {
			delete(sizes, name)
		}
	}
	return sizes
}
