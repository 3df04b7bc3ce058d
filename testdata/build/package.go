package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// functionZip is the name of the deployment package.
const functionZip = "function.zip"

// writePackage makes a small deployment package, which has something of every
// category: a program, a library, dependencies with a file twice, a source map,
// a page, a link. The ELF files are those in elf.
func writePackage(dir, elf string) error {
	module := "'use strict'\n" + strings.Repeat("exports.escape = s => s.replace(/[&<>]/g, c => '&#' + c.charCodeAt(0) + ';')\n", 40)
	entries := []struct {
		name, elf, text string
		mode            os.FileMode
	}{
		{"bootstrap", "rust-v0-amd64", "", 0o755},
		{"lib/libanswer.so", "c-shared-amd64.so", "", 0o644},
		{"lib/libanswer.so.1", "", "libanswer.so", 0o777 | os.ModeSymlink},
		{"handler.js", "", "require('escape').escape('<b>')\n", 0o644},
		{"handler.js.map", "", `{"version":3,"sources":["../src/handler.ts"],"mappings":"` + strings.Repeat("AAAA,CAAC", 100) + "\"}\n", 0o644},
		{"node_modules/escape/index.js", "", module, 0o644},
		{"node_modules/escape/package.json", "", `{"name":"escape","version":"1.2.3"}` + "\n", 0o644},
		{"node_modules/page/node_modules/escape/index.js", "", module, 0o644},
		{"page.html", "", "<!doctype html><title>Hello</title>\n", 0o644},
		{"VERSION", "", "1.2.3\n", 0o644},
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	w.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) { return flate.NewWriter(to, flate.BestCompression) })
	for _, e := range entries {
		data := []byte(e.text)
		if e.elf != "" {
			var err error
			if data, err = os.ReadFile(filepath.Join(elf, e.elf)); err != nil {
				return err
			}
		}
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if len(data) < 40 {
			h.Method = zip.Store
		}
		h.SetMode(e.mode)
		to, err := w.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := to.Write(data); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, functionZip), out.Bytes(), 0o644)
}
