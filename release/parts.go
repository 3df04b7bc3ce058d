package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// parts writes sizegate_VERSION_OS_ARCH.cdx.json for each program: the modules that
// the compiler says are in it, as CycloneDX (ECMA-424). Without a serial number and a
// time of its own, so that it is the same for everyone.
func (r *release) parts(string) error {
	known, err := readLicences()
	if err != nil {
		return err
	}
	for _, p := range r.programs {
		var components []cdx.Component
		var uses []string
		add := func(kind cdx.ComponentType, path, version, licence string) {
			ref := "pkg:golang/" + path + "@" + version
			uses = append(uses, ref)
			components = append(components, cdx.Component{BOMRef: ref, PackageURL: ref, Type: kind, Name: path, Version: version, Licenses: licensed(licence)})
		}
		add(cdx.ComponentTypeLibrary, "std", p.info.GoVersion, "BSD-3-Clause")
		for _, m := range p.info.Deps {
			add(cdx.ComponentTypeLibrary, m.Path, m.Version, known[m.Path])
		}
		for _, v := range vendored {
			ref := "pkg:npm/" + v.name + "@" + v.version
			uses = append(uses, ref)
			components = append(components, cdx.Component{BOMRef: ref, PackageURL: ref, Type: cdx.ComponentTypeLibrary, Name: v.name, Version: v.version, Licenses: licensed(v.licence)})
		}
		main := cdx.Component{BOMRef: "pkg:golang/" + p.info.Main.Path + "@" + r.version, PackageURL: "pkg:golang/" + p.info.Main.Path + "@" + r.version,
			Type: cdx.ComponentTypeApplication, Name: "sizegate", Version: r.version, Licenses: licensed(ownLicence)}
		bom := cdx.NewBOM()
		bom.Metadata = &cdx.Metadata{Component: &main}
		bom.Components = &components
		bom.Dependencies = &[]cdx.Dependency{{Ref: main.BOMRef, Dependencies: &uses}}
		var b bytes.Buffer
		if err := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bom); err != nil {
			return err
		}
		name := strings.Join([]string{"sizegate", r.version, p.os, p.arch}, "_") + ".cdx.json"
		if err := os.WriteFile(filepath.Join(r.out, name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// licensed is an SPDX identifier, or an expression of several.
func licensed(id string) *cdx.Licenses {
	if strings.Contains(id, " ") {
		return &cdx.Licenses{{Expression: id}}
	}
	return &cdx.Licenses{{License: &cdx.License{ID: id}}}
}
