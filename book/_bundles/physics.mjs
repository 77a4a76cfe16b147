/* MuJoCo's own build for browsers, with the address of its machine code. */
import begin from "@mujoco/mujoco";
import code from "@mujoco/mujoco/mujoco.wasm";

export const load = () => begin({ locateFile: () => new URL(code, import.meta.url).href });
