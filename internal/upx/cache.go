package upx

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Cache remembers results in the files of one directory. It can only save time:
// a directory that is missing, read-only or full of rubbish makes it a cache
// that has nothing. Several processes may use one directory at once. A nil
// *Cache is an empty one.
//
// An entry is two lines: a JSON object, and the SHA-256 of the first line in
// hexadecimal. Its name is the SHA-256 of what it is about (see key.name).
type Cache struct {
	dir string
	max int // entries
}

const (
	// maxEntries of about 250 bytes.
	maxEntries = 4096
	// entryLimit is more than any entry has bytes.
	entryLimit = 4 << 10
	// draftPrefix names a file that is being written. One that was left behind
	// goes as the oldest entries do.
	draftPrefix = "draft-"
	// futureLimit is more than another run at the same time is ahead.
	futureLimit = time.Hour
)

// OpenCache returns the cache in dir, which need not exist. The error is a
// path that is not absolute.
func OpenCache(dir string) (*Cache, error) {
	if !filepath.IsAbs(dir) {
		return nil, fmt.Errorf("the cache directory %q is not an absolute path", dir)
	}
	return &Cache{dir: dir, max: maxEntries}, nil
}

// key is everything that a size depends on.
type key struct {
	hash    [sha256.Size]byte // of the input
	version string            // of UPX
	level   Level
}

// keyFormat changes whenever UPX is run in another way or an entry's form
// changes, so that entries of the old kind are not found.
const keyFormat = "sizegate upx 2"

func (k key) name() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%x\n%q\n%q\n", keyFormat, k.hash, k.version, k.level))
	return hex.EncodeToString(sum[:])
}

// entry is the JSON object of a cache file. It repeats the key for people who
// look into the directory, and so that an entry under a wrong name is noticed.
type entry struct {
	Hash    string `json:"sha256"`
	Version string `json:"upx"`
	Level   Level  `json:"level"`
	Status  Status `json:"status"`
	Size    uint64 `json:"size"`
	Zipped  uint64 `json:"zipped"`
	Reason  string `json:"reason"`
}

// get returns what is remembered of k.
func (c *Cache) get(k key) (Result, bool) {
	if c == nil {
		return Result{}, false
	}
	text, err := readEntry(filepath.Join(c.dir, k.name()))
	if err != nil {
		return Result{}, false
	}
	line, sum, _ := bytes.Cut(text, []byte("\n"))
	if string(sum) != checksum(line) {
		return Result{}, false
	}
	var e entry
	if json.Unmarshal(line, &e) != nil || e.Hash != hex.EncodeToString(k.hash[:]) || e.Version != k.version || e.Level != k.level {
		return Result{}, false
	}
	switch {
	case e.Status == OK && e.Size > 0 && e.Reason == "":
	case e.Status == Skipped && e.Size == 0 && e.Zipped == 0 && e.Reason != "" && e.Reason == oneLine(e.Reason):
	default:
		return Result{}, false
	}
	return Result{Size: e.Size, Zipped: e.Zipped, Status: e.Status, Reason: e.Reason, Cached: true}, true
}

// readEntry does not open anything but a plain file: opening a named pipe would
// wait for ever.
func readEntry(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > entryLimit {
		return nil, errors.New("not a cache entry")
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // what is there now may be a pipe after all
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, entryLimit))
}

func checksum(line []byte) string {
	return fmt.Sprintf("%x\n", sha256.Sum256(line))
}

// put remembers res, if it would be the same the next time.
func (c *Cache) put(k key, res Result) {
	if c == nil || res.Status == Failed {
		return
	}
	line, err := json.Marshal(entry{hex.EncodeToString(k.hash[:]), k.version, k.level, res.Status, res.Size, res.Zipped, res.Reason})
	if err != nil || os.MkdirAll(c.dir, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(c.dir, draftPrefix)
	if err != nil {
		return
	}
	_, err = fmt.Fprintf(f, "%s\n%s", line, checksum(line))
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		// Readers see the old file or the new one, whole.
		err = os.Rename(f.Name(), filepath.Join(c.dir, k.name()))
	}
	if err != nil {
		os.Remove(f.Name())
		return
	}
	c.prune(k.name())
}

// prune removes the entries that were written first once there are more than
// max, an eighth at a time so that it is seldom done. The one that was written
// last says what time it is: entries from the future were written while the clock
// was ahead, and would stay in the place of new ones for as long.
func (c *Cache) prune(last string) {
	dir, err := os.Open(c.dir)
	if err != nil {
		return
	}
	names, _ := dir.Readdirnames(-1)
	dir.Close()
	names = slices.DeleteFunc(names, func(name string) bool { return !ours(name) })
	if len(names) <= c.max {
		return
	}
	now, err := os.Lstat(filepath.Join(c.dir, last))
	if err != nil {
		return
	}
	type file struct {
		name string
		age  time.Duration
	}
	files := make([]file, 0, len(names))
	for _, name := range names {
		// One that is gone was removed by another run.
		if info, err := os.Lstat(filepath.Join(c.dir, name)); err == nil {
			age := now.ModTime().Sub(info.ModTime())
			if age < -futureLimit {
				age = math.MaxInt64
			}
			files = append(files, file{name, age})
		}
	}
	slices.SortFunc(files, func(a, b file) int {
		return cmp.Or(cmp.Compare(b.age, a.age), cmp.Compare(a.name, b.name))
	})
	for _, f := range files[:max(0, len(files)-c.max*7/8)] {
		os.Remove(filepath.Join(c.dir, f.name))
	}
}

// ours says whether a file's name is one that put gives.
func ours(name string) bool {
	sum, err := hex.DecodeString(name)
	return err == nil && len(sum) == sha256.Size || strings.HasPrefix(name, draftPrefix)
}
