// The state of the page is in the fragment of its address, so that links can be
// shared and the back button works. A fragment is anyone's text.

// choices are the values of the switches by the kind of the document, with what
// they are called; the first is the default. part is what can be shown alone.
const byOwner = [["section", "section, then owner"], ["owner", "owner, then section"]];
const choices = {
  report: { part: "Section", all: "all sections", view: byOwner, area: [["size", "size"]] },
  diff: { part: "Section", all: "all sections", view: byOwner, area: [["change", "what changed"], ["size", "size"]] },
  package: { part: "Category", all: "all categories", view: [["category", "category, then folder"], ["path", "folder"]], area: [["size", "unzipped"], ["packed", "in the archive"]] },
  image: { part: "Layer", all: "all layers", view: [["layer", "layer, then folder"], ["path", "folder"]], area: [["size", "unpacked"], ["packed", "stored"]] },
};

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

// encode is encodeURIComponent, which refuses half a character.
const encode = (text) => encodeURIComponent(wellFormed(text));

// parseFragment reads what formatFragment writes for a document of this kind, and
// takes the default for all that it does not know. A step of the path is the key of a node, or {first} for
// "+N": the children from position N on.
function parseFragment(text, kind) {
  const state = { path: [], view: choices[kind].view[0][0], section: "", area: choices[kind].area[0][0], sort: "", q: "" };
  for (const part of text.replace(/^#/, "").split("&")) {
    const at = part.indexOf("=");
    const name = part.slice(0, Math.max(at, 0)), value = part.slice(at + 1);
    switch (name) {
      case "path":
        state.path = value.split("/", 50).filter((s) => s !== "").map((s) => (/^\+\d{1,9}$/.test(s) ? { first: Number(s) } : decode(s)));
        break;
      case "view":
      case "area":
        if (choices[kind][name].some(([known]) => known === value)) state[name] = value;
        break;
      case "section":
        state.section = decode(value);
        break;
      case "sort":
        if (/^-?(name|size|old|delta|kind)$/.test(value)) state.sort = value;
        break;
      case "q":
        state.q = decode(value).slice(0, 200);
        break;
    }
  }
  return state;
}

function formatFragment(state, kind) {
  const parts = [];
  const add = (name, value) => parts.push(name + "=" + value);
  if (state.path.length) add("path", state.path.map((s) => (typeof s === "string" ? encode(s) : "+" + s.first)).join("/"));
  if (state.view !== choices[kind].view[0][0]) add("view", state.view);
  if (state.section !== "") add("section", encode(state.section));
  if (state.area !== choices[kind].area[0][0]) add("area", state.area);
  if (state.sort !== "") add("sort", state.sort);
  if (state.q !== "") add("q", encode(state.q));
  return "#" + parts.join("&");
}

// keysOf is the path of a node as a state has it.
const keysOf = (node) => pathOf(node).slice(1).map((n) => (n.kind === "more" ? { first: n.first } : n.key));

// resolve follows a path as far as it leads.
function resolve(root, path) {
  let node = root;
  for (const step of path) {
    const next = typeof step === "string" ? childrenOf(node).find((c) => c.key === step)
      : step.first > 0 && step.first < childrenOf(node).length ? smaller(node, step.first) : undefined;
    if (!next || !hasParts(next)) break;
    node = next;
  }
  return node;
}
