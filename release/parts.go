package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// parts writes sizegate_VERSION_OS_ARCH.cdx.json for each program: the modules that
// the compiler says are in it, as CycloneDX (ECMA-424).
func (r *release) parts(string) error {
	known, err := readLicences()
	if err != nil {
		return err
	}
	for _, p := range r.programs {
		text, err := bill(p, r.version, known)
		if err != nil {
			return err
		}
		name := strings.Join([]string{"sizegate", r.version, p.os, p.arch}, "_") + ".cdx.json"
		if err := os.WriteFile(filepath.Join(r.out, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// bill is the list of one program's parts. Without a serial number and a time of its
// own, so that it is the same for everyone.
func bill(p program, version string, known map[string]string) ([]byte, error) {
	var components []cdx.Component
	var uses []string
	add := func(kind, name, version, licence string, sums *[]cdx.Hash) {
		ref := packageURL(kind, name, version)
		uses = append(uses, ref)
		components = append(components, cdx.Component{BOMRef: ref, PackageURL: ref, Type: cdx.ComponentTypeLibrary, Name: name, Version: version,
			Hashes: sums, Licenses: licensed(licence)})
	}
	add("golang", "std", p.info.GoVersion, "BSD-3-Clause", nil)
	for _, m := range p.info.Deps {
		// What go.sum has: the SHA-256 of a list of the SHA-256 of the module's files.
		text, h1 := strings.CutPrefix(m.Sum, "h1:")
		sum, err := base64.StdEncoding.DecodeString(text)
		if !h1 || err != nil || m.Replace != nil {
			return nil, fmt.Errorf("%s %s is no module with a checksum (remove the replace of go.mod)", m.Path, m.Version)
		}
		add("golang", m.Path, m.Version, known[m.Path], hash(sum))
	}
	for _, v := range vendored {
		add("npm", v.name, v.version, v.licence, nil)
	}
	sum := sha256.Sum256(p.contents)
	ref := packageURL("golang", p.info.Main.Path, version)
	main := cdx.Component{BOMRef: ref, PackageURL: ref, Type: cdx.ComponentTypeApplication, Name: "sizegate", Version: version, Hashes: hash(sum[:]), Licenses: licensed(ownLicence)}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &main}
	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: ref, Dependencies: &uses}}
	var b bytes.Buffer
	err := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
	return b.Bytes(), err
}

// packageURL is as ECMA-427 writes it. Of what versions have only the plus of
// +incompatible must be escaped.
func packageURL(kind, name, version string) string {
	return "pkg:" + kind + "/" + name + "@" + strings.ReplaceAll(version, "+", "%2B")
}

func hash(sum []byte) *[]cdx.Hash {
	return &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum)}}
}

// licensed is an SPDX identifier, or an expression of several.
func licensed(id string) *cdx.Licenses {
	if strings.Contains(id, " ") {
		return &cdx.Licenses{{Expression: id}}
	}
	return &cdx.Licenses{{License: &cdx.License{ID: id}}}
}
