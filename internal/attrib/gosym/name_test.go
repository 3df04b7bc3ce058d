package gosym

import (
	"strconv"
	"strings"
	"testing"
)

func TestPackage(t *testing.T) {
	for _, tt := range []struct{ name, path string }{ // "" is no package
		// Functions, methods and what is made for them.
		{"main.main", "main"},
		{"main.init", "main"},
		{"main._Cfunc_foo", "main"},
		{"net/http.init.0", "net/http"},
		{"net/http..inittask", "net/http"},
		{"net/http.glob..func1", "net/http"},
		{"net/http.(*Server).Serve", "net/http"},
		{"net/http.(*Server).Serve-fm", "net/http"},
		{"net/http.Header.Get", "net/http"},
		{"net/http.(*conn).serve.func1.2", "net/http"},
		{"net/http.(*conn).serve.deferwrap1", "net/http"},
		{"net/http.(*conn).serve.gowrap2", "net/http"},
		{"main.f-range1", "main"},
		{"github.com/a.b/c.F", "github.com/a.b/c"},
		{"github.com/a.b/c/v2.F", "github.com/a.b/c/v2"},
		{"gopkg.in/yaml%2ev3.(*Decoder).Decode", "gopkg.in/yaml%2ev3"},
		{"gopkg.in/src-d/go-git.v4/plumbing.NewHash", "gopkg.in/src-d/go-git.v4/plumbing"},
		{"vendor/golang.org/x/net/http2/hpack.x", "vendor/golang.org/x/net/http2/hpack"},
		{"example.com/caf%c3%a9.F", "example.com/caf%c3%a9"},
		{"example.com/x_test.TestF", "example.com/x_test"},
		{"command-line-arguments.F", "command-line-arguments"},
		{"plugin/unnamed-0a1b2c.F", "plugin/unnamed-0a1b2c"},
		{"_/home/me/src%20dir.F", "_/home/me/src%20dir"},
		{"main.café", "main"},
		{"mime/multipart.writerOnly·1.Write", "mime/multipart"},
		{"main.x·1", "main"},
		{"go/ast.Walk", "go/ast"},
		{"go.uber.org/zap.New", "go.uber.org/zap"},
		{"google.golang.org/grpc.Dial", "google.golang.org/grpc"},
		{"type/x.F", "type/x"},

		// Instantiated generics.
		{"slices.SortFunc[go.shape.[]github.com/x/y.Z,...]", "slices"},
		{"slices.SortFunc[...]", "slices"},
		{"a.b/c.(*T[go.shape.struct { x/y.Z }]).M", "a.b/c"},
		{"a.b/c.T[github.com/x/y.Z].M.func1", "a.b/c"},
		{`main.F[go.shape.struct { X int "json:\"a/b]\"" }].func1`, "main"},
		{`main.F[go.shape.map[string]chan<- struct {}]`, "main"},
		{"main..dict.F[int]", "main"},

		// Methods promoted from another package's type.
		{"a.b/c.(*T).crypto/ecdh.ecdh", "a.b/c"},
		{"a.b/c.T·1.crypto/ecdh.ecdh", "a.b/c"},
		{"a.b/c.T[int].crypto/ecdh.ecdh", "a.b/c"},
		{"a.b/c.T.crypto/ecdh.ecdh", "a.b/c.T.crypto/ecdh"}, // see TestPromoted

		// Made for types.
		{"type:.eq.net/http.T", "net/http"},
		{"type..eq.net/http.T", "net/http"},
		{"type:.hash.[4]github.com/x.T", "github.com/x"},
		{"type..hash.[4]github.com/x.T", "github.com/x"},
		{"type:.eq.[2]interface {}", ""},
		{"type:.eq.[100]string", ""},
		{"type:.eq.struct { X int; Y net/http.Header; Z io.Reader }", "net/http"},
		{"type:.eq.struct { main.x int; Y io.Reader }", "main"},
		{`type:.eq.struct { X string "xml:\"http://a.b/c.D\""; Y *io.T }`, "io"},
		{`type:.eq.struct { X string "unfinished a.b/c.D }`, ""},
		{"type:.eq.struct { F func(...github.com/x/y.T) }", "github.com/x/y"},
		{"type:.eq.struct { C <-chan a/b.T }", "a/b"},
		{"type:.eq.struct { P unsafe.Pointer; Q a/b.T }", "a/b"},
		{"type:.eq.struct { P unsafe.Pointer }", ""},
		{"type:.eq.x/y.T[a/b.U]", "x/y"},
		{"type:.eq.go.shape.struct { K a/b.U }", "a/b"},
		{"type:.eq.go.shape.struct { K int }", ""},
		{"type:.eq.gopkg.in/yaml%2ev3.T", "gopkg.in/yaml%2ev3"},
		{"type:.eq.struct { X int \"json:\\\"a\\\"\"; Alias = *golang.org/x/oauth2.Alias·2 }", "golang.org/x/oauth2"},
		{"type:*net/http.T", "net/http"},
		{"type:noalg.map.group[string]net/http.T", "net/http"},
		{"type:.namedata.*http.Server-", ""},
		{"type:.importpath.net/http.", "net/http"},
		{"type:.importpath.net/http", ""},
		{"type:.importpath.net.http.", ""},
		{"type:.importpath.gopkg.in/yaml%2ev3.", "gopkg.in/yaml%2ev3"},
		{"type:", ""},
		{"type:.", ""},
		{"type:.eq", ""},
		{"type:.eq.", ""},
		{"go:(*struct { sync.Mutex; x int }).Lock", "sync"},
		{"go:struct { *a/b.C; io.Reader }.Read-fm", "a/b"},
		{"go:interface { Flush(context.Context) error }.Flush", "context"},
		{"go:interface { F() error }.F-fm", ""},
		{"go.(*struct { sync.Mutex }).Lock", "sync"},
		{"go.struct { sync.Mutex }.Lock", "sync"},
		{"go:itab.*net/http.T,io.Writer", "net/http"},
		{"go:itab.main.T,io.Writer", "main"},
		{"go.shape.*net/http.T.M", "net/http"},
		{"go.shape.int", ""},
		{"go:buildid", ""},
		{"go:textfipsstart", ""},
		{"go:string.*", ""},
		{`go:string."a/b.c"`, ""},
		{"go:func.*", ""},
		{"go:main.inittasks", ""},

		// No package.
		{"", ""},
		{"memeqbody", ""},
		{"_rt0_amd64_linux", ""},
		{"aeshashbody", ""},
		{"callRet", ""},
		{"x_cgo_init", ""},
		{"_cgo_77133bf98b3a_Cfunc_free", ""},
		{"_cgoexp_77133bf98b3a_goCallback", ""},

		// Hostile.
		{".", ""},
		{"..", ""},
		{"/", ""},
		{"/.", ""},
		{"a/", ""},
		{"a/.b", ""},
		{"/a.b", ""},
		{"a b.c", ""},
		{"a\n.b", ""},
		{"::error.b", ""},
		{"\x1b[31m.x", ""},
		{"caf\xc3\xa9.F", ""},
		{"a%zz.b", ""},
		{"a%2", ""},
		{"a%2.b", ""},
		{"%2e", ""},
		{"\"a/b.c\".d", ""},
		{"(a.b).c", ""},
		{strings.Repeat("[", 1<<16), ""},
		{"type:.eq." + strings.Repeat("map.", 1<<16), ""},
		{"type:.eq." + strings.Repeat("[1]", 1<<16) + "x.T", "x"},
	} {
		got, ok := Package(tt.name)
		if got != tt.path || ok != (tt.path != "") {
			t.Errorf("%.100q: got %q, %v, want %q", tt.name, got, ok, tt.path)
		}
	}
}

func TestPromoted(t *testing.T) {
	known := map[string]bool{
		"main": true, "a.b/c": true, "a.b/c/hpke": true, "crypto/ecdh": true, "x.y/z": true, "io": true,
		"github.com/foo/foo": true,
	}
	for _, tt := range []struct{ path, want string }{
		{"a.b/c/hpke.shortKEM.crypto/ecdh", "a.b/c/hpke"},
		{"a.b/c.T.x.y/z", "a.b/c"},
		{"main.T.x.y/z", "main"},
		{"main.T.crypto/ecdh", "main"},
		{"main.T.crypto/other", ""},
		{"main.T.io", ""}, // the name is then that of a method of main
		{"a.b/d.T.crypto/ecdh", ""},
		{"github.com/foo/foo.github.io/pkg", ""},
		{"a.b/c", ""},
		{"crypto/ecdh", ""},
		{"main", ""},
		{"main.", ""},
		{"main.T", ""},
		{"main.T/x.crypto/ecdh", ""},
		{"", ""},
		{strings.Repeat("a.b/", 1<<16), ""},
	} {
		got, ok := Promoted(tt.path, func(p string) bool { return known[p] })
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%.80q: got %q, %v, want %q", tt.path, got, ok, tt.want)
		}
	}
}

func TestUnescape(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"net/http", "net/http"},
		{"gopkg.in/yaml%2ev3", "gopkg.in/yaml.v3"},
		{"gopkg.in/yaml%2Ev3", "gopkg.in/yaml.v3"},
		{"example.com/caf%c3%a9", "example.com/café"},
		{"100%25", "100%"},
		{"%25%32%65", "%2e"}, // once only
		{"a%", "a%"},
		{"a%2", "a%2"},
		{"a%2g%2e", "a%2g."},
		{"a%%2e", "a%."},
		{"", ""},
	} {
		if got := Unescape(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

// escape is the linker's escaping as its documentation tells it: control
// characters, space, '%', '"' and what is not 7-bit become %xx, and so do the
// dots of the last element.
func escape(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		last := !strings.Contains(path[i:], "/")
		if c <= 0x20 || c >= 0x7f || c == '%' || c == '"' || c == '.' && last {
			b.WriteString("%" + strconv.FormatUint(uint64(c)+0x100, 16)[1:])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func TestEscapedPathsComeBack(t *testing.T) {
	for _, path := range []string{
		"main", "net/http", "gopkg.in/yaml.v3", "a.b/c.d/e.f.g", "ünï/cödé.x", "with space/x y", "tab\there/%41", `q"uote/x`, "a~b+c-d_e@f/1.2",
	} {
		for _, rest := range []string{".F", ".(*T).M", ".F[x/y.Z]", "..inittask", ".T·1.M"} {
			got, ok := Package(escape(path) + rest)
			if !ok || Unescape(got) != path {
				t.Errorf("%q%s: got %q, %v", path, rest, Unescape(got), ok)
			}
		}
	}
}
