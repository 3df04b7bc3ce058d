package wording

import "strings"

// What is compared and listed is bounded: the words come from the file.
const (
	maxWord      = 64  // bytes
	maxCompared  = 100 // candidates
	maxSuggested = 20
)

// Nearest is the candidate that the word was most likely meant to be, "" if it
// is like none. Of equally near ones the first wins.
func Nearest(word string, candidates []string) string {
	// A third of the letters may be wrong: less misses plain typing errors, more
	// offers words that have nothing to do with it.
	best, limit := "", min(len(word)/3, 3)
	if len(word) == 2 {
		limit = 1
	}
	if len(word) > maxWord {
		return ""
	}
	for _, c := range candidates[:min(len(candidates), maxCompared)] {
		if len(c)-len(word) > limit || len(word)-len(c) > limit {
			continue
		}
		if d := distance(strings.ToLower(word), strings.ToLower(c)); d <= limit {
			best, limit = c, d-1
		}
	}
	return best
}

// distance is the number of letters to insert, remove, replace or swap with
// their neighbour that makes a into b.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// DidYouMean is the hint for an unknown word: the one that is like it, else all
// that are known.
func DidYouMean(word string, known []string) string {
	if n := Nearest(word, known); n != "" {
		return "did you mean " + Quote(n) + "?"
	}
	var list []string
	for _, k := range known[:min(len(known), maxSuggested)] {
		list = append(list, Shorten(k))
	}
	if len(known) > maxSuggested {
		list = append(list, "…")
	}
	return "known: " + strings.Join(list, ", ")
}
