package image

import (
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/image/stored"
	"github.com/sizegate/sizegate/internal/oneline"
)

// createdBy gives each layer the history's words. A history with another number
// of layers is of no use.
func createdBy(layers []Layer, history []stored.Step) (warning string) {
	steps := 0
	for _, h := range history {
		if !h.EmptyLayer {
			steps++
		}
	}
	if steps == 0 {
		return ""
	}
	if steps != len(layers) {
		return fmt.Sprintf("the history has %d layers and the image %d, so what made them is unknown", steps, len(layers))
	}
	i := 0
	for _, h := range history {
		if !h.EmptyLayer {
			layers[i].CreatedBy = oneline.Quote(h.CreatedBy, longest)
			i++
		}
	}
	return ""
}

// longest is how many characters of a text of the image are kept.
const longest = 4096

const (
	baseName   = "org.opencontainers.image.base.name"
	baseDigest = "org.opencontainers.image.base.digest"
)

// baseOf tells what is known of the base image. The annotations of the
// manifest come before those of what points to it, and labels last.
func baseOf(from *stored.Image, fits bool) Base {
	var b Base
	for _, said := range from.Annotations {
		if b.Name == "" && b.Digest == "" {
			b.Name, b.Digest = oneline.Quote(said[baseName], longest), oneline.Quote(said[baseDigest], longest)
		}
	}
	if !fits {
		return b
	}
	layers := len(from.Layers)
	below := 0 // layers below h
	builder := ""
	for _, h := range from.History {
		by := builderOf(h)
		switch {
		case by != "" && builder != "" && by != builder && below > 0 && below < layers:
			b.Layers, b.Evidence = below, "the history goes on with "+by+" where "+builder+" ends"
		case h.EmptyLayer && isCommand(h.CreatedBy) && below > 0 && below < layers:
			b.Layers, b.Evidence = below, "the history has a CMD with layers above it"
		}
		if by != "" {
			builder = by
		}
		if !h.EmptyLayer {
			below++
		}
	}
	return b
}

// isCommand reports whether a step sets the default command, which is the last
// thing that most images do.
func isCommand(createdBy string) bool {
	text := strings.TrimPrefix(createdBy, "/bin/sh -c ")
	text = strings.TrimSpace(strings.TrimPrefix(text, "#(nop)"))
	return strings.HasPrefix(text, "CMD ") || strings.HasPrefix(text, "CMD[")
}

// builderOf is the program that made a step, "" if that is unknown.
func builderOf(h stored.Step) string {
	by := strings.ToLower(h.CreatedBy)
	switch {
	case strings.HasPrefix(h.Comment, "buildkit."):
		return "BuildKit"
	case strings.HasPrefix(h.Comment, "debuerreotype"), strings.HasPrefix(by, "# debian.sh"):
		return "debuerreotype"
	case strings.HasPrefix(by, "bazel build"):
		return "Bazel"
	case strings.HasPrefix(by, "apko"):
		return "apko"
	case by == "ko" || strings.HasPrefix(by, "ko "):
		return "ko"
	case strings.HasPrefix(by, "jib"):
		return "Jib"
	case strings.HasPrefix(by, "buildpacks"):
		return "buildpacks"
	case strings.HasPrefix(by, "/bin/sh -c "):
		return "docker build"
	}
	return ""
}
