// Finds nodes by a part of their names, in small or capital letters; folders and
// files by a part of their paths below what is shown. What is in a node that was
// found is not listed again. Of functions only the numbers are kept,
// until they are shown.

const noSearch = { on: false, total: 0, size: 0, old: 0, found: [], lit: new Set(), inside: new Set(), functions: new Map() };

// search looks below root. The result has what was found, the largest first:
// nodes, or {node, func} for a function of a node's group. lit is what was found,
// inside the nodes that have some of it, functions a mark for each function of
// each file.
function search(root, text) {
  const q = text.trim().toLowerCase();
  if (q === "") return noSearch;
  const result = { on: true, total: 0, size: 0, old: 0, found: [], lit: new Set(), inside: new Set(), functions: new Map() };
  const take = (entry, size, old, value) => {
    result.found.push({ ...entry, value });
    result.total++;
    result.size += size;
    result.old += old;
  };
  const visit = (node, above) => {
    let name = node.name.toLowerCase(), below = "";
    if (node.kind === "folder" || node.kind === "entry") {
      name = above + name;
      if (node !== root) below = name + "/";
    }
    if (node.kind !== "more" && node !== root && name.includes(q)) {
      result.lit.add(node);
      take({ node, func: -1 }, node.size, node.old, node.value);
      return true;
    }
    let any = false;
    if (node.group < 0) {
      for (const c of node.children) if (visit(c, below)) any = true;
    } else {
      const { file, column } = node;
      const { size, old } = file.functions;
      const { start } = file.groups;
      const names = lowerNames(file);
      for (let f = start[node.group]; f < start[node.group + 1]; f++) {
        if (!names[f].includes(q)) continue;
        any = true;
        marks(result, file)[f] = 1;
        take({ node, func: f }, size[f], old[f], areaOf(column, size[f], old[f]));
      }
    }
    if (any) result.inside.add(node);
    return any;
  };
  if (root.kind === "more") {
    for (const c of root.children) c.func >= 0 ? visitFunction(c) : visit(c, "");
  } else {
    visit(root, "");
  }
  function visitFunction(c) {
    if (!lowerNames(c.file)[c.func].includes(q)) return;
    marks(result, c.file)[c.func] = 1;
    take({ node: c.parent, func: c.func }, c.size, c.old, c.value);
  }
  result.found.sort((a, b) => b.value - a.value);
  return result;
}

function lowerNames(file) {
  file.lower ??= file.functions.name.map((n) => n.toLowerCase());
  return file.lower;
}

function marks(result, file) {
  let list = result.functions.get(file);
  if (!list) result.functions.set(file, (list = new Uint8Array(file.functions.name.length)));
  return list;
}

// isLit says whether a node was found, is in one that was, or has one in it.
function isLit(result, node) {
  if (node.func >= 0 && result.functions.get(node.file)?.[node.func]) return true;
  if (node.kind === "more") return node.children.some((c) => isLit(result, c));
  if (result.inside.has(node)) return true;
  for (let n = node; n; n = n.parent) if (result.lit.has(n)) return true;
  return false;
}
