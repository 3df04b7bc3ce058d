// What the cells of the files add up to, and whether it is what it must be.

// sumsOf is the sums of a file: its cells, and pairs of what a sum is and must be.
// packed is [0, 0] where there is no such size.
function sumsOf(file) {
  if (file.contents) {
    const { sum, packed, cells } = contentsSum(file);
    return { cells, size: [sum, file.size], old: [0, 0], packed: file.contents.packed ? [packed, file.contents.packed] : [0, 0] };
  }
  const { sum, old } = cellSum(file);
  return { cells: file.cells, size: [sum, file.size], old: [old, file.old], packed: [0, 0] };
}

// sumOf says what the cells of files add up to. Each file's sum must be right: two
// that are wrong could make up for each other.
function sumOf(files, kind) {
  const sums = files.map(sumsOf);
  const several = files.length > 1;
  const total = (column, i) => sums.reduce((sum, s) => sum + s[column][i], 0);
  const right = (column) => sums.every((s) => s[column][0] === s[column][1]);
  const verdict = (isRight, what) => (isRight ? "the " + what : `which is NOT the ${what}: please report this`);
  const count = sums.reduce((sum, s) => sum + s.cells, 0);
  const cells = grouped(count) + (count === 1 ? " cell adds up to " : " cells add up to ");
  const size = exact(total("size", 0));
  if (kind === "diff") return `${cells}${exact(total("old", 0))} before and ${size} now, ${verdict(right("size") && right("old"), "size of the files")}.`;
  const of = (noun) => (several ? ` of the ${grouped(files.length)} ${noun}s` : "");
  if (kind === "report") return `${cells}${size}, ${verdict(right("size"), "size" + (of("file") || " of the file"))}.`;
  const [whole, how, stored] = kind === "package"
    ? ["unzipped size" + of("package"), "in the archive", several ? "size of the archives" : "size of the archive"]
    : ["unpacked size" + of("image"), "as they are stored", "stored size"];
  const second = total("packed", 1) > 0 ? `; ${how} to ${exact(total("packed", 0))}, ${verdict(right("packed"), stored)}` : "";
  return `${cells}${size}, ${verdict(right("size"), whole)}${second}.`;
}
