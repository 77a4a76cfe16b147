/* A plane through three policies, and a body that lives by the one that the reader points at.

   The landscape is drawn by the kind "surface" of explorer.js, the body by motion.js. The first click on the button
   fetches a worker with MuJoCo (hopper.mjs of the book), if this page stands beside one; from then on every point that
   is chosen is lived through. Where there is none, the recording of the nearest of the three policies is played.
*/
(() => {
  "use strict";

  const { KINDS, tools } = window.explorers;
  const { FONT, clamp, dot, drawLandscape, drawStage, element, films, four, number, stageBox } = tools;
  const PLACES = [[0, 0], [1, 0], [1, 1]]; // of the three policies
  const PATIENCE = 120; // milliseconds in which a dragged point rests before the body lives

  const place = (data, [i, j]) => [data.first[i], data.second[j]];
  const landscape = (data) => ({ kind: KINDS.surface, data: { ...data, paths: null, start: null } });
  const near = (list, x) => list.reduce((best, y, i) => (Math.abs(y - x) < Math.abs(list[best] - x) ? i : best), 0);

  /* The parameters at a point of the plane, by the same sums as in Python. */
  function policyAt(data, point) {
    const [a, b] = place(data, point), [first, second, third] = data.corners;
    return first.map((x, k) => x + a * (second[k] - x) + b * (third[k] - second[k]));
  }

  function nearest(data, point) {
    const [a, b] = place(data, point), far = PLACES.map(([x, y]) => Math.hypot(a - x, b - y));
    return far.indexOf(Math.min(...far));
  }

  const isShown = ({ lived, point, setting }) => Boolean(lived) && String(lived.point) === String(point) && lived.setting === setting;

  // ---------------------------------------------------------------- the worker

  /* Start a worker and return the function that asks it; nothing where the page stands beside none. */
  async function engine(data) {
    const root = document.documentElement.dataset.content_root;
    if (!root || !location.protocol.startsWith("http")) return null; // a browser starts no worker for a page in a folder
    const run = new URL("_run/", new URL(root, location.href)), reply = await fetch(new URL("settings.json", run));
    if (!reply.ok || !(await reply.json()).bundles?.includes("hopper")) return null;
    const worker = new Worker(new URL("bundles/hopper.js", run), { type: "module" }), waiting = new Map();
    let count = 0;
    const ask = (question) => new Promise((resolve, reject) => {
      waiting.set((count += 1), { resolve, reject });
      worker.postMessage({ ...question, id: count });
    });
    worker.addEventListener("message", ({ data: { kind, id, ...answer } }) => {
      waiting.get(id)[kind === "done" ? "resolve" : "reject"](kind === "done" ? answer : new Error(answer.message));
      waiting.delete(id);
    });
    worker.addEventListener("error", (event) => waiting.forEach(({ reject }) => reject(new Error(event.message || "no worker"))));
    await ask({ kind: "begin", body: data.physics });
    return ask;
  }

  function lived(data, { poses, total, steps, fell }) {
    const width = 3 * data.body.half.length, film = Array.from({ length: steps + 1 }, (_, t) => poses.subarray(t * width, (t + 1) * width));
    return { film, total, fell, seconds: steps * data.physics.dt, step: data.physics.dt };
  }

  function recorded(data, point) {
    const m = nearest(data, point);
    return { film: films(data)[m], total: data.totals[m], fell: data.terminated[m], seconds: data.durations[m], times: data.times, name: data.names[m] };
  }

  // ---------------------------------------------------------------- the kind

  KINDS.body = {
    height: (width, data) => KINDS.motion.height(width, data),
    label: (data) => `${data.description} Arrow keys move the point, with Shift five steps; Home returns it; Space lets the body live by the policy there, and stops it.`,
    begin: (data) => [near(data.first, data.start[0]), near(data.second, data.start[1])],
    move: (data, [i, j], dx, dy) => [clamp(i + dx, 0, data.first.length - 1), clamp(j + dy, 0, data.second.length - 1)],
    find: (data, state, x, y) => KINDS.motion.find(data, state, x, y),

    draw(pen, data, state) {
      const { map, box } = stageBox(data, pen.width);
      state.width = pen.width;
      drawLandscape(pen, state, map.width, map.height, landscape(data), state.setting);
      this.nameCorners(pen, data, state);
      const show = isShown(state) ? state.lived : recorded(data, state.point), at = isShown(state) ? state.at : 0;
      drawStage(pen, data, box, show.film, at, at ? (show.fell ? data.ending : "cut") : "");
    },

    nameCorners(pen, data, { frame: f }) {
      const c = pen.context;
      c.font = FONT; c.textBaseline = "bottom"; c.lineWidth = 3; c.lineJoin = "round"; c.strokeStyle = "#000"; c.fillStyle = "#fff";
      PLACES.forEach(([a, b], m) => {
        dot(pen, f.x(a), f.y(b), 4, "#fff", "#000");
        c.lineWidth = 3; c.strokeStyle = "#000"; c.fillStyle = "#fff"; c.textAlign = "center";
        c.strokeText(data.names[m], f.x(a), f.y(b) - 9);
        c.fillText(data.names[m], f.x(a), f.y(b) - 9);
      });
    },

    read(data, state) {
      const [i, j] = state.point, k = state.setting, [a, b] = place(data, state.point);
      const map = `At a = ${number(a)}, b = ${number(b)}: ${data.value_label} ${four(data.values[k][i][j])} ± ${number(data.stderr[k][i][j])} on the map.`;
      if (!isShown(state)) return `${map} ${data.hint}`;
      const { total, fell, seconds, name, seed } = state.lived, end = `${fell ? data.ending : "is cut"} after ${number(seconds)} s`;
      if (name) return `${map} The recording of the policy that ${name}, without noise, returns ${four(total)} and ${end}.`;
      return `${map} This episode${data.settings[k] ? `, noise ${seed},` : ""} returns ${four(total)} and ${end}.`;
    },

    /* The button, the worker behind it, and the clock. Who asks for reduced motion sees none that he has not asked for. */
    player(data, state, board) {
      const button = element("button", { type: "button", class: "explorer-play" }, data.button);
      const status = element("span", { class: "explorer-status", role: "status" });
      const still = window.matchMedia("(prefers-reduced-motion: reduce)");
      let ready = null, isLive = false, turn = 0, running = false, seed = 0, rest = 0;

      async function start() {
        status.textContent = `Fetching MuJoCo, ${data.size} …`;
        const ask = await engine(data).catch(() => null);
        status.textContent = ask ? "" : "No MuJoCo beside this page: what you see was recorded.";
        isLive = Boolean(ask);
        return ask;
      }

      async function live() {
        const mine = (turn += 1), { point, setting } = state, sigma = data.settings[setting];
        running = true;
        button.textContent = "Stop";
        const ask = await (ready ??= start());
        if (mine !== turn) return;
        seed += 1;
        const task = { kind: "live", theta: policyAt(data, point), sigma, seed };
        const answer = ask && await ask(task).catch((error) => { status.textContent = error.message; return null; });
        if (mine !== turn) return;
        state.lived = { ...(answer ? lived(data, answer) : recorded(data, point)), point, setting, seed };
        state.at = 0;
        board.update();
        const origin = performance.now();
        requestAnimationFrame(function tick(now) {
          if (mine !== turn) return;
          const { film, step, times } = state.lived, time = Math.max(0, now - origin) / 1000, final = film.length - 1;
          const at = step ? Math.floor(time / step) : times.filter((t) => t <= time).length - 1;
          state.at = clamp(at, 0, final);
          board.draw();
          if (state.at < final) requestAnimationFrame(tick); else stop();
        });
      }

      function stop() {
        turn += 1;
        clearTimeout(rest);
        running = false;
        button.textContent = data.button;
      }

      const toggle = () => (running ? stop() : live());
      button.addEventListener("click", toggle);
      return {
        part: element("span", { class: "explorer-live" }, button, status), stop,
        moved() {
          stop();
          if (isLive && !still.matches) rest = setTimeout(live, PATIENCE);
        },
        key(name) { if (name !== " ") return false; toggle(); return true; },
      };
    },
  };
})();
