package report

// leastFirst is the columns in which the first column shows the budgets whole, and
// of their paths something: 0 in a table that is not about limits.
func (t *table) leastFirst() int {
	least := 0
	for _, p := range t.programs {
		n := columns.StringWidth(p.budget)
		if p.path != "" {
			n += 1 + min(columns.StringWidth(p.path), tinyName)
		}
		least = max(least, n)
	}
	return least
}

// fitLimits cuts the limits in the second column to what the numbers and the
// budgets leave of the width: paths give way first, then limits, budgets last.
func (t *table) fitLimits() {
	widths := t.widths()
	room := t.o.Width - 2
	for _, w := range widths[2:] {
		room -= w + 2
	}
	first := max(min(widths[0], t.leastFirst()), min(widths[0], room-widths[1]))
	room = max(t.leastName(), room-first)
	for _, r := range t.rows {
		r[1] = fit(r[1], room)
	}
}

// fitPrograms cuts the programs in the first column to so many columns: the paths,
// and the names of the budgets only where that is not enough. The paths of one
// budget stay different if they can.
func (t *table) fitPrograms(room int) {
	rows := make(map[string][]int)
	for i, p := range t.programs {
		rows[p.budget] = append(rows[p.budget], i)
	}
	for name, of := range rows {
		left := room - columns.StringWidth(name) - 1
		if left < tinyName {
			left = tinyName
			if room < tinyName+1+tinyName {
				left = 0 // nothing but the name
			}
		}
		paths := make([]string, len(of))
		for i, row := range of {
			paths[i] = t.programs[row].path
		}
		fitPaths(paths, left)
		for i, row := range of {
			switch path := paths[i]; {
			case path == "" || left == 0:
				t.rows[row][0] = fit(name, room)
			default:
				t.rows[row][0] = fit(name, room-1-columns.StringWidth(path)) + " " + path
			}
		}
	}
}
