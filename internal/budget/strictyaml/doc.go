// Package strictyaml reads the part of YAML in which a line means what it says: one
// document without aliases, anchors, tags or merge keys. It gathers all that is wrong,
// with positions, and goes in steps:
//
//  1. the bytes: UTF-8, no control characters (cursor.go);
//  2. the YAML (document.go, syntax.go);
//  3. the values: known keys, numbers and texts of the right kind, by the methods of
//     Reader.
//
// An Edit changes one value in the bytes and nothing else; Alike proves it.
package strictyaml
