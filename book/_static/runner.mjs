/* The worker behind python.mjs: Python in the reader's browser. It answers "begin" by fetching Pyodide and what the page
   needs, and all else by calling the function of this name in run.py, which does what concerns Python. */

let python = null, runner = null;

const plain = (content) => content?.toJs?.({ dict_converter: Object.fromEntries }) ?? content;
const tell = (kind, content) => postMessage({ kind, content: plain(content) });

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} is not there (${answer.status})`);
  return answer.arrayBuffer();
}

async function begin({ pyodide, packages, wheels, data, cells, folder }) {
  const files = Promise.all([...wheels, data, cells].map(fetched));
  files.catch(() => {}); // waited for below
  const { loadPyodide } = await import(`${pyodide}pyodide.mjs`);
  python = await loadPyodide({ indexURL: pyodide });
  const missing = [];
  await python.loadPackage(packages, { messageCallback: () => {}, errorCallback: (text) => missing.push(text) });
  if (missing.length) throw new Error(missing.join("; "));
  const site = python.runPython("import sysconfig; sysconfig.get_path('purelib')"), [...got] = await files;
  const script = got.pop(), archive = got.pop();
  for (const wheel of got) python.unpackArchive(wheel, "zip", { extractDir: site });
  python.unpackArchive(archive, "zip", { extractDir: "/" });
  python.FS.writeFile(`${site}/page_runner.py`, new Uint8Array(script));
  python.runPython("import importlib; importlib.invalidate_caches()");
  runner = python.pyimport("page_runner");
  runner.begin(folder, tell);
}

addEventListener("message", async ({ data }) => {
  try {
    if (data.kind === "begin") await begin(data);
    tell("done", data.kind === "begin" || runner[data.kind](...data.given));
  } catch (error) {
    tell("failed", error.message);
  }
});
