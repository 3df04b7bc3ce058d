// Package stored finds a container image where it is stored, which is an archive of
// docker save, an OCI image layout (a directory or a tar archive of one), or a
// registry: the one manifest that is meant, its config, and the blobs of its layers.
//
// A store says where blobs are, by their digest or their name in an archive
// (archive, directory, registry). From its top, resolve goes through indexes down to
// the one manifest that is meant (document, platform), and reads its config. What it
// reads is held against the digests and sizes that are said; layers are not read
// here. Nothing is written to disk. Whether anything is an image at all, whole or
// broken, is told without a manifest (recognize).
package stored
