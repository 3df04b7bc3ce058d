// Packages and images: their entries, grouped into the tree that is shown.

// addEntries adds what is in a package or an image: by class, folder and entry, or
// without the classes. packed says that the boxes stand for what entries take in
// the archive, or layers where they are stored; ELF files have no parts then.
function addEntries(top, file, view, wanted, packed) {
  const { classes, types, entries, programs, program } = file.contents;
  const sizes = (packed ? entries.packed : entries.size) ?? none;
  const programAt = new Map(packed ? [] : program.map((entry, i) => [entry, programs[i]]));
  const classNode = (c) => {
    const node = child(top, c, c.kind, c.name);
    node.origin = c.origin;
    if (c.kind === "rest") node.what = "no file";
    return node;
  };
  if (packed) {
    for (const c of classes) {
      if (c.packed === 0 || (wanted !== "" && c.name !== wanted)) continue;
      const node = classNode(c);
      node.size += c.packed;
      node.value += c.packed;
    }
  }
  for (let i = 0; i < sizes.length; i++) {
    const c = classes[entries.class[i]], type = types[entries.type[i]];
    if (wanted !== "" && c.name !== wanted) continue;
    if (type === "replaced" && !packed) continue;
    const steps = entries.path[i].split("/");
    let name = steps.pop();
    let node = view === "path" ? top : classNode(c);
    for (const step of steps) node = child(node, step, "folder", step);
    if (type === "hidden" && view === "path") {
      node = child(top, types, "rest", name);
      node.what = "hidden";
      name = c.name;
    }
    const leaf = child(node, i, type === "hidden" ? "rest" : "entry", name || ".");
    leaf.what = type;
    leaf.note = entries.note[i];
    leaf.origin = type === "hidden" || type === "replaced" ? "hidden" : c.origin;
    const parts = programAt.get(i);
    if (parts) {
      leaf.what = "ELF file";
      leaf.file = parts;
      addGroups(leaf, parts, "section", "");
    } else {
      leaf.size = leaf.value = sizes[i];
    }
  }
}

// contentsSum adds up all cells of a package or an image one by one.
function contentsSum(file) {
  const { classes, entries, programs, program } = file.contents;
  const isProgram = new Set(program);
  let sum = 0, packed = 0, cells = 0;
  entries.size.forEach((size, i) => {
    if (isProgram.has(i)) return;
    sum += size;
    cells++;
  });
  for (const p of programs) {
    sum += cellSum(p).sum;
    cells += p.cells;
  }
  for (const size of entries.packed ?? none) packed += size;
  for (const c of classes) packed += c.packed;
  return { sum, packed, cells };
}

// hiddenSize is the bytes of a package's or an image's files that are not seen in
// the end.
function hiddenSize(file) {
  const { types, entries } = file.contents;
  return entries.size.reduce((sum, size, i) => sum + (types[entries.type[i]] === "hidden" ? size : 0), 0);
}
