// Reads the document that the page carries. Names in it are any text: they are
// keys of maps only, and reach the page as text only.

async function readDocument() {
  let unpack;
  try {
    unpack = new DecompressionStream("deflate-raw");
  } catch {
    throw new Error("This browser cannot unpack the page's data. Use one of 2023 or later (Chrome 103, Firefox 113, Safari 16.4), or sizegate -f json.");
  }
  const text = atob(document.getElementById("data").textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const doc = JSON.parse(await new Response(new Blob([bytes]).stream().pipeThrough(unpack)).text());
  for (const file of doc.files) {
    if (file.contents) file.contents.programs.forEach((p) => prepare(p, false));
    else prepare(file, doc.kind === "diff");
  }
  return doc;
}

// prepare turns the differences of sizes into sizes, and adds up what the cells
// of each group are: rest is what is in no function; larger and change are the
// areas of a difference's cells, by size and by what changed.
function prepare(file, diff) {
  const { groups, functions } = file;
  const count = groups.size.length;
  const zeros = () => new Float64Array(count);
  groups.old ??= zeros();
  groups.inferred ??= zeros();
  functions.old ??= new Float64Array(functions.size.length);
  Object.assign(groups, { start: new Int32Array(count + 1), rest: zeros(), restOld: zeros(), larger: zeros(), change: zeros() });
  const { size, old } = functions;
  file.cells = 0;
  for (let g = 0, f = 0; g < count; g++) {
    groups.start[g] = f;
    groups.start[g + 1] = f + groups.count[g];
    let rest = groups.size[g], restOld = groups.old[g];
    for (const first = f; f < groups.start[g + 1]; f++) {
      if (f > first) {
        size[f] += size[f - 1];
        old[f] += old[f - 1];
      }
      rest -= size[f];
      restOld -= old[f];
      groups.larger[g] += Math.max(size[f], old[f]);
      groups.change[g] += Math.abs(size[f] - old[f]);
    }
    groups.rest[g] = rest;
    groups.restOld[g] = restOld;
    groups.larger[g] += Math.max(0, rest, restOld);
    groups.change[g] += Math.abs(rest - restOld);
    file.cells += groups.count[g] + (rest !== 0 || restOld !== 0 ? 1 : 0);
  }
}

// cellSum adds up all cells of a file one by one.
function cellSum(file) {
  let sum = 0, old = 0;
  for (const n of file.functions.size) sum += n;
  for (const n of file.groups.rest) sum += n;
  for (const n of file.functions.old) old += n;
  for (const n of file.groups.restOld) old += n;
  return { sum, old };
}
