package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// toolchain is the compiler of releases. With another one the same commit would
// give other bytes.
const toolchain = "go1.26.8"

var systems = []struct{ os, arch string }{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "arm64"}}

// program is sizegate for one system.
type program struct {
	os, arch string
	contents []byte
	info     *buildinfo.BuildInfo
}

// build makes the programs with no setting of the machine (an empty variable would
// leave that of go env -w, so GOENV is off), and reads the version and the commit from
// what the compiler wrote into them.
func (r *release) build(work string) error {
	if runtime.Version() != toolchain {
		return fmt.Errorf("this is %s, which may compress archives to other bytes (set GOTOOLCHAIN=%s)", runtime.Version(), toolchain)
	}
	for _, s := range systems {
		path := filepath.Join(work, s.os+"-"+s.arch)
		cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w", "-o", path, "./cmd/sizegate")
		cmd.Env = append(os.Environ(), "GOTOOLCHAIN="+toolchain, "GOENV=off", "GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=", "GOFIPS140=off", "CGO_ENABLED=0",
			"GOOS="+s.os, "GOARCH="+s.arch, "GOAMD64=v1", "GOARM64=v8.0")
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go build for %s/%s: %w\n%s", s.os, s.arch, err, text)
		}
		p := program{os: s.os, arch: s.arch}
		var err error
		if p.contents, err = os.ReadFile(path); err != nil {
			return err
		}
		if p.info, err = buildinfo.ReadFile(path); err != nil {
			return err
		}
		r.programs = append(r.programs, p)
	}
	info := r.programs[0].info
	r.version = info.Main.Version
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			r.commit = s.Value
		case "vcs.time":
			var err error
			if r.time, err = time.Parse(time.RFC3339, s.Value); err != nil {
				return err
			}
		case "vcs.modified":
			if s.Value == "true" {
				return errors.New("the checkout has changes that are in no commit (commit or remove them: git status)")
			}
		}
	}
	if r.commit == "" || r.time.IsZero() {
		return errors.New("the program does not say which commit it is from (build in a git checkout, with git installed)")
	}
	return nil
}
