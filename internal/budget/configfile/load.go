package configfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/strictyaml"
)

// MaxSize bounds a configuration file, in bytes.
const MaxSize = 1 << 20

// Load reads a configuration file. What is wrong in the file is an Errors, with
// all of it; a file that cannot be read is another error, of one line, which
// wraps fs.ErrNotExist where there is none.
func Load(path string) (*budget.Config, error) {
	data, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// ReadFile reads the bytes of a configuration file: a regular file of at most
// 1 MiB.
func ReadFile(path string) ([]byte, error) {
	// Opening a pipe would wait for its writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, readError(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file (name a budgets.yaml)", path)
	}
	// Some files of /proc are empty by their size, and reading them waits for ever.
	if info.Size() == 0 {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, readError(path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, readError(path, err)
	}
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%s: larger than 1 MiB (is it a budgets.yaml?)", path)
	}
	return data, nil
}

func readError(path string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w (sizegate init FILE writes a first one)", path, err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// reader gives the nodes of a configuration file their meaning.
type reader struct {
	strictyaml.Reader
}

// Parse reads the bytes of a configuration file. The path is for messages. The
// error is an Errors, with all that is wrong.
func Parse(path string, data []byte) (*budget.Config, error) {
	r := &reader{strictyaml.NewReader(path)}
	root := r.Document(data)
	if root == nil {
		return nil, r.Err()
	}
	c := r.config(root)
	if err := r.Err(); err != nil {
		return nil, err
	}
	c.Path, c.Text = path, data
	return c, nil
}
