package pattern

import (
	"slices"
	"testing"
)

func TestRegistryFiles(t *testing.T) {
	paths := []string{"registry:ghcr.io/b/app:v1", "a.tar", "!a.tar"}
	if got, err := Files(t.TempDir(), paths, true); err != nil || !slices.Equal(got, []string{"registry:ghcr.io/b/app:v1"}) {
		t.Errorf("%q, %v", got, err)
	}
}
