package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// target is what a way of sizegate may take, as a share of what another program
// takes of the same file.
type target struct {
	own, rival string
	time       float64
	memory     float64 // 0 for any
}

var targets = []target{
	{text, nm, 0.5, 0},
	{text, readelf, 1, 0},
	{whole, bloaty, 0.15, 0},
	{text, gsa, 0.05, 0.1},
	{whole, gsa, 0.05, 0.1}, // what gsa does
}

const (
	textMemory  = 40e6 // bytes
	wholeMemory = 0.5  // of the file's size
)

// figures are what one program took of a file.
type figures struct {
	program
	times  []time.Duration
	memory int64 // bytes, the most of all runs
}

func (f *figures) median() time.Duration {
	slices.Sort(f.times)
	return f.times[len(f.times)/2]
}

func (b *bench) compare(files []string) error {
	all := make([][]figures, len(files))
	for i, path := range files {
		var err error
		if all[i], err = b.turns(path); err != nil {
			return err
		}
	}
	fmt.Fprint(b.w, "\n### Each program\n\n| file | program | median | memory |\n| --- | --- | ---: | ---: |\n")
	for i, path := range files {
		for _, f := range all[i] {
			fmt.Fprintf(b.w, "| %s | `%s` | %.1f ms | %.0f MB |\n", b.describe(path), f.name, milliseconds(f.median()), float64(f.memory)/1e6)
		}
	}
	fmt.Fprint(b.w, "\n### Targets\n\n| file | sizegate | is held against | ratio | at most | met |\n| --- | --- | --- | ---: | ---: | --- |\n")
	row := func(path, own, other string, ratio, limit float64) {
		verdict := b.judge(fmt.Sprintf("%s: %s, %s", filepath.Base(path), own, other), ratio, limit)
		fmt.Fprintf(b.w, "| %s | `%s` | %s | %.3f | %.2f | %s |\n", filepath.Base(path), own, other, ratio, limit, verdict)
	}
	for i, path := range files {
		find := func(name string) *figures {
			n := slices.IndexFunc(all[i], func(f figures) bool { return f.name == name })
			if n < 0 {
				return nil
			}
			return &all[i][n]
		}
		for _, t := range targets {
			own, rival := find(t.own), find(t.rival)
			if rival == nil {
				continue
			}
			row(path, t.own, "time of "+t.rival, float64(own.median())/float64(rival.median()), t.time)
			if t.memory > 0 {
				row(path, t.own, "memory of "+t.rival, float64(own.memory)/float64(rival.memory), t.memory)
			}
		}
		row(path, text, "memory of 40 MB", float64(find(text).memory)/textMemory, 1)
		row(path, whole, "memory, by the file's size", float64(find(whole).memory)/float64(size(path)), wholeMemory)
	}
	return nil
}

// turns lets all programs that can read the file run on it in turn.
func (b *bench) turns(path string) ([]figures, error) {
	var list []figures
	for _, p := range own {
		p.args = append([]string{b.sizegate}, p.args...)
		list = append(list, figures{program: p})
	}
	for _, p := range rivals {
		if _, err := exec.LookPath(p.args[0]); err == nil && (p.fits == nil || p.fits(path)) {
			list = append(list, figures{program: p})
		}
	}
	for round := -1; round < b.rounds; round++ {
		for i := range list {
			f := &list[i]
			took, peak, err := measure(f.program, b.dir, path)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", f.name, path, err)
			}
			if round >= 0 {
				f.times = append(f.times, took)
				f.memory = max(f.memory, peak<<10)
			}
		}
	}
	return list, nil
}

func (b *bench) describe(path string) string {
	return fmt.Sprintf("%s, %.0f MB", filepath.Base(path), float64(size(path))/1e6)
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
