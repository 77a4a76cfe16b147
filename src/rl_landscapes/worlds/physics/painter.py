"""The process that draws: `python -P painter.py FOLDER`, started by `render` with MUJOCO_GL set."""

import sys

import mujoco
import numpy as np


def paint(folder: str) -> None:
    """Draw what `request.npz` asks for of `model.mjb`, both in `folder`, into `pictures.npy` there."""
    model = mujoco.MjModel.from_binary_path(f"{folder}/model.mjb")
    request = np.load(f"{folder}/request.npz")
    height, width = (int(length) for length in request["size"])
    model.vis.global_.offwidth, model.vis.global_.offheight = width, height
    data, camera = mujoco.MjData(model), mujoco.MjvCamera()
    pictures = np.empty((len(request["states"]), height, width, 3), dtype=np.uint8)
    with mujoco.Renderer(model, height, width) as renderer:
        for picture, state, view in zip(pictures, request["states"], request["cameras"], strict=True):
            data.qpos[:] = state
            mujoco.mj_forward(model, data)
            camera.lookat[:] = view[:3]
            camera.distance, camera.azimuth, camera.elevation = view[3:].tolist()
            renderer.update_scene(data, camera)
            picture[:] = renderer.render()
    np.save(f"{folder}/pictures.npy", pictures)


if __name__ == "__main__":
    paint(sys.argv[1])
