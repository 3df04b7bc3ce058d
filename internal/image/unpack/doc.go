// Package unpack reads the layers of a container image: their digests, what is in
// their tars, and the contents of files that are asked for.
//
// Layers reads each layer once, several at a time (layer). A layer that is compressed,
// or comes over the network, is a stream (stream), whose ELF files are handed out as
// they come by (memory). Contents that are asked for later are read where they are,
// or the layer is unpacked once more (visit). What an entry does to the layers below
// is told here (entry), and done by package image. Nothing is written to disk.
package unpack
