package gate

import (
	"os"
	"path/filepath"

	"github.com/sizegate/sizegate/internal/fileerror"
	"github.com/sizegate/sizegate/internal/usage"
)

// Find looks for budgets.yaml in this folder, and upwards to the root of
// the repository if this is one. That there is none is a usage.Error.
func Find() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", usage.Errorf("the current folder cannot be found: %v (name the configuration with -c)", fileerror.Cause(err))
	}
	if root := repositoryRoot(here); root != "" {
		for dir := here; ; dir = filepath.Dir(dir) {
			path := filepath.Join(dir, ConfigName)
			if _, err := os.Lstat(path); err == nil {
				return relative(here, path), nil
			}
			if dir == root {
				return "", usage.Errorf("no %s here or above, up to %s (sizegate init writes one; -c names another file)", ConfigName, root)
			}
		}
	}
	if _, err := os.Lstat(ConfigName); err != nil {
		return "", usage.Errorf("no %s here (sizegate init writes one; -c names another file)", ConfigName)
	}
	return ConfigName, nil
}

// repositoryRoot is the nearest folder upwards that has a .git, "" without one.
func repositoryRoot(dir string) string {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// relative is the path seen from a folder, or as it is where that cannot be said.
func relative(from, path string) string {
	if rel, err := filepath.Rel(from, path); err == nil {
		return rel
	}
	return path
}

// FromRoot is the configuration's path as annotations need it: from the root of
// the repository, with forward slashes.
func FromRoot(config string) string {
	path, err := filepath.Abs(config)
	if err != nil {
		return config
	}
	if root := repositoryRoot(filepath.Dir(path)); root != "" {
		return filepath.ToSlash(relative(root, path))
	}
	return filepath.ToSlash(config)
}
