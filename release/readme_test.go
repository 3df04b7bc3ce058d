package main

import (
	"os"
	"strings"
	"testing"
)

// TestReadme: who builds a release again is told the compiler that it was made with.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := "`GOTOOLCHAIN=" + toolchain + " go run ./release -o DIRECTORY`"; !strings.Contains(string(text), want) {
		t.Errorf("README.md does not have %s", want)
	}
}
