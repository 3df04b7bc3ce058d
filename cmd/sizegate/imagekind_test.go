package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// writePacked packs these files as the ending of name says.
func writePacked(t *testing.T, name string, files []packFile) string {
	t.Helper()
	data, err := packed(name, files)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// textFiles makes files of pairs: a name, and what is in the file.
func textFiles(pairs ...string) (files []packFile) {
	for i := 0; i < len(pairs); i += 2 {
		files = append(files, packFile{name: pairs[i], data: []byte(pairs[i+1]), mode: 0o644})
	}
	return files
}

// reported is the exit code of a report, and all that it printed.
func reported(t *testing.T, path string) (code int, stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	code = run(t.Context(), []string{"report", path}, &out, &problems)
	return code, out.String(), problems.String()
}

// TestBrokenImage: what looks like an image and cannot be read as one is an error, and
// not a package that fits.
func TestBrokenImage(t *testing.T) {
	layer, err := packed("layer.tar", textFiles("a", "1"))
	if err != nil {
		t.Fatal(err)
	}
	hash := strings.Repeat("0123456789abcdef", 4)
	docker := func(manifest string) []packFile {
		return textFiles("c.json", "{}", "l.tar", string(layer), "manifest.json", manifest)
	}
	manifest := func(layers, tags string) string {
		return fmt.Sprintf(`[{"Config":"c.json","RepoTags":[%s],"Layers":[%s]}]`, tags, layers)
	}
	many := func(n int, text string) string { return strings.Repeat(text+",", n-1) + text }
	for _, tt := range []struct {
		name  string
		files []packFile
		want  string
	}{
		{"layers", docker(manifest(many(1025, `"l.tar"`), `"a:b"`)), "more than 1024"},
		{"tags", docker(manifest(`"l.tar"`, many(1025, `"a:b"`))), "more than 1024"},
		{"images", docker("[" + many(1025, `{"Config":"c.json","Layers":[]}`) + "]"), "more than 1024"},
		{"cut off", docker(`[{"Config":"c.json","RepoTags":["a:b"],"Lay`), "is not the JSON"},
		{"cut off, another order", docker("[ {\n \"RepoTags\" : null, "), "is not the JSON"},
		{"not the types", docker(`[{"Layers":7,"Config":[]}]`), "is not the JSON"},
		{"an extension", docker(`[{"x":1,"Config":"c.json","Layers":["l.tar"]}] x`), "is not the JSON"},
		{"long", docker(manifest(`"l.tar"`, `"`+strings.Repeat("x", 4<<20)+`"`)), "longer than 4 MiB"},
		{"no JSON", textFiles(hash+"/layer.tar", string(layer), "manifest.json", "\x00\x01"), "is not a list of images"},
		{"no images", textFiles("blobs/sha256/"+hash, string(layer), "manifest.json", "[]"), "names no image"},
		{"no config", docker(`[{"Config":null,"Layers":["l.tar"]}]`), "manifest.json names no config"},
		{"config elsewhere", docker(`[{"Config":"../../c.json","Layers":["l.tar"]}]`), `its config "../../c.json" is missing`},
		{"old", textFiles(hash+"/layer.tar", string(layer), "repositories", "{}"), "before version 1.10"},
		{"index", textFiles("oci-layout", `{"imageLayoutVersion":"1.0.0"}`, "index.json", "{"), "is not the JSON"},
		{"index of no image", textFiles("oci-layout", "{}", "index.json", "[]"), "is not the JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := reported(t, writePacked(t, "image.tar", tt.files))
			if code != exitFailed || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, tt.want) || strings.Contains(stderr, `\x00"`) {
				t.Errorf("exit code %d, %q\n%s; want %q", code, stderr, stdout, tt.want)
			}
		})
	}
	t.Run("directory", func(t *testing.T) {
		dir := t.TempDir()
		for name, text := range map[string]string{"oci-layout": "{}", "index.json": "{"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if code, _, stderr := reported(t, dir); code != exitFailed || !strings.Contains(stderr, "index.json is not the JSON") {
			t.Errorf("exit code %d, %q", code, stderr)
		}
	})
}

// TestManifestOfPackages: other programs than docker write a manifest.json too.
func TestManifestOfPackages(t *testing.T) {
	for name, files := range map[string][]packFile{
		"web application":   textFiles("index.html", "<p>", "index.json", "[]", "manifest.json", `{"short_name": "App", "icons": []}`),
		"browser extension": textFiles("manifest.json", `{"manifest_version": 3, "Config": 1, "Layers": []}`, "a.js", "1"),
		"list of files":     textFiles("manifest.json", `["a.js", "b.js"]`),
		"list of objects":   textFiles("manifest.json", `[{"src": "a.js", "config": {}, "layers": []}]`),
		"empty list":        textFiles("manifest.json", `[]`),
		"cut off":           textFiles("manifest.json", `{"short_name": `),
		"empty":             textFiles("manifest.json", ""),
		"long":              textFiles("manifest.json", strings.Repeat("[", 5<<20)),
		"no layout":         textFiles("oci-layout", "{}"),
		"no index":          textFiles("index.json", "{"),
		"stored by hash":    textFiles("manifest.json", `{"files": 1}`, "blobs/sha256/"+strings.Repeat("0", 64), "x"),
	} {
		for _, ending := range []string{".tar", ".tar.gz", ".tar.zst"} {
			code, stdout, stderr := reported(t, writePacked(t, "package"+ending, files))
			if code != exitOK || !strings.Contains(stdout, "\ntar") {
				t.Errorf("%s%s: exit code %d, %q\n%s", name, ending, code, stderr, stdout)
			}
		}
	}
}

// TestCompressedImage: an archive of an image that is compressed as a whole is refused
// with what to do, however the image was saved.
func TestCompressedImage(t *testing.T) {
	layer, err := packed("layer.tar", textFiles("a", "1"))
	if err != nil {
		t.Fatal(err)
	}
	img, err := madeImage(false, "linux/amd64", []layerFile{{files: textFiles("a", "1"), createdBy: "COPY a /"}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for form, name := range map[string]string{"docker": "docker.tar", "oci": "layout"} {
		if err := writeImage(form, filepath.Join(dir, name), []string{"linux/amd64"}, []v1.Image{img}); err != nil {
			t.Fatal(err)
		}
	}
	fromDocker, err := readPackage(filepath.Join(dir, "docker.tar"))
	if err != nil {
		t.Fatal(err)
	}
	fromLayout, err := readPackage(filepath.Join(dir, "layout"))
	if err != nil {
		t.Fatal(err)
	}
	hash := strings.Repeat("0123456789abcdef", 4)
	folder := packFile{name: hash, mode: os.ModeDir | 0o755}
	for name, files := range map[string][]packFile{
		"go-containerregistry": fromDocker,
		"layout":               fromLayout,
		"docker 1.10 to 24": append(append(textFiles(strings.Repeat("0", 64)+".json", "{}"), folder),
			textFiles(hash+"/VERSION", "1.0", hash+"/json", "{}", hash+"/layer.tar", string(layer), "manifest.json", "[]", "repositories", "{}")...),
		"podman":         textFiles(hash+".tar", string(layer), hash+".json", "{}", "manifest.json", "[]"),
		"manifest first": textFiles("manifest.json", `[{"Config":"c.json","Layers":["l.tar"]}]`, "c.json", "{}", "l.tar", string(layer)),
	} {
		for ending, undo := range map[string]string{".tar.gz": "gunzip", ".tar.zst": "unzstd"} {
			path := writePacked(t, "image"+ending, files)
			code, stdout, stderr := reported(t, path)
			if code != exitFailed || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasSuffix(stderr, "(unpack it with "+undo+")\n") {
				t.Errorf("%s%s: exit code %d, %q\n%s", name, ending, code, stderr, stdout)
			}
		}
	}
}
