"""Bags of independent work: a plain loop, or joblib on whatever backend is configured."""

import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Generator, Iterable, Sized
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")
PATIENCE = 2.0  # seconds before a progress bar shows


def map_independent(
    function: Callable[[T], R], items: Iterable[T], *, n_jobs: int = 1, description: str = ""
) -> list[R]:
    """Apply `function` to every item; the results come in the order of the items.

    With `n_jobs=1` this is a loop in this process. Otherwise joblib runs it, on the backend that
    `joblib.parallel_config` has chosen (processes unless told otherwise); -1 means all cores.

    Raises
    ------
    ValueError
        If `n_jobs` is not a non-zero integer.
    ImportError
        If `n_jobs` is not 1 and joblib is not installed.

    Examples
    --------
    >>> from rl_landscapes import parallel
    >>> parallel.map_independent(abs, [-2, 1, -3])
    [2, 1, 3]
    """
    tasks = list(items)
    if as_jobs(n_jobs) == 1:
        return [function(item) for item in progress(tasks, description=description)]
    return list(progress(_in_parallel(function, tasks, n_jobs), total=len(tasks), description=description))


def map_as_done(
    function: Callable[[T], R], items: Iterable[T], *, n_jobs: int = 1, description: str = ""
) -> Generator[R, None, None]:
    """Apply `function` to every item; yield each result as soon as it is there, in no particular order.

    It runs where `map_independent` runs. Closing the generator drops what is not done.

    Raises
    ------
    ValueError
        If `n_jobs` is not a non-zero integer.
    ImportError
        If `n_jobs` is not 1 and joblib is not installed.

    Examples
    --------
    >>> from rl_landscapes import parallel
    >>> sorted(parallel.map_as_done(abs, [-2, 1, -3]))
    [1, 2, 3]
    """
    tasks = list(items)
    results = map(function, tasks) if as_jobs(n_jobs) == 1 else _as_done(function, tasks, n_jobs)
    yield from progress(results, total=len(tasks), description=description)


def as_jobs(n_jobs: int) -> int:
    """Return `n_jobs` if it is a number of processes, or -1 for all cores."""
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int) or n_jobs == 0:
        raise ValueError(f"n_jobs must be 1 (this process), -1 (all cores) or another count, got {n_jobs!r}")
    return n_jobs


def progress(iterable: Iterable[T], *, total: int | None = None, description: str = "") -> Iterable[T]:
    """Iterate with a progress bar once it takes longer than about two seconds.

    There is no bar, and tqdm is not loaded, unless the work runs on a terminal or in a notebook, and not
    when the environment sets TQDM_DISABLE.

    Examples
    --------
    >>> from rl_landscapes import parallel
    >>> sum(parallel.progress(range(4), description="adding"))
    6
    """
    if not _watched():
        return iterable
    try:
        with warnings.catch_warnings(action="ignore"):  # a notebook without ipywidgets gets the text bar
            from tqdm.auto import tqdm
    except ImportError:
        return iterable
    length = len(iterable) if total is None and isinstance(iterable, Sized) else total
    columns, rows = _shape()
    return tqdm(iterable, total=length, desc=description or None, delay=PATIENCE, ncols=columns, nrows=rows)


def threads_here() -> int:
    """Return how many threads a call may use: all cores, or one in a process that is one of many."""
    if multiprocessing.current_process().name != "MainProcess":
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_parallel(function: Callable[[T], R], tasks: list[T], n_jobs: int) -> Iterable[R]:
    joblib = _joblib(n_jobs)
    calls = map(joblib.delayed(function), tasks)
    try:
        return joblib.Parallel(n_jobs=n_jobs, return_as="generator")(calls)
    except ValueError:  # the multiprocessing backend can only hand over all results at once
        return joblib.Parallel(n_jobs=n_jobs)(calls)


def _as_done(function: Callable[[T], R], tasks: list[T], n_jobs: int) -> Generator[R, None, None]:
    joblib = _joblib(n_jobs)
    calls = [joblib.delayed(function)(task) for task in tasks]
    options = {"n_jobs": n_jobs, "batch_size": 1, "pre_dispatch": "all"}  # workers may join at any time
    try:
        workers = joblib.Parallel(return_as="generator_unordered", **options)
    except ValueError:  # see above: so it gets few at once
        few = max(1, joblib.effective_n_jobs(n_jobs))
        for first in range(0, len(calls), few):
            yield from joblib.Parallel(**options)(calls[first : first + few])
    else:
        yield from _quietly_closed(workers(calls))


def _quietly_closed(results: Generator[R, None, None]) -> Generator[R, None, None]:
    """Pass results on; when closed early, keep joblib from warning that some were computed for nothing."""
    try:
        for result in results:  # noqa: UP028  # `yield from` would close `results` first
            yield result
    finally:
        with warnings.catch_warnings(action="ignore"):
            results.close()


def _joblib(n_jobs: int) -> Any:
    try:
        import joblib
    except ImportError:
        advice = 'pip install "rl-landscapes[scale]"'
        raise ImportError(f"n_jobs={n_jobs} needs joblib: {advice}, or use n_jobs=1") from None
    return joblib


def _shape() -> tuple[int | None, int | None]:
    """Give a terminal that does not know its size one, or the bar would be blank; others tqdm asks."""
    try:
        known = not sys.stderr.isatty() or os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):  # no real file
        known = True
    return (None, None) if known else (80, 24)


def _watched() -> bool:
    if os.environ.get("TQDM_DISABLE") or multiprocessing.current_process().name != "MainProcess":
        return False
    return sys.stderr is not None and (sys.stderr.isatty() or "ipykernel" in sys.modules)
