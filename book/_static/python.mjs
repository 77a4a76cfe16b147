/* Python in the reader's browser: a worker (runner.mjs), what it fetches before it runs anything, and how it is stopped. */

export const STOPPED = "stopped";

/* Python for a page in a folder; nothing is fetched before `begin`. */
export function python(root, folder) {
  const run = new URL("_run/", root);
  let worker = null, answer = null, halted = false, done = []; // the sources that have run, from the top

  async function json(address) {
    const reply = await fetch(address);
    if (!reply.ok) throw new Error(`${address} is not there (${reply.status})`);
    const read = await reply.json();
    if (halted) throw new Error(STOPPED);
    return read;
  }

  /* Ask the worker for something; it tells what it shows on the way. */
  function ask(question, hear = () => {}) {
    return new Promise((resolve, reject) => {
      answer = { hear, resolve, reject };
      worker.postMessage(question);
    });
  }

  function heard({ data: { kind, content } }) {
    if (kind === "done") answer.resolve(content);
    else if (kind === "failed") end(content);
    else answer.hear(kind, content);
  }

  /* End the worker, with all that was computed; who waits for an answer learns why. */
  function end(reason) {
    worker?.terminate();
    worker = null;
    done = [];
    answer?.reject(new Error(reason));
  }

  /* Fetch Python and what code like this needs, unless that is done. */
  async function begin(code, say) {
    if (worker) return;
    try {
      const settings = await json(new URL("settings.json", run)), pyodide = new URL(settings.pyodide, root);
      say(`Fetching Python from ${pyodide.host}: about 40 MB, which the browser keeps …`);
      worker = new Worker(new URL("_static/runner.mjs", root), { type: "module" });
      worker.addEventListener("message", heard);
      worker.addEventListener("error", (event) => end(event.message || "the worker did not start"));
      const wheels = settings.wheels.filter(({ needed }) => !needed || code.includes(needed));
      await ask({
        kind: "begin", pyodide: pyodide.href, packages: settings.packages, folder,
        wheels: wheels.map(({ file }) => new URL(file, run).href), data: new URL(settings.data, run).href,
        cells: new URL("_static/run.py", root).href,
      });
    } catch (error) {
      end(error.message);
      throw error;
    }
  }

  function stop() {
    halted = true;
    end(STOPPED);
  }

  /* Run a cell after those above it that have not run since they or one above them changed. `hears(i)` is told what cell
     number i shows; the answer is the number of the cell that ended with an error, or -1. */
  async function runTo(cells, last, hears) {
    const first = cells.findIndex(({ source }, i) => done[i] !== source);
    for (let i = first < 0 ? last : Math.min(first, last); i <= last; i += 1) {
      const { name, source } = cells[i];
      if (done[i] !== source) done.length = Math.min(done.length, i);
      const hear = hears(i);
      if (!(await ask({ kind: "run", given: [name, source] }, hear))) return i;
      hear("end");
      done[i] = source;
    }
    return -1;
  }

  return {
    begin, stop, runTo, json,
    wake: () => { halted = false; }, // before the first of what a stop shall end
    call: (kind, given, hear) => ask({ kind, given }, hear), // a function of run.py
  };
}
