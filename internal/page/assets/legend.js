// What the colours mean, in words for what occurs.

const originWords = {
  __proto__: null,
  "own code": "own code", dependencies: "dependencies", "standard library": "standard library", native: "C, C++, assembly", linker: "linker",
  "": "origin not known", rest: "no owner",
};
const classWords = {
  __proto__: null,
  program: "program", native: "native", dependencies: "dependencies", data: "data", other: "other",
  base: "files of the base image", application: "files of the application", layer: "files",
};

// legendOf is the colours of a document and what they mean: those that occur where
// the boxes stand for area, in the order of the palette. Whether the map has a group of small parts depends on
// what is open: it hides that line.
function legendOf({ kind, files }, area) {
  if (kind === "diff") return diffLegend(files);
  const words = new Map(colourNames.map((colour) => [colour, new Set()]));
  const add = (origin, word) => words.get(originColour[origin] ?? "rest").add(word);
  for (const file of files) {
    if (file.contents) addClasses(file.contents, area === "packed", add);
    if (area === "packed") continue; // ELF files have no parts then
    for (const program of file.contents?.programs ?? [file]) addOwners(program, add);
  }
  const list = [...words].filter(([, set]) => set.size > 0).map(([colour, set]) => [colour, [...set].join(", ")]);
  return [...list, ["more", "many small parts (darker)"]];
}

function addOwners({ groups, owners }, add) {
  new Set(groups.owner).forEach((at) => {
    const { kind, origin = "" } = owners[at];
    if (kind === "rest") add("rest", originWords.rest);
    else add(origin, originWords[origin] ?? origin);
  });
}

function addClasses({ classes, types, entries }, packed, add) {
  const used = new Set();
  const sizes = (packed ? entries.packed : entries.size) ?? none;
  sizes.forEach((size, i) => {
    const type = types[entries.type[i]];
    if (size === 0) return;
    used.add(entries.class[i]);
    if (type === "hidden") add("hidden", "hidden by a layer above (stripes)");
    if (type === "replaced") add("hidden", "replaced by a later entry (stripes)");
  });
  classes.forEach((c, at) => {
    if (!used.has(at) && !(packed && c.packed > 0)) return;
    if (c.kind === "rest") add("rest", c.name);
    else add(c.origin, classWords[c.origin] ?? c.origin);
  });
}

function diffLegend(files) {
  let grown = false, shrunk = false;
  const compare = (sizes, old) => sizes.forEach((size, i) => {
    grown ||= size > old[i];
    shrunk ||= size < old[i];
  });
  for (const { groups, functions } of files) {
    compare(functions.size, functions.old);
    compare(groups.rest, groups.restOld);
  }
  return [...(grown ? [["grown", "+ grown or added"]] : []), ...(shrunk ? [["shrunk", "− shrunk or removed (stripes)"]] : []), ["same", "no change"]];
}
