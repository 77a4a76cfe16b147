/* A worker in which a body lives: MuJoCo's own build for browsers, a linear Gaussian policy, and Gymnasium's rules.

   "begin" brings the body: its MJCF text, its start, and the numbers of its rules, which Python has read from Gymnasium.
   "live" asks for one episode of a policy and is answered with its poses and what it earned.
*/
import load from "@mujoco/mujoco";
import code from "@mujoco/mujoco/mujoco.wasm";

let mujoco = null, model = null, data = null, body = null;

async function begin(given) {
  mujoco = await load({ locateFile: () => new URL(code, import.meta.url).href });
  body = given;
  model = mujoco.MjModel.from_xml_string(body.model);
  data = new mujoco.MjData(model);
}

/* Normal numbers from a seed, the same in every browser: mulberry32 and the method of Box and Muller. */
function normals(seed) {
  let state = seed >>> 0;
  function uniform() {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

function act(theta, seen, sigma, draw) {
  const { low, high } = body, out = low.length, into = seen.length;
  return low.map((least, k) => {
    let mean = 0;
    for (let i = 0; i < into; i += 1) mean += theta[k * into + i] * seen[i];
    mean += theta[out * into + k];
    return clamp(sigma ? mean + sigma * draw() : mean, least, high[k]);
  });
}

function observe(positions, speeds) {
  const limit = body.speed_limit;
  return [...positions.subarray(body.hidden), ...speeds.map((v) => clamp(v, -limit, limit))];
}

/* Whether every number from qpos[1] on lies inside of its range; null stands for no limit. */
function healthy(moving) {
  return body.ranges.every(([low, high], i) => (low ?? -Infinity) < moving[i + 1] && moving[i + 1] < (high ?? Infinity));
}

/* Where the parts are seen from the side: x, z and angle of each. */
function pose() {
  const { geom_xpos: place, geom_xmat: turn } = data;
  return body.parts.flatMap((g) => [place[3 * g], place[3 * g + 2], Math.atan2(turn[9 * g + 8], turn[9 * g + 2])]);
}

function live({ theta, sigma, seed }) {
  const draw = normals(seed), { start } = body;
  mujoco.mj_resetData(model, data);
  data.qpos.set(start.slice(0, model.nq));
  data.qvel.set(start.slice(model.nq));
  mujoco.mj_forward(model, data);
  const poses = [pose()];
  let total = 0, well = true;
  while (well && poses.length <= body.time_limit) {
    const action = act(theta, observe(data.qpos, data.qvel), sigma, draw), before = data.qpos[0];
    data.ctrl.set(action);
    for (let k = 0; k < body.frame_skip; k += 1) mujoco.mj_step(model, data);
    well = healthy([...data.qpos, ...data.qvel]);
    const forward = body.forward_weight * ((data.qpos[0] - before) / body.dt);
    total += forward + (well ? body.healthy_reward : 0) - body.control_weight * action.reduce((sum, a) => sum + a * a, 0);
    poses.push(pose());
  }
  return { total, steps: poses.length - 1, fell: !well, poses: Float32Array.from(poses.flat()) };
}

addEventListener("message", async ({ data: asked }) => {
  try {
    if (asked.kind === "begin") await begin(asked.body);
    const answer = asked.kind === "begin" ? {} : live(asked);
    postMessage({ kind: "done", id: asked.id, ...answer }, answer.poses ? [answer.poses.buffer] : []);
  } catch (error) {
    postMessage({ kind: "failed", id: asked.id, message: String(error.message ?? error) });
  }
});
