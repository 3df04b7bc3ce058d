//go:build !linux

package measurer

// programPages are nothing: other systems map the pages that are needed.
type programPages struct{}

func findProgramPages() (p programPages) { return p }

func (programPages) drop() {}
