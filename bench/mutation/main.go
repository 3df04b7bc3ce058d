// Mutation damages real ELF files in many ways, and lets report, advise and strip
// have each of them. A mutant has to be measured, with sums that hold, or be
// refused with an error of one line; what panics, takes over 10 s or over 1 GiB,
// or reports what does not add up is a failure.
//
//	go run ./bench/mutation [-for 2m] [-n COUNT] [-seed FIRST] [-file NAME] [-keep DIR] [FILE...]
//	go run ./bench/mutation -file NAME -seed SEED [-keep DIR] [FILE...]
//
// The files are those of testdata/elf, small Go programs that are built, and the
// ones that are named; with -file it is only the one with that name. A seed and the
// name of a file stand for one mutant. The second form examines it alone, in this
// process. -keep writes the mutants that fail, or that one, to a folder.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := mutation(); err != nil {
		fmt.Fprintln(os.Stderr, "mutation:", err)
		os.Exit(1)
	}
}

func mutation() error {
	duration := flag.Duration("for", 0, "how long to go on")
	number := flag.Int("n", 0, "how many mutants")
	seed := flag.Uint64("seed", 1, "seed of the first mutant")
	file := flag.String("file", "", "only mutants of the file with this name; one, if it is not said how long or how many")
	keep := flag.String("keep", "", "folder for mutants that fail")
	workers := flag.Int("workers", runtime.NumCPU(), "processes side by side")
	worker := flag.Bool("worker", false, "be one of these processes")
	flag.Parse()
	if *worker {
		subjects, err := load(flag.Args())
		if err != nil {
			return err
		}
		return work(os.Stdin, os.Stdout, subjects)
	}
	if *file == "" && *duration == 0 && *number == 0 {
		return fmt.Errorf("say how long (-for 2m) or how many (-n 1000)")
	}
	paths, err := fixtures("testdata/elf")
	if err != nil {
		return fmt.Errorf("%w (run it in the root of the repository)", err)
	}
	dir, err := os.MkdirTemp("", "sizegate-mutation-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	built, err := goPrograms(dir)
	if err != nil {
		return err
	}
	paths = slices.Concat(paths, built, flag.Args())
	subjects, err := load(paths)
	if err != nil {
		return err
	}
	turns := schedule(subjects)
	if *file != "" {
		i := slices.IndexFunc(subjects, func(s *subject) bool { return s.name == *file })
		switch {
		case i < 0:
			return fmt.Errorf("no file is called %s (name its path, too)", *file)
		case *duration == 0 && *number == 0:
			return single(subjects[i], *seed, *keep)
		}
		turns = []int{i}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	r := &run{subjects: subjects, schedule: turns, first: *seed, count: *number, tally: newTally(len(subjects)),
		command: func() *exec.Cmd { return exec.Command(self, append([]string{"-worker"}, paths...)...) }}
	if *duration > 0 {
		r.until = time.Now().Add(*duration)
	}
	r.failed = func(j job, res result) {
		name := subjects[j.Subject].name
		fmt.Printf("FAIL -file %s -seed %d: %s\n", name, j.Seed, res.Problem)
		if *keep != "" {
			if err := save(*keep, subjects[j.Subject], j.Seed); err != nil {
				fmt.Fprintln(os.Stderr, "mutation:", err)
			}
		}
	}
	began := time.Now()
	if err := r.all(*workers); err != nil {
		return err
	}
	if err := r.tally.print(os.Stdout, subjects); err != nil {
		return err
	}
	fmt.Printf("%d mutants from seed %d on, in %v\n", r.tally.total.sum(), *seed, time.Since(began).Round(time.Second))
	if failed := r.tally.total.failed; failed > 0 {
		return fmt.Errorf("%d mutants failed (the lines with FAIL say how to see one again)", failed)
	}
	return nil
}

// single examines one mutant. A panic is not caught.
func single(s *subject, seed uint64, keep string) error {
	if keep != "" {
		if err := save(keep, s, seed); err != nil {
			return err
		}
	}
	data, done := mutate(s, seed)
	var names []string
	for _, k := range done {
		names = append(names, kinds[k].name)
	}
	fmt.Printf("%s, seed %d: %d bytes, %s\n", s.name, seed, len(data), strings.Join(names, ", "))
	measured, err := examine(context.Background(), data)
	if err != nil {
		return err
	}
	fmt.Println(map[bool]string{true: "measured", false: "refused"}[measured])
	return nil
}

// save writes a mutant to a folder.
func save(dir string, s *subject, seed uint64) error {
	data, _ := mutate(s, seed)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d", s.name, seed)), data, 0o644)
}
