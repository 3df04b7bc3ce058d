// Package outcome renders the verdict of a check, one file a format. Which limits are
// exceeded was decided before.
package outcome

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"github.com/sizegate/sizegate/internal/budget"
	"github.com/sizegate/sizegate/internal/bytesize"
	"github.com/sizegate/sizegate/internal/compare"
	"github.com/sizegate/sizegate/internal/display"
	"github.com/sizegate/sizegate/internal/report/breakdown"
	"github.com/sizegate/sizegate/internal/snapshot"
)

// summary says in one line what a check came to. Where something could not
// be measured it says only that: nothing else is known for certain.
func summary(v *budget.Verdict) string {
	if n := len(v.Failures); n > 0 {
		return "could not be measured: " + display.Counted(n, "problem")
	}
	of := make(map[budget.Status]int)
	exceeded := 0
	for i := range v.Results {
		of[v.Results[i].Status]++
		if v.Results[i].Exceeded {
			exceeded++
		}
	}
	var parts []string
	switch {
	case of[budget.Fail] > 0:
		parts = append(parts, fmt.Sprintf("%s of %s exceeded", display.Number(of[budget.Fail]), display.Counted(len(v.Results), "limit")))
	case exceeded > 0:
		parts = append(parts, fmt.Sprintf("%s of %s exceeded, shown as warnings", display.Number(exceeded), display.Counted(len(v.Results), "limit")))
	case of[budget.Skipped] == len(v.Results):
		parts = append(parts, "no limit was checked")
	default:
		parts = append(parts, "every limit holds")
	}
	if n := of[budget.Waived]; n > 0 {
		parts = append(parts, display.Number(n)+" waived")
	}
	if n := of[budget.Warn] - exceeded + len(v.Warnings); n > 0 {
		parts = append(parts, display.Counted(n, "warning"))
	}
	if n := of[budget.Skipped]; n > 0 {
		parts = append(parts, display.Number(n)+" skipped")
	}
	return strings.Join(parts, ", ")
}

// place is where in the configuration something is said: "budgets.yaml:12".
func place(v *budget.Verdict, p budget.Position) string {
	if p.Line == 0 {
		return v.Config
	}
	return fmt.Sprintf("%s:%d", v.Config, p.Line)
}

// program is what a result is about: its budget, and its path, "" where the budget
// has only one.
type program struct{ budget, path string }

func (p program) String() string {
	if p.path == "" {
		return p.budget
	}
	return p.budget + " " + p.path
}

// programsOf returns a function that tells the program of a result.
func programsOf(v *budget.Verdict) func(r *budget.Result) program {
	first := make(map[string]string)
	several := make(map[string]bool)
	for i := range v.Results {
		r := &v.Results[i]
		path, known := first[r.Budget]
		if !known {
			first[r.Budget] = r.Path
		} else if path != r.Path {
			several[r.Budget] = true
		}
	}
	return func(r *budget.Result) program {
		if several[r.Budget] {
			return program{r.Budget, r.Path}
		}
		return program{budget: r.Budget}
	}
}

// programNames returns a function that names the program of a result in one text.
func programNames(v *budget.Verdict) func(r *budget.Result) string {
	of := programsOf(v)
	return func(r *budget.Result) string { return of(r).String() }
}

// limitKind is what a limit is about.
type limitKind string

const (
	absoluteLimit limitKind = "limit"
	growthLimit   limitKind = "max-increase"
	packageLimit  limitKind = "package"
	packageBan    limitKind = "deny"
	architecture  limitKind = "arch"
	presetFinding limitKind = "preset"
)

func kindOf(r *budget.Result) limitKind {
	switch {
	case r.Metric == "arch":
		return architecture
	case r.Metric == budget.PresetMetric:
		return presetFinding
	case r.Growth:
		return growthLimit
	case r.Subject == "":
		return absoluteLimit
	case r.Deny:
		return packageBan
	}
	return packageLimit
}

// limitName is a limit as its heading in a list: "upx lzma", "text max-increase",
// "text of net/...", "deny openssl*", "bootstrap-missing".
func limitName(r *budget.Result) string {
	metric := strings.TrimSpace(string(r.Metric) + " " + r.Level)
	switch kindOf(r) {
	case growthLimit:
		return metric + " max-increase"
	case packageLimit:
		return metric + " of " + r.Subject
	case packageBan:
		return "deny " + r.Subject
	case presetFinding:
		return cmp.Or(r.Subject, metric)
	}
	return metric
}

// numbersOf are the value and the limit of a result, nil where there is no such
// number. Of a limit that was not checked 0 is none.
func numbersOf(r *budget.Result) (value, limit *uint64) {
	switch k := kindOf(r); {
	case k == architecture:
		return nil, nil
	case k != presetFinding && r.Status != budget.Skipped:
		return &r.Value, &r.Limit
	}
	if r.Value != 0 {
		value = &r.Value
	}
	if r.Limit != 0 || r.Deny {
		limit = &r.Limit
	}
	return value, limit
}

// figures are the numbers of a result as text, "" where there is none.
type figures struct{ value, limit, headroom, change string }

func figuresOf(r *budget.Result) figures {
	var f figures
	if k := kindOf(r); k == architecture || k == presetFinding || r.Status == budget.Skipped {
		return f
	}
	f.value, f.limit = bytesize.Size(r.Value).Grouped(), bytesize.Size(r.Limit).Grouped()
	if r.Value > r.Limit {
		over := r.Value - r.Limit
		f.headroom = "-" + bytesize.Size(over).Grouped()
		if r.Limit > 0 {
			f.headroom += " (" + below(bytesize.Percent(over, r.Limit)) + ")"
		}
	} else {
		f.headroom = bytesize.Size(r.Limit - r.Value).Grouped()
		if r.Limit > 0 {
			f.headroom += " (" + bytesize.Percent(r.Limit-r.Value, r.Limit) + ")"
		}
	}
	if r.Baseline != nil {
		f.change = bytesize.Change(r.Value, *r.Baseline)
	}
	return f
}

// below is the share that a value is above its limit, with a sign. What is too little
// for a number has none: the sign stands in front of the bytes.
func below(share string) string {
	if strings.HasPrefix(share, "<") {
		return share
	}
	return "-" + share
}

// severity orders results: the worst have the lowest number.
func severity(s budget.Status) int {
	return slices.Index([]budget.Status{budget.Fail, budget.Warn, budget.Waived, budget.Skipped, budget.Pass}, s)
}

// worstFirst is the results that are wanted: by status, then by how far they are
// above the limit as a share of it, then as they are.
func worstFirst(v *budget.Verdict, wanted func(s budget.Status) bool) []*budget.Result {
	var list []*budget.Result
	for i := range v.Results {
		if wanted(v.Results[i].Status) {
			list = append(list, &v.Results[i])
		}
	}
	slices.SortStableFunc(list, func(a, b *budget.Result) int {
		if a.Status != b.Status || a.Status == budget.Skipped || a.Status == budget.Pass {
			return cmp.Compare(severity(a.Status), severity(b.Status))
		}
		return compareExcess(b, a)
	})
	return list
}

// compareExcess compares (value-limit)/limit exactly. Above a limit of nothing
// there is no share: that is the most.
func compareExcess(a, b *budget.Result) int {
	excess := func(r *budget.Result) uint64 { return max(r.Value, r.Limit) - r.Limit }
	switch {
	case a.Limit == 0 && b.Limit == 0:
		return 0
	case a.Limit == 0:
		return 1
	case b.Limit == 0:
		return -1
	}
	aHigh, aLow := bits.Mul64(excess(a), b.Limit)
	bHigh, bLow := bits.Mul64(excess(b), a.Limit)
	return cmp.Or(cmp.Compare(aHigh, bHigh), cmp.Compare(aLow, bLow))
}

// explained says whether a failure or a warning says already what a result
// would.
func explained(r *budget.Result) bool { return r.Status == budget.Skipped && r.Metric != "path" }

// blame is one list of what a breach is made of.
type blame struct {
	title string
	grown bool // the sizes are differences
	parts []part
}

// part is an owner, a file, a layer, a function or a section. Its name is not cleaned.
type part struct {
	name, size, note string
	path             bool // the name is that of a file
}

// shown is the name cut to so many columns.
func (p *part) shown(width int) string {
	if p.path {
		return display.ClipPath(p.name, width)
	}
	return display.Clip(p.name, width)
}

// maxParts is the rows that a list of culprits shows at most.
const maxParts = 10

// blames is what grew: owners, layers, sections, functions. Where nothing is known to
// have grown it is what weighs most.
func blames(c *budget.Culprits) []blame {
	var list []blame
	add := func(title string, rows []compare.Row, grown bool, name func(*compare.Row) string) {
		if len(rows) == 0 {
			return
		}
		b := blame{title: title, grown: grown}
		for i := range rows[:min(len(rows), maxParts)] {
			row := &rows[i]
			p := part{name: name(row), size: bytesize.Size(row.New).Grouped(), path: row.Kind == "entry"}
			if grown {
				p.size, p.note = bytesize.Change(row.New, row.Old), rowNote(row)
			}
			b.parts = append(b.parts, p)
		}
		list = append(list, b)
	}
	grew, weighs := "grew most", "weighs most"
	if c.OfCode {
		grew, weighs = "code that grew most", "code that weighs most"
	}
	add(grew, c.Owners, true, ownerOf)
	add("layers that grew most", c.Layers, true, ownerOf)
	add("sections that grew most", c.Sections, true, func(r *compare.Row) string { return r.Name })
	add("functions that grew most", c.Functions, true, func(r *compare.Row) string { return display.Demangle(r.Name) })
	if list == nil {
		add(weighs, c.Heaviest, false, ownerOf)
	}
	return list
}

// ownerOf is the name of an owner, with what tells it from others of the same
// name.
func ownerOf(r *compare.Row) string {
	return breakdown.OwnerName(&snapshot.Owner{Name: r.Name, ID: r.ID})
}

// rowNote is what besides its size is new in a row: the version, or all of it.
func rowNote(r *compare.Row) string {
	switch {
	case r.OldVersion != "" && r.NewVersion != "" && r.OldVersion != r.NewVersion:
		return r.OldVersion + " → " + r.NewVersion
	case r.Change == compare.Added:
		return "new"
	}
	return ""
}
