package configfile

import "testing"

// TestWaiverOfCrate: a crate can have the name of a metric that is a number.
func TestWaiverOfCrate(t *testing.T) {
	const text = "version: 1\nbudgets: [{name: a, path: a, packages: [{match: layers, limit: 1 kB}]}]\nwaivers: [{budget: a, metric: layers, limit: 2 kB, reason: x}]\n"
	if _, err := Parse("b.yaml", []byte(text)); err != nil {
		t.Error(err)
	}
}
