package starter

import (
	"bytes"
	"testing"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/budgettest"
	"github.com/sizegate/sizegate/internal/snapshot"
)

func TestStarterImage(t *testing.T) {
	data, limits, err := Text([]Program{
		{Path: "dist/app.tar", File: "/src/dist/app.tar", Image: budgettest.Image()},
		{Path: "registry:ghcr.io/team/app:v1", File: "registry:ghcr.io/team/app:v1", Image: &snapshot.Image{Platform: "linux/riscv64"}},
	}, budget.Percent{Digits: 5})
	if err != nil || limits != 6 {
		t.Fatal(limits, err)
	}
	for _, want := range []string{`  - name: app.tar
    path: dist/app.tar
    arch: arm64
    # What Lambda documents, and would refuse or break:
    # preset: aws-lambda-image
    # The command that builds it, for --build and --base:
    # build: docker build -t app . && docker save -o dist/app.tar app
    limits:
      image: 1.05 kB         # 1,000 B now
      image-unpacked: 588 B  # 560 B now
      layers: 4              # 3 layers now
      wasted: 284 B          # 270 B now
`, `  - name: app:v1
    path: registry:ghcr.io/team/app:v1
    # What Lambda documents, and would refuse or break:
    # preset: aws-lambda-image
    limits:
      image-unpacked: 0 B  # 0 B now
`, "#     metric: image\n"} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("no\n%s\nin\n%s", want, data)
		}
	}
}

func TestStarterPackage(t *testing.T) {
	p := budgettest.Package()
	data, limits, err := Text([]Program{{Path: "dist/f.zip", File: "/src/dist/f.zip", Package: p}}, budget.Percent{Digits: 5})
	if err != nil || limits != 3 {
		t.Fatal(limits, err)
	}
	const want = `  - name: f.zip
    path: dist/f.zip
    # What Lambda documents, and would refuse or break; also aws-lambda-layer:
    # preset: aws-lambda-zip
    # The command that builds it, for --build and --base:
    # build: make
    limits:
      zipped: 525 B           # 500 B now
      unzipped: 473 B         # 450 B now
      category:native: 158 B  # 150 B now

# A waiver`
	if !bytes.Contains(data, []byte(want)) {
		t.Errorf("got:\n%s", data)
	}
	empty := &snapshot.Package{Format: "directory"}
	if _, limits, err := Text([]Program{{Path: "d", File: "/d", Package: empty}}, budget.Percent{}); err != nil || limits != 1 {
		t.Errorf("an empty directory: %d limits, %v", limits, err)
	}
}
