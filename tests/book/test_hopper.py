"""The body that lives in the page: MuJoCo in a browser against Gymnasium's own, and the recordings."""

import json
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest

from book import npm
from book.build import open_server
from rl_landscapes.objectives import SampledReturn, record_motions
from rl_landscapes.plots.body_explorer import body_explorer
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.studies.three_solutions.pieces import points
from rl_landscapes.studies.three_solutions.settings import BODY, NAMES, corners
from rl_landscapes.worlds import body
from rl_landscapes.worlds.physics.quiet import quiet
from tests.book.sources import WIDGETS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FILES = ("explorer.css", "explorer.js", "motion.js", "body.js")
DOCUMENT = """<!doctype html><html lang="en" data-content_root="./"><meta charset="utf-8">
<title>Hopper</title><link rel="stylesheet" href="explorer.css"><body><main>{body}</main>
<script src="explorer.js"></script><script src="motion.js"></script>
<script src="body.js"></script></body></html>"""
LIVE = """async ([body, tasks]) => {
  const worker = new Worker("_run/bundles/hopper.js", { type: "module" });
  const ask = (question) => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.kind === "done" ? resolve(data) : reject(new Error(data.message)));
    worker.onerror = () => reject(new Error("no worker"));
    worker.postMessage(question);
  });
  await ask({ kind: "begin", body });
  const found = [];
  for (const task of tasks) {
    const { total, steps, fell } = await ask({ kind: "live", ...task });
    found.push([total, steps, fell]);
  }
  return found;
}"""
FIRST, SECOND = np.array([-0.25, 0.0, 0.5, 1.0]), np.array([0.0, 0.5, 1.0])


@pytest.fixture(scope="module")
def explorer() -> Any:
    """An explorer of the book's plane with a made-up map."""
    world = body(BODY)
    calm = SampledReturn(world, linear_gaussian(11, 3, sigma=0.0), n_episodes=1, horizon=40)
    values = np.arange(24.0).reshape(2, 4, 3)
    return body_explorer(
        title="A Hopper",
        slider_label="width",
        description="A map made up for this test, and the Hopper of a point.",
        world=world,
        corners=corners(),
        names=NAMES,
        first=FIRST,
        second=SECOND,
        sigmas=[0.0, 0.5],
        values=values,
        stderr=values / 100,
        start=world.starts(1, np.random.default_rng(1))[0],
        motions=record_motions(calm, corners(), np.random.default_rng(0)),
    )


@pytest.fixture
def tab(browser: Any, explorer: Any, tmp_path: Path) -> Iterator[Any]:
    """A page with the explorer beside the worker; its errors fail the test."""
    if not (npm.SITE / "hopper.js").is_file():
        pytest.skip("MuJoCo could not be fetched from the npm registry")
    shutil.copytree(npm.SITE, tmp_path / "_run" / "bundles")
    (tmp_path / "_run" / "settings.json").write_text('{"bundles": ["hopper"]}')
    for name in FILES:
        shutil.copy(WIDGETS / name, tmp_path)
    (tmp_path / "index.html").write_text(DOCUMENT.format(body=explorer.data), encoding="utf8")
    errors: list[str] = []
    with open_server(tmp_path, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        opened = browser.new_page()
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        yield opened
        opened.close()
        server.shutdown()
    assert errors == []


def physics(explorer: Any) -> dict[str, Any]:
    text = re.search(r'<script type="application/json">(.*?)</script>', explorer.data, re.S)
    assert text
    return json.loads(text[1])["physics"]


def native(theta: Any, start: Any, horizon: int) -> tuple[float, int, bool]:
    """Return and length of an episode in Gymnasium's Hopper, and whether it fell; sums as in the page."""
    with quiet():
        env = gymnasium.make(BODY)
        env.reset(seed=0)
        env.unwrapped.set_state(start[:6], start[6:])
        seen, total, fell, steps = env.unwrapped._get_obs(), 0.0, False, 0
        while not fell and steps < horizon:
            action = [
                sum((theta[11 * k + i] * seen[i] for i in range(11)), 0.0) + theta[33 + k] for k in range(3)
            ]
            seen, reward, fell, *_ = env.step(np.clip(action, -1, 1))
            total, steps = total + reward, steps + 1
    return float(total), steps, bool(fell)


def test_returns_are_those_of_the_native_library(tab: Any, explorer: Any) -> None:
    """To 1e-9 over whole episodes; where it hops, rounding grows, and it is asked of 250 steps."""
    known = physics(explorer)
    whole = points(corners(), np.array([-0.2, 0.0, 0.5, 1.1]), np.array([0.0, 1.0]))
    hopping = points(corners(), np.array([1.0]), np.array([0.0, 0.25]))
    for thetas, horizon in ((whole, 1000), (hopping, 250)):
        asked = [{"theta": theta.tolist(), "sigma": 0, "seed": 1} for theta in thetas]
        found = tab.evaluate(LIVE, [known | {"time_limit": horizon}, asked])
        for theta, (total, steps, fell) in zip(thetas, found, strict=True):
            wanted, *how = native(theta, np.array(known["start"]), horizon)
            assert [steps, fell] == how
            assert total == pytest.approx(wanted, rel=0, abs=1e-9)


def test_noise_comes_from_its_seed_and_has_the_width_that_is_asked_for(tab: Any, explorer: Any) -> None:
    """A policy of zeros acts by its noise alone, and pays its square: three motors, 2,000 steps."""
    known = physics(explorer) | {"forward_weight": 0, "healthy_reward": 0, "control_weight": 1}
    known |= {"ranges": [[None, None]] * 11, "time_limit": 2000, "low": [-9] * 3, "high": [9] * 3}
    tasks = [{"theta": [0] * 36, "sigma": 0.1, "seed": seed} for seed in (1, 1, 2)]
    (first, *_), (again, *_), (other, *_) = tab.evaluate(LIVE, [known, tasks])
    assert first == again != other
    n = 6000
    for cost in (first, other):
        assert -cost / n == pytest.approx(0.01, abs=4 * 0.01 * np.sqrt(2 / n))


def readout(tab: Any) -> str:
    return tab.locator(".explorer-readout").inner_text()


def wait_for(tab: Any, pattern: str) -> None:
    tab.wait_for_function(f"/{pattern}/.test(document.querySelector('.explorer-readout').textContent)")


def test_the_button_lets_the_body_live_and_so_does_a_point_from_then_on(tab: Any, explorer: Any) -> None:
    start, asked = np.array(physics(explorer)["start"]), []
    tab.on("request", lambda request: asked.append(request.url))
    canvas, button = tab.locator("canvas"), tab.locator("button")
    assert "At a = 0, b = 0: mean return 3 ± 0.03 on the map." in readout(tab)
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "ArrowUp"):
        canvas.press(key)
    assert asked == [], "nothing is fetched before the button"
    button.click()
    wait_for(tab, "This episode")
    total, *_ = native(points(corners(), np.array([1.0]), np.array([1.0]))[0], start, 1000)
    assert "At a = 1, b = 1: mean return 11 ± 0.11 on the map." in readout(tab)
    assert f"This episode returns {total:.4g} and falls after" in readout(tab)
    assert any(url.endswith("mujoco.wasm") for url in asked)
    tab.get_by_role("button", name="Let it live").wait_for()  # the episode has been seen to its end
    canvas.press("ArrowDown")
    wait_for(tab, "b = 0.5: .*This episode")
    tab.locator("input[type=range]").press("ArrowRight")
    assert "This episode" not in readout(tab)
    canvas.press(" ")
    wait_for(tab, "noise 3, returns")


def test_it_can_be_stopped_and_whoever_wants_less_motion_is_shown_none_unasked(tab: Any) -> None:
    tab.emulate_media(reduced_motion="reduce")
    button = tab.locator("button")
    button.click()
    wait_for(tab, "This episode")
    assert button.inner_text() == "Stop"
    button.click()
    assert button.inner_text() == "Let it live"
    tab.locator("canvas").press("ArrowRight")
    tab.wait_for_timeout(400)
    assert "This episode" not in readout(tab)


def test_without_the_worker_the_recordings_are_played(tab: Any, tmp_path: Path) -> None:
    (tmp_path / "_run" / "settings.json").write_text('{"bundles": []}')
    tab.locator("button").click()
    wait_for(tab, "recording of the policy that stands, without noise, returns")
    assert "what you see was recorded" in tab.locator("[role=status]").inner_text()
