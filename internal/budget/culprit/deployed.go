package culprit

import (
	"cmp"
	"slices"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/measure"
	"github.com/sizegate/sizegate/internal/compare"
)

// OfDeployed finds the culprits of a breach of a package or an image. before is what it
// was, nil without a baseline. unpacked says that the files are listed with their
// unpacked sizes, which are not what the metric counts.
func OfDeployed(before, now measure.Deployed, m budget.Metric) (c budget.Culprits, unpacked bool) {
	rows := now.Heaviest(m)
	if hidden := measure.HiddenBytes(now, m); hidden > 0 {
		rows = append(rows, compare.Row{Name: hiddenName, Kind: "hidden", New: hidden, Change: compare.Added})
	}
	c.Heaviest = mostFirst(rows)
	if before != nil {
		c.Layers = mostFirst(now.GrownLayers(before, m))
		c.Owners = mostFirst(grownFiles(before, now, m))
	}
	shown := c.Owners
	if len(shown) == 0 && len(c.Layers) == 0 {
		shown = c.Heaviest
	}
	return c, len(shown) > 0 && shown[0].Kind != "layer" && !measure.CountsFiles(now, m)
}

// grownFiles are the files that a metric counts and that grew, in any order.
func grownFiles(before, after measure.Deployed, m budget.Metric) []compare.Row {
	old, now := before.Files(m), after.Files(m)
	var rows []compare.Row
	for path, size := range now {
		was, known := old[path]
		row := compare.Row{Name: path, Kind: "entry", Old: was, New: size, Change: compare.Grew}
		if !known {
			row.Change = compare.Added
		}
		if size > was {
			rows = append(rows, row)
		}
	}
	// A file that was there and no longer remains can be one of those that are
	// hidden now: then the layer has not grown by it.
	was, hidden := measure.HiddenBytes(before, m), measure.HiddenBytes(after, m)
	for path, size := range old {
		if _, remains := now[path]; hidden > 0 && !remains {
			was = budget.Add(was, size)
		}
	}
	if hidden > was {
		rows = append(rows, compare.Row{Name: hiddenName, Kind: "hidden", Old: was, New: hidden, Change: compare.Grew})
	}
	return rows
}

// hiddenName stands for the files of a layer that do not remain, whose names a
// report does not have.
const hiddenName = "[files that are hidden later]"

// mostFirst keeps the rows that grew most, then by name.
func mostFirst(rows []compare.Row) []compare.Row {
	slices.SortFunc(rows, func(x, y compare.Row) int {
		return cmp.Or(cmp.Compare(y.New-y.Old, x.New-x.Old), cmp.Compare(x.Name, y.Name))
	})
	return rows[:min(len(rows), shownCulprits)]
}
