package advise

import "github.com/sizegate/sizegate/internal/bytesize"

// number is a count or bytes as evidence shows them: with a comma after every
// third digit, as the tables do. Negative numbers do not occur.
func number[N int | uint64](n N) string { return bytesize.Size(n).Grouped() }
