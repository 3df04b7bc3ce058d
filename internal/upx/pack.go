package upx

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sizegate/sizegate/internal/scratch"
)

// Status is how packing ended.
type Status string

const (
	OK      Status = "ok"
	Skipped Status = "skipped" // UPX declines this kind of file
	Failed  Status = "failed"  // UPX crashed, hung, wrote nothing, or wrote what it cannot unpack
)

// Result is what came of packing one file at one level.
type Result struct {
	Size   uint64 // bytes of the packed file, if Status is OK
	Zipped uint64 // what zipped made of it, 0 if it was not asked
	Status Status
	Reason string        // one printable line, unless Status is OK
	Cached bool          // UPX was not run
	Took   time.Duration // UPX's packing, without the test; 0 if Cached
}

// DefaultTimeout is a Runner's time limit unless it has its own. The slowest
// level takes about a minute for every 10 MB.
const DefaultTimeout = 10 * time.Minute

// Runner packs files. It may be used by several goroutines at once.
type Runner struct {
	Tool    *Tool
	Timeout time.Duration // for packing and testing one file; 0 is DefaultTimeout
	Cache   *Cache        // nil: none
}

// UPX sees no other names than these, in a directory of its own.
const (
	inputName  = "bootstrap"
	packedName = "packed"
)

// Input is the bytes of an executable, for any number of levels.
type Input struct {
	write func(w io.Writer) error
	mu    sync.Mutex
	known bool
	hash  [sha256.Size]byte
}

// NewInput is what write writes, the same whenever it is called.
func NewInput(write func(w io.Writer) error) *Input { return &Input{write: write} }

// sum is the SHA-256 of the bytes, which are produced for it once.
func (in *Input) sum(ctx context.Context) ([sha256.Size]byte, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.known {
		return in.hash, nil
	}
	sum := sha256.New()
	if err := in.write(&untilDone{ctx, sum}); err != nil {
		return in.hash, fmt.Errorf("hashing the input for UPX: %w", err)
	}
	in.hash, in.known = [sha256.Size]byte(sum.Sum(nil)), true
	return in.hash, nil
}

// Pack runs UPX on the input and returns the packed size, unless the cache knows
// it: then the input is only hashed.
//
// While the packed file exists, zipped, unless nil, is called with its path and
// says what Result.Zipped is; keep, unless nil, may copy it, and needs UPX to be
// run whatever the cache has. Nothing is left on the disk; what a process that is
// killed leaves, the next one removes.
//
// That UPX declines or fails is a Result. Errors are the directory that cannot
// be written, a UPX that does not start, those of the input, zipped and keep, and
// the end of ctx.
func (r *Runner) Pack(ctx context.Context, in *Input, level Level, zipped func(packed string) (uint64, error), keep func(packed string) error) (_ Result, err error) {
	flags, err := level.flags()
	if err != nil {
		return Result{}, err
	}
	if r.Cache != nil && keep == nil {
		hash, err := in.sum(ctx)
		if err != nil {
			return Result{}, err
		}
		res, ok := r.Cache.get(key{hash, r.Tool.Version, level})
		if ok && (zipped == nil || res.Zipped > 0 || res.Status != OK) {
			return res, nil
		}
	}
	private, err := scratch.New("sizegate-upx-")
	if err != nil {
		return Result{}, fmt.Errorf("no directory for UPX to work in (set TMPDIR to one that can be written): %w", err)
	}
	defer func() { err = errors.Join(err, private.Close()) }()
	dir := private.Path()

	hash, err := writeInput(ctx, filepath.Join(dir, inputName), in.write)
	if err != nil {
		return Result{}, err
	}
	res, err := r.packAndTest(ctx, dir, flags)
	if err != nil {
		return Result{}, err
	}
	packed := filepath.Join(dir, packedName)
	if res.Status == OK && zipped != nil {
		if res.Zipped, err = zipped(packed); err != nil {
			return Result{}, err
		}
	}
	if res.Status == OK && keep != nil {
		if err := keep(packed); err != nil {
			return Result{}, err
		}
	}
	r.Cache.put(key{hash, r.Tool.Version, level}, res)
	return res, nil
}

// packAndTest is UPX's share of the work, which the time limit is for.
func (r *Runner) packAndTest(ctx context.Context, dir string, flags []string) (Result, error) {
	limit := r.Timeout
	if limit == 0 {
		limit = DefaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTimeout(limit))
	defer cancel()
	orTimeout := func(err error) (Result, error) {
		if t, ok := errors.AsType[errTimeout](err); ok {
			return Result{Status: Failed, Reason: t.Error()}, nil
		}
		return Result{}, fmt.Errorf("upx: %w", err)
	}

	// -q leaves out the progress bar; -qq would also leave out why UPX declines
	// a file that is already packed.
	look := []string{"-q", "--no-color", "--no-progress"}
	args := append(append(look, flags...), "-o", packedName, inputName)
	start := time.Now()
	end, err := run(ctx, r.Tool.Path, dir, args...)
	if err != nil {
		return orTimeout(err)
	}
	res := judge(end, filepath.Join(dir, packedName))
	res.Took = time.Since(start)
	if res.Status != OK {
		return res, nil
	}
	test, err := run(ctx, r.Tool.Path, dir, append(look, "-t", packedName)...)
	if err != nil {
		return orTimeout(err)
	}
	if !test.ok() {
		return Result{Status: Failed, Reason: oneLine("upx -t: " + test.describe()), Took: res.Took}, nil
	}
	return res, nil
}

// judge reads an end of UPX. Its exit status is 0, 1 for an error, or 2 for a
// warning. A warning counts as success if there is a packed file; without one
// it means that UPX left the file alone.
func judge(e ending, packed string) Result {
	m := message(e)
	switch {
	case e.code == 1 && declines(m):
		return Result{Status: Skipped, Reason: m}
	case e.code != 0 && e.code != 2:
		return Result{Status: Failed, Reason: oneLine(e.describe())}
	}
	info, err := os.Lstat(packed)
	switch {
	case err == nil && info.Mode().IsRegular() && info.Size() > 0:
		return Result{Status: OK, Size: uint64(info.Size())}
	case e.code == 2 && m != "":
		return Result{Status: Skipped, Reason: m}
	case e.code == 2:
		return Result{Status: Skipped, Reason: oneLine(e.describe())}
	}
	return Result{Status: Failed, Reason: "UPX ended well but wrote no file"}
}

// writeInput makes the executable that UPX is given and returns its SHA-256.
func writeInput(ctx context.Context, path string, write func(w io.Writer) error) (hash [sha256.Size]byte, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return hash, err
	}
	sum := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(&untilDone{ctx, f}, sum), 256<<10)
	err = write(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		// The mode above was subject to the umask.
		err = f.Chmod(0o755)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return hash, fmt.Errorf("writing the input for UPX: %w", err)
	}
	return [sha256.Size]byte(sum.Sum(nil)), nil
}

// untilDone fails once its context has ended.
type untilDone struct {
	ctx context.Context
	w   io.Writer
}

func (u *untilDone) Write(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.w.Write(p)
}
