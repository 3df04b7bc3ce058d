// Ties the parts together: one state, kept in the fragment; each change of it
// shows everything anew.

// mostSections is how many sections the switch offers: a hostile file has tens of
// thousands. The map has all.
const mostSections = 500;

function run(doc) {
  const get = (id) => document.getElementById(id);
  const diff = doc.kind === "diff";
  const { view, area, part, all } = choices[doc.kind];
  const severalAreas = diff || doc.files.some((file) => file.contents?.packed > 0);
  const parse = () => {
    const parsed = parseFragment(location.hash, doc.kind);
    return severalAreas ? parsed : { ...parsed, area: area[0][0] };
  };
  const format = (s) => formatFragment(s, doc.kind);
  let state = parse();
  let root, node, built = "", result = noSearch, searched = "";

  const map = newMap(diff, {
    open: (n) => go({ path: keysOf(n) }),
    leave: () => {
      if (!node.parent) return;
      const left = node;
      go({ path: keysOf(node.parent) });
      map.select(left);
    },
    say,
  });
  const table = newTable(diff, {
    link: (n) => format({ ...state, path: keysOf(n), q: "" }),
    sort: (key) => {
      const falling = "-" + key;
      const first = key === "name" || key === "kind" ? key : falling;
      const second = first === key ? falling : key;
      go({ sort: state.sort === first ? second : first }, true);
    },
    point: (n) => map.point(n),
  });

  // go changes the state. Searching and sorting are no steps to go back.
  function go(change, replace) {
    state = { ...state, ...change };
    const hash = format(state);
    if (replace) history.replaceState(null, "", hash);
    else if (hash !== location.hash) history.pushState(null, "", hash);
    show();
  }

  function show() {
    const tree = JSON.stringify([state.view, state.section, state.area]);
    if (tree !== built) {
      performance.mark("tree");
      root = buildTree(doc, state.view, state.section, state.area);
      built = tree;
      searched = "";
      showLegend();
      performance.measure("sizegate:tree", "tree");
    }
    const before = node;
    node = resolve(root, state.path);
    state.path = keysOf(node);
    if (node !== before || searched !== state.q) {
      performance.mark("search");
      result = search(node, state.q);
      searched = state.q;
      performance.measure("sizegate:search", "search");
    }
    map.show(node, result);
    table.show(node, result, state.sort);
    showCrumbs();
    showControls();
    if (before && node !== before) say(`Now in ${clip(node.name, 200)}: ${exact(node.size)}, ${countedParts(childrenOf(node).length)}`);
    else if (result.on) say(`${grouped(result.total)} found, ${exact(result.size)}`);
  }

  function say(text) {
    get("status").textContent = text;
  }

  function showLegend() {
    get("legend").replaceChildren(...legendOf(doc, state.area).map(([style, text]) => {
      const li = document.createElement("li");
      li.className = style;
      li.textContent = text;
      return li;
    }));
  }

  function showCrumbs() {
    get("crumbs").replaceChildren(...pathOf(node).map((n) => {
      const li = document.createElement("li");
      const step = document.createElement(n === node ? "span" : "a");
      step.className = "name";
      step.textContent = clip(n.name, 120);
      if (n === node) step.setAttribute("aria-current", "page");
      else step.href = format({ ...state, path: keysOf(n) });
      li.append(step);
      if (n === node) li.append(` ${diff ? signed(n.size - n.old, exact) : exact(n.size)}`);
      return li;
    }));
  }

  function showControls() {
    if (get("search").value.trim() !== state.q.trim()) get("search").value = state.q;
    get("view").value = state.view;
    get("section").value = state.section;
    if (get("section").selectedIndex < 0) get("section").value = "";
    get("area").value = state.area;
  }

  get("controls").addEventListener("submit", (event) => event.preventDefault());
  get("view").addEventListener("change", (event) => go({ view: event.target.value, path: [] }));
  get("section").addEventListener("change", (event) => go({ section: event.target.value, path: [] }));
  get("area").addEventListener("change", (event) => go({ area: event.target.value }));
  let waiting;
  get("search").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => go({ q: event.target.value }, true), 120);
  });
  // Both events come when a fragment is typed in; the second changes nothing.
  const read = () => {
    const next = parse();
    if (format(next) === format(state)) return;
    state = next;
    show();
  };
  window.addEventListener("popstate", read);
  window.addEventListener("hashchange", read);

  const names = new Set(doc.files.flatMap(({ sections, contents }) => (contents ? contents.classes.filter((c) => c.kind !== "rest") : sections).map((s) => s.name)));
  if (!names.has(state.section)) state.section = "";
  const option = (value, text) => {
    const o = document.createElement("option");
    o.value = value;
    o.textContent = text;
    return o;
  };
  get("view").append(...view.map(([value, text]) => option(value, text)));
  get("area").append(...area.map(([value, text]) => option(value, text)));
  get("section").append(option("", all), ...[...names].slice(0, mostSections).map((n) => option(n, clip(n, 60))));
  get("section-name").textContent = part;
  if (doc.files[0].contents) get("search").placeholder = "part of a path or of a name";
  get("area-label").hidden = !severalAreas;
  describePage(doc);
  get("problem").hidden = true;
  get("app").hidden = false;
  show();
  performance.measure("sizegate:load");
  new ResizeObserver(() => map.arrange()).observe(get("map"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map.draw());
  matchMedia("print").addEventListener("change", () => map.draw());
}

// describePage writes what does not depend on the state.
function describePage(doc) {
  const get = (id) => document.getElementById(id);
  const element = (name, text) => {
    const e = document.createElement(name);
    e.textContent = text;
    return e;
  };
  const diff = doc.kind === "diff";
  const total = (of) => doc.files.reduce((sum, f) => sum + of(f), 0);
  const size = total((f) => f.size), old = total((f) => f.old);
  const hasPrograms = doc.files.some((f) => !f.contents || f.contents.programs.length > 0);
  const divided = doc.scope && `Divided among owners${doc.files[0].contents ? " in ELF files" : ""}: ${doc.scope}.`;
  const measured = hasPrograms ? [divided, doc.charged].filter(Boolean).join(" ") : "";
  const full = (n) => `${exact(n)} (${short(n)})`;
  switch (doc.kind) {
    case "diff":
      get("summary").textContent = `${signed(size - old, exact)}: from ${exact(old)} to ${exact(size)}. ${measured}`;
      break;
    case "package": {
      const packed = total((f) => f.contents.packed);
      get("summary").textContent = `${full(size)} unzipped${packed ? `, ${full(packed)} in the archive` : ""}. ${measured}`;
      break;
    }
    case "image":
      get("summary").textContent = `${full(size)} unpacked, ${full(total(hiddenSize))} of it hidden by layers above; ${full(total((f) => f.contents.packed))} stored. ${measured}`;
      break;
    default:
      get("summary").textContent = `${full(size)}. ${measured}`;
  }

  get("sum").textContent = sumOf(doc.files, doc.kind);

  const warnings = doc.files.flatMap((f) => (doc.files.length === 1 ? f.warnings : f.warnings.map((w) => `${nameInList(f)}: ${w}`)));
  get("warnings").hidden = warnings.length === 0;
  get("warnings").querySelector("summary").textContent = warnings.length === 1 ? "1 warning" : `${grouped(warnings.length)} warnings`;
  get("warnings").querySelector("ul").replaceChildren(...warnings.map((w) => element("li", clip(w, 1000))));
  const terms = (list) => {
    const dl = document.createElement("dl");
    dl.append(...list.flatMap(([label, value]) => [element("dt", label), element("dd", clip(value, 1000))]));
    return dl;
  };
  const by = ["Measured by", "sizegate " + doc.sizegate];
  if (doc.files.length === 1) get("facts").append(terms([...doc.files[0].facts, by]));
  else get("facts").append(terms([by]), folded(doc, element, terms));
}

// nameInList tells several files apart.
function nameInList(file) {
  return clip(file.facts.find(([label]) => label === "Path" || label === "Source")?.[1] ?? file.name, 200);
}

// folded is what is known of each of several files, behind its path. It is filled
// when it is opened first: there can be thousands.
function folded(doc, element, terms) {
  const list = document.createElement("div");
  list.className = "files";
  for (const file of doc.files) {
    const one = document.createElement("details");
    one.append(element("summary", `${nameInList(file)}, ${exact(file.size)}`));
    one.addEventListener("toggle", () => one.append(element("p", sumOf([file], doc.kind)), terms(file.facts)), { once: true });
    list.append(one);
  }
  return list;
}

readDocument().then(run).catch((error) => {
  const problem = document.getElementById("problem");
  problem.hidden = false;
  problem.textContent = error.message;
});
