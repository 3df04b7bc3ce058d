// Numbers and names as people read them.

const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

// exact is a number of bytes in full: "1,234 bytes".
const exact = (n) => (n < 0 ? "−" : "") + grouped(Math.abs(n)) + (Math.abs(n) === 1 ? " byte" : " bytes");

// countedParts is how many parts there are: "1 part".
const countedParts = (n) => grouped(n) + (n === 1 ? " part" : " parts");

// short is a number of bytes with three significant digits, in powers of 1000.
function short(n) {
  if (n < 0) return "−" + short(-n);
  if (n < 1000) return n + " B";
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let unit = 0, value = n / 1000;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return value.toFixed(decimals) + " " + units[unit];
}

const signed = (n, text) => (n > 0 ? "+" : "") + text(n);

// share is a part of a whole in percent. What is not nothing does not look like it.
function share(part, whole) {
  if (part === 0 || whole === 0) return "0%";
  const percent = (100 * part) / whole;
  return percent < 0.01 ? "<0.01%" : percent.toFixed(percent < 1 ? 2 : 1) + "%";
}

// wellFormed replaces halves of characters.
const wellFormed = (text) => text.replace(/[\uD800-\uDFFF]/gu, "\uFFFD");

// start is the first characters of a text, without half a character at its end.
const start = (text, length) => text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");

// clip cuts long names, of which a file can have any.
const clip = (text, longest) => (text.length > longest ? start(text, longest) + "…" : text);

// changeOf is what happened to a node of a difference.
function changeOf(node) {
  if (node.size === node.old) return "same";
  if (node.old === 0) return "added";
  if (node.size === 0) return "removed";
  return node.size > node.old ? "grown" : "shrunk";
}

const kindNames = {
  all: "files", file: "file", section: "section", module: "module", package: "package", crate: "crate", library: "library",
  linker: "linker", rest: "no owner", function: "function", remainder: "other", more: "group",
  category: "category", layer: "layer", folder: "folder", entry: "file",
};

// kindOf is what a node is, for people.
const kindOf = (node) => node.what ?? kindNames[node.kind] ?? node.kind;
