package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/sizegate/sizegate/internal/elftest"
)

// staticProgram needs nothing of the image that it is in.
func staticProgram() []byte {
	f := elftest.Program(0x1000, []byte{0xc3, 0, 0, 0}, elftest.Symbol{Name: "main", Type: elf.STT_FUNC, Bind: elf.STB_GLOBAL, Section: 1, Value: 0x1000, Size: 4})
	f.Type, f.Machine = elf.ET_EXEC, elf.EM_X86_64
	return f.Bytes()
}

// TestImageStart: what an image starts must be for the architecture that the image,
// or the budget, says, and what that needs must be in the image. Only that file, and
// what it comes to, counts.
func TestImageStart(t *testing.T) {
	amd64 := staticProgram()
	dynamic, err := os.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	machine := func(n uint16) []byte { // e_machine
		data := bytes.Clone(amd64)
		binary.LittleEndian.PutUint16(data[18:], n)
		return data
	}
	const riscv, aarch64 = 243, 183
	arm64, other := machine(aarch64), machine(riscv)
	program := func(name string, data []byte) packFile { return packFile{name: name, data: data, mode: 0o755} }
	link := packFile{name: "start", target: "srv/app", mode: os.ModeSymlink | 0o777}
	const wrong = "wrong-architecture"
	const analysed = ", packages: [{match: nothing, deny: true}]"
	for _, tt := range []struct {
		name, entrypoint string
		layers           [][]packFile
		budget           string
		want             string // what is wrong, "" for nothing
	}{
		{"fits", "/srv/app", [][]packFile{{program("srv/app", amd64), program("srv/other", arm64)}}, "", ""},
		{"does not fit", "/srv/app", [][]packFile{{program("srv/app", arm64), program("srv/other", amd64)}}, "", wrong},
		{"does not fit the budget", "/srv/app", [][]packFile{{program("srv/app", arm64)}}, ", arch: amd64", wrong},
		{"through a link", "/start", [][]packFile{{program("srv/app", arm64), link}}, "", wrong},
		{"replaced by one that fits", "/srv/app", [][]packFile{{program("srv/app", arm64)}, {program("srv/app", amd64)}}, "", ""},
		{"replaced by one that does not", "/srv/app", [][]packFile{{program("srv/app", amd64)}, {program("srv/app", arm64)}}, "", wrong},
		{"a script", "/srv/app", [][]packFile{{program("srv/app", []byte("#!/bin/sh\n")), program("bin/sh", amd64), program("srv/other", arm64)}}, "", ""},
		{"a script without a shell", "/start", [][]packFile{{program("srv/app", []byte("#!/bin/sh\n")), link}}, "", "interpreter-missing"},
		{"a script with a shell that does not fit", "/srv/app", [][]packFile{{program("srv/app", []byte("#!/bin/sh\n"))}, {program("bin/sh", arm64)}}, "", wrong},
		{"another machine", "/srv/app", [][]packFile{{program("srv/app", other)}}, "", "not-a-program"},
		{"a few bytes", "/srv/app", [][]packFile{{program("srv/app", arm64[:19])}}, "", "not-a-program"},
		{"without loader and libc", "/srv/app", [][]packFile{{program("srv/app", dynamic)}}, "", "interpreter-missing"},
		{"analysed, without loader and libc", "/srv/app", [][]packFile{{program("srv/app", dynamic)}}, analysed, "interpreter-missing"},
		{"its loader was deleted", "/srv/app", [][]packFile{{program("srv/app", dynamic), program("lib64/ld-linux-x86-64.so.2", amd64)}, {program("lib64/.wh.ld-linux-x86-64.so.2", nil)}}, "", "interpreter-missing"},
		{"its libc is missing", "/srv/app", [][]packFile{{program("srv/app", dynamic), program("lib64/ld-linux-x86-64.so.2", amd64)}}, "", "library-missing"},
		{"looked for when it starts", "app", [][]packFile{{program("bin/app", arm64)}}, "", ""},
		{"analysed and fits", "/srv/app", [][]packFile{{program("srv/app", amd64), program("srv/other", arm64)}}, analysed, ""},
		{"analysed and does not fit", "/srv/app", [][]packFile{{program("srv/app", arm64), program("srv/other", amd64)}}, analysed, wrong},
	} {
		for _, form := range []string{"docker", "oci"} { // layers that are read in place, and compressed ones
			var layers []layerFile
			for _, files := range tt.layers {
				layers = append(layers, layerFile{files: files})
			}
			img, err := madeImage(form == "oci", "linux/amd64", layers)
			if err != nil {
				t.Fatal(err)
			}
			config, err := img.ConfigFile()
			if err != nil {
				t.Fatal(err)
			}
			config = config.DeepCopy()
			config.Config.Entrypoint = []string{tt.entrypoint}
			if img, err = mutate.ConfigFile(img, config); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := writeImage(form, filepath.Join(dir, "image"), []string{"linux/amd64"}, []v1.Image{img}); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, "budgets.yaml")
			text := fmt.Sprintf("version: 1\nbudgets: [{name: app, path: image, preset: aws-lambda-image%s}]\n", tt.budget)
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), []string{"check", "-c", file, "-f", "json"}, &stdout, &stderr)
			var verdict struct {
				Results []struct{ Metric, Subject, Status string }
			}
			if err := json.Unmarshal(stdout.Bytes(), &verdict); err != nil {
				t.Fatal(err, &stderr)
			}
			var findings []string
			for _, r := range verdict.Results {
				if r.Metric == "preset" && r.Subject != "" {
					findings = append(findings, r.Subject+" "+r.Status)
				}
			}
			want, wantCode := "[]", exitOK
			if tt.want != "" {
				want, wantCode = "["+tt.want+" fail]", exitExceeded
			}
			if got := fmt.Sprint(findings); got != want || code != wantCode {
				t.Errorf("%s, %s: %s, exit code %d, want %s, %d: %s", tt.name, form, got, code, want, wantCode, &stderr)
			}
		}
	}
}
