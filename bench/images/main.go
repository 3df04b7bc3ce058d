// Images holds the time and memory of sizegate report on container images against
// the programs that read the same bytes: sha256sum for an archive with plain layers,
// gzip -dc for one whose layers are compressed. Both images have 1 GiB of files, and
// their ELF files are analysed.
//
//	go run ./bench/images [-rounds N] -dir DIRECTORY NAME...
//
// The layers are the files below each directory NAME, up to a share of the whole
// each, and one on top that replaces and deletes files. The images are made in
// DIRECTORY unless they are there. A missed target is an error after the table.
// bench/images.sh calls this.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"
)

const mostMemory = 200e6 // bytes

func main() {
	rounds := flag.Int("rounds", 5, "how often each program runs, after one run that is not counted")
	dir := flag.String("dir", "", "where the images are made and kept")
	flag.Parse()
	if *rounds < 1 || *dir == "" || flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: go run ./bench/images [-rounds N] -dir DIRECTORY NAME...")
		os.Exit(2)
	}
	if err := run(*rounds, *dir, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "images:", err)
		os.Exit(1)
	}
}

func run(rounds int, dir string, names []string) error {
	var sources []source
	for _, name := range names {
		sources = append(sources, source{name, wanted * 2 / 5})
	}
	plain, packed, layers, err := build(dir, sources)
	if err != nil {
		return err
	}
	program := filepath.Join(dir, "sizegate")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", program, "./cmd/sizegate").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	fmt.Printf("%s, %d cores, medians of %d.\n\n", time.Now().Format(time.DateOnly), runtime.GOMAXPROCS(0), rounds)
	fmt.Print("| layers | sizegate | is held against | ratio | at most | processor time | memory | met |\n| --- | ---: | --- | ---: | ---: | ---: | ---: | --- |\n")
	var missed error
	for _, c := range []struct {
		kind, image, name string
		rival             []string
		most              float64
	}{
		{"plain", plain, "sha256sum", []string{"sha256sum", plain}, 1.5},
		{"gzip", packed, "gzip -dc", append([]string{"gzip", "-dc"}, layers...), 1.3},
	} {
		own, rival, err := turns(rounds, []string{program, "report", "-q", c.image}, c.rival)
		if err != nil {
			return err
		}
		ratio, verdict := float64(own.wall)/float64(rival.wall), "yes"
		if ratio > c.most || own.memory > mostMemory {
			verdict = "**no**"
			missed = errors.Join(missed, fmt.Errorf("%s: %.2f times %s and %.0f MB, at most %.1f and %.0f MB", c.kind, ratio, c.name, own.memory/1e6, c.most, mostMemory/1e6))
		}
		fmt.Printf("| %s | %.2f s | `%s`, %.2f s | %.2f | %.1f | %.2f | %.0f MB | %s |\n", c.kind, own.wall.Seconds(), c.name, rival.wall.Seconds(),
			ratio, c.most, float64(own.cpu)/float64(rival.cpu), own.memory/1e6, verdict)
	}
	return missed
}

// figures are what a program took: medians, and the most memory in bytes.
type figures struct {
	wall, cpu time.Duration
	memory    float64
}

// turns runs two programs in turn, so that a change of the machine's speed meets
// both.
func turns(rounds int, a, b []string) (own, rival figures, err error) {
	commands, totals := [2][]string{a, b}, [2]figures{}
	var walls, cpus [2][]time.Duration
	for round := -1; round < rounds; round++ {
		for i, args := range commands {
			f, err := measure(args)
			if err != nil {
				return own, rival, fmt.Errorf("%s: %w", args[0], err)
			}
			if round >= 0 {
				walls[i], cpus[i] = append(walls[i], f.wall), append(cpus[i], f.cpu)
				totals[i].memory = max(totals[i].memory, f.memory)
			}
		}
	}
	for i := range totals {
		slices.Sort(walls[i])
		slices.Sort(cpus[i])
		totals[i].wall, totals[i].cpu = walls[i][rounds/2], cpus[i][rounds/2]
	}
	return totals[0], totals[1], nil
}

func measure(args []string) (figures, error) {
	c := exec.Command(args[0], args[1:]...)
	begin := time.Now()
	if err := c.Run(); err != nil { // what it prints goes to the null device
		return figures{}, err
	}
	f := figures{wall: time.Since(begin), cpu: c.ProcessState.UserTime() + c.ProcessState.SystemTime()}
	if used, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		f.memory = float64(used.Maxrss) * 1024
	}
	return f, nil
}
