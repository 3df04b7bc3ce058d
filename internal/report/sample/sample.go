// Package sample has, for tests of renderers, an ELF file whose sums are known.
package sample

import "github.com/sizegate/sizegate/internal/snapshot"

// Binary is a file of 10,000 bytes.
//
//	.text          1,000   owners 900, padding 60, unattributed 40
//	.rodata        8,000   not asked for
//	.small.1 … .3  5, 6, 7 not asked for
//	.bss               0   in the file
//	headers 902, gaps 80
func Binary() *snapshot.Binary {
	owner := func(kind, name, id, module, version, origin, confidence string, functions int, size uint64) snapshot.Owner {
		return snapshot.Owner{Kind: kind, Name: name, ID: id, Module: module, Version: version, Origin: origin, Confidence: confidence,
			Functions: functions, Size: size, Sections: map[string]uint64{".text": size}}
	}
	return &snapshot.Binary{
		Name: "app", Path: "dist/app", Arch: "amd64", Type: "exec", Languages: []string{"go", "rust"}, Symbols: "symtab",
		FileSize: 10_000, Overhead: snapshot.Overhead{Headers: 902, Gaps: 80},
		Sections: []snapshot.Section{
			{Name: ".text", Kind: "code", FileSize: 1000, VMSize: 1000, Attributed: 900, Padding: 60, Unattributed: 40},
			{Name: ".rodata", Kind: "rodata", FileSize: 8000, VMSize: 8000, Unattributed: 8000},
			{Name: ".small.1", Kind: "data", FileSize: 5, VMSize: 5, Unattributed: 5},
			{Name: ".small.2", Kind: "data", FileSize: 6, VMSize: 6, Unattributed: 6},
			{Name: ".small.3", Kind: "data", FileSize: 7, VMSize: 7, Unattributed: 7},
			{Name: ".bss", Kind: "bss", VMSize: 4096},
		},
		Owners: []snapshot.Owner{
			owner("package", "net/http", "", "std", "go1.26.8", "standard library", "exact", 9, 400),
			owner("package", "example.com/m/a", "", "example.com/m", "v1.0.0", "dependencies", "exact", 1, 100),
			owner("package", "example.com/m/b", "", "example.com/m", "v1.0.0", "dependencies", "exact", 2, 100),
			owner("crate", "alpha", "00112233445566aa", "", "1.0.0", "dependencies", "exact", 3, 90),
			owner("crate", "alpha", "ffeeddccbbaa9988", "", "2.0.0", "dependencies", "inferred", 4, 80),
			owner("crate", "memchr", "", "std", "2.7.0", "standard library", "inferred", 5, 70),
			owner("library", "zlib", "", "", "1.3", "native", "inferred", 6, 60),
		},
		Functions: []snapshot.Function{
			{Name: "_RNvCs1234_5alpha3run", Owner: "alpha", OwnerID: "00112233445566aa", Section: ".text", Address: 16, Size: 90},
			{Name: "=deflate", Owner: "zlib", Section: ".text", Address: 256, Size: 60},
			{Name: "rest", Owner: "net/http", Section: ".text", Address: 512, Size: 750},
		},
		Variants: []snapshot.Variant{}, Warnings: []string{},
	}
}
