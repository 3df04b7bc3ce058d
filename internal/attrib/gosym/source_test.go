package gosym

import (
	"errors"
	"slices"
	"testing"
)

// passing is a source whose windows are valid until the next call and not longer.
type passing struct {
	data   []byte
	last   []byte
	broken error // what reading records ends with
}

func (p *passing) Size() uint64 { return uint64(len(p.data)) }

func (p *passing) Another() Source { return &passing{data: p.data} }

func (p *passing) Part(buf []byte, lo, hi uint64) ([]byte, error) {
	return append(buf[:0], p.data[lo:hi]...), p.broken
}

func (p *passing) Window(lo uint64, n int) ([]byte, error) {
	if p.broken != nil && lo > 0 {
		return nil, p.broken
	}
	for i := range p.last {
		p.last[i] = 0xaa
	}
	window, err := whole(p.data).Window(lo, n)
	p.last = slices.Clone(window)
	return p.last, err
}

func TestOpenFromSource(t *testing.T) {
	for name, tt := range layoutTables {
		t.Run(name, func(t *testing.T) {
			want, err := Parse(tt.data)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Open(&passing{data: tt.data})
			if err != nil {
				t.Fatal(err)
			}
			if got.Len() != want.Len() || got.Layout() != want.Layout() {
				t.Fatalf("%d functions in %+v, want %d in %+v", got.Len(), got.Layout(), want.Len(), want.Layout())
			}
			for i := range want.Len() {
				f, err := got.Func(i)
				if w, werr := want.Func(i); f != w || (err == nil) != (werr == nil) {
					t.Errorf("function %d: got %+v, %v, want %+v, %v", i, f, err, w, werr)
				}
				r, ok := got.Record(i)
				w, wok := want.Record(i)
				if ok != wok || r.Part != w.Part || r.Pair != w.Pair || r.Name != w.Name ||
					!slices.Equal(slices.Collect(r.PCTables()), slices.Collect(w.PCTables())) ||
					!slices.Equal(slices.Collect(r.FuncData()), slices.Collect(w.FuncData())) {
					t.Errorf("record %d: got %+v, %v, want %+v, %v", i, r, ok, w, wok)
				}
			}
			if err := got.Err(); err != nil {
				t.Error(err)
			}
			first, _ := got.Func(0)
			got.ForgetPCTables()
			got.ForgetNames()
			if again, err := got.Func(0); err != nil || again != first {
				t.Errorf("read again it is %+v, %v, want %+v", again, err, first)
			}
			got.Forget(false)
			if name := got.Name(first.NameAt); name != first.Name {
				t.Errorf("the name is %q, want %q", name, first.Name)
			}
			if got.Forget(true); !got.Layout().Mixed && got.Name(first.NameAt) != "" {
				t.Error("a name is there that was dropped")
			}
		})
	}
}

func TestSourceBreaks(t *testing.T) {
	broken := errors.New("broken")
	source := &passing{data: layoutTables["1.20"].data}
	tab, err := Open(source)
	if err != nil {
		t.Fatal(err)
	}
	source.broken = broken
	if f, err := tab.Func(0); err == nil {
		t.Errorf("got %+v", f)
	}
	if err := tab.Err(); err != broken {
		t.Errorf("got %v, want %v", err, broken)
	}
	for what, read := range map[string]func(*Table) error{"names": (*Table).ReadNames, "pc-value tables": (*Table).ReadPCTables} {
		source.broken = nil
		tab, err := Open(source)
		if err != nil {
			t.Fatal(err)
		}
		source.broken = broken
		if err := read(tab); err != broken || tab.Err() != broken {
			t.Errorf("reading the %s: %v, %v, want %v", what, err, tab.Err(), broken)
		}
	}
}
