package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"runtime/debug"

	"github.com/spf13/pflag"

	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/snapshot"
	"github.com/sizegate/sizegate/internal/usage"
)

var versionCommand = &command{
	name:    "version",
	summary: "version, commit, Go version, and whether upx is found",
	help:    "Says which sizegate this is.\n\nExample:\n  sizegate version",
	setup: func(flags *pflag.FlagSet) func(context.Context, *environment, []string) error {
		f := &sharedFlags{}
		f.declare(flags, "table or json")
		return func(_ context.Context, env *environment, args []string) error {
			if len(args) > 0 {
				return usage.Errorf("version takes no arguments")
			}
			commit, goVersion := buildFacts()
			facts := struct {
				Version string `json:"version"`
				Commit  string `json:"commit"`
				Go      string `json:"go"`
				UPX     string `json:"upx"` // path, "" if there is none
			}{version(), commit, goVersion, ""}
			upx := "not found (Debian, Ubuntu: apt install upx-ucl)"
			if path, err := exec.LookPath("upx"); err == nil {
				upx, facts.UPX = display.Clean(path), path
			}
			text := fmt.Sprintf("sizegate %s\ncommit   %s\ngo       %s\nupx      %s\n", version(), commit, goVersion, upx)
			if f.format == "json" {
				data, err := json.MarshalIndent(facts, "", " ")
				if err != nil {
					return err
				}
				text = string(data) + "\n"
			}
			return f.write(env, text, "table", "json")
		}
	},
}

// version is that of the module as it was installed, "devel" from a checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// newReport is an empty report of this version.
func newReport() *snapshot.Report {
	return &snapshot.Report{Schema: snapshot.Schema, Sizegate: version(), Binaries: []snapshot.Binary{}}
}

func buildFacts() (commit, goVersion string) {
	commit, goVersion = "unknown", "unknown"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return commit, goVersion
	}
	goVersion = info.GoVersion
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			commit += " (modified)"
		}
	}
	return commit, goVersion
}
