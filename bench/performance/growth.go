package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/sizegate/sizegate/bench/synthetic"
)

// steady is how much more the next larger input may take, for each symbol or file.
const steady = 1.5

// growth measures files of ten thousand to ten million symbols, and one to a
// thousand files.
func (b *bench) growth() error {
	fmt.Fprint(b.w, "\n### Growth with the symbols of a file\n\n| symbols | file | median | for each symbol | memory | for each symbol | met |\n| ---: | ---: | ---: | ---: | ---: | ---: | --- |\n")
	path := filepath.Join(b.dir, "symbols")
	before := 0.0
	for n := 10_000; n <= 10_000_000; n *= 10 {
		if err := synthetic.Symbols(path, n); err != nil {
			return err
		}
		f, err := b.repeat(3, []string{"report", "-q", "-f", "json", path})
		if err != nil {
			return err
		}
		each := float64(f.median().Nanoseconds()) / float64(n)
		met := ""
		if before > 0 {
			met = b.judge(fmt.Sprintf("time for each of %d symbols, against a tenth of them", n), each/before, steady)
		}
		before = each
		fmt.Fprintf(b.w, "| %d | %.1f MB | %.0f ms | %.0f ns | %.0f MB | %.0f B | %s |\n", n, float64(size(path))/1e6, milliseconds(f.median()), each,
			float64(f.memory)/1e6, float64(f.memory)/float64(n), met)
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	fmt.Fprint(b.w, "\n### Growth with the number of files\n\n| files | median | for each file | memory | met |\n| ---: | ---: | ---: | ---: | --- |\n")
	if err := synthetic.Symbols(path, 20_000); err != nil {
		return err
	}
	args := []string{"report", "-q", "-f", "json"}
	memory := 0.0
	before = 0
	for n := 1; n <= 1000; n *= 10 {
		for len(args) < n+4 {
			next := fmt.Sprintf("%s-%d", path, len(args))
			if err := os.Link(path, next); err != nil {
				return err
			}
			args = append(args, next)
		}
		f, err := b.repeat(3, args)
		if err != nil {
			return err
		}
		each := milliseconds(f.median()) / float64(n)
		met := ""
		if before > 0 {
			met = b.judge(fmt.Sprintf("time for each of %d files, against a tenth of them", n), each/before, steady)
			if n > 10 && met == "yes" {
				met = b.judge(fmt.Sprintf("memory of %d files, against a tenth of them", n), float64(f.memory)/memory, steady)
			}
		}
		before, memory = each, float64(f.memory)
		fmt.Fprintf(b.w, "| %d | %.0f ms | %.2f ms | %.0f MB | %s |\n", n, milliseconds(f.median()), each, memory/1e6, met)
	}
	return nil
}

// many measures the largest 200 ELF files below a directory, each alone and all in
// one command. Alone each has one core, so that the sum by the number of cores is
// what a perfect division of the work would take.
func (b *bench) many(dir string) error {
	files, err := largest(dir, 200)
	if err != nil {
		return err
	}
	alone, together := program{name: "alone"}, program{name: "together"}
	alone.prepare = func(string, string) (string, []string, error) { return "", append(os.Environ(), "GOMAXPROCS=1"), nil }
	together.args = append([]string{b.sizegate, "report", "-q", "-f", "json"}, files...)
	var sums, togethers figures
	var most int64
	for round := -1; round < 3; round++ {
		var sum figures
		for _, file := range files {
			alone.args = []string{b.sizegate, "report", "-q", "-f", "json", file}
			took, peak, err := measure(alone, b.dir, file)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			sum.times = append(sum.times, took)
			most = max(most, peak<<10)
		}
		took, peak, err := measure(together, b.dir, "")
		if err != nil {
			return fmt.Errorf("%d files: %w", len(files), err)
		}
		if round < 0 {
			continue
		}
		total := sum.times[0]
		for _, t := range sum.times[1:] {
			total += t
		}
		sums.times = append(sums.times, total)
		togethers.times = append(togethers.times, took)
		togethers.memory = max(togethers.memory, peak<<10)
	}
	cores := float64(runtime.NumCPU())
	ratio := float64(togethers.median()) / (float64(sums.median()) / cores)
	memory := float64(togethers.memory) / (cores * float64(most))
	fmt.Fprintf(b.w, "\n### %d files in one command\n\n| | median | memory |\n| --- | ---: | ---: |\n", len(files))
	fmt.Fprintf(b.w, "| each alone on one core | %.0f ms in all | %.0f MB at most |\n", milliseconds(sums.median()), float64(most)/1e6)
	fmt.Fprintf(b.w, "| all in one command | %.0f ms | %.0f MB |\n", milliseconds(togethers.median()), float64(togethers.memory)/1e6)
	fmt.Fprintf(b.w, "\nTime by the sum divided by the cores: %.3f, at most 1.10: %s. Memory by that of the largest file for each core: %.3f, at most 1.10: %s.\n",
		ratio, b.judge("200 files, time", ratio, 1.1), memory, b.judge("200 files, memory", memory, 1.1))
	return nil
}

// largest lists the n largest ELF files that sizegate reads, largest first.
func largest(dir string, n int) ([]string, error) {
	type file struct {
		path string
		size int64
	}
	var found []file
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if info, err := d.Info(); err == nil && isProgram(path) {
			found = append(found, file{path, info.Size()})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(found) < n {
		return nil, fmt.Errorf("%s has %d programs, and %d are needed", dir, len(found), n)
	}
	slices.SortFunc(found, func(x, y file) int { return int(y.size - x.size) })
	var paths []string
	for _, f := range found[:n] {
		paths = append(paths, f.path)
	}
	return paths, nil
}

// repeat runs sizegate a few times.
func (b *bench) repeat(rounds int, args []string) (figures, error) {
	f := figures{program: program{args: append([]string{b.sizegate}, args...)}}
	for round := -1; round < rounds; round++ {
		took, peak, err := measure(f.program, b.dir, "")
		if err != nil {
			return f, fmt.Errorf("%v: %w", args[:3], err)
		}
		if round >= 0 {
			f.times = append(f.times, took)
			f.memory = max(f.memory, peak<<10)
		}
	}
	return f, nil
}
