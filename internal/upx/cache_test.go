//go:build unix

package upx

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// openCache returns a cache in a directory that does not exist yet.
func openCache(t *testing.T) *Cache {
	t.Helper()
	c, err := OpenCache(filepath.Join(t.TempDir(), "user", "upx"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func pack(t *testing.T, r *Runner, input string, level Level) Result {
	t.Helper()
	got, err := r.Pack(t.Context(), text(input), level, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestOpenCache(t *testing.T) {
	for _, dir := range []string{"", "relative/upx", "."} {
		if _, err := OpenCache(dir); err == nil {
			t.Errorf("OpenCache(%q) has no error", dir)
		}
	}
}

func TestCacheHit(t *testing.T) {
	emptyTemp(t)
	const refusal = `CantPackException: <&> "é"`
	tests := []struct {
		name   string
		fake   fake
		want   Result
		cached bool
	}{
		{"packed", fake{Write: 77}, Result{Status: OK, Size: 77}, true},
		{"declined", fake{Exit: 1, Stderr: "upx: bootstrap: " + refusal}, Result{Status: Skipped, Reason: refusal}, true},
		{"failed", fake{Exit: 1}, Result{Status: Failed, Reason: "exit status 1, no message"}, false},
		{"crashed", fake{Signal: int(syscall.SIGKILL)}, Result{Status: Failed, Reason: "signal: killed, no message"}, false},
		{"test failed", fake{Write: 5, Test: 1}, Result{Status: Failed, Reason: "upx -t: exit status 1, no message"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &Runner{Tool: install(t, tt.fake), Cache: openCache(t)}
			for again := range 3 {
				got := pack(t, r, "input", Best)
				if got.Cached != (again > 0 && tt.cached) || (got.Took > 0) == got.Cached {
					t.Errorf("run %d: %+v", again, got)
				}
				got.Took, got.Cached = 0, false
				if got != tt.want {
					t.Errorf("run %d: %+v, want %+v", again, got, tt.want)
				}
			}
			// A new cache on the same directory, as another run has it.
			other, err := OpenCache(r.Cache.dir)
			if err != nil {
				t.Fatal(err)
			}
			if got := pack(t, &Runner{Tool: r.Tool, Cache: other}, "input", Best); got.Cached != tt.cached {
				t.Errorf("another run: %+v", got)
			}
		})
	}
}

// TestCacheKey: what has been packed is found for the same bytes, version and
// level only, and not if the packed file is asked for.
func TestCacheKey(t *testing.T) {
	emptyTemp(t)
	tool := install(t, fake{Write: 10})
	cache := openCache(t)
	r := &Runner{Tool: tool, Cache: cache}
	pack(t, r, "input", Fast)
	change(t, filepath.Dir(tool.Path), fake{Write: 20})
	newer := &Runner{Tool: &Tool{tool.Path, "4.2.3"}, Cache: cache}
	for _, got := range []Result{pack(t, r, "inpux", Fast), pack(t, r, "input", LZMA), pack(t, newer, "input", Fast)} {
		if got.Cached || got.Size != 20 {
			t.Errorf("%+v is cached", got)
		}
	}
	if got := pack(t, r, "input", Fast); !got.Cached || got.Size != 10 {
		t.Errorf("%+v is not cached", got)
	}
	before := len(calls(t, tool))
	kept := false
	got, err := r.Pack(t.Context(), text("input"), Fast, nil, func(string) error { kept = true; return nil })
	if err != nil || !kept || got.Cached || got.Size != 20 || len(calls(t, tool)) != before+2 {
		t.Errorf("with keep: %+v, %v, kept %v", got, err, kept)
	}
	// What was measured last counts.
	if got := pack(t, r, "input", Fast); !got.Cached || got.Size != 20 {
		t.Errorf("%+v after it was packed again", got)
	}
	// An entry without the zipped size is of no use to who wants that.
	change(t, filepath.Dir(tool.Path), fake{Write: 30})
	for again := range 2 {
		got, err := r.Pack(t.Context(), text("input"), Fast, func(string) (uint64, error) { return 25, nil }, nil)
		if err != nil || got.Cached != (again > 0) || got.Size != 30 || got.Zipped != 25 {
			t.Errorf("zipped, run %d: %+v, %v", again, got, err)
		}
	}
	if got := pack(t, r, "input", Fast); !got.Cached || got.Size != 30 {
		t.Errorf("%+v is not cached", got)
	}
}

// TestCacheDamage: an entry that is not whole or not of its key is ignored and
// replaced.
func TestCacheDamage(t *testing.T) {
	emptyTemp(t)
	tool := install(t, fake{Write: 10})
	cache := openCache(t)
	r := &Runner{Tool: tool, Cache: cache}
	pack(t, r, "input", Fast)
	pack(t, r, "other", Fast)
	k := key{sha256.Sum256([]byte("input")), tool.Version, Fast}
	path := filepath.Join(cache.dir, k.name())
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(filepath.Join(cache.dir, key{sha256.Sum256([]byte("other")), tool.Version, Fast}.name()))
	if err != nil {
		t.Fatal(err)
	}
	set := func(content []byte) func() error {
		return func() error { return os.WriteFile(path, content, 0o600) }
	}
	// sealed has a checksum that is right.
	sealed := func(format string, args ...any) func() error {
		line := fmt.Sprintf(format, args...)
		return set(fmt.Appendf(nil, "%s\n%x\n", line, sha256.Sum256([]byte(line))))
	}
	about := fmt.Sprintf(`"sha256":"%x","upx":"4.2.2","level":"fast"`, k.hash)

	// The form that the following rely on is that of a real entry.
	if err := sealed(`{%s,"status":"ok","size":10,"zipped":0,"reason":""}`, about)(); err != nil {
		t.Fatal(err)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(good) {
		t.Fatalf("an entry is %q, not %q", good, now)
	}

	for at := range good {
		bad := slices.Clone(good)
		bad[at] ^= 1
		for _, content := range [][]byte{bad, good[:at]} {
			if err := set(content)(); err != nil {
				t.Fatal(err)
			}
			if got, ok := cache.get(k); ok {
				t.Errorf("%q is read as %+v", content, got)
			}
		}
	}

	tests := []struct {
		name   string
		damage func() error
	}{
		{"truncated", set(good[:len(good)/2])},
		{"empty", set(nil)},
		{"longer", set(append(slices.Clone(good), 'x'))},
		{"foreign", set([]byte("a shopping list\n"))},
		{"huge", set(make([]byte, 1<<20))},
		{"of another input", set(other)},
		{"of another version", sealed(`{"sha256":"%x","upx":"4.2.3","level":"fast","status":"ok","size":99,"reason":""}`, k.hash)},
		{"of another level", sealed(`{"sha256":"%x","upx":"4.2.2","level":"lzma","status":"ok","size":99,"reason":""}`, k.hash)},
		{"not JSON", sealed(`size 99`)},
		{"nested", sealed(`%s`, strings.Repeat("[", 3000))},
		{"negative", sealed(`{%s,"status":"ok","size":-99,"reason":""}`, about)},
		{"no size", sealed(`{%s,"status":"ok","size":0,"reason":""}`, about)},
		{"failed", sealed(`{%s,"status":"failed","size":0,"reason":"x"}`, about)},
		{"no status", sealed(`{%s,"size":99}`, about)},
		{"no reason", sealed(`{%s,"status":"skipped","size":0,"reason":""}`, about)},
		{"escape sequence", sealed(`{%s,"status":"skipped","size":0,"reason":"\u001b[31m"}`, about)},
		{"link to a good one", func() error {
			aside := filepath.Join(t.TempDir(), "aside")
			if err := os.WriteFile(aside, good, 0o600); err != nil {
				return err
			}
			return os.Symlink(aside, path)
		}},
		{"link to nothing", func() error { return os.Symlink("nothing", path) }},
		{"named pipe", func() error { return syscall.Mkfifo(path, 0o600) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := tt.damage(); err != nil {
				t.Fatal(err)
			}
			if got := pack(t, r, "input", Fast); got.Cached || got.Status != OK || got.Size != 10 {
				t.Errorf("%+v", got)
			}
			if got := pack(t, r, "input", Fast); !got.Cached || got.Size != 10 {
				t.Errorf("it is not replaced: %+v", got)
			}
		})
	}

	t.Run("directory", func(t *testing.T) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := pack(t, r, "input", Fast); got.Cached || got.Size != 10 {
				t.Errorf("%+v", got)
			}
		}
		if names := list(t, cache.dir); len(names) != 2 {
			t.Errorf("drafts are left: %v", names)
		}
	})
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestCacheNowhere: without a directory that can be written there is no cache,
// and no error.
func TestCacheNowhere(t *testing.T) {
	emptyTemp(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dirs := []string{file, filepath.Join(file, "upx")}
	if os.Getuid() != 0 {
		locked := t.TempDir()
		if err := os.Chmod(locked, 0o500); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, locked, filepath.Join(locked, "upx"))
	}
	tool := install(t, fake{Write: 10})
	for _, dir := range dirs {
		cache, err := OpenCache(dir)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := pack(t, &Runner{Tool: tool, Cache: cache}, "input", Fast); got.Cached || got.Size != 10 {
				t.Errorf("%s: %+v", dir, got)
			}
		}
	}
}

// TestCacheClock: the entries of this day are kept, whatever day it was when a cache
// became full.
func TestCacheClock(t *testing.T) {
	cache := openCache(t)
	cache.max = 16
	nth := func(i int) key { return key{sha256.Sum256([]byte{byte(i)}), "4.2.2", Fast} }
	put := func(i int) { cache.put(nth(i), Result{Status: OK, Size: 1}) }
	ahead, behind := time.Now().AddDate(40, 0, 0), time.Now().AddDate(-40, 0, 0)
	for i := range 16 {
		put(i)
		when := ahead
		if i%4 == 0 {
			when = behind
		}
		if err := os.Chtimes(filepath.Join(cache.dir, nth(i).name()), when, when); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 14 {
		put(100 + i)
	}
	for i := range 14 {
		if _, ok := cache.get(nth(100 + i)); !ok {
			t.Errorf("entry %d of 14 of this day is gone", i+1)
		}
	}
	if n := len(list(t, cache.dir)); n > 16 {
		t.Errorf("%d entries", n)
	}
}

// TestCacheBound: the entries written first go, and nothing but entries.
func TestCacheBound(t *testing.T) {
	cache := openCache(t)
	if cache.max != 4096 {
		t.Errorf("%d entries", cache.max)
	}
	cache.max = 16
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	nth := func(i int) key { return key{sha256.Sum256([]byte{byte(i)}), "4.2.2", Fast} }
	put := func(i int) {
		t.Helper()
		cache.put(nth(i), Result{Status: OK, Size: uint64(i + 1)})
		if _, ok := cache.get(nth(i)); !ok {
			t.Fatalf("entry %d is not there", i)
		}
	}
	put(0)
	foreign := []string{"README", strings.Repeat("a", 63), strings.Repeat("g", 64)}
	for _, name := range foreign {
		path := filepath.Join(cache.dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	// A draft that a killed run left behind counts, and is the oldest.
	draft := filepath.Join(cache.dir, draftPrefix+"123")
	if err := os.WriteFile(draft, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(draft, old, old); err != nil {
		t.Fatal(err)
	}
	age := func(i int) {
		t.Helper()
		// The order of age is not that of names or of writing: 0, 7, 14, 5 …
		when := old.Add(time.Duration(1+i*7%16) * time.Hour)
		if err := os.Chtimes(filepath.Join(cache.dir, nth(i).name()), when, when); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 15 {
		put(i)
		age(i)
	}
	if n := len(list(t, cache.dir)); n != 16+len(foreign) {
		t.Fatalf("%d files before the bound is passed", n)
	}
	put(15)
	// 14 are left: gone are the draft and the two oldest entries, those with
	// i*7%16 of 0 and 1.
	for i := range 16 {
		_, ok := cache.get(nth(i))
		if want := i != 0 && i != 7; ok != want {
			t.Errorf("entry %d: %v", i, ok)
		}
	}
	for i := 16; i < 60; i++ {
		put(i)
	}
	names := list(t, cache.dir)
	if len(names) > 16+len(foreign) {
		t.Errorf("%d files in the end", len(names))
	}
	for _, name := range foreign {
		if !slices.Contains(names, name) {
			t.Errorf("%s is gone", name)
		}
	}
}

// TestCacheShared: several runs at once on one directory, which each has to
// make, agree and leave whole entries.
func TestCacheShared(t *testing.T) {
	emptyTemp(t)
	tool := install(t, fake{Write: 10})
	dir := openCache(t).dir
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			cache, err := OpenCache(dir)
			if err != nil {
				t.Error(err)
				return
			}
			for _, level := range []Level{Fast, Best, Fast} {
				got, err := (&Runner{Tool: tool, Cache: cache}).Pack(t.Context(), text("input"), level, nil, nil)
				if err != nil || got.Status != OK || got.Size != 10 {
					t.Errorf("%+v, %v", got, err)
				}
			}
		})
	}
	all.Wait()
	if names := list(t, dir); len(names) != 2 {
		t.Errorf("entries: %v", names)
	}
	before := len(calls(t, tool))
	for _, level := range []Level{Fast, Best} {
		if got := pack(t, &Runner{Tool: tool, Cache: &Cache{dir, 16}}, "input", level); !got.Cached {
			t.Errorf("%+v is not cached", got)
		}
	}
	if after := len(calls(t, tool)); after != before {
		t.Errorf("UPX was run %d times for what is cached", after-before)
	}
}
