// Ties the parts together: one state, kept in the fragment; each change of it
// shows everything anew.

// mostSections is how many sections the switch offers: a hostile file has tens of
// thousands. The map has all.
const mostSections = 500;

function run(doc) {
  const get = (id) => document.getElementById(id);
  const diff = doc.kind === "diff";
  let state = parseFragment(location.hash);
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
    link: (n) => formatFragment({ ...state, path: keysOf(n), q: "" }),
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
    const hash = formatFragment(state);
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
    if (before && node !== before) say(`Now in ${clip(node.name, 200)}: ${exact(node.size)}, ${grouped(childrenOf(node).length)} parts`);
    else if (result.on) say(`${grouped(result.total)} found, ${exact(result.size)}`);
  }

  function say(text) {
    get("status").textContent = text;
  }

  function showCrumbs() {
    get("crumbs").replaceChildren(...pathOf(node).map((n) => {
      const li = document.createElement("li");
      const step = document.createElement(n === node ? "span" : "a");
      step.className = "name";
      step.textContent = clip(n.name, 120);
      if (n === node) step.setAttribute("aria-current", "page");
      else step.href = formatFragment({ ...state, path: keysOf(n) });
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
    const next = parseFragment(location.hash);
    if (formatFragment(next) === formatFragment(state)) return;
    state = next;
    show();
  };
  window.addEventListener("popstate", read);
  window.addEventListener("hashchange", read);

  const names = new Set(doc.files.flatMap((file) => file.sections.map((s) => s.name)));
  if (!names.has(state.section)) state.section = "";
  const option = (value, text) => {
    const o = document.createElement("option");
    o.value = value;
    o.textContent = text;
    return o;
  };
  get("section").append(option("", "all sections"), ...[...names].slice(0, mostSections).map((n) => option(n, clip(n, 60))));
  get("area-label").hidden = !diff;
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
  const size = doc.files.reduce((sum, f) => sum + f.size, 0), old = doc.files.reduce((sum, f) => sum + f.old, 0);
  const view = doc.view === "auto" ? "auto (defined, of stripped Rust instantiated)" : doc.view;
  const measured = (doc.scope && `Divided among owners: ${doc.scope}. `) + (view && `View: ${view}.`);
  get("summary").textContent = diff
    ? `${signed(size - old, exact)}: from ${exact(old)} to ${exact(size)}. ${measured}`
    : `${exact(size)} (${short(size)}). ${measured}`;

  const legend = diff
    ? [["grown", "+ grown or added"], ["shrunk", "− shrunk or removed (stripes)"], ["same", "no change"]]
    : [["own", "own code"], ["dependencies", "dependencies"], ["standard", "standard library"], ["native", "C, C++, assembly"], ["linker", "linker"], ["rest", "no owner"], ["more", "many small parts (darker)"]];
  get("legend").replaceChildren(...legend.map(([style, text]) => {
    const li = element("li", text);
    li.className = style;
    return li;
  }));

  get("sum").textContent = doc.files.map((file) => {
    const { sum, old } = cellSum(file);
    const name = doc.files.length > 1 ? clip(file.name, 80) + ": " : "";
    const right = sum === file.size && (!diff || old === file.old);
    const sides = diff ? `${exact(old)} before and ${exact(sum)} now` : exact(sum);
    return `${name}${grouped(file.cells)} cells add up to ${sides}, ${right ? "the size of the file" + (diff ? "s" : "") : "which is NOT the size of the file: please report this"}.`;
  }).join(" ");

  const warnings = doc.files.flatMap((f) => f.warnings);
  get("warnings").hidden = warnings.length === 0;
  get("warnings").querySelector("summary").textContent = warnings.length === 1 ? "1 warning" : `${warnings.length} warnings`;
  get("warnings").querySelector("ul").replaceChildren(...warnings.map((w) => element("li", clip(w, 1000))));
  const facts = doc.files.flatMap((f) => f.facts);
  facts.push(["Measured by", "sizegate " + doc.sizegate]);
  get("facts").querySelector("dl").replaceChildren(...facts.flatMap(([label, value]) => [element("dt", label), element("dd", clip(value, 1000))]));
}

readDocument().then(run).catch((error) => {
  const problem = document.getElementById("problem");
  problem.hidden = false;
  problem.textContent = error.message;
});
