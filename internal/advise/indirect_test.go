package advise_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/advise"
	"github.com/sizegate/sizegate/internal/bytesize"
)

// webDependency is a module that brings net/http, and hands over what is of it.
var webDependency = files{
	"go.mod": "module example.org/dep\n\ngo 1.24\n",
	"dep.go": `package dep

import "net/http"

//go:noinline
func Get(url string) error {
	_, err := http.Get(url)
	return err
}

//go:noinline
func Handle(f func(http.ResponseWriter, *http.Request)) { http.HandleFunc("/", f) }

//go:noinline
func HandleAny(h http.Handler) { http.Handle("/any", h) }

//go:noinline
func Any(x any) { println(x != nil) }

//go:noinline
func Client() *http.Client { return http.DefaultClient }

//go:noinline
func Header() http.Header { return http.Header{"A": nil} }
`,
}

// usesHTTP is a program with webDependency that does something besides.
func usesHTTP(imports, more, main string) files {
	f := files{
		"app/go.mod":  "module example.com/app\n\ngo 1.24\n\nrequire example.org/dep v1.0.0\nreplace example.org/dep => ../dep\n",
		"app/main.go": "package main\n\nimport (\n\t\"os\"\n\t\"example.org/dep\"\n" + imports + ")\n\n" + more + "\nfunc main() {\n\tprintln(dep.Get(os.Args[1]) != nil)\n" + main + "}\n",
	}
	for name, text := range webDependency {
		f["dep/"+name] = text
	}
	return f
}

// TestOwnUse: where a package of the main module uses net/http, in whatever way the file
// shows it, nothing is said.
func TestOwnUse(t *testing.T) {
	const web = "\t\"net/http\"\n"
	for _, c := range []struct {
		name  string
		files files
		want  bool // it is advised on
	}{
		{"none", usesHTTP("", "", ""), true},
		{"a call", usesHTTP(web, "", "\thttp.ListenAndServe(os.Args[1], nil)\n"), false},
		{"a call of a method", usesHTTP("", "", "\tdep.Client().Get(os.Args[1])\n"), false},
		{"an inlined method", usesHTTP("", "", "\tprintln(dep.Header().Get(os.Args[1]))\n"), false},
		{"a function value", usesHTTP(web, "", "\tdep.Handle(http.NotFound)\n"), false},
		{"a variable", usesHTTP(web, "", "\tprintln(http.DefaultTransport != nil)\n"), false},
		{"a type", usesHTTP(web, "", "\tdep.Any(new(http.Cookie))\n"), false},
		{"a type that is made of its types", usesHTTP(web, "", "\tdep.Any(map[string][]http.Cookie{})\n"), false},
		{"a type with such a field", usesHTTP(web, "type T struct { c []*http.Cookie; n int }\n", "\tdep.Any(T{n: len(os.Args)})\n"), false},
		{"an interface of it", usesHTTP(web, "type T int\n\nfunc (T) ServeHTTP(w http.ResponseWriter, r *http.Request) { w.Write(nil) }\n", "\tdep.HandleAny(T(len(os.Args)))\n"), false},
		{"a package below it", usesHTTP("\t\"net/http/httputil\"\n", "", "\tprintln(httputil.NewChunkedReader(os.Stdin) != nil)\n"), false},
		{"imported for its effects", usesHTTP("\t_ \"net/http/pprof\"\n", "", ""), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, p := range []goProgram{{files: c.files, flags: []string{"-ldflags=-s -w"}}, {files: c.files, arch: "arm64", flags: []string{"-buildmode=pie"}}} {
				list, _ := adviceOn(t, p.build(t))
				if a := find(list, advise.CodeIndirectPackage); (a != nil) != c.want {
					t.Errorf("%s %v: %+v", p.arch, p.flags, a)
				}
			}
		})
	}
	t.Run("a variable by its symbol", func(t *testing.T) {
		list, _ := adviceOn(t, goProgram{files: usesHTTP(web, "", "\tprintln(http.ErrServerClosed != nil)\n")}.build(t)) // nothing else refers to it
		if a := find(list, advise.CodeIndirectPackage); a != nil {
			t.Errorf("%+v", *a)
		}
	})
	t.Run("in another package of the module", func(t *testing.T) {
		f := usesHTTP("\t\"example.com/app/web\"\n", "", "\tweb.Serve()\n")
		f["app/web/web.go"] = "package web\n\nimport \"net/http\"\n\n//go:noinline\nfunc Serve() { http.ListenAndServe(\"\", nil) }\n"
		list, _ := adviceOn(t, goProgram{files: f}.build(t))
		if a := find(list, advise.CodeIndirectPackage); a != nil {
			t.Errorf("%+v", *a)
		}
	})
}

// TestOwnUnknown: without a main module any package can be the program's own.
func TestOwnUnknown(t *testing.T) {
	need(t, "go", "https://go.dev/dl")
	t.Run("GOPATH", func(t *testing.T) {
		dir := files{
			"src/example.com/app/cmd/tool/main.go":              "package main\n\nimport (\n\t\"os\"\n\n\t\"example.com/app/store\"\n\t\"example.org/dep\"\n)\n\nfunc main() { println(store.Get(os.Args[1]), dep.Get(os.Args[1])) }\n",
			"src/example.com/app/store/store.go":                "package store\n\nimport \"net/http\"\n\n//go:noinline\nfunc Get(url string) error {\n\t_, err := http.Get(url)\n\treturn err\n}\n",
			"src/example.com/app/vendor/example.org/dep/dep.go": webDependency["dep.go"],
		}.write(t)
		out := filepath.Join(dir, "program")
		run(t, dir, slices.Concat(goEnv("amd64", false), []string{"GO111MODULE=off", "GOFLAGS=", "GOPATH=" + dir}), "go", "build", "-o", out, "example.com/app/cmd/tool")
		list, _ := adviceOn(t, out)
		if a := find(list, advise.CodeIndirectPackage); a != nil {
			t.Errorf("%+v", *a)
		}
	})
	t.Run("the go command", func(t *testing.T) {
		root := strings.TrimSpace(run(t, ".", nil, "go", "env", "GOROOT"))
		list, _ := adviceOn(t, filepath.Join(root, "bin", "go"))
		if a := find(list, advise.CodeIndirectPackage); a != nil {
			t.Errorf("%+v", *a)
		}
	})
	t.Run("the go command as a module", func(t *testing.T) {
		root := strings.TrimSpace(run(t, ".", nil, "go", "env", "GOROOT"))
		out := filepath.Join(t.TempDir(), "go")
		run(t, filepath.Join(root, "src", "cmd", "go"), slices.Concat(goEnv(runtime.GOARCH, false), []string{"GOFLAGS=-mod=vendor -buildvcs=false"}), "go", "build", "-o", out, ".")
		list, _ := adviceOn(t, out)
		if a := find(list, advise.CodeIndirectPackage); a != nil {
			t.Errorf("%+v", *a)
		}
	})
}

// TestCalls: the calls that are counted are those that go tool objdump shows.
func TestCalls(t *testing.T) {
	for _, c := range []struct {
		name, pkg, before string
		files             files
		program           goProgram
	}{
		{name: "replaced", pkg: "example.org/dep", files: usesHTTP("", "", "")},
		{name: "arm64", pkg: "example.org/dep", files: usesHTTP("", "", "\tdep.HandleAny(nil)\n"), program: goProgram{arch: "arm64"}},
		{name: "vendored", pkg: "example.org/dep", files: vendored(usesHTTP("", "", "\tdep.Handle(nil)\n")), program: goProgram{flags: []string{"-mod=vendor"}}},
		{name: "of the standard library", pkg: "net/rpc", files: goFiles("package main\n\nimport (\n\t\"crypto/tls\"\n\t\"net/rpc\"\n\t\"os\"\n)\n\nfunc main() {\n\trpc.HandleHTTP()\n\trpc.DialHTTP(\"tcp\", os.Args[1])\n\ttls.Dial(\"tcp\", os.Args[1], nil)\n}\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.program.files = c.files
			path := c.program.build(t)
			want := 0
			for _, line := range strings.Split(run(t, ".", nil, "go", "tool", "objdump", "-s", "^"+c.pkg+`\.`, path), "\n") {
				if fields := strings.Fields(line); len(fields) > 1 && strings.HasPrefix(fields[len(fields)-1], "net/http.") && slices.Contains([]string{"CALL", "JMP"}, fields[len(fields)-2]) {
					want++
				}
			}
			if want == 0 {
				t.Fatal("objdump shows no call")
			}
			list, _ := adviceOn(t, path)
			if got := evidence(t, list, advise.CodeIndirectPackage); !strings.Contains(got, fmt.Sprintf("%s (%s)", c.pkg, bytesize.Size(want).Grouped())) {
				t.Errorf("%d calls of %s:\n%s", want, c.pkg, got)
			}
		})
	}
}

// vendored moves the module dep of a program into its vendor directory.
func vendored(f files) files {
	f = maps.Clone(f)
	for name, text := range f {
		if rest, ok := strings.CutPrefix(name, "dep/"); ok {
			f["app/vendor/example.org/dep/"+rest] = text
		}
	}
	f["app/go.mod"] = "module example.com/app\n\ngo 1.24\n\nrequire example.org/dep v1.0.0\n"
	f["app/vendor/modules.txt"] = "# example.org/dep v1.0.0\n## explicit; go 1.24\nexample.org/dep\n"
	return f
}
