package attrib

import (
	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/strippedrust"
)

// The words of other packages in which a Profile says who owns bytes, so that whoever
// reads one needs this package alone.
type (
	Owner       = ownership.Owner
	Origin      = ownership.Origin
	SectionSize = ownership.SectionSize
	Tally       = account.Tally
)

const (
	Package = ownership.Package
	Crate   = ownership.Crate

	Own        = ownership.Own
	Dependency = ownership.Dependency
	Standard   = ownership.Standard
	Native     = ownership.Native
	FromLinker = ownership.FromLinker

	Inferred = ownership.Inferred
)

// RustInferred begins the warning that the owners of Rust functions are conclusions,
// which is about nothing that is shown where no owner is.
const RustInferred = strippedrust.Inferred
