"""Every page is opened once, on a desk and on a phone, by day and at night; the gates judge what was seen."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

AT_ONCE = 3  # tabs
PATIENCE = 600_000  # milliseconds
PHONE, DESK = 375, 1280
ARTICLE = "article.bd-article"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
KNOWN_RULES = {"label-content-name-mismatch"}  # the theme's search and copy buttons
OPTIONS = {
    "resultTypes": ["violations"],  # no selectors for what passes: half the time
    "preload": {"assets": ["media"]},  # axe would load style sheets once more, some from where they are not
}

COUNT = """(article) => [".math", "mjx-container", "mjx-merror"]
  .map((kind) => document.querySelectorAll(`${article} ${kind}`).length)"""
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter((tag) => tag.getBoundingClientRect().right > innerWidth + 1)
    .filter((tag) => !tag.closest("[tabindex='0'], .bd-sidebar"))
    .slice(0, 5).map((tag) => tag.outerHTML.slice(0, 120))"""
MEASURE = """(article) => {
  const root = document.querySelector(article), shown = (tag) => tag.getClientRects().length > 0;
  const style = (tag) => getComputedStyle(tag), short = (tag) => tag.outerHTML.slice(0, 120);
  const scrolls = (tag) => ["auto", "scroll"].includes(style(tag).overflowX);
  const hides = (tag) => ["hidden", "clip"].includes(style(tag).overflowX);
  const spoken = (tag) => tag.closest("mjx-assistive-mml, .sr-only, .visually-hidden, noscript");
  const above = (tag, test) => {
    while ((tag = tag.parentElement) && tag !== root) if (test(tag)) return tag;
  };
  const tags = [...root.querySelectorAll("*")].filter(shown).filter((tag) => !spoken(tag));
  const wide = (tag) => tag.getBoundingClientRect().right > innerWidth + 1;
  const follows = (tag) => tag.closest(".cm-editor, .run-editor"); // an editor goes with its caret
  const boxes = tags.filter((tag) => scrolls(tag) && tag.scrollWidth > tag.clientWidth + 1 && !follows(tag));
  return {
    width: document.documentElement.scrollWidth,
    over: tags.filter((tag) => wide(tag) && !above(tag, scrolls)).map(short),
    cut: tags.filter((tag) => hides(tag) && !tag.closest("mjx-math"))
      .filter((tag) => tag.scrollWidth > tag.clientWidth + 1).map(short),
    silent: boxes.filter((box) => !box.dataset.more || box.tabIndex !== 0).map(short),
    figures: tags.filter((tag) => tag.matches(".figure-box img")).map((img) => ({
      alt: img.alt.slice(0, 60),
      kind: img.className,
      text: (img.width / img.parentElement.dataset.inches) * (img.parentElement.dataset.smallest / 72),
    })),
    numbers: tags.filter((tag) => tag.matches(".eqno") && wide(tag)).map(short),
  };
}"""

UNFOLD = "() => document.querySelectorAll('article details').forEach((each) => { each.open = true; })"
PICTURES = """() => {
  const shown = (tag) => tag.getClientRects().length > 0;
  return [...document.querySelectorAll(".figure-box img")].filter(shown).map((img) => img.className);
}"""
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))"
ONE_OF_EACH = """() => {
  const grounds = new Map([[null, ""]]), seen = new Set();
  const ground = (tag) => {
    if (!grounds.has(tag)) {
      const { backgroundColor, backgroundImage, opacity, filter } = getComputedStyle(tag);
      grounds.set(tag, [ground(tag.parentElement), backgroundColor, backgroundImage, opacity, filter].join());
    }
    return grounds.get(tag);
  };
  const written = (tag) => [...tag.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  for (const tag of document.body.querySelectorAll("*")) {
    if (!tag.getClientRects().length || !(written(tag) || "value" in tag)) continue;
    const { color, fontSize, fontWeight, textShadow, position, visibility } = getComputedStyle(tag);
    const look = [color, fontSize, fontWeight, textShadow, position, visibility, ground(tag)].join();
    if (!seen.has(look)) tag.dataset.one = "";
    seen.add(look);
  }
}"""
SETTLED = "() => window.MathJax?.startup?.promise.then(() => null)"
THEME = "(theme) => { document.documentElement.dataset.theme = theme }"


@dataclass
class Explorer:
    """What an explorer said before keys were pressed in it and after: at its control, at each canvas."""

    ready: str | None
    readouts: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Visit:
    """What was seen of a page, and all that happened on the way."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    formulas: tuple[int, int, int] = (0, 0, 0)  # written, set, failed
    explorers: list[Explorer] = field(default_factory=list)
    violations: dict[str, list[str]] = field(default_factory=dict)  # by theme
    folded: tuple[int, list[str]] = (0, [])  # on a phone: the width that can be scrolled, what is too wide
    looks: dict[int, Any] = field(default_factory=dict)  # by width, all that is folded opened
    at_night: list[str] = field(default_factory=list)  # the pictures that are shown


async def visit_all(program: str, address: str, names: list[str]) -> dict[str, Visit | Exception]:
    """Visit the pages in one browser, some at a time; what stopped a visit stands in its place."""
    from playwright.async_api import async_playwright

    async with async_playwright() as engine:
        browser = await engine.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = await browser.new_context(color_scheme="light", reduced_motion="reduce")
        context.set_default_timeout(PATIENCE)
        gate = asyncio.Semaphore(AT_ONCE)
        seen = await asyncio.gather(*(visited(context, gate, f"{address}/{name}.html") for name in names))
        await browser.close()
    return dict(zip(names, seen, strict=True))


async def visited(context: Any, gate: asyncio.Semaphore, url: str) -> Visit | Exception:
    async with gate:
        tab = await context.new_page()
        try:
            return await visit(tab, url)
        except Exception as error:  # of this page's tests, not of all
            return error
        finally:
            await tab.close()


async def visit(tab: Any, url: str) -> Visit:
    seen = Visit()
    requests: list[str] = []
    errors: list[str] = []
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    tab.on("requestfailed", lambda request: errors.append(f"not loaded: {request.url}"))
    await tab.set_viewport_size({"width": DESK, "height": 900})
    await tab.goto(url, wait_until="load")
    await tab.evaluate(SETTLED)
    seen.formulas = tuple(await tab.evaluate(COUNT, ARTICLE))
    for section in await tab.locator("section.explorer").all():
        seen.explorers.append(await moved(section))
    await tab.evaluate(THEME, "light")
    seen.violations["light"] = await violations(tab, WCAG)
    await tab.evaluate(THEME, "dark")
    await tab.evaluate(ONE_OF_EACH)  # what lies over what was judged by day; at night only colours are others
    seen.violations["dark"] = await violations(tab, ["color-contrast"], {"include": [["[data-one]"]]})
    await resize(tab, PHONE)
    seen.folded = await tab.evaluate("document.documentElement.scrollWidth"), await tab.evaluate(TOO_WIDE)
    await tab.evaluate(THEME, "light")
    await tab.evaluate(UNFOLD)
    for width in (PHONE, DESK):
        await resize(tab, width)
        seen.looks[width] = await tab.evaluate(MEASURE, ARTICLE)
    await tab.evaluate(THEME, "dark")
    seen.at_night = await tab.evaluate(PICTURES)
    seen.requests, seen.errors = list(requests), list(errors)  # not what closing the tab breaks off
    return seen


async def resize(tab: Any, width: int) -> None:
    await tab.set_viewport_size({"width": width, "height": 800})
    await tab.evaluate(DRAWN)
    await tab.wait_for_timeout(300)  # what moves has arrived
    await tab.evaluate(DRAWN)


async def violations(tab: Any, rules: list[str], context: Any = None) -> list[str]:
    from axe_playwright_python.async_playwright import Axe

    found = (await Axe().run(tab, context, OPTIONS | {"runOnly": rules})).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["id"] not in KNOWN_RULES]


async def moved(section: Any) -> Explorer:
    seen = Explorer(await section.get_attribute("data-ready"))
    control = section.locator("input[type=range], select")
    seen.readouts.append(await after_keys(section, control, ["ArrowRight", "ArrowDown", "ArrowLeft"]))
    for canvas in await section.locator("canvas[tabindex='0']").all():
        seen.readouts.append(await after_keys(section, canvas, ["ArrowRight", "ArrowUp", "ArrowLeft"]))
    return seen


async def after_keys(section: Any, target: Any, keys: list[str]) -> tuple[str, str]:
    """Press the keys until one of them changes the readout; return it before and after."""
    readout = section.locator("[aria-live=polite]")
    before = after = await readout.inner_text()
    await target.focus()
    for key in [*keys, *keys]:
        await target.press(key)
        after = await readout.inner_text()
        if after != before:
            break
    return before, after
