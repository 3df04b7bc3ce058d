package texttable

import (
	"math"
	"strings"
)

// bar is what is drawn behind a row: a part of a whole.
type bar struct{ part, whole uint64 }

const (
	minBar = 4 // columns, below which a bar says nothing
	maxBar = 20
	// enoughName is the columns that a name keeps where it gives way to a bar.
	enoughName = 40
)

// Bar draws the size of the row that was added last, beside those of the other
// rows that have one: the largest takes all the room.
func (t *Table) Bar(size uint64) { t.BarOf(size, 0) }

// BarOf draws how much of a whole the row that was added last takes.
func (t *Table) BarOf(part, whole uint64) {
	if t.bars == nil {
		t.bars = make(map[int]bar)
	}
	t.largest = max(t.largest, part)
	t.bars[len(t.rows)-1] = bar{part, whole}
}

// barRoom divides the columns that the numbers leave between the names, the widest
// of which is so wide, and the bars. Without room for bars they have none.
func (t *Table) barRoom(room, widest int) (names, bars int) {
	const gap = 2
	enough := max(enoughName, t.leastFirst())
	if !t.medium.Bars || len(t.bars) == 0 || room-gap-minBar < min(widest, enough) {
		return room, 0
	}
	names = min(widest, max(enough, room-gap-maxBar))
	if names > room-gap-minBar {
		names = room - gap - minBar
	}
	return names, min(maxBar, room-gap-names)
}

// roomForBars says whether bars fit that there are, behind columns of these widths.
func (t *Table) roomForBars(widths []int) bool {
	if !t.medium.Bars || len(t.bars) == 0 {
		return true
	}
	room := t.medium.Width
	for _, w := range widths[1:] {
		room -= w + 2
	}
	_, bars := t.barRoom(room, widths[0])
	return bars > 0
}

// barText is the bar of a row in so many columns, "" for none.
func (t *Table) barText(row, width int) string {
	b, ok := t.bars[row]
	if !ok || width == 0 {
		return ""
	}
	if b.whole == 0 {
		b.whole = t.largest
	}
	return blocks(b, width)
}

// blocks are eighths of a column. Something is never drawn as nothing.
func blocks(b bar, width int) string {
	if b.part == 0 || b.whole == 0 {
		return ""
	}
	eighths := int(math.Round(float64(8*width) * min(1, float64(b.part)/float64(b.whole))))
	eighths = max(1, eighths)
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return text
}
