package gotype

import "encoding/binary"

// The kinds that have more than the common part, as in reflect.Kind.
const (
	kindArray     = 17
	kindChan      = 18
	kindFunc      = 19
	kindInterface = 20
	kindMap       = 21
	kindPointer   = 22
	kindSlice     = 23
	kindStruct    = 25
	kindLast      = 26

	kindMask      = 1<<5 - 1
	kindGCProgram = 1 << 6 // up to Go 1.23
)

// Flags of a descriptor.
const (
	flagUncommon     = 1 << 0
	flagNamed        = 1 << 2
	flagMaskOnDemand = 1 << 4 // from Go 1.24 on
	flagsKnown       = 1<<6 - 1
)

// Sizes in bytes.
const (
	word         = 8
	commonSize   = 48
	uncommonSize = 16
	fieldSize    = 24
	methodSize   = 16
	imethodSize  = 8
	itabFixed    = 24 // an interface table without its methods
)

// noOffset is no place in the memory.
const noOffset = ^uint32(0)

// descriptor is one type. Offsets count from Module.Types.
type descriptor struct {
	at       uint32
	kind     uint8
	flags    uint8
	gcProg   bool
	size     uint64 // of a value
	ptrBytes uint64 // of a value, up to its last pointer
	equal    uint64 // address of the closure that compares values, 0 without
	gcData   uint64 // address
	name     uint32
	toThis   uint32 // the type *T, noOffset if unknown

	end       uint32 // of the part that the kind has, and of the uncommon part
	uncommon  uint32 // 0 without
	pkgPath   uint32 // name of the package that declares it, noOffset without
	innerPath uint32 // name of the package of the unexported names in it, noOffset without
	items     uint32 // fields of a struct, methods of an interface, parameters of a function
	itemCount uint32
	methods   uint32
	mcount    uint32
	listed    uint64 // bytes of both lists
}

func (r *reader) u8(at uint32) uint8   { return r.bytes(at, 1)[0] }
func (r *reader) u32(at uint32) uint32 { return binary.LittleEndian.Uint32(r.bytes(at, 4)) }
func (r *reader) u64(at uint32) uint64 { return binary.LittleEndian.Uint64(r.bytes(at, 8)) }

// offset returns the offset of the address that is stored at an offset,
// noOffset where that is outside the data.
func (r *reader) offset(at uint32) uint32 { return r.offsetOf(r.u64(at)) }

// offsetOf returns the offset of an address, noOffset where that is outside the data.
func (r *reader) offsetOf(addr uint64) uint32 {
	if off := addr - r.base; off < r.size {
		return uint32(off)
	}
	return noOffset
}

// typeAddress says whether the word that b begins with can be the address of a
// descriptor.
func (r *reader) typeAddress(b []byte) bool {
	off := r.offsetOf(le64(b))
	return off%word == 0 && r.holds(off, commonSize)
}

// plausible says whether bytes 20 to 23 can be those of a descriptor: flags, alignments
// and the kind. Text and addresses, as a rule, cannot.
func plausible(b []byte) bool {
	flags, align, fieldAlign, kind := b[0], b[1], b[2], b[3]
	return flags <= flagsKnown && kind&kindMask != 0 && kind&kindMask <= kindLast && kind <= kindGCProgram|kindMask|1<<5 &&
		align != 0 && align&(align-1) == 0 && fieldAlign != 0 && fieldAlign <= align
}

// descriptor reads the descriptor at an offset. It is false if what is there
// cannot be one; the name is not looked at.
func (r *reader) descriptor(at uint32) (d descriptor, ok bool) {
	if at%word != 0 || !r.holds(at, commonSize) {
		return d, false
	}
	common := r.bytes(at, commonSize)
	if !plausible(common[20:]) {
		return d, false
	}
	le := binary.LittleEndian
	d = descriptor{at: at, kind: common[23] & kindMask, flags: common[20], gcProg: common[23]&kindGCProgram != 0,
		size: le.Uint64(common), ptrBytes: le.Uint64(common[8:]), equal: le.Uint64(common[24:]), gcData: le.Uint64(common[32:]),
		name: le.Uint32(common[40:]), toThis: le.Uint32(common[44:]), pkgPath: noOffset, innerPath: noOffset}
	if d.ptrBytes > d.size || d.ptrBytes%word != 0 {
		return d, false
	}
	if d.toThis == 0 || d.toThis%word != 0 || !r.holds(d.toThis, commonSize) {
		d.toThis = noOffset
	}
	fixed := uint32(commonSize)
	switch d.kind {
	case kindArray:
		fixed = 72
	case kindChan:
		fixed = 64
	case kindFunc, kindPointer, kindSlice:
		fixed = 56
	case kindInterface, kindStruct:
		fixed = 80
	case kindMap:
		fixed = 88
	}
	if !r.holds(at, uint64(fixed)) {
		return d, false
	}
	own := r.bytes(at+commonSize, fixed-commonSize)
	switch d.kind {
	case kindArray, kindChan, kindPointer, kindSlice:
		if !r.typeAddress(own) {
			return d, false
		}
	case kindMap:
		if !r.typeAddress(own) || !r.typeAddress(own[word:]) || !r.typeAddress(own[2*word:]) {
			return d, false
		}
		if fixed = r.mapSize(r.offsetOf(le64(own[2*word:]))); !r.holds(at, uint64(fixed)) {
			return d, false
		}
	}
	d.end = at + fixed
	if d.flags&flagUncommon != 0 {
		if !r.holds(d.end, uncommonSize) {
			return d, false
		}
		d.uncommon = d.end
		d.end += uncommonSize
	}
	return d, r.readLists(&d, own)
}

// mapSize returns the size of a map's descriptor without the uncommon part. The
// two implementations have other names for what a map is made of. What was found out is
// kept: those names lie all over.
func (r *reader) mapSize(group uint32) uint32 {
	const buckets, groups = 88, 112
	size, ok := r.mapSizes[group]
	if !ok {
		size = groups
		if n, ok := r.name(r.u32(group + 40)); ok && hasWord(r.start(&n), "map.bucket[") {
			size = buckets
		}
		r.mapSizes[group] = size
	}
	return size
}

// readLists reads where the descriptor's lists are. own is what its kind has behind the common
// part.
func (r *reader) readLists(d *descriptor, own []byte) bool {
	le := binary.LittleEndian
	itemSize := uint64(0)
	switch d.kind {
	case kindFunc:
		itemSize = word
		d.items = d.end
		d.itemCount = uint32(le.Uint16(own)) + uint32(le.Uint16(own[2:])&(1<<15-1))
	case kindStruct, kindInterface:
		itemSize = fieldSize
		if d.kind == kindInterface {
			itemSize = imethodSize
		}
		if path := le.Uint64(own); path != 0 {
			if d.innerPath = r.offsetOf(path); d.innerPath == noOffset {
				return false
			}
		}
		n := le.Uint64(own[2*word:])
		if n != le.Uint64(own[3*word:]) || n > r.size {
			return false
		}
		if d.itemCount = uint32(n); n > 0 {
			d.items = r.offsetOf(le.Uint64(own[word:]))
		}
	}
	if !r.holds(d.items, uint64(d.itemCount)*itemSize) {
		return false
	}
	d.listed = uint64(d.itemCount) * itemSize
	if d.uncommon == 0 {
		return true
	}
	uncommon := r.bytes(d.uncommon, uncommonSize)
	if path := le.Uint32(uncommon); path != 0 {
		d.pkgPath = path
	}
	if d.mcount = uint32(le.Uint16(uncommon[4:])); d.mcount == 0 {
		return true
	}
	at := uint64(d.uncommon) + uint64(le.Uint32(uncommon[8:]))
	if at > r.size || !r.holds(uint32(at), uint64(d.mcount)*methodSize) {
		return false
	}
	d.methods = uint32(at)
	d.listed += uint64(d.mcount) * methodSize
	return true
}

// itemType returns the type of field, parameter or interface method i, noOffset
// if it is not in the data.
func (r *reader) itemType(d *descriptor, i uint32) uint32 {
	switch d.kind {
	case kindFunc:
		return r.offset(d.items + i*word)
	case kindStruct:
		return r.offset(d.items + i*fieldSize + word)
	}
	return r.u32(d.items + i*imethodSize + 4)
}

// parts is how many types a type without a name is made of, besides itself.
func (d *descriptor) parts() uint32 {
	switch d.kind {
	case kindArray, kindChan, kindPointer, kindSlice:
		return 1
	case kindMap:
		return 2
	}
	return d.itemCount
}

// part returns type i of those that a type is made of: its element, its key and
// element, its fields, parameters or methods.
func (r *reader) part(d *descriptor, i uint32) uint32 {
	switch d.kind {
	case kindArray, kindChan, kindPointer, kindSlice, kindMap:
		return r.offset(d.at + commonSize + i*word)
	}
	return r.itemType(d, i)
}
