package attrib

import (
	"github.com/sizegate/sizegate/internal/elfscan"
	"github.com/sizegate/sizegate/internal/elfscan/buildrecord"
	"github.com/sizegate/sizegate/internal/elfscan/debugfile"
)

// symbolTable reads the symbols that name functions: the debug file's if it has
// some, else the file's own.
func (a *attribution) symbolTable() (*elfscan.SymbolTable, error) {
	if d := a.opt.DebugFile; d != nil {
		t, warnings, err := d.Symbols()
		a.Warnings = append(a.Warnings, warnings...)
		if err != nil || t.Source != "none" {
			return t, err
		}
	}
	t, warnings, err := a.Binary.Symbols()
	a.Warnings = append(a.Warnings, warnings...)
	return t, err
}

// debugInfo is the file whose debug information names compile units.
func (a *attribution) debugInfo() *elfscan.Binary {
	if d := a.opt.DebugFile; d != nil && d.HasInfo() {
		return d.Binary
	}
	return a.Binary
}

// comment is what compilers and linkers left of themselves. Distributions strip
// that too, and then the debug file has it.
func comment(b *elfscan.Binary, d *debugfile.File) ([]string, error) {
	found, err := buildrecord.Comments(b)
	if d != nil && len(found) == 0 && err == nil {
		return d.Comments()
	}
	return found, err
}
