// Package dwarf reads the format of debug information, DWARF 2 to 5 with GNU's
// extensions for split units, of sections that are not in memory as a whole.
//
//   - [ReadUnits] lists the compile units of a file with their address ranges,
//     reading only the root entry of each.
//   - What reads all entries goes from unit to unit with [Reader.EachUnit], finds
//     how entries are laid out with [ShapeTables], and passes over what it does not
//     need with [Op.Step]. A [Reader] looks up what attributes refer to.
//
// Files can be hostile: what is malformed gives a warning, and neither time nor
// memory grows faster than the sections.
package dwarf
