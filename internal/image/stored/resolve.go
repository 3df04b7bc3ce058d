package stored

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/tarfile"
)

// candidate is an image that may be the one that is meant.
type candidate struct {
	descriptor descriptor
	manifest   *manifest // nil in docker's own format
	size       uint64    // of the manifest
	platform   platform
	reference  string
	config     *config // if it was read already, with its text
	text       []byte
}

// resolve finds the one image that is meant, for the platform that is wanted or
// the only one.
func resolve(ctx context.Context, s store, from start, want *platform) (*candidate, error) {
	if from.format == FormatDocker {
		return resolveDocker(from.docker)
	}
	r := resolver{store: s, want: want, seen: make(map[string]bool)}
	for _, d := range from.index {
		r.push(d, from.reference)
	}
	for len(r.queue) > 0 {
		next := r.queue[0]
		r.queue = r.queue[1:]
		if err := r.visit(ctx, next.descriptor, next.reference); err != nil {
			return nil, err
		}
	}
	return r.choose()
}

func resolveDocker(images []dockerImage) (*candidate, error) {
	if len(images) == 0 {
		return nil, &fault.Error{Problem: "manifest.json names no image", Hint: fault.Again}
	}
	if len(images) > 1 {
		var names []string
		for _, i := range images {
			names = append(names, append(i.RepoTags, i.Config)[0])
		}
		return nil, severalImages(names)
	}
	i := images[0]
	if len(i.Layers) > maxLayers {
		return nil, tooManyLayers()
	}
	if i.Config == "" {
		return nil, fault.Damaged("manifest.json names no config")
	}
	c := &candidate{manifest: &manifest{Config: memberDescriptor(i.Config)}}
	for _, l := range i.Layers {
		c.manifest.Layers = append(c.manifest.Layers, *memberDescriptor(l))
	}
	if len(i.RepoTags) > 0 {
		c.reference = i.RepoTags[0]
	}
	return c, nil
}

// memberDescriptor is about a member, whose name is only ever looked up in the list
// of those that there are.
func memberDescriptor(name string) *descriptor {
	p, escapes := tarfile.Clean(name)
	if escapes || p == "" {
		p = "\x00" // which no member is called
	}
	return &descriptor{path: p, name: name}
}

// resolver walks indexes. There is no recursion: an index in an index waits in
// the queue, once.
type resolver struct {
	store      store
	want       *platform
	queue      []reference
	seen       map[string]bool
	candidates []candidate
	skipped    []platform // that are not wanted
	artifacts  int        // that are no images
	missing    int        // whose manifests are not there
	bytes      int        // of all documents
}

type reference struct {
	descriptor descriptor
	reference  string
}

func (r *resolver) push(d descriptor, name string) {
	for _, key := range []string{"io.containerd.image.name", "org.opencontainers.image.ref.name"} {
		if name == "" {
			name = d.Annotations[key]
		}
	}
	r.queue = append(r.queue, reference{d, name})
}

func (r *resolver) visit(ctx context.Context, d descriptor, name string) error {
	if err := d.check(); err != nil {
		return err
	}
	if r.seen[d.Digest] {
		return nil
	}
	r.seen[d.Digest] = true
	if len(r.seen) > maxManifests {
		return &fault.Error{Problem: fmt.Sprintf("more than %d manifests", maxManifests), Hint: "save one image alone"}
	}
	var says platform
	if d.Platform != nil {
		says = d.Platform.normal()
	}
	switch {
	case d.Annotations["vnd.docker.reference.type"] == "attestation-manifest", says.OS == "unknown",
		d.ArtifactType != "" && !isConfig(d.ArtifactType):
		r.artifacts++
		return nil
	case r.want != nil && says.known() && says != *r.want:
		r.skipped = append(r.skipped, says)
		return nil
	}
	text, err := r.store.manifest(ctx, d)
	if errors.Is(err, errMissing) {
		r.missing++
		return nil
	}
	if err != nil {
		return err
	}
	if r.bytes += len(text); r.bytes > maxDocuments {
		return &fault.Error{Problem: fmt.Sprintf("manifests of more than %d MiB", maxDocuments>>20), Hint: "save one image alone"}
	}
	what := "the manifest " + d.Digest
	m, err := decodeManifest(what, text)
	if err != nil {
		return err
	}
	if m.isIndex() {
		if len(r.queue)+len(m.Manifests) > maxManifests {
			return &fault.Error{Problem: fmt.Sprintf("more than %d manifests", maxManifests), Hint: "save one image alone"}
		}
		for _, below := range m.Manifests {
			r.push(below, name)
		}
		return nil
	}
	if !isConfig(m.Config.MediaType) || m.ArtifactType != "" && !isConfig(m.ArtifactType) {
		r.artifacts++
		return nil
	}
	c := candidate{descriptor: d, manifest: m, size: uint64(len(text)), platform: says, reference: name}
	if !says.known() {
		if err := c.readConfig(ctx, r.store); err != nil {
			return fault.In(what, err)
		}
		c.platform = c.config.platform()
		if r.want != nil && c.platform != *r.want {
			r.skipped = append(r.skipped, c.platform)
			return nil
		}
	}
	r.candidates = append(r.candidates, c)
	return nil
}

func (r *resolver) choose() (*candidate, error) {
	var platforms []string
	for _, c := range r.candidates {
		platforms = append(platforms, c.platform.String())
	}
	switch {
	case len(r.candidates) == 1:
		return &r.candidates[0], nil
	case len(r.candidates) == 0 && len(r.skipped) > 0:
		for _, p := range r.skipped {
			platforms = append(platforms, p.String())
		}
		return nil, &fault.Error{Problem: "no image for " + r.want.String(), Hint: "there is " + list(platforms)}
	case len(r.candidates) == 0 && r.missing > 0:
		return nil, fault.Damaged("its manifests are missing")
	case len(r.candidates) == 0 && r.artifacts > 0:
		return nil, &fault.Error{Problem: "an artifact and no container image", Hint: "name an image"}
	case len(r.candidates) == 0:
		return nil, &fault.Error{Problem: "an index without images", Hint: fault.Again}
	}
	if first := r.candidates[0].platform; slices.ContainsFunc(r.candidates, func(c candidate) bool { return c.platform != first }) {
		return nil, &fault.Error{Problem: "images for several platforms: " + list(platforms), Hint: "name one with --platform", Err: ErrPlatforms}
	}
	var names []string
	for _, c := range r.candidates {
		names = append(names, c.reference+"@"+c.descriptor.Digest)
	}
	return nil, severalImages(names)
}

func severalImages(names []string) error {
	return &fault.Error{Problem: fmt.Sprintf("%d images: %s", len(names), list(names)), Hint: "save one alone: docker save -o FILE NAME"}
}

// list joins names for a line that people read.
func list(names []string) string {
	const most = 10
	names = slices.Clone(names)
	slices.Sort(names)
	names = slices.Compact(names)
	var shown []string
	for _, n := range names[:min(len(names), most)] {
		if n == "" {
			n = "unknown"
		}
		shown = append(shown, printable(n))
	}
	text := strings.Join(shown, ", ")
	if len(names) > most {
		text += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return text
}

// readConfig reads the config, unless that was done.
func (c *candidate) readConfig(ctx context.Context, s store) error {
	if c.config != nil {
		return nil
	}
	d := *c.manifest.Config
	if d.path == "" {
		if err := d.check(); err != nil {
			return fault.In("the config", err)
		}
	}
	b, err := s.blob(d)
	if errors.Is(err, errMissing) {
		return fault.Damaged("its config %s is missing", d.shown())
	}
	if err != nil {
		return err
	}
	if c.text, err = readDocument(ctx, b, d); err != nil {
		return err
	}
	c.config = new(config)
	return decode("the config", c.text, c.config)
}

func (c *config) platform() platform {
	return platform{c.OS, c.Architecture, c.Variant}.normal()
}
