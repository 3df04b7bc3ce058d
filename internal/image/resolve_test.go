package image

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/image/stored"
)

// attestation is what BuildKit puts beside an image.
func attestation(t *testing.T, of v1.Image) mutate.IndexAddendum {
	t.Helper()
	d, err := of.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return mutate.IndexAddendum{Add: imageOf(t, plain, []item{reg("statement", "{}")}), Descriptor: v1.Descriptor{
		Platform:    &v1.Platform{OS: "unknown", Architecture: "unknown"},
		Annotations: map[string]string{"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": d.String()},
	}}
}

// indexOf is an index of one image for each platform, with an attestation for
// each. An image has one file that is called as its architecture.
func indexOf(t *testing.T, platforms ...string) v1.ImageIndex {
	t.Helper()
	index := v1.ImageIndex(empty.Index)
	for _, text := range platforms {
		p, err := v1.ParsePlatform(text)
		if err != nil {
			t.Fatal(err)
		}
		img := forPlatform(t, imageOf(t, gzipped, []item{reg(p.Architecture+p.Variant, elfBody(100))}), text)
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: p}}, attestation(t, img))
	}
	return index
}

func TestPlatforms(t *testing.T) {
	three := []string{"linux/amd64", "linux/arm64/v8", "linux/arm/v7"}
	for _, c := range []struct {
		has      []string
		platform string
		file     string // of the image that is meant
		is       string
		fails    string
	}{
		{three, "linux/amd64", "amd64", "linux/amd64", ""},
		{three, "linux/arm64", "arm64v8", "linux/arm64", ""},
		{three, "linux/aarch64", "arm64v8", "linux/arm64", ""},
		{three, "linux/arm64/v8", "arm64v8", "linux/arm64", ""},
		{three, "linux/arm/v7", "armv7", "linux/arm/v7", ""},
		{three, "linux/arm", "armv7", "linux/arm/v7", ""},
		{three, "linux/arm/v6", "", "", "no image for linux/arm/v6 (there is linux/amd64, linux/arm/v7, linux/arm64)"},
		{three, "", "", "", "several platforms: linux/amd64, linux/arm/v7, linux/arm64 (name one with --platform)"},
		{three, "arm64", "", "", "is not os/arch"},
		{three, "linux//v8", "", "", "is not os/arch"},
		{[]string{"linux/arm64"}, "", "arm64", "linux/arm64", ""},
		{[]string{"linux/arm64"}, "linux/amd64", "", "", "no image for linux/amd64 (there is linux/arm64)"},
	} {
		index := indexOf(t, c.has...)
		flat := t.TempDir()
		if _, err := layout.Write(flat, index); err != nil {
			t.Fatal(err)
		}
		nested := t.TempDir()
		if _, err := layout.Write(nested, mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: index})); err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
		defer server.Close()
		ref, err := registryName(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.WriteIndex(ref, index); err != nil {
			t.Fatal(err)
		}
		for _, source := range []string{flat, nested, packDirectory(t, flat), stored.Registry + ref.Name()} {
			m, err := Open(context.Background(), source, c.platform, nil)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("%v, %q: %v", c.has, c.platform, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if m.Platform != c.is || m.File(0).Path != c.file {
				t.Errorf("%v, %q: %s with %s", c.has, c.platform, m.Platform, m.File(0).Path)
			}
			m.Close()
		}
	}
}

// TestSinglePlatform: an image that says its platform only in its config is held
// against what is asked for.
func TestSinglePlatform(t *testing.T) {
	img := imageOf(t, plain, []item{reg("a", "b")})
	for _, source := range []string{dockerArchive(t, img), layoutOf(t, img)} {
		if _, err := Open(context.Background(), source, "linux/arm64", nil); err == nil || !strings.Contains(err.Error(), "no image for linux/arm64") {
			t.Error(err)
		}
		mustOpen(t, source, "linux/amd64")
	}
}

// TestPartialArchive: docker save leaves out what was not pulled.
func TestPartialArchive(t *testing.T) {
	index := indexOf(t, "linux/amd64", "linux/arm64")
	root := t.TempDir()
	l, err := layout.Write(root, index)
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.RemoveBlob(manifests.Manifests[0].Digest); err != nil {
		t.Fatal(err)
	}
	if m := mustOpen(t, root, ""); m.Platform != "linux/arm64" {
		t.Errorf("the image for %s", m.Platform)
	}
}

func TestRegistryErrors(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	for source, want := range map[string]string{
		"UPPER CASE":   "is no name of an image",
		"":             "is no name of an image",
		host + "/none": "the registry does not have it",
	} {
		if _, err := Open(context.Background(), stored.Registry+source, "", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// TestRegistryLies: a registry that sends other blobs than were asked for.
func TestRegistryLies(t *testing.T) {
	img := imageOf(t, gzipped, []item{reg("a", "b")})
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	digest, err := layers[0].Digest()
	if err != nil {
		t.Fatal(err)
	}
	honest := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	for name, lie := range map[string]func(b []byte) []byte{
		"other bytes": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"more bytes":  func(b []byte) []byte { return append(b, b...) },
		"fewer bytes": func(b []byte) []byte { return b[:len(b)/2] },
		"no bytes":    func(b []byte) []byte { return nil },
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, digest.String()) {
				honest.ServeHTTP(w, r)
				return
			}
			answer := httptest.NewRecorder()
			honest.ServeHTTP(answer, r)
			w.Write(lie(answer.Body.Bytes()))
		}))
		ref, err := registryName(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Write(ref, img); err != nil {
			t.Fatal(err)
		}
		var known *fault.Error
		if _, err := Open(context.Background(), stored.Registry+ref.Name(), "", nil); !errors.As(err, &known) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
	}
}

func registryName(url string) (name.Reference, error) {
	return name.ParseReference(strings.TrimPrefix(url, "http://") + "/app")
}

// TestReference: the name is that of the archive or the registry.
func TestReference(t *testing.T) {
	img := imageOf(t, gzipped, []item{reg("a", "b")})
	root := t.TempDir()
	l, err := layout.Write(root, empty.Index)
	if err != nil {
		t.Fatal(err)
	}
	// The same image by two names, as docker save writes it.
	for _, tag := range []string{"docker.io/library/app:v1", "docker.io/library/app:latest"} {
		if err := l.AppendImage(img, layout.WithAnnotations(map[string]string{"io.containerd.image.name": tag, "org.opencontainers.image.ref.name": "v1"})); err != nil {
			t.Fatal(err)
		}
	}
	for source, want := range map[string]string{root: "docker.io/library/app:v1", dockerArchive(t, img): "example.com/app:v1"} {
		if m := mustOpen(t, source, ""); m.Reference != want {
			t.Errorf("%s: %q", filepath.Base(source), m.Reference)
		}
	}
}

// histories are those of real images, shortened, with how many of the layers are
// the base's, as the Dockerfiles show.
var histories = []struct {
	name    string
	steps   []v1.History
	base    int
	created []string
}{
	{
		name: "on debian, built by BuildKit",
		steps: []v1.History{
			{CreatedBy: "# debian.sh --arch 'amd64' out/ 'bookworm' '@1700000000'", Comment: "debuerreotype 0.15"},
			{CreatedBy: "RUN /bin/sh -c apt-get update # buildkit", Comment: "buildkit.dockerfile.v0"},
			{CreatedBy: "COPY app /app # buildkit", Comment: "buildkit.dockerfile.v0"},
			{CreatedBy: `ENTRYPOINT ["/app"]`, Comment: "buildkit.dockerfile.v0", EmptyLayer: true},
		},
		base:    1,
		created: []string{"# debian.sh --arch 'amd64' out/ 'bookworm' '@1700000000'", "RUN /bin/sh -c apt-get update # buildkit", "COPY app /app # buildkit"},
	},
	{
		name: "on an image that ends with CMD",
		steps: []v1.History{
			{CreatedBy: "/bin/sh -c #(nop) ADD file:4b3 in / "},
			{CreatedBy: `/bin/sh -c #(nop)  CMD ["/bin/sh"]`, EmptyLayer: true},
			{CreatedBy: "/bin/sh -c apk add --no-cache ca-certificates"},
			{CreatedBy: `/bin/sh -c #(nop)  CMD ["node"]`, EmptyLayer: true},
			{CreatedBy: "/bin/sh -c #(nop) COPY file:1 in /app "},
			{CreatedBy: `/bin/sh -c #(nop)  CMD ["/app"]`, EmptyLayer: true},
		},
		base:    2,
		created: []string{"/bin/sh -c #(nop) ADD file:4b3 in /", "/bin/sh -c apk add --no-cache ca-certificates", "/bin/sh -c #(nop) COPY file:1 in /app"},
	},
	{
		name: "on distroless",
		steps: []v1.History{
			{CreatedBy: "bazel build //common:tzdata"},
			{CreatedBy: "bazel build //base:passwd"},
			{CreatedBy: "COPY /app /app # buildkit", Comment: "buildkit.dockerfile.v0"},
		},
		base:    2,
		created: []string{"bazel build //common:tzdata", "bazel build //base:passwd", "COPY /app /app # buildkit"},
	},
	{
		name: "from scratch",
		steps: []v1.History{
			{CreatedBy: "COPY app /app # buildkit", Comment: "buildkit.dockerfile.v0"},
			{CreatedBy: `CMD ["/app"]`, Comment: "buildkit.dockerfile.v0", EmptyLayer: true},
		},
		created: []string{"COPY app /app # buildkit"},
	},
	{name: "without history", steps: nil, created: []string{""}},
}

func TestHistory(t *testing.T) {
	for _, h := range histories {
		layers := make([][]item, len(h.created))
		for i := range layers {
			layers[i] = []item{reg(string(rune('a'+i)), "x")}
		}
		img := configured(t, imageOf(t, plain, layers...), func(c *v1.ConfigFile) { c.History = h.steps })
		img = mutate.Annotations(img, map[string]string{baseName: "docker.io/library/base:1", baseDigest: "sha256:0"}).(v1.Image)
		m := mustOpen(t, layoutOf(t, img), "")
		base := 0
		var created []string
		for _, l := range m.Layers {
			created = append(created, l.CreatedBy)
			if l.Base {
				base++
			}
		}
		if base != h.base || m.Base.Layers != h.base || (m.Base.Evidence != "") != (h.base > 0) || !slices.Equal(created, h.created) {
			t.Errorf("%s: %d base layers, %+v, created by %q", h.name, base, m.Base, created)
		}
		if m.Base.Name != "docker.io/library/base:1" || m.Base.Digest != "sha256:0" {
			t.Errorf("%s: %+v", h.name, m.Base)
		}
	}
}

// TestHistoryOfOthers: a history of another number of layers says nothing.
func TestHistoryOfOthers(t *testing.T) {
	img := configured(t, imageOf(t, plain, []item{reg("a", "b")}), func(c *v1.ConfigFile) { c.History = make([]v1.History, 2) })
	m := mustOpen(t, layoutOf(t, img), "")
	if len(m.Warnings) != 1 || !strings.Contains(m.Warnings[0], "the history has 2 layers and the image 1") || m.Layers[0].CreatedBy != "" || m.Base.Layers != 0 {
		t.Errorf("%+v, %q", m.Layers, m.Warnings)
	}
}
