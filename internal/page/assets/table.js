// The table beside the map: the parts of what is shown, or what a search found.

const firstRows = 200, moreRows = 1000;

const columnsOf = (diff) => (diff
  ? [["name", "Name", ""], ["delta", "Change", "number"], ["old", "Old", "number old"], ["size", "New", "number"]]
  : [["name", "Name", ""], ["size", "Bytes", "number"], ["", "Share", "short"], ["kind", "Kind", "kind"]]);

// newTable returns the table. link(node) is the address of a node, sort(key) is
// called when another order is asked for, point(node) when a row is pointed at.
function newTable(diff, { link, sort, point }) {
  const get = (id) => document.getElementById(id);
  const rows = get("rows"), more = get("more"), caption = get("caption"), total = get("total");
  const columns = columnsOf(diff);
  let list = [], shown = 0, root, searching = false;

  const buttons = new Map();
  for (const [key, label, style] of columns) {
    const th = document.createElement("th");
    th.scope = "col";
    th.className = style;
    const inner = document.createElement(key ? "button" : "span");
    if (key) {
      inner.type = "button";
      inner.addEventListener("click", () => sort(key));
      buttons.set(key, { th, inner, label });
    }
    inner.textContent = label;
    th.append(inner);
    get("columns").append(th);
  }

  // show fills the table. order is a key of a column, with "-" from the largest
  // down, or "" for the order of the map.
  function show(node, result, order) {
    performance.mark("table");
    root = node;
    searching = result.on;
    list = searching ? result.found : childrenOf(node).map((n) => ({ node: n, func: -1, value: n.value }));
    const key = order.replace("-", "");
    if (key) list = sorted(list, key, order.startsWith("-"));
    for (const [name, { th, inner, label }] of buttons) {
      const active = key ? name === key : name === (diff ? "" : "size");
      const down = key ? order.startsWith("-") : true;
      if (active) th.setAttribute("aria-sort", down ? "descending" : "ascending");
      else th.removeAttribute("aria-sort");
      inner.textContent = label + (active ? (down ? " ▼" : " ▲") : "");
    }
    const what = clip(node.name, 200);
    caption.textContent = searching
      ? `${grouped(result.total)} found in ${what}`
      : `${countedParts(list.length)} of ${what}`;
    const sums = searching ? result : node;
    total.replaceChildren(row({ name: searching ? "Found" : "Total", ...pick(sums) }, "", true));
    rows.replaceChildren();
    shown = 0;
    extend(firstRows);
    get("table-pane").scrollTop = 0;
    performance.measure("sizegate:table", "table");
  }

  const pick = ({ size, old }) => ({ size, old, kind: "" });

  function extend(count) {
    const end = Math.min(list.length, shown + count);
    const added = document.createDocumentFragment();
    for (; shown < end; shown++) added.append(entryRow(list[shown]));
    rows.append(added);
    more.hidden = shown === list.length;
    more.textContent = `Show ${grouped(Math.min(moreRows, list.length - shown))} more of ${grouped(list.length - shown)}`;
  }

  function entryRow({ node, func }) {
    if (func < 0) return row(node, searching ? where(node.parent) : "", false, node);
    const { name, size, old } = node.file.functions;
    return row({ name: name[func], size: size[func], old: old[func], kind: "function" }, where(node), false, node, true);
  }

  const where = (node) => pathOf(node).filter((n) => n.kind !== "all" && n.kind !== "file").map((n) => clip(n.name, 60)).join(" › ");

  // row is one line. place is the path to it, node what it leads to, inside says
  // that the line is a part of the node.
  function row(entry, place, isTotal, node, inside) {
    const tr = document.createElement("tr");
    for (const [key, , style] of columns) {
      const cell = document.createElement(key === "name" ? "th" : "td");
      cell.className = style;
      if (key === "name") {
        cell.scope = "row";
        const leads = !isTotal && node && (inside ? node !== root : hasParts(node));
        const name = document.createElement(leads ? "a" : "span");
        name.className = "name";
        name.textContent = clip(entry.name, 400);
        if (leads) name.href = link(node);
        cell.append(name);
        if (place) {
          const span = document.createElement("span");
          span.className = "where";
          span.textContent = "in " + place;
          cell.append(span);
        }
      } else if (key === "delta") cell.textContent = signed(entry.size - entry.old, (n) => (n < 0 ? "−" : "") + grouped(Math.abs(n)));
      else if (key === "old" || key === "size") cell.textContent = entry[key] < 0 ? "–" : grouped(entry[key]);
      else if (key === "kind") cell.textContent = isTotal ? "" : kindOf(entry);
      else cell.textContent = share(entry.size, root.size);
      tr.append(cell);
    }
    if (diff && !isTotal) tr.className = changeOf(entry);
    if (node && !inside) {
      tr.addEventListener("mouseenter", () => point(node));
      tr.addEventListener("mouseleave", () => point(undefined));
      tr.addEventListener("focusin", () => point(node));
      tr.addEventListener("focusout", () => point(undefined));
    }
    return tr;
  }

  more.addEventListener("click", () => {
    const first = rows.children.length;
    extend(moreRows);
    rows.children[first]?.querySelector("a")?.focus();
  });

  return { show };
}

// sorted is a list in another order. Equal rows keep the order of the map.
function sorted(list, key, down) {
  const value = ({ node, func }) => {
    const f = func >= 0 ? node.file.functions : undefined;
    const size = f ? f.size[func] : node.size, old = f ? f.old[func] : node.old;
    switch (key) {
      case "size": return size;
      case "old": return old;
      case "delta": return size - old;
      case "kind": return f ? "function" : kindOf(node);
    }
    return f ? f.name[func] : node.name;
  };
  const keyed = list.map((entry) => ({ entry, key: value(entry) }));
  const sign = down ? -1 : 1;
  keyed.sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map((k) => k.entry);
}
