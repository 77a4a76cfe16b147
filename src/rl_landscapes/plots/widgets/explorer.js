/* Explorers: one slider, one drawing, one sentence that says what is seen.

   Python (rl_landscapes.plots.explorers) writes <section class="explorer" data-explorer="KIND"> with its data as JSON
   inside; this file adds the control, the canvas and the readout. Nothing is computed here that Python could have
   computed but for what follows from moving a point: every number read out is one of those that were written.

   A kind is an object with
     height(width)                 how tall the drawing is
     label(data)                   how the drawing is introduced to a screen reader
     draw(pen, data, state)        draws; pen = {context, width, height, theme}
     read(data, state)             the sentence
   and, if the reader can move a point in it (state.point, a list of indices),
     begin(data)                   where the point starts
     move(data, point, dx, dy, k)  the point after an arrow key (dy counts upwards) at setting k
     find(data, state, x, y)       the point under the mouse
     fit(data, state)              the point, where a setting has fewer places than another (optional)
   and, if its slider can run by itself,
     player(data, state, board)    {part, moved(), stop(), key(name)}: see motion.js; board = {draw, update, slide}
   or, if it brings a frame of its own,
     mount(root, data, index)      fills the section: see climb.js

   Kinds in other files (loaded after this one, deferred too) add themselves to window.explorers.KINDS.
*/
(() => {
  "use strict";

  const KINDS = {};
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const FONT = "13px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

  // ---------------------------------------------------------------- small tools

  const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
  const last = (list) => list[list.length - 1];
  const percent = (x) => `${number(100 * x)}%`;
  const argmin = (list) => list.reduce((best, x, i) => (x < list[best] ? i : best), 0);
  const nearest = (list, x) => argmin(list.map((y) => Math.abs(y - x)));

  function number(x) {
    if (x === null || !Number.isFinite(x)) return "not a number";
    if (x === 0 || Math.abs(x) >= 1e-3) return String(Number(x.toPrecision(3))).replace("-", "−");
    const [digits, power] = x.toExponential(1).split("e");
    const raised = [...power].map((sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("");
    return `${digits.replace(".0", "")}·10${raised}`.replace("-", "−");
  }

  function range(lists, padding = 0.05) {
    let low = Infinity, high = -Infinity;
    for (const list of lists) {
      for (const x of list) {
        if (x !== null) { low = Math.min(low, x); high = Math.max(high, x); }
      }
    }
    if (low > high) return [0, 1];
    const spare = high > low ? padding * (high - low) : padding && Math.max(1e-3, 0.1 * Math.abs(low));
    return [low - spare, high + spare];
  }

  function ticks([low, high], wanted = 5) {
    const rough = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
    const marks = [];
    for (let i = Math.ceil(low / step); i * step <= high + 1e-9 * step; i += 1) marks.push(i * step);
    return marks;
  }

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function palette(stops) {
    const colours = stops.map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
    return (share01) => {
      const place = clamp(share01, 0, 1) * (colours.length - 1), i = Math.min(Math.floor(place), colours.length - 2);
      return colours[i].map((from, c) => Math.round(from + (place - i) * (colours[i + 1][c] - from)));
    };
  }

  const dark = ([r, g, b]) => 0.299 * r + 0.587 * g + 0.114 * b < 140;

  // ---------------------------------------------------------------- drawing

  /* A box on the canvas with its own coordinates. */
  function frame(box, xs, ys) {
    return {
      ...box, xs, ys,
      x: (v) => box.left + ((v - xs[0]) / (xs[1] - xs[0])) * box.width,
      y: (v) => box.top + box.height - ((v - ys[0]) / (ys[1] - ys[0])) * box.height,
      unx: (p) => xs[0] + ((p - box.left) / box.width) * (xs[1] - xs[0]),
      uny: (p) => ys[0] + ((box.top + box.height - p) / box.height) * (ys[1] - ys[0]),
    };
  }

  function axes(pen, f, xlabel, ylabel, { yticks = true } = {}) {
    const { context: c, theme } = pen;
    c.strokeStyle = theme.line; c.fillStyle = theme.ink; c.lineWidth = 1; c.font = FONT;
    c.strokeRect(f.left + 0.5, f.top + 0.5, f.width, f.height);
    c.textAlign = "center"; c.textBaseline = "top";
    for (const v of ticks(f.xs, f.width < 220 ? 3 : 5)) {
      const half = c.measureText(number(v)).width / 2;
      c.fillText(number(v), clamp(f.x(v), half, pen.width - half), f.top + f.height + 4);
    }
    c.fillText(xlabel, f.left + f.width / 2, f.top + f.height + 21);
    c.textAlign = "right"; c.textBaseline = "middle";
    if (yticks) for (const v of ticks(f.ys, f.height < 160 ? 3 : 5)) c.fillText(number(v), f.left - 5, f.y(v));
    c.textAlign = "left"; c.textBaseline = "bottom";
    c.fillText(ylabel, f.left - (yticks ? 38 : 0), f.top - 5);
  }

  function inside(pen, f, paint) {
    pen.context.save();
    pen.context.beginPath();
    pen.context.rect(f.left, f.top, f.width, f.height);
    pen.context.clip();
    paint();
    pen.context.restore();
  }

  function line(pen, points, { colour, width = 2, dash = [], alpha = 1 }) {
    const c = pen.context;
    c.save();
    c.globalAlpha = alpha; c.strokeStyle = colour; c.lineWidth = width; c.lineJoin = "round"; c.setLineDash(dash);
    c.beginPath();
    points.forEach(([x, y], i) => (i ? c.lineTo(x, y) : c.moveTo(x, y)));
    c.stroke();
    c.restore();
  }

  function dot(pen, x, y, radius, fill, edge) {
    const c = pen.context;
    c.beginPath(); c.arc(x, y, radius, 0, 2 * Math.PI);
    c.fillStyle = fill; c.fill();
    c.strokeStyle = edge; c.lineWidth = 2; c.stroke();
  }

  function colourBar(pen, box, [low, high], colour, label) {
    const c = pen.context;
    for (let i = 0; i < box.width; i += 1) {
      c.fillStyle = `rgb(${colour(i / box.width)})`;
      c.fillRect(box.left + i, box.top, 1.5, box.height);
    }
    c.fillStyle = pen.theme.ink; c.font = FONT; c.textBaseline = "top";
    const wide = (text) => c.measureText(text).width, ends = 2 * Math.max(wide(number(low)), wide(number(high)));
    const below = box.top + box.height + 4, isBeside = ends + wide(label) + 16 <= box.width;
    c.textAlign = "left"; c.fillText(number(low), box.left, below);
    c.textAlign = "right"; c.fillText(number(high), box.left + box.width, below);
    c.textAlign = "center"; c.fillText(label, box.left + box.width / 2, below + (isBeside ? 0 : 15), box.width);
  }

  // ---------------------------------------------------------------- a surface seen from above

  function contours(values, level, segment) {
    const cut = (a, b, p, q) => { const t = (level - a) / (b - a); return [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]; };
    for (let i = 0; i + 1 < values.length; i += 1) {
      for (let j = 0; j + 1 < values[i].length; j += 1) {
        const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
        const ends = [];
        corners.forEach((p, k) => {
          const q = corners[(k + 1) % 4], a = values[p[0]][p[1]], b = values[q[0]][q[1]];
          if (a !== null && b !== null && a < level !== b < level) ends.push(cut(a, b, p, q));
        });
        for (let k = 0; k + 1 < ends.length; k += 2) segment(ends[k], ends[k + 1]);
      }
    }
  }

  KINDS.surface = {
    height: (width) => Math.min(width, 520) + 40,
    label: (data) => `${data.description} Arrow keys move a point; with Shift it moves five steps; Home returns it.`,
    begin: (data) => [nearest(data.first, data.start ? data.start[0] : 0), nearest(data.second, data.start ? data.start[1] : 0)],
    move: (data, [i, j], dx, dy) => [clamp(i + dx, 0, data.first.length - 1), clamp(j + dy, 0, data.second.length - 1)],
    find: (data, state, x, y) => [nearest(data.first, state.frame.unx(x)), nearest(data.second, state.frame.uny(y))],
    scale: (data, state) => range(data.shared_scale ? data.values.flat() : data.values[state.setting], 0),

    draw(pen, data, state) {
      const { context: c, width, height, theme } = pen;
      const values = data.values[state.setting], colour = palette(data.colours), [low, high] = this.scale(data, state);
      const f = frame({ left: 46, top: 22, width: width - 58, height: height - 112 },
        [data.first[0], last(data.first)], [data.second[0], last(data.second)]);
      state.frame = f;
      const sheet = element("canvas", { width: data.first.length, height: data.second.length });
      const brush = sheet.getContext("2d");
      values.forEach((row, i) => row.forEach((v, j) => {
        brush.fillStyle = v === null ? theme.line : `rgb(${colour((v - low) / (high - low || 1))})`;
        brush.fillRect(i, data.second.length - 1 - j, 1, 1);
      }));
      const halfX = f.width / (data.first.length - 1) / 2, halfY = f.height / (data.second.length - 1) / 2;
      inside(pen, f, () => {
        c.imageSmoothingEnabled = !data.stepped;
        c.drawImage(sheet, f.left - halfX, f.top - halfY, f.width + 2 * halfX, f.height + 2 * halfY);
        const at = ([i, j]) => [f.left + 2 * halfX * i, f.top + f.height - 2 * halfY * j];
        for (let k = 1; k < 9 && !data.stepped; k += 1) {
          contours(values, low + (k / 9) * (high - low), (p, q) => line(pen, [at(p), at(q)], { colour: "#fff", width: 1, alpha: 0.55 }));
        }
        this.drawPath(pen, data, state);
      });
      axes(pen, f, data.first_label, data.second_label);
      const [i, j] = state.point, x = f.x(data.first[i]), y = f.y(data.second[j]);
      this.drawWays(pen, data, state, x, y);
      line(pen, [[x - 11, y], [x + 11, y]], { colour: "#000", width: 4 });
      line(pen, [[x, y - 11], [x, y + 11]], { colour: "#000", width: 4 });
      line(pen, [[x - 10, y], [x + 10, y]], { colour: "#fff", width: 2 });
      line(pen, [[x, y - 10], [x, y + 10]], { colour: "#fff", width: 2 });
      dot(pen, x, y, 4, "#fff", "#000");
      colourBar(pen, { left: f.left, top: f.top + f.height + 46, width: f.width, height: 10 }, [low, high], colour, data.value_label);
    },

    way(data, { setting, point: [i, j] }) {
      if (data.climbs) return data.climbs[setting][i][j];
      return data.paths ? data.paths[setting] : [];
    },

    /* What is known at the point: a bar both ways, an arrow one way, 40 pixels long. */
    drawWays(pen, data, { point: [i, j], frame: f }, x, y) {
      const along = ([u, v]) => {
        const [a, b] = [f.x(u) - f.x(0), f.y(v) - f.y(0)], long = Math.hypot(a, b) || 1;
        return [40 * a / long, 40 * b / long];
      };
      const drawn = (ends) => [["#000", 6], ["#fff", 3]].forEach(([colour, width]) => ends.forEach((part) => line(pen, part, { colour, width })));
      if (data.bars) {
        const [a, b] = along(data.bars[i][j]);
        drawn([[[x - a, y - b], [x + a, y + b]]]);
      }
      if (data.arrows) {
        const [a, b] = along(data.arrows[i][j]), tip = [x + a, y + b];
        const barb = (side) => [tip[0] - 0.28 * a - side * 0.2 * b, tip[1] - 0.28 * b + side * 0.2 * a];
        drawn([[[x, y], tip], [barb(1), tip, barb(-1)]]);
      }
    },

    drawPath(pen, data, state) {
      const f = state.frame, path = this.way(data, state);
      const points = path.map(([x, y]) => [f.x(x), f.y(y)]);
      if (points.length > 1) {
        line(pen, points, { colour: "#000", width: 5 });
        line(pen, points, { colour: "#fff", width: 2.5 });
        dot(pen, ...last(points), 6, "#e69f00", "#000");
      }
      if (data.start) dot(pen, f.x(data.start[0]), f.y(data.start[1]), 6, "#fff", "#000");
    },

    read(data, state) {
      const [i, j] = state.point, [low, high] = range(data.values[state.setting], 0).map(number);
      const spread = low === high ? `on this map ${low} everywhere` : `on this map from ${low} to ${high}`;
      const here = `${data.first_label} = ${number(data.first[i])}, ${data.second_label} = ${number(data.second[j])}: ` +
        `${data.value_label} ${number(data.values[state.setting][i][j])}`;
      const others = Object.entries(data.readings).filter(([name]) => name !== data.settings[state.setting]);
      const beside = others.length ? ` ${others.map(([name, values]) => `${name} ${number(values[i][j])}`).join(", ")}.` : "";
      const path = this.way(data, state), from = data.climbs ? "The climb from here" : "The path from the white dot";
      const reached = data.ends ? `, ${data.end_label} ${number(data.ends[state.setting][i][j])}` : "";
      const climb = path.length > 1 ? ` ${from} ends at (${last(path).map(number).join(", ")})${reached}.` : "";
      return `${here} (${spread}).${beside}${climb}`;
    },
  };

  // ---------------------------------------------------------------- curves along a line

  const between = (data) => data.positions.map((p, i) => i).filter((i) => data.positions[i] >= 0 && data.positions[i] <= 1);

  KINDS.line = {
    height: (width) => clamp(0.62 * width, 250, 380),
    label: (data) => `${data.description} Left and right arrow keys move along the line.`,
    begin: (data) => [nearest(data.positions, 0.5)],
    move: (data, [i], dx) => [clamp(i + dx, 0, data.positions.length - 1)],
    find: (data, state, x) => [nearest(data.positions, state.frame.unx(x))],

    draw(pen, data, state) {
      const { width, height, theme } = pen, curve = data.values[state.setting];
      const f = frame({ left: 46, top: 24, width: width - 60, height: height - 66 }, [data.positions[0], last(data.positions)], range(data.values));
      state.frame = f;
      const trace = (values) => values.map((v, i) => [f.x(data.positions[i]), f.y(v)]);
      axes(pen, f, data.position_label, data.value_label);
      inside(pen, f, () => {
        data.values.forEach((values) => line(pen, trace(values), { colour: theme.ink, width: 1, alpha: 0.25 }));
        for (const end of data.ends.keys()) line(pen, [[f.x(end), f.top], [f.x(end), f.top + f.height]], { colour: theme.line, width: 1, dash: [4, 4] });
        line(pen, trace(curve), { colour: theme.accent, width: 3 });
      });
      data.ends.forEach((name, end) => this.nameEnd(pen, f, data, curve, name, end));
      dot(pen, f.x(data.positions[state.point[0]]), f.y(curve[state.point[0]]), 5, theme.second, theme.ink);
    },

    nameEnd(pen, f, data, curve, name, end) {
      const i = nearest(data.positions, end), c = pen.context;
      dot(pen, f.x(data.positions[i]), f.y(curve[i]), 4, pen.theme.paper, pen.theme.accent);
      c.fillStyle = pen.theme.ink; c.font = FONT; c.textBaseline = "top"; c.textAlign = end ? "right" : "left";
      c.fillText(name, f.x(end) + (end ? -6 : 6), f.top + 5);
    },

    read(data, state) {
      const curve = data.values[state.setting], i = state.point[0], middle = between(data);
      const ends = [curve[middle[0]], curve[last(middle)]], lowest = middle[argmin(middle.map((k) => curve[k]))];
      const barrier = data.barriers[state.setting];
      const valley = barrier > 0
        ? `a valley of depth ${number(barrier)}, lowest (${number(curve[lowest])}) at ${number(data.positions[lowest])}`
        : "no valley: nowhere lower than the lower end";
      return `${data.ends[0]} ${number(ends[0])}, ${data.ends[1]} ${number(ends[1])}, ${valley}. ` +
        `At ${number(data.positions[i])} the ${data.value_label} is ${number(curve[i])}.`;
    },
  };

  // ---------------------------------------------------------------- several curves with their intervals

  const STROKES = [["second", [2, 3]], ["accent", []], ["fourth", [9, 3, 2, 3]], ["third", [7, 4]]]; // as in the figures

  KINDS.curves = {
    height: (width) => clamp(0.66 * width, 300, 420),
    label: (data) => `${data.description} Left and right arrow keys move along the curves, up and down change the ${data.choice_label}.`,
    begin: (data) => [Infinity, data.first_choice],
    move: (data, [i, m], dx, dy) => [i + dx, m + Math.sign(dy)],
    fit: (data, { setting: k, point: [i, m] }) => [clamp(i, 0, data.positions[k].length - 1), clamp(m, 0, data.choices[k].length - 1)],
    find(data, state, x, y) {
      const { frame: f, strip, setting: k } = state;
      if (y > strip.top) return [state.point[0], clamp(Math.floor((x - f.left) / strip.wide), 0, data.choices[k].length - 1)];
      return [nearest(data.positions[k], f.unx(x)), state.point[1]];
    },

    draw(pen, data, state) {
      const { context: c, width, height, theme } = pen, { setting: k, point: [i, m] } = state;
      const at = data.positions[k], curves = data.values[k][m];
      const f = frame({ left: 50, top: 44, width: width - 64, height: height - 138 }, [at[0], last(at)], range(data.values[k].flat(2)));
      state.frame = f;
      axes(pen, f, data.position_label, data.value_label);
      const trace = (points, part) => points.map((v, n) => [f.x(at[n]), f.y(v[part])]);
      inside(pen, f, () => curves.forEach((points, n) => {
        const [colour, dash] = STROKES[n % STROKES.length];
        c.save();
        c.globalAlpha = 0.15; c.fillStyle = theme[colour];
        c.beginPath();
        [...trace(points, 1), ...trace(points, 2).reverse()].forEach(([x, y], j) => (j ? c.lineTo(x, y) : c.moveTo(x, y)));
        c.fill();
        c.restore();
        line(pen, trace(points, 0), { colour: theme[colour], width: 2.5, dash });
      }));
      line(pen, [[f.x(at[i]), f.top], [f.x(at[i]), f.top + f.height]], { colour: theme.line, width: 1, dash: [4, 4] });
      curves.forEach((points, n) => dot(pen, f.x(at[i]), f.y(points[i][0]), 4, theme[STROKES[n % STROKES.length][0]], theme.paper));
      this.legend(pen, data, f);
      this.strip(pen, data, state, f);
    },

    legend(pen, data, f) {
      const { context: c, theme } = pen, wide = f.width / data.names.length;
      c.font = FONT; c.textAlign = "left"; c.textBaseline = "middle";
      data.names.forEach((name, n) => {
        const [colour, dash] = STROKES[n % STROKES.length], x = f.left + n * wide;
        line(pen, [[x, 10], [x + 24, 10]], { colour: theme[colour], width: 2.5, dash });
        c.fillStyle = theme.ink; c.fillText(name, x + 30, 10);
      });
    },

    /* The choices as a row of boxes under the curves. */
    strip(pen, data, state, f) {
      const { context: c, theme, height } = pen, choices = data.choices[state.setting], top = height - 34;
      state.strip = { top: top - 20, wide: f.width / choices.length };
      c.font = FONT; c.fillStyle = theme.ink; c.textAlign = "left"; c.textBaseline = "bottom";
      c.fillText(data.choice_label, f.left, top - 3);
      choices.forEach((name, m) => {
        const x = f.left + m * state.strip.wide, chosen = m === state.point[1];
        c.fillStyle = theme.accent; c.strokeStyle = theme.line; c.lineWidth = 1;
        if (chosen) c.fillRect(x + 1, top, state.strip.wide - 2, 26); else c.strokeRect(x + 1.5, top + 0.5, state.strip.wide - 3, 25);
        c.fillStyle = chosen ? theme.paper : theme.ink; c.textAlign = "center"; c.textBaseline = "middle";
        c.fillText(name, x + state.strip.wide / 2, top + 13);
      });
    },

    read(data, state) {
      const { setting: k, point: [i, m] } = state;
      const told = data.names.map((name, n) => {
        const [value, low, high] = data.values[k][m][n][i].map(number);
        return `${name}: ${value} [${low}, ${high}]`;
      });
      return `${data.choice_label} ${data.choices[k][m]}, ${number(data.positions[k][i])} ${data.position_label}. ${data.value_label}: ${told.join("; ")}.`;
    },
  };

  // ---------------------------------------------------------------- pairs of steps, and the same pairs rotated

  function histogram(pen, f, values, bins, fill) {
    const counts = Array(bins).fill(0), c = pen.context;
    for (const v of values) counts[clamp(Math.floor(((v - f.xs[0]) / (f.xs[1] - f.xs[0])) * bins), 0, bins - 1)] += 1;
    const most = Math.max(...counts);
    c.fillStyle = fill;
    counts.forEach((n, i) => {
      const tall = (n / most) * (f.height - 4);
      c.fillRect(f.left + (i * f.width) / bins, f.top + f.height - tall, f.width / bins - 1, tall);
    });
    if (f.xs[0] < 0 && f.xs[1] > 0) line(pen, [[f.x(0), f.top], [f.x(0), f.top + f.height]], { colour: pen.theme.ink, width: 1.5, dash: [5, 3] });
  }

  KINDS.scatter = {
    height: (width) => (width < 520 ? width + 330 : Math.min(0.58 * width, 400)),
    label: (data) => `${data.description} Left and right arrow keys go from one direction to the next, from lower to higher Δ⁺.`,
    begin: () => [0],
    move(data, [i], dx, dy, k) {
      const order = data.plus[k].map((_, j) => j).sort((a, b) => data.plus[k][a] - data.plus[k][b]);
      return [order[clamp(order.indexOf(i) + dx, 0, order.length - 1)]];
    },
    find(data, state, x, y) {
      const k = state.setting, f = state.frame;
      return [argmin(data.plus[k].map((p, i) => Math.hypot(f.x(p) - x, f.y(data.minus[k][i]) - y)))];
    },

    draw(pen, data, state) {
      const { context: c, width, height, theme } = pen, k = state.setting, narrow = width < 520;
      const side = narrow ? width - 70 : Math.min(height - 68, width / 2 - 70);
      const reach = 1.05 * Math.max(...data.plus[k].map(Math.abs), ...data.minus[k].map(Math.abs)) || 1e-9;
      const f = frame({ left: 60, top: 24, width: side, height: side }, [-reach, reach], [-reach, reach]);
      state.frame = f;
      const right = narrow ? 20 : side + 94, room = width - right - 12, tall = narrow ? 92 : (height - 140) / 2;
      const top = narrow ? side + 92 : 24;
      c.globalAlpha = 0.16;
      c.fillStyle = theme.second; c.fillRect(f.left, f.y(0), f.width / 2, f.height / 2);
      c.fillStyle = theme.accent; c.fillRect(f.x(0), f.top, f.width / 2, f.height / 2);
      c.globalAlpha = 1;
      line(pen, [[f.left, f.top], [f.left + side, f.top + side]], { colour: theme.line, width: 1, dash: [4, 4] });
      axes(pen, f, "Δ⁺", "Δ⁻");
      c.textAlign = "left"; c.textBaseline = "bottom"; c.fillText("both lower", f.left + 6, f.top + f.height - 5);
      c.textAlign = "right"; c.textBaseline = "top"; c.fillText("both higher", f.left + f.width - 6, f.top + 6);
      c.fillStyle = theme.accent; c.globalAlpha = 0.65;
      data.plus[k].forEach((p, i) => { c.beginPath(); c.arc(f.x(p), f.y(data.minus[k][i]), 2.4, 0, 7); c.fill(); });
      c.globalAlpha = 1;
      const [i] = state.point;
      dot(pen, f.x(data.plus[k][i]), f.y(data.minus[k][i]), 6, theme.paper, theme.ink);
      [["slope", data.slopes], ["curvature", data.curvatures]].forEach(([name, all], n) => {
        const box = frame({ left: right, top: top + n * (tall + 66), width: room, height: tall },
          range(data.shared_scale ? [[0], ...all] : [[0], all[k]], 0.02), [0, 1]);
        histogram(pen, box, all[k], 31, n ? theme.second : theme.accent);
        dot(pen, box.x(all[k][i]), box.top + box.height, 5, theme.paper, theme.ink);
        axes(pen, box, "", `${name} along each direction`, { yticks: false });
      });
    },

    read(data, state) {
      const k = state.setting, [i] = state.point, name = data.names.length ? `: ${data.names[i]}` : "";
      return `Of ${data.plus[k].length} pairs, both ends are lower in ${percent(data.lower[k])}, both higher in ${percent(data.higher[k])}. ` +
        `Curving down: ${percent(data.down[k])}; mean curvature ${number(data.mean_curvatures[k])}, steepest slope ${number(data.steepest[k])}. ` +
        `Direction ${i + 1}${name}. Δ⁺ ${number(data.plus[k][i])}, Δ⁻ ${number(data.minus[k][i])}, ` +
        `slope ${number(data.slopes[k][i])}, curvature ${number(data.curvatures[k][i])}.`;
    },
  };

  // ---------------------------------------------------------------- a policy on its grid

  const MOVES = [["left", -1, 0], ["right", 1, 0], ["up", 0, -1], ["down", 0, 1]];
  const cellAt = (data, row, column) => data.cells.findIndex(([r, c]) => r === row && c === column);

  /* Where the boards lie: those that have names side by side, on a narrow screen one below the other. */
  function layout(data, width) {
    const [rows, columns] = data.shape, n = Math.max(1, data.boards.length), head = data.boards.length ? 24 : 0, gap = 22;
    const across = width < 480 ? 1 : n, size = Math.min((width - 8 - gap * (across - 1)) / across, 456) / columns;
    const wide = across * columns * size + gap * (across - 1), left = (width - wide) / 2;
    const boards = [...Array(n).keys()].map((b) => ({
      left: left + (across > 1 ? b * (columns * size + gap) : 0),
      top: 4 + head + (across > 1 ? 0 : b * (head + rows * size + 8)),
    }));
    return { size, left, wide, boards, bottom: last(boards).top + rows * size };
  }

  KINDS.gridworld = {
    height: (width, data) => layout(data, width).bottom + 52,
    label: (data) => `${data.description} Arrow keys move from cell to cell.`,
    begin: () => [0],
    move(data, [s], dx, dy) {
      const n = data.cells.length, board = Math.floor(s / n), [row, column] = data.cells[s % n], step = Math.sign(dx);
      const next = cellAt(data, row - Math.sign(dy), column + step), other = board + step;
      if (next >= 0) return [board * n + next];
      const row2 = step && other >= 0 && other < data.boards.length ? data.cells.filter(([r]) => r === row).map(([, c]) => c) : [];
      return [row2.length ? other * n + cellAt(data, row, step > 0 ? Math.min(...row2) : Math.max(...row2)) : s];
    },
    find(data, state, x, y) {
      const { size, boards } = state.box, under = boards.map(({ left, top }) => cellAt(data, Math.floor((y - top) / size), Math.floor((x - left) / size)));
      const board = under.findIndex((cell) => cell >= 0);
      return board < 0 ? state.point : [board * data.cells.length + under[board]];
    },

    draw(pen, data, state) {
      const { context: c, width, theme } = pen, [rows, columns] = data.shape, heat = data.heat[state.setting];
      const scale = range(data.shared_scale ? data.heat : [heat], 0), colour = palette(data.colours), n = data.cells.length;
      const { size, left: side, wide, boards, bottom } = state.box = layout(data, width);
      boards.forEach(({ left, top }, b) => {
        c.fillStyle = theme.line;
        c.fillRect(left, top, size * columns, size * rows);
        c.fillStyle = theme.ink; c.font = `bold ${FONT}`; c.textAlign = "left"; c.textBaseline = "bottom";
        if (data.boards[b]) c.fillText(data.boards[b], left, top - 5);
      });
      heat.forEach((value, s) => {
        const { left, top } = boards[Math.floor(s / n)], [row, column] = data.cells[s % n];
        const shade = colour((value - scale[0]) / (scale[1] - scale[0] || 1)), ink = dark(shade) ? "#fff" : "#000";
        const x = left + column * size, y = top + row * size;
        c.fillStyle = `rgb(${shade})`;
        c.fillRect(x + 1, y + 1, size - 2, size - 2);
        MOVES.forEach(([, dx, dy], a) => this.arrow(pen, x + size / 2, y + size / 2, dx, dy, data.probs[state.setting][s][a] * size * 0.4, ink));
        const mark = data.marks[`${row},${column}`], inset = Math.min(9, 0.12 * size);
        c.fillStyle = ink; c.font = `bold ${FONT}`; c.textAlign = "left"; c.textBaseline = "top";
        if (mark) c.fillText(mark, x + inset, y + inset - 1);
      });
      const [row, column] = data.cells[state.point[0] % n], { left, top } = boards[Math.floor(state.point[0] / n)];
      c.lineWidth = 4; c.strokeStyle = theme.paper; c.strokeRect(left + column * size + 3, top + row * size + 3, size - 6, size - 6);
      c.lineWidth = 2; c.strokeStyle = theme.second; c.strokeRect(left + column * size + 2, top + row * size + 2, size - 4, size - 4);
      colourBar(pen, { left: side, top: bottom + 10, width: wide, height: 8 }, scale, colour, data.heat_label);
    },

    arrow(pen, x, y, dx, dy, length, colour) {
      if (length < 2) return;
      const tip = [x + dx * length, y + dy * length], barb = Math.min(6, 0.5 * length);
      line(pen, [[x, y], tip], { colour });
      line(pen, [[tip[0] - (dx + dy) * barb, tip[1] - (dy + dx) * barb], tip, [tip[0] - (dx - dy) * barb, tip[1] - (dy - dx) * barb]], { colour });
    },

    read(data, state) {
      const s = state.point[0], n = data.cells.length, [row, column] = data.cells[s % n], probs = data.probs[state.setting][s];
      const board = data.boards.length ? `${data.boards[Math.floor(s / n)]}, row` : "Row";
      const moves = MOVES.map(([name], a) => `${name} ${number(probs[a])}`).join(", ");
      return `${board} ${row + 1}, column ${column + 1}: ${moves}; ${data.heat_label} ${number(data.heat[state.setting][s])}.`;
    },
  };

  // ---------------------------------------------------------------- the frame around every kind

  function settingControl(data, id, choose) {
    const names = data.settings.map((s) => (typeof s === "number" ? number(s) : s));
    const initial = clamp(data.initial, 0, names.length - 1);
    const label = element("label", { for: id }, data.slider_label);
    if (typeof data.settings[0] === "string") {
      const menu = element("select", { id }, ...names.map((name, k) => element("option", { value: k }, name)));
      menu.value = initial;
      menu.addEventListener("input", () => choose(Number(menu.value)));
      return { parts: [label, menu], names, initial, relation: ": " };
    }
    const slider = element("input", { id, type: "range", min: 0, max: names.length - 1, step: 1, value: initial });
    const shown = element("span", { class: "explorer-setting", "aria-hidden": "true" });
    const show = () => { shown.textContent = names[slider.value]; slider.setAttribute("aria-valuetext", names[slider.value]); };
    const slide = (k) => { slider.value = k; show(); };
    slider.addEventListener("input", () => { show(); choose(Number(slider.value)); });
    show();
    return { parts: [label, slider, shown], names, initial, relation: " = ", slide };
  }

  function theme(root) {
    const style = getComputedStyle(root), of = (name) => style.getPropertyValue(`--explorer-${name}`).trim();
    return Object.fromEntries(["ink", "line", "paper", "accent", "second", "third", "fourth"].map((name) => [name, of(name)]));
  }

  function start(root, index) {
    const data = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
    const kind = KINDS[root.dataset.explorer], movable = Boolean(kind.move);
    if (kind.mount) {
      kind.mount(root, data, index);
      root.dataset.ready = "true";
      return;
    }
    const canvas = element("canvas", { class: "explorer-canvas", role: movable ? "application" : "img", "aria-label": kind.label(data) });
    const readout = element("p", { class: "explorer-readout", "aria-live": "polite" });
    const control = settingControl(data, `explorer-${index}`, (setting) => { player.stop(); state.setting = setting; update(); });
    const state = { setting: control.initial, point: movable ? kind.begin(data) : null };

    function draw() {
      const width = Math.max(240, Math.min(canvas.parentElement.clientWidth, 640)), height = Math.round(kind.height(width, data));
      const ratio = window.devicePixelRatio || 1, context = canvas.getContext("2d");
      canvas.width = width * ratio; canvas.height = height * ratio;
      canvas.style.width = `${width}px`; canvas.style.height = `${height}px`;
      context.scale(ratio, ratio);
      kind.draw({ context, width, height, theme: theme(root) }, data, state);
    }
    function update() {
      if (kind.fit) state.point = kind.fit(data, state);
      draw();
      readout.textContent = `${data.slider_label}${control.relation}${control.names[state.setting]}. ${kind.read(data, state)}`;
    }
    const player = kind.player ? kind.player(data, state, { draw, update, slide: control.slide }) : { stop() {}, moved() {}, key: () => false };
    function key(event) {
      const step = event.shiftKey ? 5 : 1, arrow = ARROWS[event.key];
      if (arrow && !event.altKey && !event.ctrlKey && !event.metaKey) state.point = kind.move(data, state.point, step * arrow[0], step * arrow[1], state.setting);
      else if (event.key === "Home") state.point = kind.begin(data);
      else if (player.key(event.key)) { event.preventDefault(); return; }
      else return;
      event.preventDefault();
      update();
      player.moved(true);
    }
    function mouse(event) {
      if (event.type === "pointermove" && !event.buttons) return;
      const box = canvas.getBoundingClientRect(), before = String(state.point);
      state.point = kind.find(data, state, event.clientX - box.left, event.clientY - box.top);
      if (event.type === "pointermove" && String(state.point) === before) return;
      update();
      player.moved(event.type === "pointerdown");
    }

    if (movable) {
      canvas.tabIndex = 0;
      canvas.addEventListener("keydown", key);
      canvas.addEventListener("pointerdown", mouse);
      canvas.addEventListener("pointermove", mouse);
    }
    root.append(element("div", { class: "explorer-controls" }, ...(player.part ? [player.part] : []), ...control.parts), element("div", { class: "explorer-board" }, canvas), readout);
    update();
    new ResizeObserver(draw).observe(root);
    new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    root.dataset.ready = "true";
  }

  window.explorers = { KINDS, start, tools: { ARROWS, FONT, clamp, contours, dot, element, frame, inside, last, line, number, palette, range, theme, ticks } };
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".explorer[data-explorer]").forEach(start));
})();
