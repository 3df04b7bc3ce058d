package snapshot

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
)

// TestWriter holds reports that are written binary by binary against encoding/json,
// which has them whole.
func TestWriter(t *testing.T) {
	b := func(name string) Binary {
		return Binary{Name: name, Path: "dist/" + name, Languages: []string{"go"}, Sections: []Section{{Name: ".text", FileSize: 12}},
			Owners: []Owner{{Name: "main", Sections: map[string]uint64{".text": 12, ".data": 3}}, {Name: `"binaries": [`}}, Variants: []Variant{}, Warnings: []string{}}
	}
	tests := []struct {
		name   string
		report Report
	}{
		{"no binary", Report{Schema: Schema, Sizegate: "v1", Binaries: []Binary{}}},
		{"one", Report{Schema: Schema, Sizegate: "v1", Binaries: []Binary{b("api")}}},
		{"three, two of one name", Report{Schema: Schema, Sizegate: "v1", Binaries: []Binary{b("api"), b("worker"), b("api")}}},
		{"empty values", Report{Binaries: []Binary{{}, {}}}},
		{"a version like a field", Report{Sizegate: `"binaries": []`, Binaries: []Binary{b("binaries")}}},
		{"packages behind them", Report{Schema: Schema, Binaries: []Binary{b("api")}, Packages: []Package{{Name: "function.zip"}}, Images: []Image{{Name: "image"}}}},
		{"packages alone", Report{Schema: Schema, Binaries: []Binary{}, Packages: []Package{{Name: "function.zip"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var want, got bytes.Buffer
			e := json.NewEncoder(&want)
			e.SetIndent("", " ")
			if err := e.Encode(&tt.report); err != nil {
				t.Fatal(err)
			}
			if err := tt.report.Write(&got); err != nil {
				t.Fatal(err)
			}
			if got.String() != want.String() {
				t.Errorf("got\n%s\nwant\n%s", &got, &want)
			}
		})
	}
}

// failAfter takes so many writes.
type failAfter int

func (f *failAfter) Write(text []byte) (int, error) {
	if *f--; *f < 0 {
		return 0, errors.New("broken pipe")
	}
	return len(text), nil
}

// TestWriterFails: no error is lost, whichever write it is of.
func TestWriterFails(t *testing.T) {
	r := Report{Binaries: []Binary{{}, {Owners: make([]Owner, 5*partLength), Functions: make([]Function, partLength+1)}}}
	for after := failAfter(0); ; after++ {
		w := after
		err := r.Write(&w)
		if err == nil {
			if after < 10 {
				t.Errorf("written with %d writes", after)
			}
			return
		}
		if err.Error() != "broken pipe" {
			t.Errorf("after %d writes: %v", after, err)
		}
	}
}
