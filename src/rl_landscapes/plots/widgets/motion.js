/* A landscape, and the body of the policy at the point that the reader has chosen.

   The landscape is drawn by the kinds "surface" and "line" of explorer.js; this file adds the stage on which the
   body moves, and the button that plays it. Poses are integers: their first ones, and signed bytes to be added.
*/
(() => {
  "use strict";

  const { KINDS, tools } = window.explorers;
  const { FONT, clamp, last, number, ticks, element, inside, line } = tools;
  const WIDE = 560;

  // ---------------------------------------------------------------- poses

  /* One array [frame][column] for each motion: x, y and angle of one part after the other. */
  function unpack({ step, counts, begins, changes }) {
    const bytes = Int8Array.from(atob(changes), (letter) => letter.charCodeAt(0));
    let place = 0;
    return counts.map((count, m) => {
      const frames = [begins[m].slice()];
      while (frames.length < count) {
        frames.push(last(frames).map((value, column) => value + bytes[place + column]));
        place += step.length;
      }
      return frames.map((frame) => frame.map((value, column) => value * step[column]));
    });
  }

  const prepared = new WeakMap();
  const films = (data) => prepared.get(data) || prepared.set(data, unpack(data.film)).get(data);
  const chosen = (data, [i, j]) => (data.second ? i * data.second.length + j : i);
  const valueAt = (table, [i, j]) => (j === undefined ? table[i] : table[i][j]);
  const four = (x) => (x === null ? number(x) : String(Number(x.toPrecision(4))).replace("-", "−"));

  // ---------------------------------------------------------------- the landscape

  function landscape(data) {
    if (data.second) return { kind: KINDS.surface, data: { ...data, values: [data.values], paths: null } };
    return { kind: KINDS.line, data: { ...data, positions: data.first, values: [data.values], position_label: data.first_label, barriers: null, ends: [] } };
  }

  /* Drawn once for each point, size and theme; while the body moves it is only copied. */
  function drawLandscape(pen, state, width, height, map, setting) {
    const key = JSON.stringify([state.point, setting, width, height, pen.theme]);
    if (state.sheetKey !== key) {
      const ratio = window.devicePixelRatio || 1;
      const sheet = element("canvas", { width: width * ratio, height: height * ratio }), context = sheet.getContext("2d");
      context.scale(ratio, ratio);
      const inner = { setting, point: state.point };
      map.kind.draw({ ...pen, context, width, height }, map.data, inner);
      Object.assign(state, { sheet, sheetKey: key, frame: inner.frame });
    }
    pen.context.drawImage(state.sheet, 0, 0, width, height);
  }

  // ---------------------------------------------------------------- the stage

  function stageBox(data, width) {
    const map = width < WIDE ? { width, height: mapHeight(data, width) } : { width: Math.round(0.52 * width), height: mapHeight(data, 0.52 * width) };
    if (width < WIDE) return { map, box: { left: 12, top: map.height + 18, width: width - 24, height: 230 } };
    return { map, box: { left: map.width + 14, top: 22, width: width - map.width - 20, height: Math.max(240, map.height - 70) } };
  }

  const mapHeight = (data, width) => Math.round((data.second ? KINDS.surface : KINDS.line).height(width, data));

  /* Metres to pixels: the same scale both ways, the limits in the middle, moved along with the trunk. */
  function camera(data, box, pose) {
    const { low, high, follow } = data.stage, trunk = 3 * data.body.trunk;
    const scale = 0.96 * Math.min(box.width / (high[0] - low[0]), box.height / (high[1] - low[1]));
    const middle = [0, 1].map((axis) => (low[axis] + high[axis]) / 2 + (follow[axis] ? pose[trunk + axis] : 0));
    return {
      scale, middle,
      x: (metres) => box.left + box.width / 2 + scale * (metres - middle[0]),
      y: (metres) => box.top + box.height / 2 - scale * (metres - middle[1]),
      span: [middle[0] - box.width / scale / 2, middle[0] + box.width / scale / 2],
      rise: [middle[1] - box.height / scale / 2, middle[1] + box.height / scale / 2],
    };
  }

  /* A straight piece with round ends, or a ball; the rim in the colour of the paper sets the parts apart. */
  function part(pen, view, x1, y1, x2, y2, radius, colour) {
    const c = pen.context, wide = Math.max(3, 2 * radius * view.scale);
    c.lineCap = "round";
    for (const [width, ink] of [[wide + 2, pen.theme.paper], [wide, colour]]) {
      c.strokeStyle = ink; c.lineWidth = width;
      c.beginPath(); c.moveTo(view.x(x1), view.y(y1)); c.lineTo(view.x(x2) + 0.01, view.y(y2)); c.stroke();
    }
    c.lineCap = "butt";
  }

  function drawBody(pen, data, view, pose) {
    const { half, radius, limb } = data.body, { theme } = pen;
    const colours = [theme.accent, theme.second, theme.third];
    half.forEach((length, p) => {
      const [x, y, angle] = pose.slice(3 * p, 3 * p + 3), dx = length * Math.cos(angle), dy = length * Math.sin(angle);
      if (limb[p] < 0) drawTarget(pen, view, x, y, radius[p]);
      else part(pen, view, x - dx, y - dy, x + dx, y + dy, radius[p], colours[limb[p] % colours.length]);
    });
  }

  function drawTarget(pen, view, x, y, radius) {
    tools.dot(pen, view.x(x), view.y(y), Math.max(3, radius * view.scale), pen.theme.fourth, pen.theme.fourth);
    pen.context.beginPath();
    pen.context.arc(view.x(x), view.y(y), Math.max(9, 3 * radius * view.scale), 0, 7);
    pen.context.stroke();
  }

  function drawGround(pen, data, box, view) {
    const { context: c, theme } = pen;
    if (data.stage.ground) {
      c.globalAlpha = 0.35; c.fillStyle = theme.line;
      c.fillRect(box.left, view.y(0), box.width, Math.max(0, box.top + box.height - view.y(0)));
      c.globalAlpha = 1;
      line(pen, [[box.left, view.y(0)], [box.left + box.width, view.y(0)]], { colour: theme.ink, width: 1 });
    }
    for (const x of ticks(view.span, 4)) line(pen, [[view.x(x), box.top], [view.x(x), box.top + box.height]], { colour: theme.line, width: 1, alpha: 0.35 });
    if (!data.stage.ground) for (const y of ticks(view.rise, 4)) line(pen, [[box.left, view.y(y)], [box.left + box.width, view.y(y)]], { colour: theme.line, width: 1, alpha: 0.35 });
    data.body.still.forEach(([x1, y1, x2, y2], k) => part(pen, view, x1, y1, x2, y2, data.body.still_radius[k], theme.line));
  }

  function drawStage(pen, data, box, film, at, said) {
    const { context: c, theme } = pen, pose = film[Math.min(at, film.length - 1)], view = camera(data, box, pose);
    inside(pen, box, () => {
      drawGround(pen, data, box, view);
      drawTrace(pen, data, film, at, view);
      drawBody(pen, data, view, pose);
    });
    c.strokeStyle = theme.line; c.lineWidth = 1;
    c.strokeRect(box.left + 0.5, box.top + 0.5, box.width, box.height);
    c.fillStyle = theme.ink; c.font = FONT; c.textBaseline = "top"; c.textAlign = "center";
    for (const x of ticks(view.span, 4)) {
      const at = view.x(x);
      if (at > box.left + 14 && at < box.left + box.width - 14) c.fillText(number(Math.abs(x) < 1e-9 ? 0 : x), at, box.top + box.height + 4);
    }
    c.fillText("x in metres", box.left + box.width / 2, box.top + box.height + 21);
    c.textAlign = "right";
    c.fillText(at >= film.length - 1 ? said : "", box.left + box.width - 8, box.top + 7);
  }

  /* Where the middle of the trunk has been. */
  function drawTrace(pen, data, film, setting, view) {
    const trunk = 3 * data.body.trunk;
    const points = film.slice(0, setting + 1).map((pose) => [view.x(pose[trunk]), view.y(pose[trunk + 1])]);
    if (points.length > 1) line(pen, points, { colour: pen.theme.accent, width: 1.5, alpha: 0.5 });
  }

  // ---------------------------------------------------------------- the kind

  KINDS.motion = {
    height: (width, data) => {
      const { box, map } = stageBox(data, width);
      return Math.max(map.height, box.top + box.height + 42);
    },
    label: (data) => `${data.description} Arrow keys move the point; Home returns it; Space plays and pauses the motion of the policy there.`,
    begin(data) {
      const at = (positions, x) => positions.reduce((best, p, i) => (Math.abs(p - x) < Math.abs(positions[best] - x) ? i : best), 0);
      return data.second ? [at(data.first, data.start[0]), at(data.second, data.start[1])] : [at(data.first, data.start[0])];
    },
    move: (data, [i, j], dx, dy) => (data.second
      ? [clamp(i + dx, 0, data.first.length - 1), clamp(j + dy, 0, data.second.length - 1)]
      : [clamp(i + dx, 0, data.first.length - 1)]),
    find(data, state, x, y) {
      const { map } = stageBox(data, state.width);
      if (x > map.width || y > map.height) return state.point;
      const { kind, data: inner } = landscape(data);
      return kind.find(inner, state, x, y);
    },

    draw(pen, data, state) {
      const { map, box } = stageBox(data, pen.width);
      state.width = pen.width;
      const m = chosen(data, state.point);
      drawLandscape(pen, state, map.width, map.height, landscape(data), 0);
      drawStage(pen, data, box, films(data)[m], state.setting, data.terminated[m] ? data.ending : "cut");
    },

    read(data, state) {
      const m = chosen(data, state.point), [i, j] = state.point, error = data.stderr ? ` ± ${number(valueAt(data.stderr, state.point))}` : "";
      const place = `${data.first_label} = ${number(data.first[i])}` + (j === undefined ? "" : `, ${data.second_label} = ${number(data.second[j])}`);
      const end = data.diverged[m] ? "the simulation diverges" : data.terminated[m] ? data.ending : "is cut";
      return `At ${place}: ${data.value_label} ${four(valueAt(data.values, state.point))}${error}. ` +
        `The episode shown returns ${four(data.totals[m])} and ${end} after ${number(data.durations[m])} s.`;
    },

    /* The button, and the clock behind it. Who asks for reduced motion sees none that he has not asked for. */
    player(data, state, board) {
      const button = element("button", { type: "button", class: "explorer-play" }, "Play");
      const still = window.matchMedia("(prefers-reduced-motion: reduce)");
      const seconds = data.settings, final = () => films(data)[chosen(data, state.point)].length - 1;
      let origin = null;
      function show(frame) { state.setting = frame; board.slide(frame); board.draw(); }
      function stop() { origin = null; button.textContent = "Play"; }
      function tick(now) {
        if (origin === null) return;
        const time = ((now - origin) / 1000) * data.speed;
        let frame = state.setting;
        while (frame < final() && seconds[frame + 1] <= time) frame += 1;
        if (frame !== state.setting) show(Math.min(frame, final()));
        if (frame >= final()) { stop(); board.update(); } else requestAnimationFrame(tick);
      }
      function play(from) {
        const running = origin !== null;
        if (from < state.setting || from !== state.setting) show(from);
        origin = performance.now() - (1000 * seconds[from]) / data.speed;
        button.textContent = "Pause";
        if (!running) requestAnimationFrame(tick);
      }
      function toggle() {
        if (origin !== null) { stop(); board.update(); } else play(state.setting >= final() ? 0 : state.setting);
      }
      button.addEventListener("click", toggle);
      return {
        part: button, stop,
        moved(fresh) { if (!still.matches && (fresh || origin === null)) play(0); },
        key(name) { if (name !== " ") return false; toggle(); return true; },
      };
    },
  };

  Object.assign(tools, { drawLandscape, drawStage, films, four, stageBox });
})();
