package display

// What a terminal changes how it writes at. Text in colour or bold ends in Reset.
const (
	Bold   = "\x1b[1m"
	Red    = "\x1b[31m"
	Yellow = "\x1b[33m"
	Green  = "\x1b[32m"
	Reset  = "\x1b[0m"
)
