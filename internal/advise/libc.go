package advise

import (
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/elfscan"
)

// staticLibc: the program needs glibc where it runs.
func (a *adviser) staticLibc() (*Advice, error) {
	interpreter := a.Interpreter()
	if !strings.Contains(interpreter, "/ld-linux") || a.Binary.Type == elfscan.Shared {
		return nil, nil
	}
	needs, newest, err := a.VersionsNeeded()
	if err != nil || len(needs) == 0 {
		return nil, err
	}
	evidence := []string{"loaded by " + quote(interpreter), "versions are needed of " + quote(strings.Join(needs, ", "))}
	if newest != "" {
		evidence = append(evidence, "the newest version of glibc that is needed is "+newest)
	}
	arch := map[elfscan.Arch]string{elfscan.AMD64: "x86_64", elfscan.ARM64: "aarch64"}[a.Binary.Arch]
	advice := &Advice{
		Code:         CodeStaticLibc,
		Title:        "the program needs glibc where it runs",
		Evidence:     evidence,
		HowToFindOut: "the file gets larger or smaller, and the libraries beside it go away: compare what is deployed, sizegate diff OLD NEW says it of the file",
	}
	switch {
	case a.Language("go"):
		advice.Setting = "CGO_ENABLED=0 go build    # where no package needs C; DNS and user names are then looked up in Go"
	case a.Language("rust"):
		advice.Setting = fmt.Sprintf("rustup target add %[1]s-unknown-linux-musl\ncargo build --release --target %[1]s-unknown-linux-musl", arch)
	default:
		advice.Setting = "musl-gcc -static"
	}
	return advice, nil
}
