package stored

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sizegate/sizegate/internal/image/fault"
	"github.com/sizegate/sizegate/internal/oneline"
)

const (
	maxLayers    = 1024
	maxManifests = 1024 // of an index, and of all that are read
	maxHistory   = 8192
	maxTags      = 1024
	maxDocuments = 32 << 20 // bytes of all manifests and indexes
	maxSaid      = 1 << 50  // bytes of a blob, so that sums do not overflow
)

// descriptor points to a blob.
type descriptor struct {
	MediaType    string            `json:"mediaType"`
	Digest       string            `json:"digest"`
	Size         int64             `json:"size"`
	ArtifactType string            `json:"artifactType"`
	Annotations  map[string]string `json:"annotations"`
	Platform     *platform         `json:"platform"`

	sized bool   // Size is said by a document, and must be right
	path  string // in docker's own format, which has no digests
	name  string // the same as manifest.json writes it
	text  []byte // what a registry sent already
}

// shown is what messages call the blob.
func (d *descriptor) shown() string { return oneline.Name(d.name + d.Digest) }

// manifest is a manifest or an index, of which both have names for their own.
type manifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	ArtifactType  string            `json:"artifactType"`
	Config        *descriptor       `json:"config"`
	Layers        descriptorList    `json:"layers"`
	Manifests     descriptorList    `json:"manifests"`
	Annotations   map[string]string `json:"annotations"`
	FSLayers      json.RawMessage   `json:"fsLayers"` // of docker's first schema
}

// config is what the image says of itself.
type config struct {
	Architecture string      `json:"architecture"`
	OS           string      `json:"os"`
	Variant      string      `json:"variant"`
	History      historyList `json:"history"`
	RootFS       struct {
		DiffIDs stringList `json:"diff_ids"`
	} `json:"rootfs"`
	Config struct {
		Labels     map[string]string `json:"Labels"`
		Entrypoint words             `json:"Entrypoint"`
		Cmd        words             `json:"Cmd"`
	} `json:"config"`
}

// words is a command. Old builders wrote one of a single word as a string.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil && one != "" {
		*w = words{one}
		return nil
	}
	return (*stringList)(w).UnmarshalJSON(b)
}

// Step is one step of how the image was built.
type Step struct {
	CreatedBy  string `json:"created_by"`
	Comment    string `json:"comment"`
	EmptyLayer bool   `json:"empty_layer"` // it made no layer
}

// dockerImage is an entry of docker's manifest.json.
type dockerImage struct {
	Config   string     `json:"Config"`
	RepoTags stringList `json:"RepoTags"`
	Layers   stringList `json:"Layers"`
}

// The lists decode one element at a time, so that a document of millions of
// empty elements ends at the limit and not with the memory.
type (
	descriptorList []descriptor
	historyList    []Step
	stringList     []string
	dockerList     []dockerImage
)

func (l *descriptorList) UnmarshalJSON(b []byte) (err error) {
	*l, err = decodeList[descriptor](b, max(maxLayers, maxManifests))
	for i := range *l {
		(*l)[i].sized = true
	}
	return err
}

func (l *historyList) UnmarshalJSON(b []byte) (err error) {
	*l, err = decodeList[Step](b, maxHistory)
	return err
}

func (l *stringList) UnmarshalJSON(b []byte) (err error) {
	*l, err = decodeList[string](b, max(maxLayers, maxTags))
	return err
}

func (l *dockerList) UnmarshalJSON(b []byte) (err error) {
	*l, err = decodeList[dockerImage](b, maxManifests)
	return err
}

func decodeList[T any](b []byte, limit int) ([]T, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	first, err := d.Token()
	if err != nil || first == nil { // null
		return nil, err
	}
	if first != json.Delim('[') {
		return nil, errors.New("no list where one belongs")
	}
	list := make([]T, 0, min(limit, len(b)/32))
	for d.More() {
		if len(list) == limit {
			return nil, &fault.Error{Problem: fmt.Sprintf("a list of more than %d elements in a document", limit), Hint: fault.Again}
		}
		var one T
		if err := d.Decode(&one); err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// decode reads a JSON document into v.
func decode(name string, text []byte, v any) error {
	err := json.Unmarshal(text, v)
	if err == nil || fault.Final(err) {
		if err != nil {
			err = fault.In(name, err)
		}
		return err
	}
	return fault.Damaged("%s is not the JSON that it should be: %s", name, oneline.Quote(err.Error(), 200))
}

const (
	ociManifest    = "application/vnd.oci.image.manifest.v1+json"
	dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	ociIndex       = "application/vnd.oci.image.index.v1+json"
	dockerIndex    = "application/vnd.docker.distribution.manifest.list.v2+json"
)

// decodeManifest tells a manifest from an index. A document that could be read
// as both is refused: others may read it the other way.
func decodeManifest(name string, text []byte) (*manifest, error) {
	var m manifest
	if err := decode(name, text, &m); err != nil {
		return nil, err
	}
	isIndex, isManifest := m.Manifests != nil, m.Config != nil || m.Layers != nil
	switch m.MediaType {
	case ociManifest, dockerManifest:
		isManifest = true
	case ociIndex, dockerIndex:
		isIndex = true
	}
	switch {
	case isIndex && isManifest:
		return nil, fault.Damaged("%s is both a manifest and an index", name)
	case m.FSLayers != nil || m.SchemaVersion == 1:
		return nil, &fault.Error{Problem: name + " is a manifest of docker's schema 1", Hint: "push the image again with a current docker"}
	case isManifest && m.Config == nil:
		return nil, fault.Damaged("%s names no config", name)
	case !isIndex && !isManifest:
		return nil, fault.Damaged("%s is neither a manifest nor an index", name)
	case len(m.Layers) > maxLayers:
		return nil, tooManyLayers()
	}
	if m.Config != nil {
		m.Config.sized = true
	}
	return &m, nil
}

func (m *manifest) isIndex() bool { return m.Config == nil }

func tooManyLayers() error {
	return &fault.Error{Problem: fmt.Sprintf("more than %d layers", maxLayers), Hint: "build the image with fewer"}
}

// check is an error if a descriptor is none.
func (d *descriptor) check() error {
	if err := checkDigest(d.Digest); err != nil {
		return err
	}
	if d.Size < 0 || d.Size > maxSaid {
		return fault.Damaged("a blob of %d bytes", d.Size)
	}
	return nil
}

// layerKind says what the media type of a layer promises.
func layerKind(mediaType string) (foreign bool, err error) {
	t := strings.ToLower(mediaType)
	switch {
	case strings.Contains(t, "encrypted"):
		return false, &fault.Error{Problem: "an encrypted layer", Hint: "decrypt the image first"}
	case strings.HasPrefix(t, "application/vnd.oci.image.layer.nondistributable."),
		strings.HasPrefix(t, "application/vnd.docker.image.rootfs.foreign."):
		return true, nil
	case t == "", strings.HasPrefix(t, "application/vnd.oci.image.layer.v1.tar"),
		strings.HasPrefix(t, "application/vnd.docker.image.rootfs.diff.tar"):
		return false, nil
	}
	return false, &fault.Error{Problem: "a layer of the unknown type " + oneline.Name(mediaType), Hint: "sizegate reads container images; this may be another artifact"}
}

// isConfig reports whether a config's media type is that of an image.
func isConfig(mediaType string) bool {
	return mediaType == "" || mediaType == "application/vnd.oci.image.config.v1+json" || mediaType == "application/vnd.docker.container.image.v1+json"
}
