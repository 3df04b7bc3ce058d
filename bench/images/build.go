package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// wanted is the bytes of files in each image.
const wanted = 1 << 30

// source is a layer: files below a directory, in the order of their names.
type source struct {
	dir  string
	most int64 // bytes, then the layer ends
}

// layer is one that was made, plain and with gzip.
type layer struct {
	plain, packed    string // paths
	digest, packedID string // hexadecimal
}

// build makes the two images in dir unless they are there: plain.tar as docker save
// writes it, and gzip.tar, an OCI layout whose layers are compressed. gzipped is
// the paths of those layers.
func build(dir string, sources []source) (plain, packed string, gzipped []string, err error) {
	plain, packed = filepath.Join(dir, "plain.tar"), filepath.Join(dir, "gzip.tar")
	gzipped, err = filepath.Glob(filepath.Join(dir, "layer*.tar.gz"))
	if err != nil || exists(plain) && exists(packed) && len(gzipped) > 0 {
		return plain, packed, gzipped, err
	}
	gzipped = nil
	var layers []layer
	left := int64(wanted)
	var first []string // files of the lowest layer, which the last one replaces and deletes
	for i, s := range sources {
		l, err := newLayer(dir, i)
		if err != nil {
			return "", "", nil, err
		}
		most := min(s.most, left)
		if i == len(sources)-1 {
			most = left
		}
		names, size, err := l.addDir(s.dir, most)
		if err != nil {
			return "", "", nil, err
		}
		if left -= size; i == 0 {
			first = names
		}
		made, err := l.close()
		if err != nil {
			return "", "", nil, err
		}
		layers = append(layers, made)
	}
	top, err := newLayer(dir, len(sources))
	if err != nil {
		return "", "", nil, err
	}
	for i, name := range first {
		switch i % 16 {
		case 0:
			err = top.add(name)
		case 8:
			err = top.w.WriteHeader(&tar.Header{Name: inImage(filepath.Dir(name)) + "/.wh." + filepath.Base(name), Typeflag: tar.TypeReg, Mode: 0o644})
		}
		if err != nil {
			return "", "", nil, err
		}
	}
	made, err := top.close()
	if err != nil {
		return "", "", nil, err
	}
	layers = append(layers, made)
	if err := dockerArchive(plain, layers); err != nil {
		return "", "", nil, err
	}
	if err := layoutArchive(packed, layers); err != nil {
		return "", "", nil, err
	}
	for _, l := range layers {
		gzipped = append(gzipped, l.packed)
		if err := os.Remove(l.plain); err != nil {
			return "", "", nil, err
		}
	}
	return plain, packed, gzipped, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// layerWriter writes a layer twice at once.
type layerWriter struct {
	layer
	files          [2]*os.File
	sum, packedSum hash.Hash
	zip            *gzip.Writer
	w              *tar.Writer
}

func newLayer(dir string, i int) (*layerWriter, error) {
	l := &layerWriter{sum: sha256.New(), packedSum: sha256.New()}
	l.plain = filepath.Join(dir, fmt.Sprintf("layer%d.tar", i))
	l.packed = l.plain + ".gz"
	for j, path := range []string{l.plain, l.packed} {
		f, err := os.Create(path)
		if err != nil {
			return nil, err
		}
		l.files[j] = f
	}
	l.zip = gzip.NewWriter(io.MultiWriter(l.files[1], l.packedSum))
	l.w = tar.NewWriter(io.MultiWriter(l.files[0], l.sum, l.zip))
	return l, nil
}

func (l *layerWriter) close() (layer, error) {
	err := errors.Join(l.w.Close(), l.zip.Close(), l.files[0].Close(), l.files[1].Close())
	l.digest, l.packedID = hex.EncodeToString(l.sum.Sum(nil)), hex.EncodeToString(l.packedSum.Sum(nil))
	return l.layer, err
}

// addDir adds files up to so many bytes, and returns what they are and their sum.
func (l *layerWriter) addDir(dir string, most int64) (names []string, size int64, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if size+info.Size() > most {
			return nil // a smaller one may fit
		}
		size += info.Size()
		names = append(names, path)
		return l.add(path)
	})
	return names, size, err
}

func inImage(path string) string { return strings.TrimPrefix(path, "/") }

func (l *layerWriter) add(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := l.w.WriteHeader(&tar.Header{Name: inImage(path), Typeflag: tar.TypeReg, Size: info.Size(), Mode: int64(info.Mode().Perm())}); err != nil {
		return err
	}
	_, err = io.Copy(l.w, f)
	return err
}

func document(v any) ([]byte, string) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps and strings only
	}
	sum := sha256.Sum256(text)
	return text, hex.EncodeToString(sum[:])
}

func config(layers []layer) ([]byte, string) {
	var ids []string
	for _, l := range layers {
		ids = append(ids, "sha256:"+l.digest)
	}
	return document(map[string]any{"os": "linux", "architecture": "amd64", "rootfs": map[string]any{"type": "layers", "diff_ids": ids}})
}

// archiveWriter writes a tar of files and texts, and keeps the first error.
type archiveWriter struct {
	w   *tar.Writer
	err error
}

func (a *archiveWriter) text(name string, text []byte) {
	if a.err == nil {
		a.err = a.w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(text)), Mode: 0o644})
	}
	if a.err == nil {
		_, a.err = a.w.Write(text)
	}
}

func (a *archiveWriter) file(name, path string) (size int64) {
	f, err := os.Open(path)
	if err != nil {
		a.err = errors.Join(a.err, err)
		return 0
	}
	defer f.Close()
	info, err := f.Stat()
	if a.err = errors.Join(a.err, err); a.err != nil {
		return 0
	}
	a.err = a.w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: info.Size(), Mode: 0o644})
	if a.err == nil {
		_, a.err = io.Copy(a.w, f)
	}
	return info.Size()
}

// writeArchive makes the file whole or not at all.
func writeArchive(path string, write func(a *archiveWriter)) error {
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	a := &archiveWriter{w: tar.NewWriter(f)}
	write(a)
	if err := errors.Join(a.err, a.w.Close(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

func dockerArchive(path string, layers []layer) error {
	return writeArchive(path, func(a *archiveWriter) {
		var names []string
		for _, l := range layers {
			names = append(names, l.digest+"/layer.tar")
			a.file(l.digest+"/layer.tar", l.plain)
		}
		text, id := config(layers)
		a.text(id+".json", text)
		text, _ = document([]map[string]any{{"Config": id + ".json", "RepoTags": []string{"bench:plain"}, "Layers": names}})
		a.text("manifest.json", text)
	})
}

func layoutArchive(path string, layers []layer) error {
	return writeArchive(path, func(a *archiveWriter) {
		var list []map[string]any
		for _, l := range layers {
			size := a.file("blobs/sha256/"+l.packedID, l.packed)
			list = append(list, map[string]any{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": "sha256:" + l.packedID, "size": size})
		}
		blob := func(kind string, text []byte, id string) map[string]any {
			a.text("blobs/sha256/"+id, text)
			return map[string]any{"mediaType": kind, "digest": "sha256:" + id, "size": len(text)}
		}
		text, id := config(layers)
		described := blob("application/vnd.oci.image.config.v1+json", text, id)
		text, id = document(map[string]any{"schemaVersion": 2, "config": described, "layers": list})
		described = blob("application/vnd.oci.image.manifest.v1+json", text, id)
		text, _ = document(map[string]any{"schemaVersion": 2, "manifests": []any{described}})
		a.text("index.json", text)
		a.text("oci-layout", []byte(`{"imageLayoutVersion":"1.0.0"}`))
	})
}
