package snapshot

import (
	"io"

	"github.com/sizegate/sizegate/internal/advise"
)

// AdviceSchema is the value of AdviceReport.Schema.
const AdviceSchema = "sizegate.advice/v1"

// AdviceReport is how files could be built smaller.
type AdviceReport struct {
	Schema   string       `json:"schema"`
	Sizegate string       `json:"sizegate"` // version of the program
	Files    []AdviceFile `json:"files"`    // in the order of the command line
}

// AdviceFile is one file, and what there is to advise: the largest saving first,
// then what has no number.
type AdviceFile struct {
	Path     string   `json:"path"`
	Arch     string   `json:"arch"`
	Type     string   `json:"type"`
	FileSize uint64   `json:"file_size"`
	Advice   []Advice `json:"advice"`
	Warnings []string `json:"warnings"`
}

// Advice is one change of how a file is built.
type Advice struct {
	Code     string   `json:"code"`
	Title    string   `json:"title"`
	Evidence []string `json:"evidence"` // what the file shows
	Setting  string   `json:"setting"`  // to paste; it may have several lines
	// Saves is what this change alone saves, null where that cannot be known.
	Saves        *AdviceSaving `json:"saves"`
	HowToFindOut string        `json:"how_to_find_out"` // without Saves, else ""
}

// AdviceSaving is how much smaller the file gets.
type AdviceSaving struct {
	Bytes uint64 `json:"bytes"`
	How   string `json:"how"` // "computed" from the file, or "measured" with its contents
}

// NewAdvice puts advice into the form of the report.
func NewAdvice(list []advise.Advice) []Advice {
	out := make([]Advice, len(list))
	for i, a := range list {
		out[i] = Advice{Code: a.Code, Title: a.Title, Evidence: notNil(a.Evidence), Setting: a.Setting, HowToFindOut: a.HowToFindOut}
		if a.Saves != nil {
			out[i].Saves = &AdviceSaving{Bytes: a.Saves.Bytes, How: string(a.Saves.How)}
		}
	}
	return out
}

// Write writes the report as Encode does.
func (r *AdviceReport) Write(w io.Writer) error { return Encode(w, r) }
