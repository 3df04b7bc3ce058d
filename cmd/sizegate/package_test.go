package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"
)

// packFile is one entry of a package as the tests see it.
type packFile struct {
	name, target string
	mode         fs.FileMode
	data         []byte
	zipped       int64
}

// readTree lists a directory in the order of the paths.
func readTree(dir string) ([]packFile, error) {
	var files []packFile
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		f := packFile{name: filepath.ToSlash(name), mode: info.Mode()}
		switch {
		case info.Mode().IsRegular():
			f.data, err = os.ReadFile(p)
		case info.Mode()&fs.ModeSymlink != 0:
			f.target, err = os.Readlink(p)
		}
		files = append(files, f)
		return err
	})
	slices.SortFunc(files, func(a, b packFile) int { return strings.Compare(a.name, b.name) })
	return files, err
}

// pack FILE DIR makes an archive of what is in DIR, as the ending of FILE says:
// .zip, .tar, .tar.gz or .tar.zst.
func scriptPack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pack FILE DIR")
	}
	files, err := readTree(ts.MkAbs(args[1]))
	ts.Check(err)
	data, err := packed(args[0], files)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

func packed(name string, files []packFile) ([]byte, error) {
	var out bytes.Buffer
	var tarOut io.Writer = &out
	var end io.Closer
	switch {
	case strings.HasSuffix(name, ".zip"):
		err := packZip(&out, files)
		return out.Bytes(), err
	case strings.HasSuffix(name, ".gz"):
		w := gzip.NewWriter(&out)
		tarOut, end = w, w
	case strings.HasSuffix(name, ".zst"):
		w, err := zstd.NewWriter(&out)
		if err != nil {
			return nil, err
		}
		tarOut, end = w, w
	}
	w := tar.NewWriter(tarOut)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: int64(f.mode.Perm()), Typeflag: tar.TypeReg, Size: int64(len(f.data)), Linkname: f.target, Format: tar.FormatGNU}
		switch {
		case f.mode.IsDir():
			h.Name, h.Typeflag = f.name+"/", tar.TypeDir
		case f.target != "":
			h.Typeflag = tar.TypeSymlink
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if end != nil {
		if err := end.Close(); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

func packZip(out io.Writer, files []packFile) error {
	w := zip.NewWriter(out)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		h.SetMode(f.mode)
		data := f.data
		switch {
		case f.mode.IsDir():
			h.Name += "/"
		case f.target != "":
			data = []byte(f.target)
		}
		to, err := w.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := to.Write(data); err != nil {
			return err
		}
	}
	return w.Close()
}

// readPackage reads a package with the standard library.
func readPackage(path string) ([]packFile, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return nil, err
		}
		return readTree(path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if z, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil {
		return readZip(z)
	}
	var in io.Reader = bytes.NewReader(data)
	whole := true // the archive is compressed, and not each entry
	if g, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
		in = g
	} else if bytes.HasPrefix(data, []byte("\x28\xb5\x2f\xfd")) {
		d, err := zstd.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		defer d.Close()
		in = d
	} else {
		whole = false
	}
	var files []packFile
	for t := tar.NewReader(in); ; {
		h, err := t.Next()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		f := packFile{name: h.Name, target: h.Linkname, mode: h.FileInfo().Mode()}
		if f.data, err = io.ReadAll(t); err != nil {
			return nil, err
		}
		if !whole {
			f.zipped = int64(len(f.data))
		}
		files = append(files, f)
	}
}

func readZip(z *zip.Reader) ([]packFile, error) {
	var files []packFile
	for _, e := range z.File {
		r, err := e.Open()
		if err != nil {
			return nil, err
		}
		f := packFile{name: e.Name, mode: e.Mode(), zipped: int64(e.CompressedSize64)}
		if f.data, err = io.ReadAll(r); err != nil {
			return nil, err
		}
		if f.mode&fs.ModeSymlink != 0 {
			f.target = string(f.data)
		}
		files = append(files, f)
	}
	return files, nil
}

// checkpackage FILE [sha256] [functions] checks a JSON report of packages against
// what the standard library reads in them, and its sums.
func scriptCheckPackage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: checkpackage FILE [sha256] [functions]")
	}
	asked := make(map[string]bool)
	for _, a := range args[1:] {
		asked[a] = true
	}
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.UseNumber()
	var report map[string]any
	ts.Check(d.Decode(&report))
	if report["schema"] != "sizegate.package/v1" {
		ts.Fatalf("schema %v", report["schema"])
	}
	packages := report["packages"].([]any)
	if len(packages) == 0 {
		ts.Fatalf("no packages")
	}
	for _, p := range packages {
		c := jsonChecker{b: p.(map[string]any)}
		c.checkPackage(ts.MkAbs(c.text(p, "path")), asked["sha256"], asked["functions"])
		if len(c.problems) > 0 {
			ts.Fatalf("%v: %s", c.b["path"], strings.Join(c.problems, "\n"))
		}
	}
}

func (c *jsonChecker) checkPackage(path string, wantSHA, wantFunctions bool) {
	files, err := readPackage(path)
	if err != nil {
		c.failf("%v", err)
		return
	}
	info, err := os.Stat(path)
	if err != nil {
		c.failf("%v", err)
		return
	}
	contents := c.checkEntries(files)
	unzipped, zipped := c.size(c.b, "unzipped"), c.size(c.b, "zipped")
	size, sha := info.Size(), ""
	switch format := c.text(c.b, "format"); {
	case info.IsDir():
		size = unzipped
		if zipped != 0 || c.size(c.b, "overhead") != 0 {
			c.failf("a directory takes %d in an archive", zipped)
		}
	default:
		if wantSHA {
			data, err := os.ReadFile(path)
			if err != nil {
				c.failf("%v", err)
			}
			sha = fmt.Sprintf("%x", sha256.Sum256(data))
		}
		if sum := zipped + c.size(c.b, "overhead"); sum != size {
			c.failf("%s: zipped and overhead %d, on disk %d", format, sum, size)
		}
	}
	if got := c.size(c.b, "size"); got != size {
		c.failf("size %d, want %d", got, size)
	}
	if got := c.text(c.b, "sha256"); got != sha {
		c.failf("sha256 %q, want %q", got, sha)
	}
	c.checkDuplicates(contents)
	for _, b := range c.b["binaries"].([]any) {
		one := jsonChecker{b: b.(map[string]any)}
		name := one.text(b, "path")
		one.checkData([]byte(contents[name]), wantSHA, wantFunctions)
		for _, p := range one.problems {
			c.failf("%s: %s", name, p)
		}
	}
}

// checkEntries holds the entries against the files, and the sums and categories
// against the entries. It returns the contents of the regular files.
func (c *jsonChecker) checkEntries(files []packFile) map[string]string {
	contents := make(map[string]string)
	entries := c.b["entries"].([]any)
	if len(entries) != len(files) {
		c.failf("%d entries, want %d", len(entries), len(files))
		return contents
	}
	var all struct{ unzipped, zipped int64 }
	unzippedOf, zippedOf, filesOf := make(map[string]int64), make(map[string]int64), make(map[string]int64)
	inZip := c.text(c.b, "format") == "zip"
	for i, e := range entries {
		f := files[i]
		if name := c.text(e, "path"); name != path.Clean(f.name) {
			c.failf("entry %d is %q, want %q", i, name, f.name)
		}
		c.word(e, "category", "program native dependencies data other")
		category, size := c.text(e, "category"), int64(len(f.data))
		if got := c.size(e, "unzipped"); got != size {
			c.failf("%s: unzipped %d, want %d", f.name, got, size)
		}
		if got := c.size(e, "zipped"); got != f.zipped {
			c.failf("%s: zipped %d, want %d", f.name, got, f.zipped)
		}
		kind := "file"
		switch {
		case f.mode.IsDir():
			kind = "directory"
		case f.mode&fs.ModeSymlink != 0:
			kind = "symlink"
		default:
			contents[path.Clean(f.name)] = string(f.data)
			filesOf[category]++
		}
		want := []any{kind, fmt.Sprintf("%04o", f.mode.Perm()), kind == "file" && f.mode&0o111 != 0, f.target, bytes.HasPrefix(f.data, []byte("\x7fELF"))}
		o := e.(map[string]any)
		if got := []any{o["type"], o["mode"], o["executable"], o["target"], o["elf"]}; !slices.Equal(got, want) {
			c.failf("%s: %v, want %v", f.name, got, want)
		}
		if !inZip && kind == "symlink" && size != 0 {
			c.failf("%s has contents", f.name)
		}
		unzippedOf[category] += size
		zippedOf[category] += f.zipped
		all.unzipped += size
		all.zipped += f.zipped
	}
	if got := c.size(c.b, "unzipped"); got != all.unzipped {
		c.failf("unzipped %d, want %d", got, all.unzipped)
	}
	if got := c.size(c.b, "zipped"); all.zipped != 0 && got != all.zipped {
		c.failf("zipped %d, want %d", got, all.zipped)
	}
	var names []string
	for _, category := range c.b["categories"].([]any) {
		name := c.text(category, "name")
		names = append(names, name)
		if c.size(category, "files") != filesOf[name] || c.size(category, "unzipped") != unzippedOf[name] || c.size(category, "zipped") != zippedOf[name] {
			c.failf("%v, want %d files, %d, %d", category, filesOf[name], unzippedOf[name], zippedOf[name])
		}
	}
	if got := strings.Join(names, " "); got != "program native dependencies data other" {
		c.failf("the categories are %s", got)
	}
	return contents
}

// checkDuplicates groups the files by what is in them.
func (c *jsonChecker) checkDuplicates(contents map[string]string) {
	want := make(map[string][]string) // by SHA-256
	for name, data := range contents {
		if data != "" {
			sum := fmt.Sprintf("%x", sha256.Sum256([]byte(data)))
			want[sum] = append(want[sum], name)
		}
	}
	for _, d := range c.b["duplicates"].([]any) {
		sum := c.text(d, "sha256")
		var paths []string
		for _, p := range d.(map[string]any)["paths"].([]any) {
			paths = append(paths, p.(string))
		}
		size := int64(0)
		if len(paths) > 0 {
			size = int64(len(contents[paths[0]]))
		}
		slices.Sort(paths)
		slices.Sort(want[sum])
		if len(paths) < 2 || !slices.Equal(paths, want[sum]) || c.size(d, "size") != size || c.size(d, "wasted") != size*int64(len(paths)-1) {
			c.failf("%v, want %q", d, want[sum])
		}
		delete(want, sum)
	}
	for _, paths := range want {
		if len(paths) > 1 {
			c.failf("no duplicate: %q", paths)
		}
	}
}

// hostilepackage FILE writes a package whose entries have hostile names: ELF
// files, broken ones, duplicates and debug files.
func writeHostilePackage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hostilepackage FILE")
	}
	elf, err := os.ReadFile(filepath.Join(ts.Getenv("ELF"), "c-icf-amd64"))
	ts.Check(err)
	var files []packFile
	for _, name := range hostileNames {
		if name == "" || len(name) > 2000 {
			continue
		}
		for _, f := range []packFile{
			{name: name, data: elf},
			{name: "broken " + name, data: []byte("\x7fELF")},
			{name: name + ".js.map", data: []byte(name)},
			{name: "link " + name, target: name, mode: fs.ModeSymlink | 0o777},
		} {
			if f.mode == 0 {
				f.mode = 0o644
			}
			files = append(files, f)
		}
	}
	data, err := packed(args[0], files)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

// checkpackagecsv FILE PACKAGE checks that what remains of the rows adds up to what
// the standard library reads, and that no cell is a formula.
func scriptCheckPackageCSV(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: checkpackagecsv FILE PACKAGE")
	}
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	files, err := readPackage(ts.MkAbs(args[1]))
	ts.Check(err)
	if len(rows) != len(files)+1 {
		ts.Fatalf("%d rows, want %d", len(rows), len(files)+1)
	}
	unzipped, zipped := slices.Index(rows[0], "unzipped"), slices.Index(rows[0], "zipped")
	for i, r := range rows[1:] {
		for _, cell := range r {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				ts.Fatalf("a formula: %q", cell)
			}
		}
		if f := files[i]; r[unzipped] != fmt.Sprint(len(f.data)) || r[zipped] != fmt.Sprint(f.zipped) {
			ts.Fatalf("%q, want %d and %d", r, len(f.data), f.zipped)
		}
	}
}
