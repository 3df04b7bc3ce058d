package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"time"
)

// member is a file or, if its name ends in a slash, a directory of an archive.
type member struct {
	name     string
	mode     int64
	contents []byte
}

// archives writes sizegate_VERSION_OS_ARCH.tar.gz.
func (r *release) archives(string) error {
	for _, p := range r.programs {
		folder := "sizegate_" + r.version + "_" + p.os + "_" + p.arch
		members := []member{{folder + "/", 0o755, nil}, {folder + "/sizegate", 0o755, p.contents}}
		for _, t := range r.texts {
			members = append(members, member{folder + "/" + t.name, 0o644, t.contents})
		}
		members = append(members, member{folder + "/man/", 0o755, nil})
		for _, t := range r.manual {
			members = append(members, member{folder + "/man/" + t.name, 0o644, t.contents})
		}
		data, err := zipped(members, r.time)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(r.out, folder+".tar.gz"), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// zipped is a tar.gz of the members, all root's and of one time.
func zipped(members []member, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	if err := writeTar(&b, members, at); err != nil {
		return nil, err
	}
	return gzipped(b.Bytes())
}

// gzipped has no name and no time in it.
func gzipped(data []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func writeTar(w io.Writer, members []member, at time.Time) error {
	t := tar.NewWriter(w)
	for _, m := range members {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: m.name, Mode: m.mode, Size: int64(len(m.contents)), ModTime: at, Uname: "root", Gname: "root", Format: tar.FormatGNU}
		if m.name[len(m.name)-1] == '/' {
			h.Typeflag = tar.TypeDir
		}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(m.contents); err != nil {
			return err
		}
	}
	return t.Close()
}
