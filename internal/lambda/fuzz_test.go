package lambda_test

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elftest"
	"github.com/sizegate/sizegate/internal/lambda"
)

// addPrograms gives what can be called bootstrap: small real programs and scripts.
func addPrograms(f *testing.F, add func(data []byte)) {
	for _, data := range elftest.Samples(f, "../../testdata/elf/c-*64*", 15<<10) {
		add(data)
	}
	for _, path := range []string{"../../testdata/bad/script.sh", "../../testdata/bad/pe.exe"} {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		add(data)
	}
	add(bare(elfscan.ARM64, elf.ET_EXEC))
	for _, line := range []string{"#!/bin/sh\n", "#! /usr/bin/env -S node --x\n", "#!/usr/bin/env python3\r\n", "#!/opt/bin/x y\n", "#!/var/task/lib/l.so\n", "#!\n", ""} {
		add([]byte(line))
	}
}

// FuzzPackage fuzzes bootstrap, a library and a link of a package. What is found is
// said in printable lines with something to do, and is the same twice; nothing that a
// file can be is an error.
func FuzzPackage(f *testing.F) {
	library, err := os.ReadFile("../../testdata/elf/c-shared-arm64.so")
	if err != nil {
		f.Fatal(err)
	}
	addPrograms(f, func(data []byte) {
		f.Add(data, library, "lib/l.so", false)
		f.Add(data, data, "../../bin/sh", true)
	})
	f.Fuzz(func(t *testing.T, program, library []byte, target string, layer bool) {
		p := pack(t, file{name: "bootstrap", data: program}, file{name: "lib/l.so", data: library}, link("lib/linked.so", target), file{name: "lib/l.so.debug", data: program})
		preset := lambda.PresetZip
		if layer {
			preset = lambda.PresetLayer
		}
		first := check(t, p, preset, lambda.Options{})
		if again := check(t, p, preset, lambda.Options{}); again != first {
			t.Errorf("a second run differs:\n%s\n%s", first, again)
		}
	})
}

// FuzzImage fuzzes what an image starts: its command, and the program or script that
// is there.
func FuzzImage(f *testing.F) {
	addPrograms(f, func(data []byte) {
		f.Add(data, "/app", "--flag", uint32(0o755))
		f.Add(data, "/bin/sh", "-c\x00/app -v", uint32(0o644))
	})
	f.Fuzz(func(t *testing.T, program []byte, name, rest string, mode uint32) {
		r := io.NewSectionReader(bytes.NewReader(program), 0, int64(len(program)))
		image := lambda.Image{Unpacked: uint64(len(program)), Arch: elfscan.AMD64,
			Command: append([]string{name}, strings.Split(rest, "\x00")...),
			File: func(p string) (fs.FileMode, bool) {
				if p == path.Clean(name) {
					return fs.FileMode(mode) & (fs.ModeType | fs.ModePerm), true
				}
				return 0, false
			}}
		if bytes.HasPrefix(program, []byte(elf.ELFMAG)) {
			image.Programs = []lambda.ImageEntry{{Path: strings.TrimPrefix(path.Clean(name), "/"), Object: lambda.ReadObject(r)}}
		} else if start, err := lambda.ScriptStart(r); err == nil {
			image.Script = start
		}
		list, err := lambda.CheckImage(image, elfscan.AMD64)
		var refused *lambda.Error
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("%T %q", err, err)
		}
		for _, found := range list {
			if found.Message == "" || strings.ContainsAny(found.Message, "\n\r\x1b") {
				t.Errorf("the message of %s is no line: %q", found.Code, found.Message)
			}
		}
		if again, _ := lambda.CheckImage(image, elfscan.AMD64); !reflect.DeepEqual(list, again) {
			t.Error("a second run differs")
		}
	})
}
