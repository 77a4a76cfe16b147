/* Run in the page: every code cell can be edited and run by Python in the reader's browser (python.mjs).

   Before a click a cell has two buttons more, and nothing is fetched. The first click on Run fetches Pyodide, the library's
   wheel and the data of the book; the page's cells, with those that it does not show, come from its notebook. State is
   that of the page read from the top: running a cell first runs those above it that have not run since they or one
   above them changed. Stop ends the worker, so what was computed is gone, and the next run begins at the top. What a cell
   shows stands where its output stood; cells that run only on the way to another keep what the page had, unless the
   reader has changed something.
*/

import { editor } from "./editor.mjs";
import { STOPPED, python } from "./python.mjs";
import { element, writer } from "./shown.mjs";

const page = document.querySelector("meta[name='run-in-page']").content;
const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
const reader = python(root, `/book/${page}`.replace(/\/[^/]*$/, ""));

const shown = new Map(); // by the id of its box, what the page shows of a cell
let order = null; // ids and sources of all cells of the page, top down
let busy = null;

async function readOrder() {
  const notebook = await reader.json(new URL(`_notebooks/${page}.ipynb`, root));
  const text = (source) => (Array.isArray(source) ? source.join("") : source);
  order = notebook.cells.filter(({ cell_type: type, id }) => type === "code" && id.startsWith("cell-"))
    .map(({ id, source }) => ({ id, source: text(source) }));
}

// ---------------------------------------------------------------- running

const sourceOf = ({ id, source }) => (shown.get(id)?.edited() ? shown.get(id).text() : source);
const changed = () => order.some((cell) => sourceOf(cell) !== cell.source);

async function run(target) {
  if (busy) return target.say("Another cell is running.");
  busy = target;
  reader.wake();
  target.begins();
  const failure = await attempt(target).catch((error) => error.message);
  busy = null;
  target.ends(failure);
}

/* Run a cell after those above it; return what went wrong, or nothing. */
async function attempt(target) {
  if (!order) await readOrder();
  await reader.begin(order.map(({ source }) => source).join("\n"), target.say);
  const last = order.findIndex(({ id }) => id === target.id);
  const cells = order.map((cell) => ({ name: cell.id.replace("-", " "), source: sourceOf(cell) }));
  let problem = "";
  const failed = await reader.runTo(cells, last, (i) => {
    const box = shown.get(order[i].id);
    target.say(i < last ? `Running the cells above, ${i + 1} of ${last + 1} …` : "Running …");
    const hear = box && (box === target || changed()) ? box.output() : () => {};
    return (kind, content) => {
      if (kind === "error") problem = content;
      if (kind !== "error" || box === target) hear(kind, content);
    };
  });
  if (failed < 0) return "";
  if (failed < last) target.output()("error", problem);
  return `${failed < last ? "A cell above ended" : "Ended"} with an error: ${problem.trim().split("\n").pop()}`;
}

// ---------------------------------------------------------------- a cell

function cellOf(box) {
  const input = box.querySelector(".cell_input"), pre = input.querySelector("pre");
  const original = pre.textContent.replace(/\n+$/, ""), colours = [...pre.childNodes];
  const place = box.querySelector(":scope > .cell_output") || element("div", { class: "cell_output docutils container" });
  const before = [...place.childNodes];
  const act = element("button", { type: "button", class: "run-button" }, "Run");
  const edit = element("button", { type: "button" }, "Edit");
  const reset = element("button", { type: "button", hidden: "" }, "Reset cell");
  const all = element("button", { type: "button", hidden: "" }, "Reset page");
  const status = element("span", { class: "run-status", role: "status" });
  let open = null;

  const cell = {
    id: box.id,
    text: () => (open ? open.text() : original),
    edited: () => cell.text() !== original,
    say: (text) => { status.textContent = text; },
    output() {
      if (!place.isConnected) box.append(place);
      reset.hidden = all.hidden = false;
      return writer(place, before, cell.edited());
    },
    begins() { act.textContent = "Stop"; cell.say("Beginning …"); },
    ends(failure) {
      act.textContent = "Run";
      cell.say(failure === STOPPED ? "Stopped. The next run begins with the cells above." : failure || "Done.");
    },
    reset() {
      open?.close();
      open = null;
      pre.replaceChildren(...colours);
      place.replaceChildren(...before);
      if (!before.length) place.remove();
      edit.hidden = false;
      reset.hidden = all.hidden = true;
      cell.say("");
    },
  };

  act.addEventListener("click", () => (busy === cell ? reader.stop() : run(cell)));
  edit.addEventListener("click", () => {
    open = editor(pre, original, {
      label: "Code of this cell", changed: () => { reset.hidden = all.hidden = false; }, leave: () => act.focus(), run: () => run(cell),
    });
    edit.hidden = true;
    open.focus();
  });
  reset.addEventListener("click", () => { if (busy !== cell) { cell.reset(); act.focus(); } });
  all.addEventListener("click", () => {
    reader.stop();
    for (const each of shown.values()) each.reset();
    act.focus();
  });
  act.title = "Run this cell in your browser; the first run fetches Python, about 40 MB";
  input.after(element("div", { class: "run-bar" }, act, edit, reset, all, status));
  return cell;
}

for (const box of document.querySelectorAll("div.cell[id^='cell-']")) {
  if (box.querySelector(".cell_input pre")) shown.set(box.id, cellOf(box));
}
