package stored

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/oneline"
)

// repository is an image in a registry. Nothing that an image says names another
// host: layers with URLs of their own are not fetched from there.
type repository struct {
	ref    name.Reference
	puller *remote.Puller
}

func openRegistry(text string) (*repository, error) {
	ref, err := name.ParseReference(text)
	if err != nil {
		return nil, &fault.Error{Problem: oneline.Name(text) + " is no name of an image", Hint: "write " + Registry + "HOST/NAME:TAG or " + Registry + "NAME@sha256:…", Err: err}
	}
	p, err := remote.NewPuller(remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithUserAgent("sizegate"))
	if err != nil {
		return nil, registryError(err)
	}
	return &repository{ref: ref, puller: p}, nil
}

func (r *repository) start(ctx context.Context) (start, error) {
	top, err := r.puller.Get(ctx, r.ref)
	if err != nil {
		return start{}, registryError(err)
	}
	// The digest and size are those of what came: a tag promises none.
	return start{format: FormatRegistry, reference: r.ref.Name(), index: []descriptor{{
		MediaType: string(top.MediaType), Digest: digestOf(top.Manifest), Size: int64(len(top.Manifest)), text: top.Manifest,
	}}}, nil
}

func (r *repository) manifest(ctx context.Context, d descriptor) ([]byte, error) {
	text := d.text
	if text == nil {
		got, err := r.puller.Get(ctx, r.ref.Context().Digest(d.Digest))
		if err != nil {
			return nil, registryError(err)
		}
		text = got.Manifest
	}
	if len(text) > maxDocument {
		return nil, tooLong("the manifest " + d.Digest)
	}
	return text, verify("the manifest "+d.Digest, text, d)
}

func (r *repository) blob(d descriptor) (*Blob, error) {
	return &Blob{
		Name: d.Digest, Size: d.Size,
		Open: func(ctx context.Context) (io.ReadCloser, error) {
			l, err := r.puller.Layer(ctx, r.ref.Context().Digest(d.Digest))
			if err != nil {
				return nil, registryError(err)
			}
			in, err := l.Compressed()
			if err != nil {
				return nil, registryError(err)
			}
			return &download{in}, nil
		},
	}, nil
}

func (r *repository) unchanged() error { return nil }
func (r *repository) close() error     { return nil }

// download is a blob on its way, whose errors are those of the network.
type download struct{ io.ReadCloser }

func (d *download) Read(b []byte) (int, error) {
	n, err := d.ReadCloser.Read(b)
	if err != nil && err != io.EOF {
		err = registryError(err)
	}
	return n, err
}

// missing reports whether the registry has not what was asked for.
func missing(err error) bool {
	var answer *transport.Error
	return errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound
}

func registryError(err error) error {
	if fault.Final(err) {
		return err
	}
	var answer *transport.Error
	switch {
	case errors.As(err, &answer) && (answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden):
		return &fault.Error{Problem: "the registry refuses it", Hint: "is the name right? log in with docker login", Err: err}
	case missing(err):
		return &fault.Error{Problem: "the registry does not have it", Hint: "check the name and the tag", Err: err}
	}
	text := oneline.Quote(err.Error(), 300)
	if strings.Contains(text, "verif") || strings.Contains(text, "does not match requested digest") {
		return &fault.Error{Problem: "what the registry sent is not what was asked for: " + text, Hint: "pull it again, or push the image again", Err: err}
	}
	return &fault.Error{Problem: "the registry cannot be read: " + text, Hint: "check the name and the network", Err: err}
}
