package judge

import (
	"cmp"
	"slices"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/budget/measure"
	"github.com/sizegate/sizegate/internal/compare"
)

// blameDeployed fills in the culprits of a breach of a package or an image: what
// the metric is made of, and what of that grew. The message says so where the sizes
// of files are not what the metric counts.
func (s *subject) blameDeployed(r *budget.Result) {
	if r.Status != budget.Fail && r.Status != budget.Warn && r.Status != budget.Waived {
		return
	}
	rows := s.shipped.Heaviest(r.Metric)
	if hidden := measure.HiddenBytes(s.shipped, r.Metric); hidden > 0 {
		rows = append(rows, compare.Row{Name: hiddenName, Kind: "hidden", New: hidden, Change: compare.Added})
	}
	r.Culprits.Heaviest = mostFirst(rows)
	if s.shippedBefore != nil {
		r.Culprits.Layers = mostFirst(s.shipped.GrownLayers(s.shippedBefore, r.Metric))
		r.Culprits.Owners = mostFirst(s.grownFiles(r.Metric))
	}
	shown := r.Culprits.Owners
	if len(shown) == 0 && len(r.Culprits.Layers) == 0 {
		shown = r.Culprits.Heaviest
	}
	if len(shown) > 0 && shown[0].Kind != "layer" && !measure.CountsFiles(s.shipped, r.Metric) {
		r.Message += "; files are listed with their unpacked sizes"
	}
}

// grownFiles are the files that a metric counts and that grew, in any order.
func (s *subject) grownFiles(m budget.Metric) []compare.Row {
	old, now := s.shippedBefore.Files(m), s.shipped.Files(m)
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
	was, hidden := measure.HiddenBytes(s.shippedBefore, m), measure.HiddenBytes(s.shipped, m)
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
