// Groups the cells of the files into the tree that is shown. Nodes of functions
// are made when they are first needed.

const none = Object.freeze([]); // a hundred thousand nodes share it

function newNode(parent, kind, name) {
  return { parent, kind, name, key: "", size: 0, old: 0, inferred: 0, value: 0, children: none, index: undefined, file: parent?.file, owner: undefined, origin: undefined, section: undefined, group: -1, func: -1, expanded: true, what: undefined, note: "" };
}

// child finds or makes a child. id tells siblings apart.
function child(parent, id, kind, name) {
  if (!parent.index) [parent.index, parent.children] = [new Map(), []];
  let node = parent.index.get(id);
  if (!node) {
    node = newNode(parent, kind, name);
    parent.index.set(id, node);
    parent.children.push(node);
  }
  return node;
}

const ownerName = (owner) => owner.name + (owner.id ? " #" + owner.id.slice(0, 8) : "");
const moduleName = (owner) => owner.module || "[" + (owner.origin || owner.kind) + "]";

// buildTree groups by what view says is first. section is the only section (or
// category, or layer) that is wanted, "" for all; area is what the boxes stand for:
// "size", "change" or "packed".
function buildTree(doc, view, section, area) {
  const diff = doc.kind === "diff";
  const root = newNode(null, "all", "All files");
  for (const file of doc.files) {
    const top = doc.files.length > 1 ? child(root, file, "file", file.name) : root;
    top.kind = "file";
    if (top === root) top.name = file.name;
    top.file = file;
    if (file.contents) {
      top.what = doc.kind;
      addEntries(top, file, view, section, area === "packed");
    } else {
      addGroups(top, file, view, section);
    }
  }
  if (doc.files.length > 1) [root.kind, root.what] = ["all", undefined];
  finish(root, diff ? (area === "size" ? "larger" : "change") : "size");
  return root;
}

function addGroups(top, file, view, wanted) {
  const { groups } = file;
  for (let g = 0; g < groups.size.length; g++) {
    const section = file.sections[groups.section[g]];
    const owner = file.owners[groups.owner[g]];
    if (wanted !== "" && section?.name !== wanted) continue;
    let node = top;
    if (view === "section") {
      if (section) {
        node = child(node, section, "section", section.name);
        node.section = section;
      }
      node = addOwner(node, owner);
    } else {
      node = addOwner(node, owner);
      if (section) node = child(node, section, "section", section.name);
    }
    node.section = section;
    node.group = g;
    node.expanded = groups.count[g] === 0 || isWhole(file, g);
    node.size = groups.size[g];
    node.old = groups.old[g];
    node.inferred = groups.inferred[g];
  }
}

// isWhole says that a group is one part without a name of its own, as a package's
// share of a table is.
function isWhole(file, g) {
  return file.groups.count[g] === 1 && file.groups.rest[g] === 0 && file.groups.restOld[g] === 0 && file.functions.name[file.groups.start[g]].startsWith("[");
}

function addOwner(node, owner) {
  if (owner.kind !== "rest") node = child(node, "module " + moduleName(owner), "module", moduleName(owner));
  node = child(node, owner, owner.kind, ownerName(owner));
  node.owner = owner;
  return node;
}

// keyOf is a name that is fit for a link.
const keyOf = (name) => start(name, 120);

// finish adds up, names and sorts what is below a node.
function finish(node, column) {
  const names = new Map();
  node.children = node.children.map(collapse);
  for (const c of node.children) {
    c.parent = node;
    // The key is the name, of several alike with a number: it goes into links.
    const name = keyOf(c.name);
    const seen = names.get(name) ?? 0;
    names.set(name, seen + 1);
    c.key = seen ? name + "~" + seen : name;
    finish(c, column);
    node.size += c.size;
    node.old += c.old;
    node.inferred += c.inferred;
    node.value += c.value;
  }
  if (node.group >= 0) node.value = node.file.groups[column][node.group];
  node.column = column;
  node.index = undefined;
  node.children.sort((a, b) => b.value - a.value);
  node.origin = node.owner ? node.owner.origin : node.origin ?? mainOrigin(node.children);
}

// mainOrigin is the origin that most bytes of nodes are of, undefined if nobody's.
function mainOrigin(nodes) {
  const sizes = new Map();
  for (const n of nodes) sizes.set(n.origin, (sizes.get(n.origin) ?? 0) + n.value);
  let main, most = -1;
  for (const [origin, size] of sizes) if (size > most) [main, most] = [origin, size];
  return main;
}

// collapse leaves out levels that say nothing: a module whose only package has its
// name, an owner's only section, what has no owner in a section of nobody, and a
// folder with nothing but a folder in it.
function collapse(node) {
  const only = node.children.length === 1 ? node.children[0] : undefined;
  if (!only) return node;
  if (node.kind === "module" && only.name === node.name) return collapse(only);
  if (node.kind === "folder" && only.kind === "folder") {
    only.name = node.name + "/" + only.name;
    return collapse(only);
  }
  if (only.kind === "section" && node.owner || only.kind === "rest" && node.kind === "section") {
    Object.assign(node, { children: only.children, group: only.group, expanded: only.expanded, size: only.size, old: only.old, inferred: only.inferred });
    node.only = only.name;
    node.section = only.section;
  }
  return node;
}

// childrenOf is the children, the largest box first. Those of a package or crate
// are its functions, with what is in none of them.
function childrenOf(node) {
  if (node.expanded) return node.children;
  node.expanded = true;
  node.children = [];
  const { groups, functions } = node.file;
  const { group: g, column } = node;
  const add = (kind, name, size, old, func) => {
    const c = newNode(node, kind, name);
    Object.assign(c, { size, old, func, owner: node.owner, origin: node.origin, section: node.section, value: areaOf(column, size, old), column });
    c.key = keyOf(name);
    node.children.push(c);
  };
  for (let f = groups.start[g]; f < groups.start[g + 1]; f++) add("function", functions.name[f], functions.size[f], functions.old[f], f);
  const rest = groups.rest[g], old = groups.restOld[g];
  if (rest !== 0 || old !== 0) add("remainder", column === "size" ? "[in no function]" : rest === old ? "[did not change]" : "[all else]", rest, old, -1);
  node.children.sort((a, b) => b.value - a.value);
  return node.children;
}

function areaOf(column, size, old) {
  if (column === "change") return Math.abs(size - old);
  return column === "larger" ? Math.max(0, size, old) : size;
}

const hasParts = (node) => node.children.length > 0 || !node.expanded;

// smaller is the node that stands for the children from position first on. Only
// the last one is kept: the position changes with the size of the window.
function smaller(node, first) {
  if (node.smaller?.first === first) return node.smaller;
  const list = childrenOf(node).slice(first);
  const more = newNode(node, "more", grouped(list.length) + " smaller");
  Object.assign(more, { children: list, first, owner: node.owner, origin: mainOrigin(list), section: node.section, column: node.column });
  for (const c of list) {
    more.size += c.size;
    more.old += c.old;
    more.value += c.value;
  }
  node.smaller = more;
  return more;
}

// pathOf is the nodes from the root to a node.
function pathOf(node) {
  const path = [];
  for (let n = node; n; n = n.parent) path.unshift(n);
  return path;
}
