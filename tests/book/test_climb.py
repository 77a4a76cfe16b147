"""The climb that the page computes is the library's, and the reader moves it by pointer, keys and buttons."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes.ascent import anneal, ascend, exponential_decay
from rl_landscapes.objectives import ExactReturn, evaluate
from rl_landscapes.plots.climb_explorer import climb_explorer
from rl_landscapes.plots.pages import save_page
from rl_landscapes.policies import two_parameter_policy
from rl_landscapes.worlds import paper_gridworld

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORLD = paper_gridworld()
EXACT = ExactReturn(WORLD, two_parameter_policy(WORLD))
WEIGHTS, DECAY, STEP, LASTING_STEP, UPDATES = (0.05, 0.1, 0.2), 0.98, 0.2, 0.06, 400
NONE, STAYS, FADES = range(3)
PATIENCE = 240_000  # milliseconds: other programs may want the processor, too
DATA = "JSON.parse(document.querySelector('[data-explorer=climb] script').textContent)"
EVALUATE = f"""cases => {{ const data = {DATA}, {{ evaluate }} = window.explorers.KINDS.climb;
return cases.map(([theta, tau]) => {{ const seen = evaluate(data.world, theta, tau);
return [seen.value, seen.soft, ...seen.gradient, ...seen.visits]; }}); }}"""
CLIMB = f"""cases => {{ const data = {DATA}, {{ climbFrom }} = window.explorers.KINDS.climb;
return cases.map(([start, mode, weight]) => climbFrom(data, start, {{ mode, weight }})); }}"""
Opener = Callable[..., Any]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shown = climb_explorer(
        WORLD,
        title="Climb",
        description="Two plateaus and a valley between them.",
        room_description="A room of five by five cells.",
        goals={"G": (4, -4), "g": (-4, 4)},
        start=(-1, 3),
        weights=WEIGHTS,
        weight=1,
        decay=DECAY,
        step=STEP,
        lasting_step=LASTING_STEP,
        n_updates=UPDATES,
    )
    return save_page(tmp_path_factory.mktemp("climb") / "page.html", shown)


@pytest.fixture
def opened(browser: Any, page: Path) -> Iterator[Opener]:
    """Open the explorer; its errors fail the test."""
    errors: list[str] = []
    contexts: list[Any] = []

    def opener(width: int = 800, still: bool = True, touch: bool = False) -> Any:
        motion = "reduce" if still else "no-preference"
        size = {"width": width, "height": 800}
        contexts.append(browser.new_context(viewport=size, reduced_motion=motion, has_touch=touch))
        contexts[-1].set_default_timeout(PATIENCE)
        tab = contexts[-1].new_page()
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(page.as_uri())
        return tab.locator("section.explorer")

    yield opener
    for context in contexts:
        context.close()
    assert errors == []


def readout(explorer: Any) -> str:
    text: str = explorer.locator("[aria-live=polite]").inner_text()
    return text.replace("\u2212", "-")  # a proper minus sign


def test_return_gradient_and_visits_are_those_of_the_library(opened: Opener) -> None:
    rng = np.random.default_rng(0)
    thetas = np.concatenate([rng.uniform(-5, 5, (20, 2)), [[0, 0], [-1, 3], [40, -40], [-700, 700]]])
    taus = np.concatenate([[0.0, 0.0], rng.uniform(0, 1, 22)])
    cases = [[theta.tolist(), tau] for theta, tau in zip(thetas, taus, strict=True)]
    computed = np.array(opened().page.evaluate(EVALUATE, cases))
    for row, theta, tau in zip(computed, thetas[:, None], taus, strict=True):
        soft, gradient = EXACT.with_tau(tau).value_and_gradient(theta)
        expected = [*evaluate(EXACT, theta)[0], *soft, *gradient[0], *EXACT.occupancy(theta)[0]]
        np.testing.assert_allclose(row, expected, rtol=1e-9, atol=1e-9)


def test_climbs_pass_where_those_of_the_library_do(opened: Opener) -> None:
    starts = np.concatenate([[[-1.0, 3.0]], np.random.default_rng(1).uniform(-5, 5, (7, 2))])
    kinds = [(NONE, 0)] + [(mode, weight) for mode in (STAYS, FADES) for weight in range(len(WEIGHTS))]
    cases = [[start.tolist(), mode, weight] for mode, weight in kinds for start in starts]
    computed = np.array(opened().page.evaluate(CLIMB, cases)).reshape(len(kinds), len(starts), -1, 2)
    for paths, (mode, weight) in zip(computed, kinds, strict=True):
        objective = [
            EXACT,
            EXACT.with_tau(WEIGHTS[weight]),
            anneal(EXACT, exponential_decay(WEIGHTS[weight], DECAY)),
        ][mode]
        climb = ascend(
            objective,
            starts,
            n_updates=UPDATES,
            step=LASTING_STEP if mode == STAYS else STEP,
            record_every=UPDATES,
            keep=range(UPDATES + 1),
        )
        np.testing.assert_allclose(paths, climb.thetas.transpose(1, 0, 2), rtol=0, atol=1e-9)


def choose(explorer: Any, name: str) -> str:
    explorer.get_by_label(name, exact=True).check()
    return readout(explorer)


def test_the_climb_sticks_or_finds_the_5_by_what_is_chosen(opened: Opener) -> None:
    explorer = opened()
    assert readout(explorer) == (
        "Start (-1, 3), no entropy. After 400 of 400 updates: true return 4.31, 100% of it from the 4.5. "
        "It is stuck at the 4.5."
    )
    assert explorer.get_by_label("0.2", exact=True).is_disabled()
    assert "entropy 0.1 that stays" in choose(explorer, "stays")
    assert readout(explorer).endswith("It ends between the two rewards.")
    assert "It has found the 5." in choose(explorer, "fades")
    assert "true return 4.77" in readout(explorer)
    assert "4.77" in explorer.locator(".climb-earned").inner_text()
    assert "entropy 0.05 that fades" in choose(explorer, "0.05")
    assert readout(explorer).endswith("It is stuck at the 4.5.")


def test_the_true_return_is_that_of_the_library_at_every_choice(opened: Opener) -> None:
    explorer = opened()
    choose(explorer, "stays")
    end = ascend(EXACT.with_tau(0.1), np.array([[-1.0, 3.0]]), n_updates=UPDATES, step=LASTING_STEP).end
    assert f"true return {evaluate(EXACT, end).item():.2f}," in readout(explorer)


def test_the_start_follows_the_pointer(opened: Opener) -> None:
    explorer = opened()
    box = explorer.locator("canvas").first.bounding_box()
    mouse = explorer.page.mouse
    mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    mouse.down()
    mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.8 * box["height"], steps=3)
    dragged = readout(explorer)
    mouse.up()
    assert dragged.endswith("It has found the 5.")
    mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])  # without a button
    assert readout(explorer) == dragged
    explorer.locator("canvas").nth(1).click()  # the room is no map
    assert readout(explorer) == dragged


def test_the_start_follows_a_finger(opened: Opener) -> None:
    explorer = opened(width=375, touch=True)
    box = explorer.locator("canvas").first.bounding_box()
    explorer.page.touchscreen.tap(box["x"] + 0.9 * box["width"], box["y"] + 0.8 * box["height"])
    assert readout(explorer).endswith("It has found the 5.")
    assert explorer.locator("canvas").first.evaluate("tag => getComputedStyle(tag).touchAction") == "none"


def test_the_start_follows_the_keys(opened: Opener) -> None:
    explorer = opened()
    canvas = explorer.locator("canvas").first
    canvas.focus()
    canvas.press("ArrowRight")
    assert readout(explorer).startswith("Start (-0.75, 3)")
    canvas.press("Shift+ArrowDown")
    assert readout(explorer).startswith("Start (-0.75, 1.75)")
    canvas.press("Home")
    assert readout(explorer).startswith("Start (-1, 3)")
    for _ in range(5):
        canvas.press("Shift+ArrowUp")
    assert readout(explorer).startswith("Start (-1, 5)")  # the edge of the map


def test_the_slider_goes_through_the_updates(opened: Opener) -> None:
    explorer = opened()
    slider = explorer.locator("input[type=range]")
    slider.focus()
    slider.press("Home")
    start = evaluate(EXACT, np.array([[-1.0, 3.0]])).item()
    assert f"After 0 of 400 updates: true return {start:.2f}" in readout(explorer)
    assert slider.get_attribute("aria-valuetext") == "0 of 400 updates"
    slider.press("End")
    assert "After 400 of 400 updates" in readout(explorer)


def test_it_plays_to_the_end_and_tells_it_once(opened: Opener) -> None:
    explorer = opened(still=False)
    explorer.evaluate(
        """root => { window.told = 0;
        new MutationObserver(() => { window.told += 1; }).observe(
        root.querySelector("[aria-live]"), { childList: true, characterData: true, subtree: true }); }"""
    )
    button = explorer.get_by_role("button")
    button.click()
    assert button.inner_text() == "Stop"
    explorer.page.wait_for_function("document.querySelector('button').textContent === 'Climb'")
    assert explorer.locator("input[type=range]").input_value() == "60"
    assert explorer.page.evaluate("window.told") <= 1


def test_it_stops_where_it_is(opened: Opener) -> None:
    explorer = opened(still=False)
    canvas = explorer.locator("canvas").first
    canvas.focus()
    canvas.press(" ")
    assert explorer.get_by_role("button").inner_text() == "Stop"
    canvas.press(" ")
    assert explorer.get_by_role("button").inner_text() == "Climb"
    place = explorer.locator("input[type=range]").input_value()
    explorer.page.wait_for_timeout(200)
    assert explorer.locator("input[type=range]").input_value() == place


def test_who_wants_less_motion_sees_the_end_at_once(opened: Opener) -> None:
    explorer = opened(still=True)
    choose(explorer, "fades")
    assert explorer.get_by_role("button").inner_text() == "Climb"
    assert explorer.locator("input[type=range]").input_value() == "60"


@pytest.mark.parametrize("width", [320, 375, 800])
def test_map_and_room_stand_side_by_side(opened: Opener, width: int) -> None:
    explorer = opened(width=width)
    assert explorer.page.evaluate("document.documentElement.scrollWidth") <= width
    first, second = (canvas.bounding_box() for canvas in explorer.locator("canvas").all())
    assert first["x"] + first["width"] < second["x"]
    assert abs(first["y"] - second["y"]) < 2
    assert abs(first["width"] - first["height"]) < 2
    assert first["width"] >= 160
    assert second["width"] >= 80


def test_the_drawing_follows_the_theme_and_the_choice(opened: Opener) -> None:
    explorer = opened()
    seen = [explorer.locator("canvas").first.screenshot()]
    choose(explorer, "stays")
    seen.append(explorer.locator("canvas").first.screenshot())
    room = explorer.locator("canvas").nth(1)
    light = room.screenshot()
    explorer.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    explorer.page.wait_for_timeout(100)
    assert seen[0] != seen[1]
    assert room.screenshot() != light
