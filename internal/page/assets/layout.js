// Puts the boxes of a node into a rectangle. Only what can be seen is laid out:
// boxes that would be smaller than a few pixels become one, and a box too small
// to show its parts has none.

const smallestArea = 16; // square pixels of a box
const smallestParent = 420; // square pixels of a box whose parts are shown
const titleHeight = 17;

// layout returns cells {node, x0, y0, x1, y1, depth, title}, parents before their
// parts. Cells of depth 1 are the parts of the root. title says that a box has room
// for a title above its parts.
function layout(root, width, height) {
  const cells = [];
  place(root, 0, 0, width, height, 1, cells);
  return cells;
}

function place(node, x0, y0, x1, y1, depth, cells) {
  let list = childrenOf(node);
  const scale = ((x1 - x0) * (y1 - y0)) / node.value;
  let shown = list.length;
  if (!(scale > 0 && scale < Infinity)) return;
  while (shown > 0 && list[shown - 1].value * scale < smallestArea) shown--;
  if (shown === 0) shown = Math.min(1, list.length);
  const left = list.length - shown;
  list = list.slice(0, shown);
  if (left === 1) list.push(childrenOf(node)[shown]);
  else if (left > 1) {
    const more = smaller(node, shown);
    if (more.value > 0) list.push(more);
  }
  const boxes = { value: node.value, children: list.map((n) => ({ node: n, value: n.value })) };
  d3.treemapSquarify(boxes, x0, y0, x1, y1);
  for (const box of boxes.children) {
    const n = box.node;
    const w = box.x1 - box.x0, h = box.y1 - box.y0;
    const parts = n.kind !== "more" && hasParts(n) && n.value > 0 && w * h >= smallestParent && w >= 12 && h >= 12;
    const title = parts && w >= 44 && h >= 40;
    cells.push({ node: n, x0: box.x0, y0: box.y0, x1: box.x1, y1: box.y1, depth, parts, title });
    if (parts) place(n, box.x0 + 2, box.y0 + (title ? titleHeight : 2), box.x1 - 2, box.y1 - 2, depth + 1, cells);
  }
}

// cellAt is the innermost cell at a point.
function cellAt(cells, x, y) {
  for (let i = cells.length - 1; i >= 0; i--) {
    const c = cells[i];
    if (x >= c.x0 && x < c.x1 && y >= c.y0 && y < c.y1) return c;
  }
}

// neighbour is the cell that an arrow key goes to: the nearest one that begins
// where the current one ends, those beside it before those that are not.
function neighbour(cells, from, key) {
  const side = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  let best, bestCost = Infinity;
  for (const c of cells) {
    const along = side[0] > 0 ? c.x0 - from.x1 : side[0] < 0 ? from.x0 - c.x1 : side[1] > 0 ? c.y0 - from.y1 : from.y0 - c.y1;
    if (c === from || along < -1) continue;
    const apart = side[0] !== 0 ? Math.max(0, c.y0 - from.y1, from.y0 - c.y1) : Math.max(0, c.x0 - from.x1, from.x0 - c.x1);
    const centre = side[0] !== 0 ? Math.abs(c.y0 + c.y1 - from.y0 - from.y1) : Math.abs(c.x0 + c.x1 - from.x0 - from.x1);
    const cost = Math.max(along, 0) + 3 * apart + centre / 100 + (apart > 0 ? 50 : 0);
    if (cost < bestCost) [best, bestCost] = [c, cost];
  }
  return best;
}
