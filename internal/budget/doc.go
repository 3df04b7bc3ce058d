// Package budget reads budgets.yaml, the limits of programs, and holds measured
// programs against it.
//
// Reading goes in steps, each of which finds all that is wrong at its level:
//
//  1. the bytes: UTF-8, no control characters (source.go);
//  2. the YAML: one document, no aliases, anchors, tags or merge keys
//     (document.go, syntax.go);
//  3. the meaning: known keys, values of the right kind, limits that can hold
//     (read.go, on the methods of reader.go).
//
// Everything read keeps its position, so that an error, and later a breach, can
// name the line of the file that it is about. Rewrite changes numbers in the
// file and nothing else.
package budget
