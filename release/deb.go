package main

import (
	"crypto/md5"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// packages writes sizegate_VERSION_ARCH.deb for each program for Linux. The format
// is deb(5), and dpkg-deb makes it.
func (r *release) packages(work string) error {
	version := strings.Replace(strings.TrimPrefix(r.version, "v"), "-", "~", 1) // 1.0.0~rc.1 is before 1.0.0
	for _, p := range r.programs {
		if p.os != "linux" {
			continue
		}
		root := filepath.Join(work, "deb-"+p.arch)
		files := []member{{"usr/bin/sizegate", 0o755, p.contents}}
		for _, t := range r.texts {
			name := t.name
			if name == "LICENSE" {
				name = "copyright"
			}
			files = append(files, member{"usr/share/doc/sizegate/" + name, 0o644, t.contents})
		}
		for _, t := range r.manual {
			page, err := gzipped(t.contents)
			if err != nil {
				return err
			}
			files = append(files, member{"usr/share/man/man1/" + t.name + ".gz", 0o644, page})
		}
		size := 0
		var sums strings.Builder
		for _, f := range files {
			size += len(f.contents)
			fmt.Fprintf(&sums, "%x  %s\n", md5.Sum(f.contents), f.name)
		}
		control := fmt.Sprintf("Package: sizegate\nVersion: %s\nArchitecture: %s\nSection: devel\nPriority: optional\nInstalled-Size: %d\n"+
			"Maintainer: The sizegate authors <sizegate@users.noreply.github.com>\nHomepage: https://github.com/sizegate/sizegate\nSuggests: upx-ucl, git\n"+
			"Description: size reports and budgets for Go and Rust programs\n"+
			" Tells which Go package or Rust crate every byte of an ELF program belongs to,\n"+
			" what it is stripped, packed and zipped, and fails a build that exceeds its\n budgets.\n", version, p.arch, (size+1023)/1024)
		files = append(files, member{"DEBIAN/control", 0o644, []byte(control)}, member{"DEBIAN/md5sums", 0o644, []byte(sums.String())})
		for _, f := range files {
			if err := place(root, f); err != nil {
				return err
			}
		}
		out := filepath.Join(r.out, "sizegate_"+version+"_"+p.arch+".deb")
		cmd := exec.Command("dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, out)
		cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH="+strconv.FormatInt(r.time.Unix(), 10))
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("dpkg-deb (Debian: apt install dpkg): %w\n%s", err, text)
		}
	}
	return nil
}

// place writes a file below root with its mode, whatever the umask is.
func place(root string, f member) error {
	path := filepath.Join(root, f.name)
	for dir := filepath.Dir(path); len(dir) >= len(root); dir = filepath.Dir(dir) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(path, f.contents, 0o644); err != nil {
		return err
	}
	return os.Chmod(path, os.FileMode(f.mode))
}
