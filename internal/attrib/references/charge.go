package references

import (
	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/ownership"
	"github.com/sizegate/sizegate/internal/attrib/sectionbytes"
	"github.com/sizegate/sizegate/internal/span"
)

// maxShares is how many owners objects may have on average: what all objects of a
// file have would need memory without bound. Real programs have one to three.
const maxShares = 16

// chargeObjects charges the objects, and claims as padding the few zero bytes
// that align what follows them. Constants are charged under their names; who is
// charged what does not depend on them.
func (a *search) chargeObjects(os *objects, sets *ownerSets, names *constants) error {
	inferred := make(map[int32]int32)
	room := maxShares * len(os.sets)
	symbols := os.data.symbols
	var parts []part
	var owners []int32
	for i, s := range os.data.sections {
		w := sectionbytes.New(a.Binary, &a.Binary.Sections[s.section])
		out := objectCharges{a: a, names: names, section: s.section, owner: ownership.Nobody}
		for piece, object := range os.pieces(i) {
			owners = owners[:0]
			if object >= 0 {
				for _, o := range sets.get(os.sets[object]) {
					owners = append(owners, a.Owners.Inferred(o, inferred))
				}
			}
			if n := len(owners); n > 1 {
				if room -= n; room < 0 {
					owners = owners[:1]
				}
			}
			for len(symbols) > 0 && symbols[0].Hi <= piece.Lo {
				symbols = symbols[1:]
			}
			if len(symbols) > 0 && symbols[0].Lo <= piece.Lo {
				end := min(piece.Hi, symbols[0].Hi)
				if len(owners) > 1 {
					parts = append(parts[:0], part{s.address(end), names.symbol(&symbols[0])})
					out.share(s.address(piece.Lo), owners, parts)
				} else {
					a.settle(s.section, &symbols[0], owners)
				}
				if piece.Lo = end; piece.Lo == piece.Hi {
					continue
				}
			}
			if len(owners) == 0 {
				r := span.Range{Lo: s.address(piece.Lo), Hi: s.address(piece.Hi)}
				fill, err := aligns(w, r.Lo, r.Hi)
				if err != nil {
					return err
				}
				if fill {
					a.Claims[s.section] = append(a.Claims[s.section], account.Claim{Range: r, Rank: account.RankReference, ID: account.Padding})
				}
				continue
			}
			var err error
			if parts, err = names.parts(parts[:0], piece, len(owners), w, &s); err != nil {
				return err
			}
			out.share(s.address(piece.Lo), owners, parts)
		}
		out.flush()
	}
	return nil
}

// objectCharges charges what is in objects of one section. Neighbours of one owner
// become one claim.
type objectCharges struct {
	a        *search
	names    *constants
	section  int
	run      span.Range // not charged yet, all of constant and owner
	constant int
	owner    int32
}

// share divides the bytes from an address up to the end of the last part among
// owners: in pieces whose sizes differ by one byte at most, the first owners have
// the larger ones.
func (o *objectCharges) share(lo uint64, owners []int32, parts []part) {
	size := parts[len(parts)-1].end - lo
	for k, owner := range owners {
		end := lo + span.Share(size, k, len(owners))
		for lo < end {
			next := min(end, parts[0].end)
			o.add(lo, next, parts[0].constant, owner)
			if next == parts[0].end {
				parts = parts[1:]
			}
			lo = next
		}
	}
}

func (o *objectCharges) add(lo, hi uint64, constant int, owner int32) {
	if o.run.Hi == lo && o.owner == owner && o.constant == constant {
		o.run.Hi = hi
		return
	}
	o.flush()
	o.run, o.constant, o.owner = span.Range{Lo: lo, Hi: hi}, constant, owner
}

// flush charges what is left.
func (o *objectCharges) flush() {
	switch {
	case o.owner == ownership.Nobody:
	case o.constant == noConstant:
		o.a.Charge(o.section, o.run, account.RankReference, o.owner)
	default:
		o.names.charge(o.section, o.run, o.constant, o.owner)
	}
	o.owner = ownership.Nobody
}

// maxAlign is the largest alignment that data is padded for in what compilers
// write: a cache line.
const maxAlign = 64

// aligns says whether [lo,hi) is zero bytes up to the alignment of what follows.
func aligns(w *sectionbytes.Reader, lo, hi uint64) (bool, error) {
	if hi-lo >= maxAlign || hi%8 != 0 {
		return false, nil
	}
	for lo < hi {
		data, err := w.At(lo, hi)
		if err != nil {
			return false, err
		}
		for _, c := range data {
			if c != 0 {
				return false, nil
			}
		}
		lo += uint64(len(data))
	}
	return true, nil
}
