package bundle_test

import (
	"os"
	"testing"
)

// FuzzRealZip begins with archives that other programs wrote.
func FuzzRealZip(f *testing.F) {
	for _, path := range []string{"../../testdata/package/function.zip", "../../testdata/bad/zip.zip"} {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(try)
}
