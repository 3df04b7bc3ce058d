package main

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// image writes sizegate_VERSION_image.tar: an OCI layout as a tar, with an index of
// images for the architectures of Linux that hold the program alone.
func (r *release) image(work string) error {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, p := range r.programs {
		if p.os != "linux" {
			continue
		}
		img, err := r.scratch(p)
		if err != nil {
			return err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: p.os, Architecture: p.arch}}})
	}
	dir := filepath.Join(work, "image")
	if _, err := layout.Write(dir, index); err != nil {
		return err
	}
	var members []member
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			members = append(members, member{name + "/", 0o755, nil})
			return nil
		}
		data, err := os.ReadFile(path)
		members = append(members, member{name, 0o644, data})
		return err
	})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := writeTar(&b, members, r.time); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.out, "sizegate_"+r.version+"_image.tar"), b.Bytes(), 0o644)
}

// scratch is an image of the program alone. It runs as a user without rights, in
// /work, where a checkout is to be mounted.
func (r *release) scratch(p program) (v1.Image, error) {
	members := []member{{"sizegate", 0o755, p.contents}, {"tmp/", 0o1777, nil}, {"work/", 0o755, nil}}
	for _, t := range r.texts {
		if t.name == "LICENSE" || t.name == "THIRD_PARTY_LICENSES.txt" {
			members = append(members, member{t.name, 0o644, t.contents})
		}
	}
	var b bytes.Buffer
	if err := writeTar(&b, members, r.time); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err = mutate.Append(img, mutate.Addendum{Layer: layer, MediaType: types.OCILayer, History: v1.History{Created: v1.Time{Time: r.time}, CreatedBy: "go run ./release"}})
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = p.os, p.arch, v1.Time{Time: r.time}
	config.Config = v1.Config{Entrypoint: []string{"/sizegate"}, User: "65532:65532", WorkingDir: "/work", Labels: map[string]string{
		"org.opencontainers.image.source": "https://github.com/sizegate/sizegate", "org.opencontainers.image.revision": r.commit,
		"org.opencontainers.image.version": r.version, "org.opencontainers.image.licenses": ownLicence,
	}}
	return mutate.ConfigFile(img, config)
}
