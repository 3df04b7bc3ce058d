package lambda_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/lambda"
)

func TestCheckImage(t *testing.T) {
	files := map[string]os.FileMode{"/app": 0o755, "/data": 0o644, "/bin": os.ModeDir | 0o755}
	find := func(path string) (os.FileMode, bool) { mode, ok := files[path]; return mode, ok }
	for _, tt := range []struct {
		name     string
		unpacked uint64
		arch     elfscan.Arch
		command  []string
		want     []string
	}{
		{"fine", 1 << 30, "arm64", []string{"/app", "x"}, nil},
		{"found when it starts", 0, "arm64", []string{"app"}, nil},
		{"nothing to start", 0, "arm64", nil, []string{"warn entry-point-missing"}},
		{"an empty command", 0, "arm64", []string{""}, []string{"warn entry-point-missing"}},
		{"not there", 0, "arm64", []string{"/none"}, []string{"error entry-point-missing /none"}},
		{"a folder", 0, "arm64", []string{"/bin"}, []string{"error entry-point-missing /bin"}},
		{"not executable", 0, "arm64", []string{"/data"}, []string{"error not-executable /data"}},
		{"for another architecture", 0, "amd64", []string{"/app"}, []string{"error wrong-architecture"}},
		{"near", 9_663_676_417, "arm64", []string{"/app"}, []string{"warn near-limit"}},
		{"at the limit", 10_737_418_240, "arm64", []string{"/app"}, []string{"warn near-limit"}},
		{"over", 10_737_418_241, "arm64", []string{"/app"}, []string{"error over-limit"}},
	} {
		list, err := lambda.CheckImage(lambda.Image{Unpacked: tt.unpacked, Arch: tt.arch, Command: tt.command, File: find}, elfscan.ARM64)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range list {
			got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Subject)))
		}
		if lines(got...) != lines(tt.want...) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, tt := range []struct{ function, image, started, want string }{
		{"arm64", "arm64", "arm64", ""}, {"arm64", "arm64", "", ""}, {"", "amd64", "amd64", ""}, {"", "amd64", "", ""},
		{"", "amd64", "arm64", "/app: built for arm64, and the image is for amd64 (build it for amd64, or the image with --platform linux/arm64)"},
		{"arm64", "arm64", "amd64", "/app: built for amd64, and the function is arm64 (build it for arm64)"},
		// What the image says is wrong, whatever it starts.
		{"arm64", "amd64", "arm64", ": an image for amd64, and the function is arm64 (build it with --platform linux/arm64)"},
		{"arm64", "amd64", "amd64", ": an image for amd64, and the function is arm64 (build it with --platform linux/arm64)"},
		{"", "", "arm64", ""}, {"", "riscv64", "arm64", ""}, {"", "aarch64", "arm64", ""},
	} {
		list, err := lambda.CheckImage(lambda.Image{Arch: elfscan.Arch(tt.image), Command: []string{"/app"}, File: find, Started: elfscan.Arch(tt.started)}, elfscan.Arch(tt.function))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range list {
			if f.Code != lambda.WrongArchitecture || f.Severity != lambda.Failure {
				t.Errorf("%+v: %+v", tt, f)
			}
			got = append(got, f.Subject+": "+f.Message)
		}
		if strings.Join(got, "\n") != tt.want {
			t.Errorf("%+v: got %q", tt, got)
		}
	}
	if _, err := lambda.CheckImage(lambda.Image{}, "mips"); err == nil {
		t.Error("an architecture that Lambda does not have: no error")
	}
}
