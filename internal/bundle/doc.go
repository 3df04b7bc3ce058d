// Package bundle opens a deployment package, which is a directory, a zip or a
// tar archive (plain, gzip or zstd), and says what is in it and what each entry
// takes. Nothing is written to disk and archives inside are not opened.
//
// The steps are:
//
//  1. format: the first bytes, or a zip's last ones, say what it is, never its name;
//  2. directory, zip, tar: list the entries, in the order of the archive, or of
//     their paths in a directory;
//     Packages zipfile and tarstream know the formats;
//  3. package inspect: read what was listed, on all cores, to count what comes out
//     and to tell ELF files and equal files;
//  4. finish: replaced entries, categories, sums, and the check that they hold.
//
// # Sizes
//
// Zipped and Overhead add up to Size. In a zip and a plain tar Zipped is the sum
// of what the entries take (Stored) and Overhead is all else: headers, the
// central directory, fill, and what nothing describes. An archive that is
// compressed as a whole has no exact share for an entry, so Stored is 0 there
// and Zipped is all of it. A directory is not zipped: both are 0, and Size is
// Unzipped.
//
// The entries' sizes in a zip are those of unzip -v, but for an encrypted one:
// unzip leaves out the 12 bytes that encryption puts in front. What a header
// says of an entry is never believed: the bytes that come out are counted, and
// others than declared are an error. Encrypted entries and those packed with
// other methods than deflate cannot be counted. They keep the declared size,
// are marked Opaque, and are a warning.
//
// # Categories
//
// Every entry has one category, by the first rule that fits:
//
//  1. Native: an ELF file by its content, a static library (.a with the magic
//     of one), a Node addon (.node); also among dependencies.
//  2. Dependency: below node_modules, bower_components, site-packages,
//     dist-packages, vendor/bundle, ruby/gems, or python/lib at the root; a .jar
//     below a lib folder; and what pip installed beside the program, as listed
//     by NAME.dist-info/RECORD.
//  3. Program: source, bytecode or a script by the ending of its name, or by
//     "#!" at its start.
//  4. Data: documents, configuration, templates, styles, pictures, fonts,
//     models, archives, by the ending of the name.
//  5. Other: all else, and directories.
//
// Debug files are a list of their own, besides the categories: only what
// certainly is nothing else.
//
// # Limits
//
// A package with more than 1,000,000 entries, a name of more than 4,096 bytes or
// 256 folders, names of more than 256 MiB in all, more than 16 GiB unpacked, or
// more than 1 GiB that is also more than 200 times the archive, is refused, and
// so is a zip whose entries share bytes.
package bundle
