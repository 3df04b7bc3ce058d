package page

import (
	"testing"

	"github.com/sizegate/sizegate/internal/snapshot"
)

func TestCharged(t *testing.T) {
	rust := func(view string) snapshot.Binary {
		return snapshot.Binary{Languages: []string{"rust", "c"}, View: view}
	}
	golang := func(view string) snapshot.Binary { return snapshot.Binary{Languages: []string{"go"}, View: view} }
	const written, compiled = "Rust functions count for the crate that wrote them.", "Rust functions count for the crate that compiled them."
	const source = "Inlined code counts for the package or crate that wrote it."
	for _, test := range []struct {
		name, asked string
		binaries    []snapshot.Binary
		want        string
	}{
		{"nothing", "auto", nil, ""},
		{"Go", "auto", []snapshot.Binary{golang("")}, ""},
		{"Go, compiled", "instantiated", []snapshot.Binary{golang(""), golang("instantiated")}, ""},
		{"Go by its source", "source", []snapshot.Binary{golang("source")}, source},
		{"Rust", "auto", []snapshot.Binary{rust("")}, written},
		{"Rust and Go", "defined", []snapshot.Binary{golang(""), rust("")}, written},
		{"stripped Rust", "auto", []snapshot.Binary{rust("instantiated"), rust("instantiated")}, compiled},
		{"one of two is stripped", "auto", []snapshot.Binary{rust("instantiated"), rust("")}, "Rust functions count for the crate that wrote them, in 1 file for the crate that compiled them."},
		{"two of three are stripped", "auto", []snapshot.Binary{rust("instantiated"), rust(""), rust("instantiated")}, "Rust functions count for the crate that wrote them, in 2 files for the crate that compiled them."},
		{"Rust by its source", "source", []snapshot.Binary{rust("source")}, source},
		{"saved, not known", "", []snapshot.Binary{rust(""), golang("")}, ""},
		{"saved, known", "", []snapshot.Binary{rust("instantiated"), rust("instantiated")}, compiled},
		{"saved on one side", "", []snapshot.Binary{rust("instantiated"), rust("source")}, compiled + " " + source},
		{"saved by another program", "", []snapshot.Binary{rust("<b>")}, ""},
	} {
		if got := charged(test.asked, test.binaries...); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
