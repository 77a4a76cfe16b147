"""Execute the pages side by side, before Sphinx reads them one by one.

MyST-NB executes a page when it reads it, unless its outputs lie in the cache. So they are laid there first,
by as many kernels as there are cores. What an output is and how it is kept stays MyST-NB's own.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from myst_nb.core.config import NbParserConfig
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util.logging import getLogger

log = getLogger(__name__)


class PageError(SphinxError):
    """A page whose code raised: its name and the traceback."""

    category = "Execution error"


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the handler below."""
    app.connect("env-before-read-docs", fill_cache)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def fill_cache(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """Execute those pages among `names` whose outputs are not in the cache, and lay them there."""
    settings = env.mystnb_config
    if settings.execution_mode != "cache":
        return
    cache = get_cache(settings.execution_cache_path)
    waiting = dict(not_cached(cache, ((name, notebook(env, name)) for name in names)))
    with ThreadPoolExecutor(max(2, cores())) as pool:
        begun = {
            pool.submit(execute, page, Path(env.doc2path(name)).parent, settings): name
            for name, page in sorted(waiting.items(), key=lambda item: -amount_of_code(item[1]))
        }
        failed = dict(keep_outputs(cache, env, begun))
    if failed:
        raise PageError("\n\n".join(f"{name}\n{traceback}" for name, traceback in sorted(failed.items())))


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def notebook(env: BuildEnvironment, name: str) -> NotebookNode | None:
    """Return a page as MyST-NB will read it, or nothing for a page that is text alone."""
    path = env.doc2path(name)
    text = Path(path).read_text(encoding="utf-8-sig")
    reader = create_nb_reader(path, env.myst_config, env.mystnb_config, text)
    return reader and reader.read(text)


def not_cached(cache: JupyterCacheAbstract, pages: Any) -> Iterator[tuple[str, NotebookNode]]:
    """Yield the pages with code whose outputs the cache lacks."""
    for name, page in pages:
        if page is None or not amount_of_code(page):
            continue
        try:
            cache.match_cache_notebook(page)
        except KeyError:
            yield name, page


def amount_of_code(page: NotebookNode) -> int:
    """Return the length of a page's code: the long ones go first, or one of them would be left to the end."""
    return sum(len(cell.source) for cell in page.cells if cell.cell_type == "code")


def execute(page: NotebookNode, folder: Path, settings: NbParserConfig) -> ExecutionResult:
    """Execute a page in a kernel of its own, as MyST-NB does."""
    options = {"allow_errors": settings.execution_allow_errors, "timeout": settings.execution_timeout}
    return single_nb_execution(page, cwd=str(folder.resolve()), **options)


def keep_outputs(
    cache: JupyterCacheAbstract, env: BuildEnvironment, begun: dict[Future[ExecutionResult], str]
) -> Iterator[tuple[str, str]]:
    """Lay each page's outputs in the cache as it ends; yield name and traceback of those that raised."""
    start = time.monotonic()
    for future in as_completed(begun):
        name, result = begun[future], future.result()
        log.info("executed %s in %.0f s, %.0f s from the start", name, result.time, time.monotonic() - start)
        if result.err is not None:
            yield name, result.exc_string or str(result.err)
        else:
            bundle = CacheBundleIn(result.nb, env.doc2path(name), data={"execution_seconds": result.time})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
