// Package budgettest is for tests: a measured binary, package and image whose sums were
// made by hand.
package budgettest

import "github.com/sizegate/sizegate/internal/snapshot"

// Binary has sizes that say where they come from.
func Binary() *snapshot.Binary {
	return &snapshot.Binary{
		Name: "api", Path: "dist/api", Arch: "arm64", Compiler: "go1.26.8", Main: "example.com/api", FileSize: 2000000, VMSize: 3000000,
		Overhead: snapshot.Overhead{Headers: 1000, Gaps: 96890},
		Sections: []snapshot.Section{
			{Name: ".text[1]", Kind: "code", FileSize: 1000000, VMSize: 1000000, Attributed: 990000, Padding: 4000, Unattributed: 6000},
			{Name: ".text[9]", Kind: "code", FileSize: 100, VMSize: 100, Attributed: 60, Unattributed: 40},
			{Name: ".textual", Kind: "code", FileSize: 10, VMSize: 10, Unattributed: 10},
			{Name: ".rodata", Kind: "rodata", FileSize: 800000, VMSize: 800000, Attributed: 300000, Unattributed: 500000},
			{Name: ".data", Kind: "data", FileSize: 70000, VMSize: 70000, Unattributed: 70000},
			{Name: ".data.rel.ro", Kind: "data", FileSize: 32000, VMSize: 32000, Unattributed: 32000},
			{Name: ".bss", Kind: "bss", VMSize: 500000},
			{Name: ".noptrbss", Kind: "bss", VMSize: 600000},
		},
		Owners: []snapshot.Owner{
			{Kind: "package", Name: "net/http", Size: 800000, Sections: map[string]uint64{".text[1]": 600000, ".rodata": 200000}},
			{Kind: "package", Name: "crypto/tls", Size: 400060, Sections: map[string]uint64{".text[1]": 300000, ".text[9]": 60, ".rodata": 100000}},
			{Kind: "crate", Name: "openssl_sys", Size: 50000, Sections: map[string]uint64{".text[1]": 50000}, Version: "0.9.1", Confidence: "exact"},
			{Kind: "crate", Name: "openssl_sys", Size: 5000, Sections: map[string]uint64{".text[1]": 5000}, Version: "0.9.1", Confidence: "inferred"},
			{Kind: "library", Name: "openssl", Size: 35000, Sections: map[string]uint64{".text[1]": 35000}},
			{Kind: "package", Name: "empty", Functions: 1},
		},
		Variants: []snapshot.Variant{
			{Name: "stripped", Status: "ok", Size: 1500000, Tool: "in-process"},
			{Name: "nodebug", Status: "ok", Size: 1600000, Tool: "in-process"},
			{Name: "upx", Status: "ok", Size: 700000, Tool: "upx 4.2.2", Level: "default"},
			{Name: "upx", Status: "ok", Size: 600000, Tool: "upx 4.2.2", Level: "lzma"},
			{Name: "zip", Status: "ok", Size: 900000, Tool: "in-process"},
			{Name: "stripped+zip", Status: "ok", Size: 800000, Tool: "in-process"},
			{Name: "gzip", Status: "ok", Size: 899000, Tool: "in-process"},
			{Name: "zstd", Status: "ok", Size: 880000, Tool: "in-process"},
		},
	}
}

// Image is an image whose sums were made by hand: layer 2 replaces a.js and
// deletes b.txt.
func Image() *snapshot.Image {
	return &snapshot.Image{
		Name: "api", Source: "dist/app.tar", Format: "docker-archive", Platform: "linux/arm64/v9", Archive: 4000,
		Size: 1000, Overhead: snapshot.ImageOverhead{Config: 100}, Unpacked: 560, Final: 400, Hidden: 160, Wasted: 270,
		Layers: []snapshot.ImageLayer{
			{Number: 1, DiffID: "sha256:1", CreatedBy: "ADD base /", Size: 500, Unpacked: 260, Files: 3, Wasted: 160,
				Added: snapshot.ImageChange{Files: 3, Bytes: 260}},
			{Number: 2, DiffID: "sha256:2", CreatedBy: "RUN build", Size: 300, Unpacked: 150, Files: 2, Wasted: 110,
				Added:       snapshot.ImageChange{Files: 1, Bytes: 40},
				Overwritten: snapshot.ImageChange{Files: 1, Bytes: 100}, Deleted: snapshot.ImageChange{Files: 1, Bytes: 60}},
			{Number: 3, DiffID: "sha256:3", Size: 100, Unpacked: 150, Files: 1, Added: snapshot.ImageChange{Files: 1, Bytes: 150}},
		},
		Entries: []snapshot.ImageEntry{
			{Path: "a.js", Type: "file", Layer: 2, Size: 110}, {Path: "lib", Type: "directory", Layer: 1},
			{Path: "lib/[c].js", Type: "file", Layer: 1, Size: 100}, {Path: "lib/d.js", Type: "symlink", Layer: 1, Target: "[c].js"},
			{Path: "lib/e", Type: "file", Layer: 2, Size: 40}, {Path: "srv/app", Type: "file", Layer: 3, Size: 150, ELF: true},
		},
		WastedPaths: []snapshot.WastedPath{{Path: "a.js", Count: 2, Bytes: 210}, {Path: "b.txt", Count: 2, Bytes: 60}},
		Binaries:    []snapshot.Binary{}, Warnings: []string{},
	}
}

// Package is a package whose sums were made by hand.
func Package() *snapshot.Package {
	return &snapshot.Package{
		Name: "api", Path: "dist/f.zip", Format: "zip", Size: 500, Zipped: 230, Overhead: 270, Unzipped: 450,
		Categories: []snapshot.PackageCategory{
			{Name: "program", Files: 2, Unzipped: 200, Zipped: 110}, {Name: "native", Files: 1, Unzipped: 150, Zipped: 90},
			{Name: "dependencies"}, {Name: "data", Files: 1, Unzipped: 100, Zipped: 30}, {Name: "other"},
		},
		Entries: []snapshot.PackageEntry{
			{Path: "lib", Type: "directory", Category: "other"},
			{Path: "bootstrap", Type: "file", Category: "native", Unzipped: 150, Zipped: 90, ELF: true},
			{Path: "a.js", Type: "file", Category: "program", Unzipped: 120, Zipped: 60},
			{Path: "lib/[b].js", Type: "file", Category: "program", Unzipped: 77, Zipped: 10, Replaced: true},
			{Path: "lib/[b].js", Type: "file", Category: "program", Unzipped: 80, Zipped: 40},
			{Path: "c.txt", Type: "file", Category: "data", Unzipped: 100, Zipped: 30},
			{Path: "d.js", Type: "symlink", Category: "program", Target: "a.js"},
		},
		Duplicates: []snapshot.Duplicate{}, Debug: []string{}, Binaries: []snapshot.Binary{}, Warnings: []string{},
	}
}
