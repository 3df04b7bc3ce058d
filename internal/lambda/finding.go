package lambda

import "slices"

// Severity is how bad a finding is.
type Severity string

const (
	// Failure: deployment refuses the package, the function cannot start, or what
	// Lambda starts has symbols or debug information that its build should have left out.
	Failure Severity = "error"
	// Warning: it may not work, or ships a file that it does not need.
	Warning Severity = "warn"
)

// Code is what is wrong. Codes do not change.
type Code string

const (
	OverLimit         Code = "over-limit"
	NearLimit         Code = "near-limit"
	NotAZip           Code = "not-a-zip"
	UnknownRuntime    Code = "unknown-runtime"
	BootstrapMissing  Code = "bootstrap-missing"
	BootstrapNotFile  Code = "bootstrap-not-a-file"
	NotExecutable     Code = "not-executable"
	NotAProgram       Code = "not-a-program"
	WrongArchitecture Code = "wrong-architecture"
	NoInterpreter     Code = "interpreter-missing"
	LibraryMissing    Code = "library-missing"
	GlibcTooNew       Code = "glibc-too-new"
	LibstdcxxTooNew   Code = "libstdc++-too-new"
	InstructionSet    Code = "instruction-set"
	Packed            Code = "packed"
	Unreadable        Code = "unreadable"
	DebugInformation  Code = "debug-information"
	GoSymbols         Code = "go-symbols"
	DebugFile         Code = "debug-file"
	NoEntryPoint      Code = "entry-point-missing"
)

// Finding is one thing that is wrong.
type Finding struct {
	Severity Severity
	Code     Code
	Subject  string // the path of the file in the package, "" for all of it; any characters
	Message  string // one line: what is wrong, and in parentheses what to do
	// About is of a finding about bytes that could be saved its Message without their
	// number, so that those of several files can be told as a sum. "" of all others.
	About string
	// Value and Limit are bytes: a size and its limit, or what could be saved
	// and 0. Both are 0 where the finding is not about a size.
	Value, Limit uint64
}

// sorted puts failures first and keeps the order otherwise.
func sorted(list []Finding) []Finding {
	rank := func(f Finding) int {
		if f.Severity == Failure {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b Finding) int { return rank(a) - rank(b) })
	return list
}
