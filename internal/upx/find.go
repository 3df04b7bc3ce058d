package upx

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Tool is a UPX that was found.
type Tool struct {
	Path    string // absolute
	Version string // as "4.2.2"
}

// errNotFound says that no UPX was named and none is on PATH.
var errNotFound = errors.New("upx not found (Debian, Ubuntu: apt install upx-ucl; on bookworm from bookworm-backports)")

// The oldest UPX that is used. Its list of changes (NEWS) names arm64 for
// 3.94, and for 3.95 the four loadable segments that binutils links since 2.31
// and a sound test for position-independent programs (DF_1_PIE). LZMA is older.
const (
	oldestMajor = 3
	oldestMinor = 95
)

// findLimit bounds `upx --version`, which answers in milliseconds.
const findLimit = 10 * time.Second

// versionLine is the first line of `upx --version`. What follows the number
// tells builds between releases apart. Another program of that name, the client
// of a storage service, has other words here. It is compiled when it is first used,
// which is 0.2 ms of each start otherwise.
var versionLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^upx v?((\d{1,4})\.(\d{1,4})[0-9A-Za-z.+~_-]{0,64})\s*$`)
})

// Find returns the UPX at path, which may also be a name to be looked up on
// PATH, or if path is empty the one on PATH; where there is none the error says how
// to get one. A UPX that does not run, does not say its version, or is too old is an
// error that names it.
func Find(ctx context.Context, path string) (*Tool, error) {
	found, err := look(path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, findLimit, fmt.Errorf("no answer after %v", findLimit))
	defer cancel()
	end, err := run(ctx, found, "", "--version")
	if err != nil {
		return nil, fmt.Errorf("%s does not run as upx: %w", found, err)
	}
	if !end.ok() {
		return nil, fmt.Errorf("%s does not run as upx: %s", found, end.describe())
	}
	version, err := parseVersion(end.stdout)
	if err != nil {
		return nil, fmt.Errorf("%s %w", found, err)
	}
	return &Tool{Path: found, Version: version}, nil
}

// look returns an absolute path, because UPX is started in another directory.
func look(path string) (string, error) {
	if path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			if e, ok := errors.AsType[*exec.Error](err); ok {
				err = e.Err
			}
			return "", fmt.Errorf("%s does not run as upx: %w", path, err)
		}
		return filepath.Abs(found)
	}
	// Debian's package has upx-ucl and makes upx a link that may be missing.
	for _, name := range []string{"upx", "upx-ucl"} {
		if found, err := exec.LookPath(name); err == nil {
			return filepath.Abs(found)
		}
	}
	return "", errNotFound
}

func parseVersion(output string) (string, error) {
	line, _, _ := strings.Cut(output, "\n")
	m := versionLine().FindStringSubmatch(line)
	if m == nil {
		return "", fmt.Errorf("is not UPX: its --version begins %q", oneLine(line))
	}
	// Four digits each: they cannot overflow.
	major, _ := strconv.Atoi(m[2])
	minor, _ := strconv.Atoi(m[3])
	if major < oldestMajor || major == oldestMajor && minor < oldestMinor {
		return "", fmt.Errorf("is UPX %s (%d.%d or newer is needed)", m[1], oldestMajor, oldestMinor)
	}
	return m[1], nil
}
