package pattern

import (
	"testing"

	"github.com/sizegate/sizegate/internal/snapshot"
)

func TestMatches(t *testing.T) {
	const main = "example.com/api/cmd/api"
	tests := []struct {
		pattern   string
		Kind      string
		yes, nope []string
	}{
		{"net/...", "package", []string{"net", "net/http", "net/http/internal"}, []string{"netip", "internet", "x/net", "Net", "vendor/net"}},
		{"golang.org/x/net/...", "package", []string{"golang.org/x/net", "golang.org/x/net/http2/hpack"}, []string{"golang.org/x/network", "vendor/golang.org/x/net/dns", "golangXorg/x/net"}},
		{"net...", "package", []string{"net", "netip", "net/http"}, []string{"internal/net"}},
		{"...", "package", []string{"net", "a/b/c", "main", "a\nb"}, nil},
		{".../internal/...", "package", []string{"a/internal/b", "a/b/internal"}, []string{"internal", "internals"}},
		{"github.com/.../proto", "package", []string{"github.com/a/proto", "github.com/a/b/proto"}, []string{"github.com/proto", "github.com/a/proto/b"}},
		{"github.com/*/proto/...", "package", []string{"github.com/a/proto", "github.com/a/proto/b"}, []string{"github.com/a/b/proto"}},
		{"{zip}", "package", []string{"zip"}, []string{"zipper", "archive/zip"}},
		{"{zip}", "crate", []string{"zip"}, []string{"zip_next"}},
		{"{.data}", "library", []string{".data"}, []string{"data"}},
		{"net", "package", []string{"net"}, []string{"net/http", "netip"}},
		{"net/*", "package", []string{"net/http"}, []string{"net", "net/http/internal"}},
		{"net/**", "package", []string{"net", "net/http", "net/http/internal"}, []string{"netip"}},
		{"**/proto", "package", []string{"proto", "a/proto", "a/b/proto"}, []string{"aproto", "a/proto/b"}},
		{"a/**/z", "package", []string{"a/z", "a/b/z", "a/b/c/z"}, []string{"az", "a/bz"}},
		{"gopkg.in/yaml.v?", "package", []string{"gopkg.in/yaml.v3"}, []string{"gopkg.in/yaml.v", "gopkg.in/yaml/v3", "gopkg.in/yamlxv3"}},
		{"gopkg.in/yaml.v[12]", "package", []string{"gopkg.in/yaml.v2"}, []string{"gopkg.in/yaml.v3"}},
		{"gopkg.in/yaml.v[^12]", "package", []string{"gopkg.in/yaml.v3"}, []string{"gopkg.in/yaml.v2"}},
		{"crypto/{tls,x509}", "package", []string{"crypto/tls", "crypto/x509"}, []string{"crypto/tlsx509", "crypto"}},
		{"crypto/{tls,internal/{sha,aes}*}", "package", []string{"crypto/tls", "crypto/internal/aesgcm"}, []string{"crypto/internal/des"}},
		{`a\*b`, "package", []string{"a*b"}, []string{"axb"}},
		{"a-b/...", "package", []string{"a-b"}, []string{"a_b"}},
		{"main", "package", []string{"main"}, []string{"main.main", "example.com/main"}},
		{"example.com/api/...", "package", []string{"main", "example.com/api/internal/db"}, []string{"example.com/apis"}},
		{"example.com/other/...", "package", nil, []string{"main"}},
		{"example.com/api/...", "crate", nil, []string{"main"}},

		{"aws-sdk-s3", "crate", []string{"aws_sdk_s3", "aws-sdk-s3"}, []string{"aws_sdk_s3control", "aws_sdk"}},
		{"aws_sdk_*", "crate", []string{"aws_sdk_s3", "aws-sdk-s3"}, []string{"aws_smithy"}},
		{"aws-*-s[0-9]", "crate", []string{"aws_sdk_s3"}, []string{"aws_sdk_sx"}},
		{`aws\-sdk`, "crate", []string{"aws_sdk"}, nil},
		{"a[-b]c-d", "crate", []string{"abc_d"}, []string{"acc_d"}},
		{"tokio-...", "crate", []string{"tokio_util"}, []string{"tokio"}},
		{"serde", "crate", []string{"serde"}, []string{"serde_json"}},
		{"openssl*", "crate", []string{"openssl", "openssl_sys", "openssl_probe"}, []string{"boring_openssl"}},
		{"openssl*", "library", []string{"openssl", "openssl-src"}, []string{"libopenssl"}},
		{"openssl-*", "library", []string{"openssl-src"}, []string{"openssl_src"}},
		{"net", "library", []string{"C of net"}, []string{"C of net/http", "libnet"}},
		{"github.com/mattn/...", "library", []string{"C of github.com/mattn/go-sqlite3"}, []string{"C of github.com/matt"}},
		{"C of *", "library", []string{"C of net"}, []string{"C of os/user"}},
		{"[native, source unknown]", "library", []string{"[native, source unknown]", "n"}, []string{"C of x"}},
		{"linker", "linker", []string{"linker"}, []string{"linkers"}},
	}
	for _, tt := range tests {
		p := NewOwners(tt.pattern)
		for i, names := range [][]string{tt.nope, tt.yes} {
			for _, name := range names {
				if got := p.Matches(&snapshot.Owner{Kind: tt.Kind, Name: name}, main); got != (i == 1) {
					t.Errorf("%q matches %s %q: %v", tt.pattern, tt.Kind, name, got)
				}
			}
		}
	}
}
