package main

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// phrases are words that a licence has and the others have not.
var phrases = map[string]string{
	"MIT":          "The above copyright notice and this permission notice shall be included",
	"BSD-3-Clause": "Redistributions in binary form must reproduce the above",
	"Apache-2.0":   "://www.apache.org/licenses/",
	"ISC":          "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted",
}

// TestLicences holds docs/dependencies.md against the modules in the program, and
// what it says of their licences against the files that they come with.
func TestLicences(t *testing.T) {
	t.Chdir("..")
	known, err := readLicences()
	if err != nil {
		t.Fatal(err)
	}
	used := make(map[string]bool)
	for _, s := range systems {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./cmd/sizegate")
		cmd.Env = append(cmd.Environ(), "GOOS="+s.os, "GOARCH="+s.arch, "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		for path := range strings.FieldsSeq(string(out)) {
			used[path] = true
		}
	}
	if len(used) < 10 {
		t.Fatalf("only %d modules: the list is wrong", len(used))
	}
	for path := range used {
		if known[path] == "" {
			t.Errorf("%s: no line for %s", table, path)
		}
	}
	for path, licence := range known {
		if !used[path] {
			t.Errorf("%s: %s is not in the program", table, path)
			continue
		}
		dir, err := moduleDirectory(path)
		if err != nil {
			t.Error(err)
			continue
		}
		text, err := licenceText(dir)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		text = bytes.Join(bytes.Fields(text), []byte(" "))
		said := strings.Split(licence, " AND ")
		for _, name := range said {
			if phrases[name] == "" {
				t.Errorf("%s: nothing is known here of the licence %s of %s (add words that it has and the others have not)", table, name, path)
			}
		}
		for name, phrase := range phrases {
			if has := bytes.Contains(text, []byte(phrase)); has != slices.Contains(said, name) {
				t.Errorf("%s: %s says %s; its files have the words of %s: %v", path, table, licence, name, has)
			}
		}
	}
	for _, v := range vendored {
		text, err := os.ReadFile(v.file)
		if err != nil || !bytes.Contains(bytes.Join(bytes.Fields(text), []byte(" ")), []byte(phrases[v.licence])) || phrases[v.licence] == "" {
			t.Errorf("%s is not %s by its file: %v", v.name, v.licence, err)
		}
	}
}
