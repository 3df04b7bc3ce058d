// The treemap: draws the cells, and answers mouse and keyboard.

const colourNames = ["frame", "own", "dependencies", "standard", "native", "linker", "data", "hidden", "rest", "grown", "shrunk", "same", "ink", "page", "line"];
const originColour = {
  __proto__: null, // a saved report can name any origin
  "own code": "own", dependencies: "dependencies", "standard library": "standard", native: "native", linker: "linker",
  program: "own", data: "data", base: "dependencies", application: "own", layer: "own", hidden: "hidden",
};

// newMap returns the treemap. open(node) and leave() are called when a box is
// opened or left, say(text) with what a screen reader is to read.
function newMap(diff, { open, leave, say }) {
  const get = (id) => document.getElementById(id);
  const map = get("map"), canvas = get("canvas"), hover = get("hover"), cursor = get("cursor"), tip = get("tip"), empty = get("empty");
  const ctx = canvas.getContext("2d");
  let root, found = noSearch, cells = [], top = [], current, width = 0, height = 0, stripes;

  function show(node, result) {
    if (node !== root) current = undefined;
    root = node;
    found = result;
    arrange();
  }

  // arrange lays out and draws.
  function arrange() {
    width = Math.max(map.clientWidth, 50);
    height = Math.max(map.clientHeight, 50);
    performance.mark("layout");
    cells = layout(root, width, height);
    top = cells.filter((c) => c.depth === 1);
    performance.measure("sizegate:layout", "layout");
    const more = document.querySelector("#legend .more");
    if (more) more.hidden = !cells.some((c) => c.node.kind === "more");
    draw();
    const was = current?.node;
    current = top.find((c) => c.node === was) ?? top[0];
    placeCursor();
    hideTip();
    empty.hidden = top.length > 0;
    if (!top.length) empty.textContent = diff ? "Nothing here changed its size. Choose the area “size” to see what there is." : "There are no bytes here.";
    map.setAttribute("aria-label", "Treemap of " + clip(root.name, 200));
  }

  function draw() {
    performance.mark("draw");
    const style = getComputedStyle(document.documentElement);
    const colours = Object.fromEntries(colourNames.map((n) => [n, style.getPropertyValue("--" + n)]));
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.fillStyle = colours.frame;
    ctx.fillRect(0, 0, width, height);
    ctx.textBaseline = "middle";
    stripes = newStripes(colours.ink);
    for (const c of cells) drawCell(c, colours);
    performance.measure("sizegate:draw", "draw");
  }

  function drawCell(c, colours) {
    const { node } = c;
    const w = c.x1 - c.x0, h = c.y1 - c.y0;
    const gap = w > 3 && h > 3 ? 0.5 : 0;
    const x = c.x0 + gap, y = c.y0 + gap, inW = w - 2 * gap, inH = h - 2 * gap;
    const lit = !found.on || isLit(found, node);
    if (c.parts) {
      ctx.fillStyle = colours.page;
      ctx.fillRect(x, y, inW, inH);
      ctx.fillStyle = colours.frame;
      ctx.fillRect(x + 1, y + 1, inW - 2, inH - 2);
      ctx.globalAlpha = lit ? 1 : 0.35;
      if (c.title) {
        if (diff) paint(node, x + 1, y + 1, inW - 2, titleHeight - 3, colours);
        write(labelOf(node), sizeText(node), c.x0 + 5, c.y0 + 1 + titleHeight / 2, w - 10, colours.ink, true);
      }
    } else {
      ctx.globalAlpha = lit ? 1 : 0.2;
      paint(node, x, y, inW, inH, colours);
      if (w >= 34 && h >= 14) {
        if (h >= 34) {
          write(labelOf(node), "", c.x0 + 4, c.y0 + 10, w - 8, colours.ink, false);
          write(sizeText(node), "", c.x0 + 4, c.y0 + 24, w - 8, colours.ink, false);
        } else {
          write(labelOf(node), h >= 14 && w > 150 ? sizeText(node) : "", c.x0 + 4, c.y0 + h / 2 + 0.5, w - 8, colours.ink, false);
        }
      }
    }
    ctx.globalAlpha = 1;
  }

  // paint fills a box with the colour of its owner, or of its change: the stronger
  // the larger a part of it changed. What shrank has stripes as well, for those who
  // do not see the colours and for prints.
  function paint(node, x, y, w, h, colours) {
    if (!diff) {
      ctx.fillStyle = colours[originColour[node.origin] ?? "rest"];
      ctx.fillRect(x, y, w, h);
      if (node.kind === "more") shade(x, y, w, h, colours);
      if (node.origin === "hidden") stripe(x, y, w, h);
      return;
    }
    ctx.fillStyle = colours.same;
    ctx.fillRect(x, y, w, h);
    const delta = node.size - node.old;
    if (delta === 0) return;
    const before = ctx.globalAlpha;
    ctx.globalAlpha = before * (node.column === "change" ? 1 : 0.3 + 0.7 * Math.sqrt(Math.min(1, Math.abs(delta) / Math.max(1, node.size, node.old))));
    ctx.fillStyle = delta > 0 ? colours.grown : colours.shrunk;
    ctx.fillRect(x, y, w, h);
    ctx.globalAlpha = before;
    if (delta < 0) stripe(x, y, w, h);
  }

  function stripe(x, y, w, h) {
    if (w <= 5 || h <= 5) return;
    const before = ctx.globalAlpha;
    ctx.globalAlpha = before * 0.28;
    ctx.fillStyle = stripes;
    ctx.fillRect(x, y, w, h);
    ctx.globalAlpha = before;
  }

  // shade darkens a box that stands for many.
  function shade(x, y, w, h, colours) {
    const before = ctx.globalAlpha;
    ctx.globalAlpha = before * 0.16;
    ctx.fillStyle = colours.ink;
    ctx.fillRect(x, y, w, h);
    ctx.globalAlpha = before;
  }

  function newStripes(ink) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const c = tile.getContext("2d");
    c.strokeStyle = ink;
    for (const at of [-6, 0, 6]) {
      c.moveTo(at, 6);
      c.lineTo(at + 6, 0);
    }
    c.stroke();
    return ctx.createPattern(tile, "repeat");
  }

  // write puts a name into a width, and behind it a size if both fit.
  function write(text, size, x, y, room, ink, title) {
    ctx.font = (title ? "600 " : "") + "11.5px system-ui, sans-serif";
    ctx.fillStyle = ink;
    text = clip(text, 160);
    const sizeWidth = size ? ctx.measureText(size).width + 8 : 0;
    let w = ctx.measureText(text).width;
    if (w + sizeWidth <= room) {
      ctx.fillText(text, x, y);
      if (size) ctx.fillText(size, x + w + 8, y);
      return;
    }
    if (w > room) {
      let keep = Math.floor((text.length * room) / w);
      let cut = text;
      while (keep > 0 && w > room) {
        cut = start(text, keep) + "…";
        w = ctx.measureText(cut).width;
        keep = Math.min(keep - 1, Math.floor((keep * room) / w));
      }
      if (keep < 4) return;
      text = cut;
    }
    ctx.fillText(text, x, y);
  }

  const sizeText = (node) => (diff ? signed(node.size - node.old, short) : short(node.size));

  function placeBox(box, c) {
    box.style.left = c.x0 + "px";
    box.style.top = c.y0 + "px";
    box.style.width = c.x1 - c.x0 + "px";
    box.style.height = c.y1 - c.y0 + "px";
  }

  function placeCursor() {
    cursor.hidden = !current;
    if (!current) {
      map.removeAttribute("aria-activedescendant");
      return;
    }
    placeBox(cursor, current);
    cursor.setAttribute("aria-label", describe(current.node, root, diff).join(", "));
    cursor.setAttribute("aria-level", String(pathOf(root).length));
    cursor.setAttribute("aria-posinset", String(top.indexOf(current) + 1));
    cursor.setAttribute("aria-setsize", String(top.length));
    if (hasParts(current.node)) cursor.setAttribute("aria-expanded", "false");
    else cursor.removeAttribute("aria-expanded");
    map.setAttribute("aria-activedescendant", "cursor");
  }

  function moveTo(c) {
    current = c;
    placeCursor();
    const box = map.getBoundingClientRect();
    showTip(c, box.left + c.x0 + 8, box.top + Math.min(c.y1, height) + 6);
    say(describe(c.node, root, diff).join(", "));
  }

  function showTip(c, x, y) {
    const [name, ...rest] = describe(c.node, root, diff);
    const bold = document.createElement("b");
    bold.textContent = name;
    tip.replaceChildren(bold, ...rest.map((line) => {
      const span = document.createElement("span");
      span.textContent = line;
      return span;
    }));
    tip.hidden = false;
    const { offsetWidth: w, offsetHeight: h } = tip;
    tip.style.left = Math.max(4, Math.min(x, innerWidth - w - 8)) + "px";
    tip.style.top = Math.max(4, y + h + 8 > innerHeight ? y - h - 24 : y) + "px";
  }

  function hideTip() {
    tip.hidden = true;
    hover.hidden = true;
  }

  const at = (event) => {
    const box = map.getBoundingClientRect();
    return cellAt(cells, event.clientX - box.left, event.clientY - box.top);
  };

  // target is what a click opens: of a title its own box, elsewhere the outermost
  // box, so that one click goes one level.
  function target(event) {
    const box = map.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    const inner = cellAt(cells, x, y);
    if (inner?.parts) return inner;
    return top.find((c) => x >= c.x0 && x < c.x1 && y >= c.y0 && y < c.y1);
  }

  map.addEventListener("mousemove", (event) => {
    const c = at(event);
    if (!c) return hideTip();
    hover.hidden = false;
    placeBox(hover, c);
    showTip(c, event.clientX + 14, event.clientY + 16);
  });
  map.addEventListener("mouseleave", hideTip);
  map.addEventListener("blur", hideTip);
  map.addEventListener("focus", () => {
    if (current && map.matches(":focus-visible")) moveTo(current);
  });
  map.addEventListener("click", (event) => {
    const c = target(event);
    if (!c) return;
    if (hasParts(c.node)) open(c.node);
    else if (c.depth === 1) {
      current = c;
      placeCursor();
    }
  });
  map.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    switch (event.key) {
      case "ArrowLeft": case "ArrowRight": case "ArrowUp": case "ArrowDown": {
        const next = current ? neighbour(top, current, event.key) : top[0];
        if (next) moveTo(next);
        break;
      }
      case "Home":
        if (top.length) moveTo(top[0]);
        break;
      case "End":
        if (top.length) moveTo(top[top.length - 1]);
        break;
      case "Enter": case " ":
        if (current && hasParts(current.node)) open(current.node);
        break;
      case "Escape": case "Backspace":
        leave();
        break;
      default:
        return;
    }
    event.preventDefault();
  });

  // point shows the box of a row of the table.
  function point(node) {
    const c = node && cells.find((cell) => cell.node === node);
    hover.hidden = !c;
    if (c) placeBox(hover, c);
  }

  // select puts the keyboard's mark on the box that was just left.
  function select(node) {
    current = top.find((c) => c.node === node) ?? current;
    placeCursor();
  }

  return { show, arrange, draw, point, select };
}

// labelOf is a name without what the box around it says already.
function labelOf(node) {
  const { name } = node;
  if (node.kind === "function" && node.owner) {
    for (const mark of [".", "::"]) if (name.startsWith(node.owner.name + mark)) return name.slice(node.owner.name.length + mark.length);
  }
  if (node.parent?.kind === "module" && name.startsWith(node.parent.name + "/")) return name.slice(node.parent.name.length + 1);
  return name;
}

// describe is what is known of a node, in lines.
function describe(node, root, diff) {
  const lines = [clip(node.name, 600)];
  const delta = node.size - node.old;
  if (diff) {
    lines.push(`${signed(delta, exact)} (${changeOf(node)})`);
    if (node.size >= 0 && node.old >= 0) lines.push(`from ${exact(node.old)} to ${exact(node.size)}`);
  } else {
    lines.push(`${exact(node.size)}${node.size < 1000 ? "" : ` (${short(node.size)})`}, ${share(node.size, root.size)} of ${clip(root.name, 80)}`);
  }
  const above = pathOf(node.parent).filter((n) => n.kind !== "all" && n.kind !== "file").map((n) => clip(n.name, 80));
  if (above.length) lines.push("in " + above.join(" › "));
  const { owner } = node;
  if (owner && node.kind === owner.kind) {
    const facts = [kindNames[owner.kind] ?? owner.kind, owner.origin, owner.version].filter(Boolean);
    if (owner.kind !== "rest") lines.push(clip(facts.join(", "), 200));
  } else {
    lines.push(kindOf(node));
  }
  if (node.note) lines.push(clip(node.note, 600));
  if (node.only) lines.push("all " + clip(node.only, 80));
  if (node.inferred > 0) lines.push(`${exact(node.inferred)} of it concluded, not read from the file`);
  return lines;
}
