/* A room, the landscape of a policy of two numbers in it, and the climb from wherever the reader puts the start.

   The one explorer that computes: the policy, its exact return and gradient, and every update of the climb. World, heights
   of the map and settings come from Python (rl_landscapes.plots.climb_explorer); tests/book/test_climb.py compares what is
   computed here with the library.
*/
(() => {
  "use strict";

  const { KINDS, tools } = window.explorers;
  const { ARROWS, FONT, clamp, contours, dot, element, frame, inside, last, line, number, palette, range, theme } = tools;
  const FRAMES = 60, SECONDS = 3.2, KEY_STEP = 0.25, MOSTLY = 0.9;
  const LEFT = 0, RIGHT = 1, UP = 2, DOWN = 3, WAYS = [[-1, 0], [1, 0], [0, -1], [0, 1]];

  // ---------------------------------------------------------------- exact return and gradient

  /* The same four probabilities in every cell: a softmax of (0, right, 0, down). */
  function policyAt([right, down]) {
    const logits = [];
    logits[LEFT] = 0; logits[RIGHT] = right; logits[UP] = 0; logits[DOWN] = down;
    const top = Math.max(...logits), total = top + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - top), 0));
    const logs = logits.map((z) => z - total);
    return { logs, probs: logs.map(Math.exp) };
  }

  /* I - gamma P = L U, in place. Its rows are dominated by their diagonals, so no row has to be exchanged. */
  function factor({ next, discount }, probs) {
    const n = next.length, rows = next.map((after, s) => {
      const row = new Float64Array(n);
      row[s] = 1;
      after.forEach((to, a) => { row[to] -= discount * probs[a]; });
      return row;
    });
    for (let k = 0; k < n; k += 1) {
      for (let i = k + 1; i < n; i += 1) {
        if (rows[i][k] === 0) continue;
        const share = (rows[i][k] /= rows[k][k]);
        for (let j = k + 1; j < n; j += 1) rows[i][j] -= share * rows[k][j];
      }
    }
    return rows;
  }

  function solve(rows, right) {
    const x = Float64Array.from(right), n = x.length;
    for (let i = 0; i < n; i += 1) for (let j = 0; j < i; j += 1) x[i] -= rows[i][j] * x[j];
    for (let i = n - 1; i >= 0; i -= 1) {
      for (let j = i + 1; j < n; j += 1) x[i] -= rows[i][j] * x[j];
      x[i] /= rows[i][i];
    }
    return x;
  }

  function solveTransposed(rows, right) {
    const x = Float64Array.from(right), n = x.length;
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j < i; j += 1) x[i] -= rows[j][i] * x[j];
      x[i] /= rows[i][i];
    }
    for (let i = n - 1; i >= 0; i -= 1) for (let j = i + 1; j < n; j += 1) x[i] -= rows[j][i] * x[j];
    return x;
  }

  const dotProduct = (a, b) => a.reduce((sum, v, i) => sum + v * b[i], 0);

  /* True and soft return of the policy at theta, the gradient of the soft one, probabilities and visits. */
  function evaluate(world, theta, tau) {
    const { logs, probs } = policyAt(theta), rows = factor(world, probs);
    const entropy = -probs.reduce((sum, p, a) => sum + p * logs[a], 0);
    const values = solve(rows, world.rewards.map((r) => r + tau * entropy)), visits = solveTransposed(rows, world.start);
    const slope = (a) => probs[a] * visits.reduce((sum, d, s) =>
      sum + d * (world.rewards[s] + world.discount * values[world.next[s][a]] - tau * logs[a] - values[s]), 0);
    return { probs, visits, value: dotProduct(world.rewards, visits), soft: dotProduct(world.start, values), gradient: [slope(RIGHT), slope(DOWN)] };
  }

  const tauAt = (data, { mode, weight }, update) =>
    [0, data.weights[weight], data.weights[weight] * data.decay ** update][mode];

  /* The points after 0, 1, ... updates. */
  function climbFrom(data, start, choice) {
    const step = data.steps[choice.mode], way = [start.slice()];
    for (let update = 0; update < data.n_updates; update += 1) {
      const theta = last(way), { gradient } = evaluate(data.world, theta, tauAt(data, choice, update));
      way.push(theta.map((x, i) => x + step * gradient[i]));
    }
    return way;
  }

  const updateOf = (data, shown) => Math.round(data.n_updates * (shown / FRAMES) ** 1.6);

  // ---------------------------------------------------------------- what is said

  const MODES = [["none", "none"], ["stays", "stays"], ["fades", "fades"]];
  const pair = (theta) => `(${theta.map((x) => number(Math.round(100 * x) / 100)).join(", ")})`;
  const money = (x) => x.toFixed(2);

  /* The goal that pays most of the true return, and its share of it. */
  function payer(data, seen) {
    const shares = data.goals.map(({ state }) => (seen.visits[state] * data.world.rewards[state]) / seen.value);
    const most = shares.indexOf(Math.max(...shares));
    return { name: data.goals[most].name, share: shares[most], best: most === 0 };
  }

  function tell(data, state) {
    const { seen, update } = state, tau = tauAt(data, state, update), paid = payer(data, seen), done = update === data.n_updates;
    const entropy = ["no entropy", `entropy ${data.weights[state.weight]} that stays`, `entropy ${data.weights[state.weight]} that fades`][state.mode];
    const left = state.mode === 2 ? `, entropy ${number(tau)} left` : "";
    const end = paid.share < MOSTLY ? "It ends between the two rewards." : paid.best ? `It has found the ${paid.name}.` : `It is stuck at the ${paid.name}.`;
    return `Start ${pair(state.start)}, ${entropy}. After ${update} of ${data.n_updates} updates${left}: true return ${money(seen.value)}, ` +
      `${Math.round(100 * paid.share)}% of it from the ${paid.name}.${done ? ` ${end}` : ""}`;
  }

  // ---------------------------------------------------------------- drawing

  function sheetOn(canvas, root, share) {
    const width = canvas.parentElement.clientWidth, height = Math.round(width * share), ratio = window.devicePixelRatio || 1;
    const context = canvas.getContext("2d");
    canvas.width = width * ratio; canvas.height = height * ratio;
    canvas.style.height = `${height}px`;
    context.scale(ratio, ratio);
    return { context, width, height, theme: theme(root) };
  }

  function heightsAt(data, tau) {
    return data.returns.map((row, i) => row.map((value, j) => value + tau * data.entropies[i][j]));
  }

  function haloed(c, text, x, y) {
    c.lineJoin = "round"; c.lineWidth = 4; c.strokeStyle = "#000"; c.strokeText(text, x, y);
    c.fillStyle = "#fff"; c.fillText(text, x, y);
  }

  function drawMap(pen, data, state) {
    const { context: c, width, height, theme: ink } = pen, colour = palette(data.colours);
    const heights = heightsAt(data, tauAt(data, state, state.update)), [low, high] = range(heights, 0), n = data.side.length;
    const f = frame({ left: 18, top: 1, width: width - 19, height: height - 20 }, [data.side[0], last(data.side)], [data.side[0], last(data.side)]);
    state.frame = f;
    const sheet = element("canvas", { width: n, height: n }), brush = sheet.getContext("2d");
    heights.forEach((row, i) => row.forEach((v, j) => {
      brush.fillStyle = `rgb(${colour((v - low) / (high - low))})`;
      brush.fillRect(i, n - 1 - j, 1, 1);
    }));
    const half = [f.width, f.height].map((long) => long / (n - 1) / 2);
    inside(pen, f, () => {
      c.drawImage(sheet, f.left - half[0], f.top - half[1], f.width + 2 * half[0], f.height + 2 * half[1]);
      c.strokeStyle = "#fff"; c.globalAlpha = 0.5; c.lineWidth = 1;
      c.beginPath();
      for (let k = 1; k < 9; k += 1) {
        contours(heights, low + (k / 9) * (high - low), (p, q) => [p, q].forEach(([i, j], end) =>
          c[end ? "lineTo" : "moveTo"](f.left + 2 * half[0] * i, f.top + f.height - 2 * half[1] * j)));
      }
      c.stroke();
      c.globalAlpha = 1;
      drawWay(pen, f, state);
    });
    c.font = `bold ${FONT.replace("13px", "15px")}`; c.textAlign = "center"; c.textBaseline = "middle";
    data.goals.forEach(({ name, at: [x, y] }) => haloed(c, name, f.x(x), f.y(y)));
    c.strokeStyle = ink.line; c.lineWidth = 1; c.strokeRect(f.left + 0.5, f.top + 0.5, f.width - 1, f.height - 1);
    c.font = FONT; c.fillStyle = ink.ink; c.textBaseline = "alphabetic";
    c.fillText("likes right →", f.left + f.width / 2, height - 4);
    c.save();
    c.translate(12, f.top + f.height / 2); c.rotate(-Math.PI / 2);
    c.fillText("likes down →", 0, 0);
    c.restore();
  }

  function drawWay(pen, f, state) {
    const all = state.way.map(([x, y]) => [f.x(x), f.y(y)]), walked = all.slice(0, state.update + 1), [x, y] = all[0];
    line(pen, all, { colour: "#000", width: 4, alpha: 0.35 });
    line(pen, all, { colour: "#fff", width: 2, alpha: 0.6 });
    line(pen, walked, { colour: "#000", width: 5 });
    line(pen, walked, { colour: "#fff", width: 2.5 });
    dot(pen, x, y, 9, "#fff", "#000");
    dot(pen, x, y, 3, "#000", "#000");
    dot(pen, ...last(walked), 6, "#e69f00", "#000");
  }

  /* The room: how often the agent is in each cell, as a tint, and where it goes from there, as arrows. */
  function drawRoom(pen, data, state) {
    const { context: c, width, theme: ink } = pen, { cells, shape: [, columns], marks } = data.room, size = (width - 2) / columns;
    cells.forEach(([row, column], s) => {
      const x = 1 + column * size, y = 1 + row * size;
      c.fillStyle = ink.paper; c.fillRect(x, y, size, size);
      c.globalAlpha = 0.75 * Math.min(1, state.seen.visits[s]); c.fillStyle = ink.accent; c.fillRect(x, y, size, size);
      c.globalAlpha = 1;
      c.strokeStyle = ink.line; c.lineWidth = 1; c.strokeRect(x, y, size, size);
      const mark = marks[`${row},${column}`];
      if (mark && mark !== "S") {
        c.font = `bold ${Math.round(clamp(0.42 * size, 12, 20))}px system-ui, sans-serif`; c.fillStyle = ink.ink; c.textAlign = "center"; c.textBaseline = "middle";
        c.fillText(mark, x + size / 2, y + size / 2 + 1);
        return;
      }
      WAYS.forEach(([dx, dy], a) => {
        const long = 0.46 * size * state.seen.probs[a], tip = [x + size / 2 + dx * long, y + size / 2 + dy * long], barb = Math.min(5, 0.5 * long);
        if (long < 1.5) return;
        line(pen, [[x + size / 2, y + size / 2], tip], { colour: ink.ink, width: 1.8 });
        line(pen, [[tip[0] - (dx + dy) * barb, tip[1] - (dy + dx) * barb], tip, [tip[0] - (dx - dy) * barb, tip[1] - (dy - dx) * barb]], { colour: ink.ink, width: 1.8 });
      });
      if (mark) {
        c.font = "bold 11px system-ui, sans-serif"; c.fillStyle = ink.ink; c.textAlign = "left"; c.textBaseline = "top";
        c.fillText(mark, x + 3, y + 3);
      }
    });
  }

  // ---------------------------------------------------------------- the controls

  function radios(name, legend, options, chosen, choose) {
    const labels = options.map(([value, text], i) => {
      const input = element("input", { type: "radio", name, value: i });
      input.checked = i === chosen;
      input.addEventListener("change", () => choose(i));
      return element("label", {}, input, ` ${text}`);
    });
    return element("fieldset", { class: "climb-choice" }, element("legend", {}, legend), ...labels);
  }

  function mount(root, data, index) {
    const state = { start: data.start.slice(), mode: 0, weight: data.weight, shown: FRAMES };
    const map = element("canvas", { class: "explorer-canvas climb-map", role: "application", tabindex: 0,
      "aria-label": `${data.description} Arrow keys move the start, with Shift five steps at once; Home returns it; the space bar plays the climb.` });
    const room = element("canvas", { class: "explorer-canvas", role: "img", "aria-label": data.room_description });
    const earned = element("p", { class: "climb-earned", "aria-hidden": "true" }), readout = element("p", { class: "explorer-readout", "aria-live": "polite" });
    const button = element("button", { type: "button", class: "explorer-play" }, "Climb");
    const slider = element("input", { id: `explorer-${index}`, type: "range", min: 0, max: FRAMES, step: 1, value: FRAMES });
    const still = window.matchMedia("(prefers-reduced-motion: reduce)");
    let began = null;

    function look() {
      state.update = updateOf(data, state.shown);
      state.seen = evaluate(data.world, state.way[state.update], 0);
      slider.value = state.shown;
      slider.setAttribute("aria-valuetext", `${state.update} of ${data.n_updates} updates`);
      earned.replaceChildren("true return ", element("strong", {}, money(state.seen.value)));
      draw();
    }
    function draw() {
      drawMap(sheetOn(map, root, 1), data, state);
      drawRoom(sheetOn(room, root, data.room.shape[0] / data.room.shape[1]), data, state);
    }
    function show(shown) {
      stop();
      state.shown = shown;
      look();
      readout.textContent = tell(data, state);
    }
    function stop() {
      if (began !== null) cancelAnimationFrame(began.request);
      began = null;
      button.textContent = "Climb";
    }
    function play() {
      stop();
      state.shown = 0;
      button.textContent = "Stop";
      began = { at: null };
      const tick = (now) => {
        began.at ??= now;
        state.shown = clamp(Math.round(((now - began.at) / 1000 / SECONDS) * FRAMES), 0, FRAMES);
        if (state.shown === FRAMES) { show(FRAMES); return; }
        look();
        began.request = requestAnimationFrame(tick);
      };
      began.request = requestAnimationFrame(tick);
    }
    function climb(wanted) {
      state.way = climbFrom(data, state.start, state);
      if (wanted && !still.matches) play(); else show(FRAMES);
    }
    function place(theta, wanted) {
      state.start = theta.map((x) => clamp(x, data.side[0], last(data.side)));
      climb(wanted);
    }
    function choose(part) {
      Object.assign(state, part);
      weights.disabled = state.mode === 0;
      climb(true);
    }

    function key(event) {
      const arrow = ARROWS[event.key], step = (event.shiftKey ? 5 : 1) * KEY_STEP;
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (arrow) place(state.start.map((x, i) => KEY_STEP * Math.round((x + step * arrow[i]) / KEY_STEP)), false);
      else if (event.key === "Home") place(data.start, false);
      else if (event.key === " ") toggle();
      else return;
      event.preventDefault();
    }
    function toggle() {
      if (began === null) play(); else show(state.shown);
    }
    function drag(event) {
      if (event.type === "pointermove" && !event.buttons) return;
      const box = map.getBoundingClientRect(), f = state.frame;
      place([f.unx(event.clientX - box.left), f.uny(event.clientY - box.top)], false);
    }

    const weights = radios(`weight-${index}`, "Weight", data.weights.map((w) => [w, w]), data.weight, (weight) => choose({ weight }));
    weights.disabled = true;
    map.addEventListener("keydown", key);
    map.addEventListener("pointerdown", (event) => { map.setPointerCapture(event.pointerId); drag(event); });
    map.addEventListener("pointermove", drag);
    map.addEventListener("pointerup", () => climb(true));
    button.addEventListener("click", toggle);
    slider.addEventListener("input", () => show(Number(slider.value)));
    root.append(
      element("div", { class: "climb-choices" }, radios(`entropy-${index}`, "Entropy", MODES, 0, (mode) => choose({ mode })), weights),
      element("div", { class: "climb-boards" }, element("div", {}, map), element("div", {}, room, earned)),
      element("div", { class: "explorer-controls climb-time" }, button, element("label", { for: slider.id }, "updates"), slider),
      readout,
    );
    climb(false);
    new ResizeObserver(draw).observe(root);
    new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  }

  KINDS.climb = { mount, evaluate, climbFrom };
})();
