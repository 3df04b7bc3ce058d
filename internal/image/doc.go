// Package image opens a container image, which is an archive of docker save, an
// OCI image layout (a directory or a tar archive of one), or an image in a
// registry, and says what each layer of it takes, adds and hides, and which
// files are in the end in it. Nothing is written to disk, and nothing is run.
//
// The steps are:
//
//  1. package stored: the image that is meant, its config and the blobs of its layers;
//  2. package unpack: each layer once, several at a time: digests, entries, and ELF
//     files that are compressed are handed out to be analysed;
//  3. filesystem: the layers put on each other, which gives what each one adds,
//     overwrites and deletes, and the files that remain;
//  4. efficiency: what is wasted, by the rule of dive;
//  5. history: what made each layer, and which are the base image's;
//  6. check: the sums hold, or it is an error.
//
// What is wrong with an image is told by package fault.
//
// # Sizes
//
// Compressed is the layers' blobs as they are stored, the config and the
// manifest, without the indexes above it. An archive in docker's own format has
// no manifest, and mostly has layers that are not compressed: then it is the sum
// of the layers and the config as they are there. A layer that the manifest names
// twice counts twice.
//
// Unpacked is the sum of the sizes of the regular files in a layer's tar. A hard
// link is another name and counts 0; directories, symbolic links and devices
// count 0; a sparse file counts with its holes; a path that is in the tar twice
// counts twice; the markers that delete (.wh.*) count 0. Tar is the size of the
// uncompressed tar with headers and fill.
//
// # Layers
//
// A marker .wh.NAME deletes NAME and all below it, and .wh..wh..opq all in its
// directory, from the layers below and never from its own. Of two entries with
// one path the later remains. A directory remains when another is put on it;
// everything else replaces what was there, and a file in place of a directory
// deletes what was in that. Paths count as they are written: where a layer puts a
// file below a path that is a symbolic link in a layer below, a directory takes the
// link's place, as it does with overlay file systems. What leads out of the
// image is cut off. A file with several names is gone with the last of them.
//
// # Wasted bytes
//
// Wasted and Efficiency are those of dive (github.com/wagoodman/dive). In each
// layer by itself the paths that have nothing below them count, with the size
// in their header: the last entry of a path, and 0 for a directory. A marker
// .wh.NAME counts as the path NAME, with 0 if that was a file in the layers
// below, and with all that was below it if it was a directory; opaque markers do
// not count. A path that so counts at least twice is wasted with the sum of its
// sizes, the last one included. Efficiency is the sum over all paths of the
// smallest size, divided by that of all sizes.
//
// For the markers dive stacks the layers in a way of its own: opaque markers do
// nothing there, a file in place of a directory keeps what was below, and a
// directory is one only if the last layer that has it, or something below it,
// has an entry for it. That is followed here. Where a marker names nothing in
// the layers below, dive stops reading its layer; here the marker does not count.
// What an image carries and does not show is another figure: Hidden.
//
// # Base image
//
// Annotations may name the base image; how many layers are its is never
// written, and is inferred from the history: the base ends with the last CMD
// that has a layer above it, or where the program that built the layers last
// changes, whichever is higher up. Without either it is unknown.
//
// # Platforms
//
// Where an index has images for several platforms, one must be named: docker
// would take the machine's and crane linux/amd64, but a gate that measures
// another image on another machine is none. A single one needs no name.
// Attestations and other artifacts are no images. An archive that leaves out the
// images of other platforms is one of those that it has.
//
// # Memory
//
// There may be millions of files, so what is kept of each is small and without
// pointers: an entry of a layer is 32 bytes and half a path until all paths have numbers
// (paths), what the layers do to them is computed in arrays by these numbers, which are
// freed one after the other, and of what remains 32 bytes and the path are left (fileList).
//
// # Limits
//
// Digests and sizes are verified, those of the blobs and of the unpacked layers,
// and a wrong one is an error. An image is refused with more than 1,024 layers,
// 2,000,000 entries, 2,500,000 paths (directories without an entry are some too), names
// or paths that remain of more than 256 MiB in all, a name of more than
// 4,096 bytes or 256 folders, documents of more than 4 MiB, more than 64 GiB
// unpacked, or a layer of more than 1 GiB that is also more than 200 times its
// blob. Contents of ELF files in compressed layers are in memory while they are
// analysed: 32 MiB in all, or one larger file alone, which is compressed there and
// may have 256 MiB.
package image
