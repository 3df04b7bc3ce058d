package lambda

import "github.com/sizegate/sizegate/internal/bytesize"

// number is a count or bytes as messages show them: with a comma after every
// third digit.
func number(n uint64) string { return bytesize.Size(n).Grouped() }
