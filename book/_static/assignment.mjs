/* An assignment done in the page: an editor for each answer, the checks of its notebook, and the notebook to hand in.

   What is written is kept in the browser's own storage, cell by cell, and sent nowhere. A check hands the notebook, as it
   would be downloaded, to the course's own code in the reader's browser (python.mjs), which runs the answers from the top,
   as grading does, and tests one of them. The first check fetches Python; before that nothing is fetched. Examples, and
   what a reader tries below an answer, run like the cells of any page.
*/

import { editor as plain } from "./editor.mjs";
import { STOPPED, python } from "./python.mjs";
import { element, writer } from "./shown.mjs";

const name = document.querySelector("meta[name='assignment']").content;
const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
const article = document.querySelector("article.bd-article");
const link = article.querySelector("a.download[href$='.ipynb']");
const reader = python(root, "/book/assignments");
const SLOW = 10_000; // milliseconds, after which a loop may be one that does not end
const HINTS = 3;

const cells = []; // top down: given, answers, examples, written
let busy = null, released = null;

// ---------------------------------------------------------------- the editor

const { bundles } = await reader.json(new URL("_run/settings.json", root));
const { editor } = bundles.includes("editor") ? await import(new URL("_run/bundles/editor.js", root)) : { editor: plain };
const members = bundles.includes("editor") ? await reader.json(new URL("_static/numpy.json", root)) : {};
const names = () => cells.filter(({ kind }) => kind === "answer").map(({ id }) => id);

// ---------------------------------------------------------------- what is kept

const place = (key) => `rl-landscapes/${name}/${key}`;
const kept = {
  works: true,
  get(key) { try { return localStorage.getItem(place(key)); } catch { return null; } },
  put(key, text) {
    try {
      if (text === null) localStorage.removeItem(place(key));
      else localStorage.setItem(place(key), text);
    } catch { kept.works = false; }
  },
};

// ---------------------------------------------------------------- the notebook

/* The notebook with what is written here; all else is as it was handed out. */
async function notebook() {
  released ??= await reader.json(link.href);
  const written = new Map(cells.filter((cell) => cell.edited?.()).map((cell) => [cell.id, cell.text()]));
  const source = (cell) => (written.has(cell.id) ? lines(written.get(cell.id)) : cell.source);
  return { ...released, cells: released.cells.map((cell) => ({ ...cell, source: source(cell) })) };
}

const lines = (text) => text.split(/(?<=\n)/).filter((line) => line);

async function download() {
  const text = `${JSON.stringify(await notebook(), null, 1)}\n`;
  const address = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
  element("a", { href: address, download: `${name}.ipynb` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
  return `Downloaded: ${name}.ipynb is what you hand in.`;
}

/* Put what a notebook holds into the fields. */
async function take(file) {
  const read = JSON.parse(await file.text()), theirs = read.metadata?.rl_landscapes?.assignment;
  if (theirs !== name) throw new Error(`${file.name} is ${theirs ? `of assignment ${theirs}` : "no notebook of an assignment"}`);
  const found = new Map(read.cells.map((cell) => [cell.metadata?.nbgrader?.grade_id || cell.id, [cell.source].flat().join("")]));
  for (const cell of cells) if (cell.kind !== "given" && found.has(cell.id)) cell.put(found.get(cell.id));
  return `Read from ${file.name}.`;
}

// ---------------------------------------------------------------- running

/* Let one cell be at work at a time; `work` returns what there is to say at the end. */
async function occupy(cell, button, work) {
  if (busy) return cell.say("Another cell is running.");
  const word = button.textContent, began = Date.now();
  const late = setTimeout(() => busy.running && cell.say("Still running after 10 s. A loop that does not end? Stop ends it."), SLOW);
  busy = { button, running: false };
  button.textContent = "Stop";
  reader.wake();
  const said = await work().catch((error) => (error.message === STOPPED ? cell.stopped(Date.now() - began) : error.message));
  clearTimeout(late);
  button.textContent = word;
  busy = null;
  cell.say(said);
}

/* Have a button that begins, and ends what it has begun. */
function starter(text, cell, work, classes = "") {
  const button = element("button", { type: "button", class: classes }, text);
  button.addEventListener("click", () => (busy?.button === button ? reader.stop() : occupy(cell, button, work)));
  return button;
}

async function begin(cell) {
  await reader.begin(cells.map((each) => each.text()).join("\n"), cell.say);
  busy.running = true;
  cell.say("Running …");
}

/* Run code after the cells above it, as a notebook would. */
async function run(cell, output) {
  await begin(cell);
  const above = cells.slice(0, cells.indexOf(cell.below || cell) + (cell.below ? 1 : 0));
  const code = [...above.filter(({ kind }) => kind === "given" || kind === "answer" || (kind === "example" && !cell.below)), cell];
  let problem = "";
  const failed = await reader.runTo(code.map((each) => ({ name: `<${each.id}>`, source: each.text() })), code.length - 1, (i) => {
    const hear = code[i] === cell ? output() : () => {};
    return (kind, content) => {
      if (kind === "error") problem = content;
      hear(kind, content);
    };
  });
  if (failed < 0) return "Done.";
  if (code[failed] === cell) return "Ended with an error.";
  output()("error", problem);
  return `${code[failed].id}, above, ended with an error.`;
}

// ---------------------------------------------------------------- cells

/* The heading that a box stands under, as a label for what is typed there. */
function title(box) {
  const heading = box.closest("section")?.querySelector("h1, h2, h3");
  return heading ? [...heading.childNodes].filter((node) => !node.classList?.contains("headerlink")).map((node) => node.textContent).join("").trim() : "";
}

/* What cells have in common: a place for words, and one for output. */
function parts() {
  const status = element("span", { class: "run-status", role: "status" }), output = element("div", { class: "cell_output" });
  return { status, output, say: (text) => { status.textContent = text; }, write: () => writer(output) };
}

function given(box) {
  const text = codeIn(box);
  return { id: box.id.slice(5), kind: "given", text: () => text };
}

const codeIn = (box) => box.querySelector("pre").textContent.replace(/\n+$/, "");

/* Replace the code of a box by an editor. */
function code(box, key, text, { label, run: runIt, changed = () => {} }) {
  const pre = box.querySelector("pre"), start = kept.get(key) ?? text;
  box.querySelector(".copybtn")?.remove();
  const open = editor(pre, start, {
    label, run: runIt, members, names, leave: () => box.querySelector(".run-bar button").focus(),
    changed: () => { kept.put(key, open.text() === text ? null : open.text()); changed(); },
  });
  const put = (what) => { open.put(what); kept.put(key, what === text ? null : what); changed(); };
  return { text: () => open.text(), put, reset: () => put(text), begun: text, edited: () => open.text() !== text, focus: () => open.focus() };
}

function example(box) {
  const id = box.id.slice(5), { status, output, say, write } = parts();
  const act = () => run(cell, write);
  const cell = { id, kind: "example", say, stopped: () => "Stopped. The next run begins with the cells above." };
  const button = starter("Run", cell, act, "run-button");
  Object.assign(cell, code(box, id, codeIn(box), { label: `Example: ${title(box)}`, run: () => button.click() }));
  box.append(element("div", { class: "run-bar" }, button, resetter(cell), status), output);
  return cell;
}

/* Code below an answer that is kept here and not handed in. */
function trial(answer) {
  const pre = element("pre"), box = element("div", { class: "assignment-trial" }, element("div", { class: "highlight" }, pre));
  const { status, output, say, write } = parts();
  const cell = { id: `try-${answer.id}`, kind: "trial", below: answer, say, stopped: () => "Stopped." };
  const button = starter("Run", cell, () => run(cell, write), "run-button");
  const text = `${answer.id}(*check.case("${answer.id}"))`;
  box.append(element("div", { class: "run-bar" }, button, status), output);
  Object.assign(cell, code(box, cell.id, text, { label: `To try ${answer.id}`, run: () => button.click() }));
  return element("details", {}, element("summary", {}, "Try it on something (this is not handed in)"), box);
}

function resetter(cell) {
  const button = element("button", { type: "button" }, "Reset");
  button.addEventListener("click", () => {
    if (cell.edited() && confirm("Put back the text that was handed out?")) cell.reset();
    cell.focus();
  });
  return button;
}

function answer(box) {
  const id = box.id.slice(5), { status, output, say, write } = parts(), tried = parts();
  let hints = 0;

  /* Ask what the notebook's check says of this answer. */
  async function check() {
    await begin(cell);
    const asked = cell.text(), book = JSON.stringify(await notebook());
    tried.output.replaceChildren();
    const { points, of } = await reader.call("check", [book, id, hints], write());
    kept.put(`score-${id}`, JSON.stringify({ points, of, of_text: asked }));
    hint.hidden = tries.hidden = points === of;
    draw();
    return points === of ? "All that runs here passes." : "";
  }

  async function inputs() {
    await begin(cell);
    await reader.call("case", [JSON.stringify(await notebook()), id], tried.write());
    return "";
  }

  const cell = {
    id, kind: "answer", say,
    stopped: (took) => `Stopped after ${Math.round(took / 1000)} s. When it is graded, a function that does not come back is ended, and costs its own points and no others.`,
    score() {
      const score = JSON.parse(kept.get(`score-${id}`) || "null");
      return score && { ...score, stale: score.of_text !== cell.text() };
    },
  };
  const button = starter("Check", cell, check, "run-button");
  const hint = starter("Hint", cell, () => { hints = Math.min(hints + 1, HINTS); return check(); });
  const tries = starter("What it tries", cell, inputs);
  hint.hidden = tries.hidden = true;
  Object.assign(cell, code(box, id, codeIn(box), { label: `Your ${id}`, run: () => button.click(), changed: () => draw() }));
  box.append(element("div", { class: "run-bar" }, button, hint, tries, resetter(cell), status), output, tried.output, trial(cell));
  return cell;
}

function written(box) {
  const id = box.id.slice(5), count = element("span", { class: "run-status" });
  const area = element("textarea", { rows: "8", "aria-label": `Your answer: ${title(box)}` });
  const words = () => area.value.split(/\s+/).filter((word) => word).length;
  const show = () => { count.textContent = `${words()} words, kept in this browser`; draw(); };
  area.value = kept.get(id) ?? "";
  area.addEventListener("input", () => { kept.put(id, area.value || null); show(); });
  box.replaceChildren(area, element("div", { class: "run-bar" }, count));
  const cell = { id, kind: "written", begun: "", text: () => area.value, edited: () => area.value !== "", words, focus: () => area.focus() };
  cell.put = (text) => { area.value = text; kept.put(id, text || null); show(); };
  cell.reset = () => cell.put("");
  cell.show = show;
  return cell;
}

// ---------------------------------------------------------------- all of it

const list = element("ul", { class: "assignment-list" }), total = element("p", {});

/* Say of each question how far it is. */
function draw() {
  const asked = cells.filter(({ kind }) => kind === "answer" || kind === "written");
  list.replaceChildren(...asked.map((cell) => element("li", {}, element("a", { href: `#cell-${cell.id}` }, cell.id.replace("written-", "in words: ")), ` ${state(cell)}`)));
  const scores = asked.map((cell) => cell.score?.()).filter((score) => score && !score.stale);
  const sum = (key) => scores.reduce((before, score) => before + score[key], 0);
  total.textContent = scores.length ? `So far ${sum("points")} of ${sum("of")} points in what was checked; further tests run when it is graded.` : "";
}

function state(cell) {
  if (cell.kind === "written") return `${cell.words()} words`;
  const score = cell.score();
  if (!score) return cell.edited() ? "not checked" : "to do";
  const mark = score.points === score.of ? "✓ " : "";
  return score.stale ? "changed since its check" : `${mark}${score.points} of ${score.of} points`;
}

/* The buttons for the whole of it, with a place for what they say. */
function bar() {
  const status = element("span", { class: "run-status", role: "status" });
  const say = (text) => { status.textContent = text; };
  const does = (text, act, classes = "") => {
    const button = element("button", { type: "button", class: classes }, text);
    button.addEventListener("click", () => Promise.resolve(act()).then(say, (error) => say(error.message)));
    return button;
  };
  const file = element("input", { type: "file", accept: ".ipynb", hidden: "" });
  file.addEventListener("change", () => take(file.files[0]).then(say, (error) => say(error.message)).finally(() => { file.value = ""; }));
  return element("div", { class: "run-bar" },
    does("Download as notebook", download, "run-button"),
    does("Open a notebook", () => { file.click(); return ""; }), file,
    does("Begin anew", () => {
      if (!confirm("Remove everything that is written on this page?")) return "";
      for (const cell of cells) if (cell.reset) { kept.put(`score-${cell.id}`, null); cell.reset(); }
      return "All is as it was handed out.";
    }), status);
}

const HELP = "Write into the fields and press Check. It all happens in your browser: the first check fetches Python, about 40 MB, and what you write is kept here and sent nowhere. At the end, download the notebook and hand it in. In a field, Tab indents; after Escape, Tab goes on. Shift and Enter check.";

function panel() {
  const words = element("p", {}, HELP, kept.works ? "" : " This browser keeps nothing: download before you leave.");
  return element("section", { class: "assignment-panel", "aria-label": "Your work" }, words, list, total, bar());
}

const makers = { given, answer, example, written };
kept.put("probe", "");
kept.put("probe", null);
for (const box of document.querySelectorAll("div.assignment-cell")) {
  const [kind] = Object.keys(makers).filter((each) => box.classList.contains(`assignment-${each}`));
  cells.push(makers[kind](box));
}
link.closest("p").after(panel());
article.querySelector("section").append(bar());
for (const cell of cells) cell.show?.();
draw();
addEventListener("storage", ({ key, newValue }) => { // the same page in another tab
  const cell = cells.find(({ id }) => key === place(id));
  cell?.put?.(newValue ?? cell.begun);
});
