package page

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// TestSpeed measures the page in Chromium and logs what it found: see it with
// go test -v -run TestSpeed. Only what does not depend on the machine is a
// failure. SIZEGATE_REPORT names a saved report to be measured as well.
func TestSpeed(t *testing.T) {
	b := newBrowser(t)
	programs := []struct {
		name   string
		binary snapshot.Binary
	}{{"10,000 functions", synthetic(10_000)}, {"100,000 functions", synthetic(100_000)}}
	if path := os.Getenv("SIZEGATE_REPORT"); path != "" {
		r, err := snapshot.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, struct {
			name   string
			binary snapshot.Binary
		}{path, r.Binaries[0]})
	}
	for _, program := range programs {
		t.Run(program.name, func(t *testing.T) {
			html := reportPage(t, program.binary)
			p := b.open(t, html, "")
			type figures struct {
				Load, Hover, HoverWorst, Frame, FrameWorst, Zoom, ZoomWorst, Search float64
				Nodes                                                               int
				Steps                                                               map[string]float64
			}
			text := eval[string](p, `(async () => {
				const frame = () => new Promise((done) => requestAnimationFrame(done));
				const map = document.getElementById("map"), box = map.getBoundingClientRect();
				const worst = (list) => Math.max(...list), median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
				const load = performance.getEntriesByName("sizegate:load")[0];
				const out = { Load: load.startTime + load.duration, Steps: {}, };
				for (const m of performance.getEntriesByType("measure")) out.Steps[m.name] ??= m.duration;

				// What the page does for each move of the mouse, and the frame behind it.
				const moves = [], frames = [];
				let last = await frame();
				for (let i = 0; i < 120; i++) {
					const start = performance.now();
					const x = box.left + (i * 7919) %% box.width, y = box.top + (i * 104729) %% box.height;
					map.dispatchEvent(new MouseEvent("mousemove", { clientX: x, clientY: y, bubbles: true }));
					document.getElementById("tip").getBoundingClientRect();
					moves.push(performance.now() - start);
					const now = await frame();
					frames.push(now - last);
					last = now;
				}
				[out.Hover, out.HoverWorst] = [median(moves), worst(moves)];
				[out.Frame, out.FrameWorst] = [median(frames), worst(frames)];

				// In and out again by the keyboard.
				const key = (k) => map.dispatchEvent(new KeyboardEvent("keydown", { key: k, bubbles: true }));
				const zooms = [];
				for (const k of ["Enter", "Enter", "Enter", "Escape", "Escape", "Escape", "Enter", "Enter", "Escape", "Escape"]) {
					const start = performance.now();
					key(k);
					map.getBoundingClientRect();
					zooms.push(performance.now() - start);
					await frame();
				}
				[out.Zoom, out.ZoomWorst] = [median(zooms), worst(zooms)];

				const start = performance.now();
				location.hash = "#q=method1";
				while (!document.getElementById("caption").textContent.includes("found")) await frame();
				out.Search = performance.now() - start;
				out.Nodes = document.querySelectorAll("*").length;
				return JSON.stringify(out);
			})()`)
			var f figures
			if err := json.Unmarshal([]byte(text), &f); err != nil {
				t.Fatal(err)
			}
			steps := ""
			for _, name := range slices.Sorted(maps.Keys(f.Steps)) {
				steps += fmt.Sprintf(" %s %.0f ms", strings.TrimPrefix(name, "sizegate:"), f.Steps[name])
			}
			t.Logf("page %d kB; loaded in %.0f ms; a move of the mouse %.1f ms (worst %.1f), its frame %.1f ms (worst %.1f); a zoom %.0f ms (worst %.0f); a search %.0f ms; %d nodes; at first:%s",
				len(html)/1000, f.Load, f.Hover, f.HoverWorst, f.Frame, f.FrameWorst, f.Zoom, f.ZoomWorst, f.Search, f.Nodes, steps)
			if f.Nodes > 4000 {
				t.Errorf("the page has %d nodes", f.Nodes)
			}
			if len(html) >= 5<<20 {
				t.Errorf("the page takes %d bytes", len(html))
			}
			p.quiet()
		})
	}
}

// synthetic is a program with that many functions, whose sizes are spread as those
// of compilers are: many small ones and few large ones.
func synthetic(count int) snapshot.Binary {
	random := rand.New(rand.NewPCG(1, 2))
	b := snapshot.Binary{Name: fmt.Sprintf("synthetic-%d", count), Path: "dist/app", Languages: []string{"go"}}
	sizes := map[int]uint64{}
	modules := max(1, count/250)
	for i := range count {
		pkg := int(float64(modules*5) * random.Float64() * random.Float64())
		size := uint64(16 + 200*random.ExpFloat64()*random.ExpFloat64())
		sizes[pkg] += size
		b.Functions = append(b.Functions, snapshot.Function{Owner: packageName(pkg), Section: ".text", Size: size,
			Name: fmt.Sprintf("%s.(*Type%d).Method%d", packageName(pkg), random.IntN(90), i)})
	}
	total := uint64(0)
	for pkg := range modules * 5 {
		if sizes[pkg] == 0 {
			continue
		}
		total += sizes[pkg]
		origin := "dependencies"
		if pkg%9 == 0 {
			origin = "own code"
		}
		b.Owners = append(b.Owners, snapshot.Owner{Kind: "package", Name: packageName(pkg), Module: moduleNumber(pkg), Version: "v1.2.3", Origin: origin, Size: sizes[pkg], Sections: map[string]uint64{".text": sizes[pkg]}})
	}
	b.Sections = []snapshot.Section{{Name: ".text", Kind: "code", FileSize: total, Attributed: total}}
	b.FileSize = total
	return b
}

func moduleNumber(pkg int) string {
	return fmt.Sprintf("github.com/organisation%d/module%d", pkg%40, pkg/5)
}

func packageName(pkg int) string { return fmt.Sprintf("%s/internal/package%d", moduleNumber(pkg), pkg) }
