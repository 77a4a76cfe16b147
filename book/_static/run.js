/* Run in the page: every code cell can be edited and run by Python in the reader's browser, in a worker (runner.mjs).

   Before a click a cell has two buttons more, and nothing is fetched. The first click on Run fetches Pyodide, the library's
   wheel and the data of the book; the page's cells, with those that it does not show, come from its notebook. State is
   that of the page read from the top: running a cell first runs those above it that have not run since they or one
   above them changed. Stop ends the worker, so what was computed is gone, and the next run begins at the top. What a cell
   shows stands where its output stood; cells that run only on the way to another keep what the page had, unless the
   reader has changed something.
*/
(() => {
  "use strict";

  const page = document.querySelector("meta[name='run-in-page']")?.content;
  if (!page || !location.protocol.startsWith("http")) return; // a browser starts no worker for a page in a folder
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);
  const HELP = "Tab indents, Escape leaves, Shift and Enter run the cell.";

  const shown = new Map(); // by the id of its box, what the page shows of a cell
  let order = null; // ids and sources of all cells of the page, top down
  let done = []; // the sources that have run, from the top
  let worker = null, answer = null, busy = null, halted = false;

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  // ---------------------------------------------------------------- Python

  async function json(address) {
    const reply = await fetch(address);
    if (!reply.ok) throw new Error(`${address} is not there (${reply.status})`);
    const read = await reply.json();
    if (halted) throw new Error("stopped");
    return read;
  }

  /* Ask the worker for something; it tells what it shows on the way. */
  function ask(question, hear) {
    return new Promise((resolve, reject) => {
      answer = { hear, resolve, reject };
      worker.postMessage(question);
    });
  }

  function heard({ data: { kind, content } }) {
    if (kind === "done") answer.resolve(content);
    else if (kind === "failed") answer.reject(new Error(content));
    else answer.hear(kind, content);
  }

  async function begin(say) {
    const run = new URL("_run/", root), settings = await json(new URL("settings.json", run));
    const pyodide = new URL(settings.pyodide, root), code = order.map(({ source }) => source).join("\n");
    say(`Fetching Python from ${pyodide.host}: about 40 MB, which the browser keeps …`);
    worker = new Worker(new URL("_static/runner.mjs", root), { type: "module" });
    worker.addEventListener("message", heard);
    worker.addEventListener("error", (event) => answer?.reject(new Error(event.message || "the worker did not start")));
    const wheels = settings.wheels.filter(({ needed }) => !needed || code.includes(needed));
    await ask({
      kind: "begin", pyodide: pyodide.href, packages: settings.packages, folder: `/book/${page}`.replace(/\/[^/]*$/, ""),
      wheels: wheels.map(({ file }) => new URL(file, run).href), data: new URL(settings.data, run).href,
      cells: new URL("_static/run.py", root).href,
    }, () => {});
  }

  async function readOrder() {
    const notebook = await json(new URL(`_notebooks/${page}.ipynb`, root));
    const text = (source) => (Array.isArray(source) ? source.join("") : source);
    order = notebook.cells.filter(({ cell_type: type, id }) => type === "code" && id.startsWith("cell-"))
      .map(({ id, source }) => ({ id, source: text(source) }));
  }

  function stop() {
    worker?.terminate();
    worker = null;
    done = [];
    halted = true;
    answer?.reject(new Error("stopped"));
  }

  // ---------------------------------------------------------------- running

  const sourceOf = ({ id, source }) => (shown.get(id)?.edited() ? shown.get(id).text() : source);
  const changed = () => order.some((cell) => sourceOf(cell) !== cell.source);

  async function run(target) {
    if (busy) return target.say("Another cell is running.");
    busy = target;
    halted = false;
    target.begins();
    const failure = await attempt(target).catch((error) => error.message);
    busy = null;
    target.ends(failure);
  }

  /* Run a cell after those above it; return what went wrong, or nothing. */
  async function attempt(target) {
    if (!order) await readOrder();
    if (!worker) await begin(target.say).catch((error) => { stop(); throw error; });
    const last = order.findIndex(({ id }) => id === target.id);
    const first = order.findIndex((cell, i) => done[i] !== sourceOf(cell));
    for (let i = first < 0 ? last : Math.min(first, last); i <= last; i += 1) {
      const cell = order[i], box = shown.get(cell.id), source = sourceOf(cell);
      if (done[i] !== source) done.length = Math.min(done.length, i);
      target.say(i < last ? `Running the cells above, ${i + 1} of ${last + 1} …` : "Running …");
      const hear = box && (box === target || changed()) ? box.output() : () => {};
      let problem = "";
      const ran = await ask({ kind: "run", name: cell.id.replace("-", " "), source }, (kind, content) => {
        if (kind === "error") problem = content;
        if (kind !== "error" || box === target) hear(kind, content);
      });
      if (ran) hear("end");
      if (!ran && box !== target) target.output()("error", problem);
      if (!ran) return `${i < last ? "A cell above ended" : "Ended"} with an error: ${problem.trim().split("\n").pop()}`;
      done[i] = source;
    }
    return "";
  }

  // ---------------------------------------------------------------- what a cell shows

  /* A picture where the built one stood, with its caption. */
  function picture({ light, dark }, model, edited) {
    const box = model ? model.cloneNode(true) : element("div", { class: "figure-box" });
    const images = [...box.querySelectorAll("img")];
    if (images.length !== 2) {
      images.forEach((image) => image.remove());
      for (const theme of ["only-light", "only-dark"]) box.append(images[images.push(element("img", { class: theme })) - 1]);
    }
    images.slice(-2).forEach((image, i) => {
      image.src = `data:image/png;base64,${[light, dark][i]}`;
      for (const name of ["width", "height", "loading"]) image.removeAttribute(name);
      if (edited || !image.alt) image.alt = "Figure drawn by this cell when it was run in the page";
    });
    return box;
  }

  function block(text, classes) {
    return element("div", { class: `output ${classes} highlight-myst-ansi notranslate` }, element("div", { class: "highlight" }, element("pre", {}, text)));
  }

  /* Return a function that puts what is told, from the first thing on, where the cell's output stands. */
  function writer(place, before, edited) {
    const boxes = before.flatMap((node) => [...(node.querySelectorAll?.(".figure-box") ?? [])]);
    const models = boxes.map((box) => box.closest("figure") || box);
    let fresh = true;
    return (kind, content) => {
      if (fresh) place.replaceChildren();
      fresh = false;
      const open = place.lastElementChild?.matches(".stream") && place.lastElementChild.querySelector("pre");
      if (kind === "text" && open) open.append(content);
      else if (kind === "text") place.append(block(content, "stream"));
      else if (kind === "error") place.append(block(content, "run-error"));
      else if (kind === "figure") place.append(picture(content, models.shift(), edited));
      else if (kind === "html") {
        const html = element("div", { class: "output text_html" });
        html.innerHTML = content;
        place.append(html);
        html.querySelectorAll(".explorer[data-explorer]").forEach((section, i) => window.explorers?.start(section, i));
      }
    };
  }

  // ---------------------------------------------------------------- colours while typing

  const WORDS = "and|as|assert|break|class|continue|def|del|elif|else|except|finally|for|from|if|import|in|is|lambda|not|or|pass|raise|return|try|while|with|yield";
  const TOKENS = new RegExp([
    "(?<c1>#[^\\n]*)", "(?<s2>[rbfRBF]{0,2}(?:\"\"\"[^]*?\"\"\"|'''[^]*?'''|\"(?:\\\\.|[^\"\\\\\\n])*\"?|'(?:\\\\.|[^'\\\\\\n])*'?))",
    `(?<k>\\b(?:${WORDS})\\b)`, "(?<kc>\\b(?:True|False|None)\\b)", "(?<mi>\\b\\d[\\w.]*)", "(?<o>[-+*/%@=<>!&|^~]+)",
  ].join("|"), "g");

  function colour(pre, text) {
    const parts = [];
    let place = 0;
    for (const found of text.matchAll(TOKENS)) {
      const [name] = Object.entries(found.groups).find(([, value]) => value !== undefined);
      parts.push(text.slice(place, found.index), element("span", { class: name }, found[0]));
      place = found.index + found[0].length;
    }
    pre.replaceChildren(...parts, text.slice(place), "\n");
  }

  // ---------------------------------------------------------------- editing

  function editor(pre, text, { changed: tellChange, leave, run: runCell }) {
    const area = element("textarea", { "aria-label": `Code of this cell. ${HELP}`, spellcheck: "false", autocapitalize: "off", autocomplete: "off", autocorrect: "off", wrap: "off", rows: "1" });
    const type = (what) => document.execCommand("insertText", false, what);
    area.value = text;
    area.addEventListener("input", () => { colour(pre, area.value); tellChange(); });
    area.addEventListener("keydown", (event) => {
      const line = area.value.slice(0, area.selectionStart).split("\n").pop();
      if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) runCell();
      else if (event.key === "Enter") type(`\n${line.match(/^ */)[0]}${/:\s*$/.test(line) ? "    " : ""}`);
      else if (event.key === "Tab" && !event.shiftKey) type("    ");
      else if (event.key === "Escape") leave();
      else return;
      event.preventDefault();
    });
    const frame = element("div", { class: "run-editor" });
    pre.replaceWith(frame);
    pre.removeAttribute("tabindex");
    frame.append(pre, area);
    colour(pre, text);
    return { area, close: () => frame.replaceWith(pre) };
  }

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
      text: () => (open ? open.area.value : original),
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
        cell.say(failure === "stopped" ? "Stopped. The next run begins with the cells above." : failure || "Done.");
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

    act.addEventListener("click", () => (busy === cell ? stop() : run(cell)));
    edit.addEventListener("click", () => {
      open = editor(pre, original, {
        changed: () => { reset.hidden = all.hidden = false; }, leave: () => act.focus(), run: () => run(cell),
      });
      edit.hidden = true;
      open.area.focus();
    });
    reset.addEventListener("click", () => { if (busy !== cell) { cell.reset(); act.focus(); } });
    all.addEventListener("click", () => {
      stop();
      for (const each of shown.values()) each.reset();
      act.focus();
    });
    act.title = "Run this cell in your browser; the first run fetches Python, about 40 MB";
    input.after(element("div", { class: "run-bar" }, act, edit, reset, all, status));
    return cell;
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll("div.cell[id^='cell-']")) {
      if (box.querySelector(".cell_input pre")) shown.set(box.id, cellOf(box));
    }
  });
})();
