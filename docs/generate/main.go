// Generate writes what is documented from the program itself:
//
//	go run ./docs/generate                 the pages in docs/reference
//	go run ./docs/generate -man DIRECTORY  the manual pages, one a command
//
// The commands and their flags are what --help prints, budgets.yaml is its JSON
// Schema, the fields of JSON and the exit codes are those of the source. It runs in
// the root of the repository.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	man := flag.String("man", "", "write manual pages to this directory, and nothing else")
	version := flag.String("version", "", "the version that manual pages name")
	flag.Parse()
	if flag.NArg() != 0 {
		fmt.Fprintln(os.Stderr, "usage: go run ./docs/generate [-man DIRECTORY [-version VERSION]]")
		os.Exit(2)
	}
	if err := run(*man, *version); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(man, version string) error {
	if man != "" {
		files, err := manuals(".", version)
		if err != nil {
			return err
		}
		return write(man, files)
	}
	files, err := references(".")
	if err != nil {
		return err
	}
	return write(filepath.Join("docs", "reference"), files)
}

// references is the pages of docs/reference by name, made from the checkout at root.
func references(root string) (map[string]string, error) {
	commands, err := readCommands(root)
	if err != nil {
		return nil, err
	}
	files := map[string]string{"commands.md": commandsPage(commands)}
	for name, page := range map[string]func(root string) (string, error){
		"budgets-yaml.md": budgetsPage, "json.md": jsonPage, "exit-codes.md": exitCodesPage,
	} {
		if files[name], err = page(root); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// manuals is the manual pages by name.
func manuals(root, version string) (map[string]string, error) {
	commands, err := readCommands(root)
	if err != nil {
		return nil, err
	}
	files := map[string]string{"sizegate.1": overviewManual(commands, version)}
	for i := range commands {
		files["sizegate-"+commands[i].name+".1"] = manual(&commands[i], version)
	}
	return files, nil
}

func write(dir string, files map[string]string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}
