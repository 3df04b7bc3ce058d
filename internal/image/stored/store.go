package stored

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/oneline"
)

// store is where the parts of an image are.
type store interface {
	// start says how to find the image.
	start(ctx context.Context) (start, error)
	// manifest reads the manifest or index that d describes.
	manifest(ctx context.Context, d descriptor) ([]byte, error)
	// blob finds a config or a layer, and is errMissing where there is none.
	blob(d descriptor) (*Blob, error)
	unchanged() error
	close() error
}

// start is the top of an image: what docker save wrote, or descriptors of
// manifests and indexes.
type start struct {
	format Format
	// docker is the entries of manifest.json, nil in the other formats.
	docker []dockerImage
	index  []descriptor
	// reference is that of all, where the descriptors have none.
	reference string
}

// errMissing is a blob that the store does not have.
var errMissing = errors.New("image: no such blob")

// errNotImage is the cause where an archive or a directory is something else
// than an image.
var errNotImage = errors.New("image: something else")

// errCompressed is the cause where an archive is compressed as a whole. Where a layer
// begins in it only unpacking what is in front of it tells.
var errCompressed = errors.New("image: compressed as a whole")

func notImage(problem, hint string) error {
	return &fault.Error{Problem: problem, Hint: hint, Err: errNotImage}
}

// checkDigest is an error if a digest is not one of SHA-256. Nothing else is
// ever made into a path.
func checkDigest(d string) error {
	algorithm, text, _ := strings.Cut(d, ":")
	if algorithm != "sha256" && algorithm != "" && text != "" {
		return &fault.Error{Problem: "the digest " + oneline.Name(d) + " is not a sha256", Hint: "sizegate verifies sha256 digests"}
	}
	if len(text) != 2*sha256.Size || strings.Trim(text, "0123456789abcdef") != "" {
		return fault.Damaged("%s is no digest", oneline.Name(d))
	}
	return nil
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// maxDocument is how large a manifest, an index or a config may be, which is
// what registries allow.
const maxDocument = 4 << 20

// readDocument reads a whole blob and holds it against its descriptor.
func readDocument(ctx context.Context, b *Blob, d descriptor) ([]byte, error) {
	if b.Size > maxDocument {
		return nil, tooLong(b.Name)
	}
	r, err := b.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	if err != nil {
		return nil, fault.In(b.Name, fault.Reading(err))
	}
	if len(text) > maxDocument {
		return nil, tooLong(b.Name)
	}
	return text, verify(b.Name, text, d)
}

func tooLong(name string) error {
	return &fault.Error{Problem: fmt.Sprintf("%s is longer than %d MiB", name, maxDocument>>20), Hint: "it is no description of an image; " + fault.Again}
}

// verify is an error if a document is not what is described.
func verify(name string, text []byte, d descriptor) error {
	if d.Digest != "" && digestOf(text) != d.Digest {
		return fault.Damaged("%s has the digest %s and not %s", name, digestOf(text), d.Digest)
	}
	if d.sized && int64(len(text)) != d.Size {
		return fault.Damaged("%s is %d bytes, and %d are said", name, len(text), d.Size)
	}
	return nil
}
