package references

import (
	"github.com/sizegate/sizegate/internal/attrib/account"
	"github.com/sizegate/sizegate/internal/attrib/sectionbytes"
	"github.com/sizegate/sizegate/internal/span"
)

// minConstant is what each owner of an object must have of it for the object to
// be a Function of its own. Smaller objects are short strings by the ten thousand;
// and so there are never more names than KiB of data.
const minConstant = 1 << 10

// constants names what is charged by reference: embedded files by their paths,
// other objects by what they hold.
type constants struct {
	a       *search
	d       *openData
	files   []embedFile // those that are not behind the last piece
	names   []constantName
	entries map[constantOwner]uint32
}

// constantName is "" for an object that nothing is known of. It is a symbol's where
// several owners share data with a symbol.
type constantName struct {
	name   string
	symbol bool
}

// constantOwner is an owner of a constant, a position in constants.names.
type constantOwner struct {
	constant int
	owner    int32
}

// noConstant stands for bytes that have no name of their own.
const noConstant = -1

// part is the bytes up to an address, of one constant or of none.
type part struct {
	end      uint64
	constant int
}

// constants returns nil where nobody asks for functions.
func (a *search) constants(d *openData, pointers []pointer) (*constants, error) {
	if !a.Functions {
		return nil, nil
	}
	c := &constants{a: a, d: d, entries: make(map[constantOwner]uint32)}
	if a.goTable == nil {
		return c, nil
	}
	var err error
	c.files, err = a.embedFiles(d, pointers)
	for i := range c.files {
		f := &c.files[i]
		f.constant = len(c.names)
		c.names = append(c.names, constantName{name: "embed: " + f.name})
	}
	return c, err
}

// parts divides a piece of an object, which has so many owners, into constants.
// Pieces come in ascending order. w reads their section.
func (c *constants) parts(list []part, piece span.Range, owners int, w *sectionbytes.Reader, s *openSection) ([]part, error) {
	if c == nil {
		return append(list, part{s.address(piece.Hi), noConstant}), nil
	}
	for lo := piece.Lo; lo < piece.Hi; {
		for len(c.files) > 0 && c.files[0].Hi <= lo {
			c.files = c.files[1:]
		}
		hi, constant := piece.Hi, noConstant
		switch {
		case len(c.files) > 0 && c.files[0].Lo <= lo:
			f := &c.files[0]
			hi = min(hi, f.Hi)
			if f.Len()/uint64(owners) >= minConstant {
				constant = f.constant
			}
		default:
			if len(c.files) > 0 {
				hi = min(hi, c.files[0].Lo)
			}
			if (hi-lo)/uint64(owners) < minConstant {
				break
			}
			start := s.address(lo)
			head, err := w.At(start, start+minConstant)
			if err != nil {
				return nil, err
			}
			constant = len(c.names)
			c.names = append(c.names, constantName{name: contentName(head, hi-lo > minConstant)})
		}
		list = append(list, part{s.address(hi), constant})
		lo = hi
	}
	return list, nil
}

// symbol is the constant that stands for data with a symbol. Of several names it
// has the first.
func (c *constants) symbol(s *dataSymbol) int {
	if c == nil {
		return noConstant
	}
	c.names = append(c.names, constantName{c.a.NameOf(&c.a.Entries[s.claims[0].ID]), true})
	return len(c.names) - 1
}

// charge claims a range of a section for an owner of the constant.
func (c *constants) charge(section int, r span.Range, constant int, owner int32) {
	key := constantOwner{constant, owner}
	id, ok := c.entries[key]
	if !ok {
		name, symbol := c.names[constant].name, c.names[constant].symbol
		if name == "" && !symbol {
			name = "[object in " + c.a.Binary.Sections[section].Name + " of " + c.a.Owners.Keys[owner].Name + "]"
		}
		id = uint32(len(c.a.Entries))
		c.entries[key] = id
		named := c.a.Constant
		if symbol {
			named = c.a.WithName
		}
		c.a.Entries = append(c.a.Entries, named(account.Entry{Owner: owner, Section: int32(section), Addr: r.Lo, Whole: true}, name))
	}
	c.a.Claims[section] = append(c.a.Claims[section], account.Claim{Range: r, Rank: account.RankReference, ID: id})
}
