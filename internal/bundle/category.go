package bundle

import (
	"bytes"
	"encoding/csv"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/bundle/inspect"
)

// Category is what an entry is for. The package comment has the rules.
type Category string

const (
	Program    Category = "program"
	Native     Category = "native"
	Dependency Category = "dependencies"
	Data       Category = "data"
	Other      Category = "other"
)

// Categories are all, in the order in which they are shown.
func Categories() []Category { return []Category{Program, Native, Dependency, Data, Other} }

// endings says what files are by the endings of their names, in lower case.
var endings = byEnding(map[Category]string{
	Program: `js mjs cjs jsx ts mts cts tsx vue svelte
		py pyc pyo pyw rb php phar pl pm lua tcl r sh bash zsh ps1 bat cmd
		jar war ear class kt kts groovy scala clj dll wasm exs ex beam go rs`,
	Data: `json jsonl ndjson json5 yaml yml toml ini cfg conf properties env xml xsd xsl xslt csv tsv avro parquet arrow sql sqlite sqlite3 db dat mdb
		txt md rst adoc html htm xhtml css scss sass less map graphql gql proto po mo
		tmpl tpl gohtml gotmpl ejs hbs handlebars mustache j2 jinja jinja2 erb haml slim pug liquid ftl vm jsp
		png jpg jpeg gif webp avif svg ico bmp tif tiff pdf eps
		ttf otf woff woff2 eot mp3 mp4 m4a ogg wav flac webm avi mov
		onnx pt pth pkl pickle joblib h5 hdf5 npy npz pb tflite safetensors gguf ggml bin model ckpt
		zip tar gz tgz zst xz bz2 7z br
		pem crt cer der p12 jks mmdb tzdata`,
})

func byEnding(lists map[Category]string) map[string]Category {
	all := make(map[string]Category)
	for c, list := range lists {
		for ending := range strings.FieldsSeq(list) {
			all[ending] = c
		}
	}
	return all
}

// ending is what follows the last dot of a name, in lower case, but for a name
// that begins with its only dot.
func ending(name string) string {
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 {
		return ""
	}
	return strings.ToLower(name[dot+1:])
}

// categoryOf decides for one entry; installed is the paths that pip installed.
func categoryOf(e *Entry, installed map[string]bool) Category {
	name := path.Base(e.Path)
	kind := ending(name)
	switch {
	case e.Type == Directory, e.Type == Special:
		return Other
	case e.ELF, kind == "node", kind == "a" && isAr(e.magic):
		return Native
	case inDependencies(e.Path), installed[e.Path]:
		return Dependency
	case e.Type == File && e.magic[0] == '#' && e.magic[1] == '!':
		return Program
	}
	if c, ok := endings[kind]; ok {
		return c
	}
	return Other
}

func isAr(magic [inspect.MagicSize]byte) bool {
	return string(magic[:]) == "!<arch>\n" || string(magic[:]) == "!<thin>\n"
}

// inDependencies reports whether a path lies where package managers put what
// they install.
func inDependencies(p string) bool {
	if strings.HasPrefix(p, "python/lib/") {
		return true
	}
	jar := strings.HasSuffix(p, ".jar")
	before := ""
	for rest := p; ; {
		element, below, more := strings.Cut(rest, "/")
		if !more {
			return false
		}
		switch element {
		case "node_modules", "bower_components", "site-packages", "dist-packages":
			return true
		case "bundle":
			if before == "vendor" {
				return true
			}
		case "gems":
			if before == "ruby" {
				return true
			}
		case "lib":
			if jar {
				return true
			}
		}
		before, rest = element, below
	}
}

// What is kept of the lists of files that pip leaves with each package.
const (
	maxRecord  = 4 << 20  // bytes of one
	maxRecords = 16 << 20 // of all
)

func isRecord(p string) bool {
	return strings.HasSuffix(p, ".dist-info/RECORD")
}

// installedBy adds the paths that a RECORD at p lists, which are relative to the
// folder of its .dist-info, as far as it can be read.
func installedBy(p string, record []byte, exists func(p string) bool, installed map[string]bool) {
	base := path.Dir(path.Dir(p))
	r := csv.NewReader(bytes.NewReader(record))
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = -1, true, true
	for {
		line, err := r.Read()
		if err == io.EOF || err != nil {
			return
		}
		if len(line[0]) > maxName || path.IsAbs(line[0]) {
			continue
		}
		if listed, _ := clean(path.Join(base, line[0])); exists(listed) {
			installed[listed] = true
		}
	}
}

// isDebug reports whether a file is certainly of use to a debugger alone.
func isDebug(e *Entry) bool {
	if e.Type != File {
		return false
	}
	for element := range strings.SplitSeq(path.Dir(e.Path), "/") {
		if strings.HasSuffix(element, ".dSYM") {
			return true
		}
	}
	name := strings.ToLower(path.Base(e.Path))
	switch ending(name) {
	case "map":
		return slices.Contains([]string{"js", "mjs", "cjs", "ts", "css"}, ending(strings.TrimSuffix(name, ".map")))
	case "debug", "dwo", "dwp":
		return e.ELF
	case "pdb": // the name is also that of protein structures
		return string(e.magic[:]) == "Microsof" || string(e.magic[:4]) == "BSJB"
	}
	return false
}
