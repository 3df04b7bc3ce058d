package advise_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"debug/elf"
	"debug/gosym"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/advise"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// module is a version of a Go module with packages in several directories.
type module struct {
	path, version string
	imported      string // as it is imported where it replaces another
}

// files are those of a module that prints something from each of its packages, each of
// many files.
func (m module) files() files {
	const perPackage = 20
	f := files{"go.mod": "module " + m.path + "\n\ngo 1.20\n"}
	imported := cmp.Or(m.imported, m.path)
	for _, dir := range []string{"", "internal/deep/er", "Upper"} {
		name := "root"
		if dir != "" {
			name = strings.ToLower(filepath.Base(dir))
		}
		source := "package " + name + "\n\n"
		if dir == "" {
			source += fmt.Sprintf("import (\n\t%q\n\t%q\n)\n\nfunc init() { er.F0(); upper.F0() }\n\n", imported+"/internal/deep/er", imported+"/Upper")
		}
		for i := range perPackage {
			f[filepath.Join(dir, fmt.Sprintf("source%d.go", i))] = fmt.Sprintf("%s//go:noinline\nfunc F%d() {\n\tprintln(%d)\n\tF%d()\n}\n", source, i, i, (i+1)%perPackage)
			source = "package " + name + "\n\n"
		}
	}
	f["cmd/main.go"] = fmt.Sprintf("package main\n\nimport _ %q\n\nfunc main() {}\n", imported)
	return f
}

// proxy writes the modules as a module proxy has them, and returns its address.
func proxy(t *testing.T, modules ...module) string {
	t.Helper()
	served := make(files)
	for _, m := range modules {
		at := escaped(m.path) + "/@v/" + m.version
		served[at+".info"] = fmt.Sprintf("{\"Version\": %q}", m.version)
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		contents := m.files()
		for _, name := range slices.Sorted(maps.Keys(contents)) {
			w, err := z.Create(m.path + "@" + m.version + "/" + name)
			if err != nil {
				t.Fatal(err)
			}
			w.Write([]byte(contents[name]))
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		served[at+".mod"], served[at+".zip"] = contents["go.mod"], out.String()
	}
	return "file://" + served.write(t)
}

func escaped(path string) string {
	for c := 'A'; c <= 'Z'; c++ {
		path = strings.ReplaceAll(path, string(c), "!"+strings.ToLower(string(c)))
	}
	return path
}

// nameBytes is what the names of source files take in a program, as the standard
// library reads them.
func nameBytes(t *testing.T, path string) int {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := f.Section(".gopclntab").Data()
	if err != nil {
		t.Fatal(err)
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(lines, f.Section(".text").Addr))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for name := range table.Files {
		n += len(name)
	}
	return n
}

// TestTrimpathNames: the bytes that go are those that do go, wherever packages come
// from.
func TestTrimpathNames(t *testing.T) {
	need(t, "go", "https://go.dev/dl")
	modules := []module{{path: "example.org/an/Organization/with/a/Long-Name/one", version: "v1.2.3"}, {path: "example.org/an/Organization/two/v3", version: "v3.0.0-20200101000000-0123456789ab"},
		{path: "example.net/short", version: "v0.0.1"}, {path: "example.net/short/nested", version: "v0.1.0"}}
	fork, tool := module{"example.org/Fork", "v1.9.0", modules[0].path}, module{path: "example.org/Tool", version: "v1.0.0"}
	require, imports := "", ""
	for _, m := range modules {
		require += "require " + m.path + " " + m.version + "\n"
		imports += fmt.Sprintf("import _ %q\n", m.path)
	}
	app := func(replace string) files {
		return files{
			"app/go.mod":           "module example.com/app\n\ngo 1.24\n\n" + require + replace,
			"app/cmd/tool/main.go": "package main\n\nimport \"example.com/app/more\"\n" + imports + "\nfunc main() { more.F() }\n",
			"app/more/more.go":     "package more\n\nimport \"fmt\"\n\n//go:noinline\nfunc F() { fmt.Println(1) }\n",
		}
	}
	folder := app("replace " + modules[0].path + " => ./third/party\n")
	for name, text := range modules[0].files() {
		folder["app/third/party/"+name] = text
	}
	address := proxy(t, slices.Concat(modules, []module{fork, tool})...)
	for _, c := range []struct {
		name   string
		files  files
		env    []string // besides
		first  []string // a command that is run before
		build  string
		gopath bool // app is a GOPATH
	}{
		{name: "cache of modules", files: app(""), build: "./cmd/tool"},
		{name: "vendor directory", files: app(""), first: []string{"sh", "-c", "go mod tidy && go mod vendor"}, env: []string{"GOFLAGS=-buildvcs=false -modcacherw"}, build: "./cmd/tool"},
		{name: "replaced by a folder", files: folder, build: "./cmd/tool"},
		{name: "replaced by a module", files: app("replace " + modules[0].path + " => " + fork.path + " " + fork.version + "\n"), build: "./cmd/tool"},
		{name: "main module from the cache", build: tool.path + "/cmd",
			files: files{"app/go.mod": "module example.com/x\n\ngo 1.24\n\nrequire " + tool.path + " " + tool.version + "\n", "app/x.go": "package x\n\nimport _ \"" + tool.path + "\"\n"}},
		{name: "file on the command line", files: app(""), build: "./cmd/tool/main.go"},
		{name: "GOPATH", gopath: true, build: "example.com/app",
			files: files{"app/src/example.com/app/main.go": "package main\n\nimport \"x.org/y\"\n\nfunc main() { y.F() }\n",
				"app/src/example.com/app/vendor/x.org/y/y.go": "package y\n\nimport \"fmt\"\n\nfunc F() { fmt.Println(1) }\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := c.files.write(t)
			app := filepath.Join(dir, "app")
			env := slices.Concat(goEnv("amd64", false), []string{"GOFLAGS=-mod=mod -buildvcs=false -modcacherw", "GOPROXY=" + address, "GOSUMDB=off", "GONOSUMDB=*", "GOPATH=" + filepath.Join(dir, "gopath")}, c.env)
			if c.gopath {
				env = append(env, "GO111MODULE=off", "GOFLAGS=", "GOPATH="+app)
			}
			if c.first != nil {
				run(t, app, env, c.first[0], c.first[1:]...)
			}
			plain, trimmed := filepath.Join(dir, "plain"), filepath.Join(dir, "trimmed")
			for _, args := range [][]string{{"-o", plain}, {"-trimpath", "-o", trimmed}} {
				run(t, app, env, "go", slices.Concat([]string{"build", "-ldflags=-s -w"}, args, []string{c.build})...)
			}
			list, _ := adviceOn(t, plain)
			want := bytesize.Size(nameBytes(t, plain) - nameBytes(t, trimmed)).Grouped()
			if got := evidence(t, list, advise.CodeTrimpath); !strings.Contains(got, "the directories have "+want+" bytes more") {
				t.Errorf("they have %s bytes more:\n%s", want, got)
			}
		})
	}
}
