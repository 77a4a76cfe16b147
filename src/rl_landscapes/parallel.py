"""Bags of independent work: a plain loop, or joblib on whatever backend is configured."""

import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sized
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
    """
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int) or n_jobs == 0:
        raise ValueError(f"n_jobs must be 1 (this process), -1 (all cores) or another count, got {n_jobs!r}")
    tasks = list(items)
    if n_jobs == 1:
        return [function(item) for item in progress(tasks, description=description)]
    return list(progress(_in_parallel(function, tasks, n_jobs), total=len(tasks), description=description))


def progress(iterable: Iterable[T], *, total: int | None = None, description: str = "") -> Iterable[T]:
    """Iterate with a progress bar once it takes longer than about two seconds.

    There is no bar, and tqdm is not loaded, unless the work runs on a terminal or in a notebook, and not
    when the environment sets TQDM_DISABLE.
    """
    if not _watched():
        return iterable
    try:
        with warnings.catch_warnings(action="ignore"):  # a notebook without ipywidgets gets the text bar
            from tqdm.auto import tqdm
    except ImportError:
        return iterable
    length = len(iterable) if total is None and isinstance(iterable, Sized) else total
    return tqdm(iterable, total=length, desc=description or None, delay=PATIENCE)


def _in_parallel(function: Callable[[T], R], tasks: list[T], n_jobs: int) -> Iterable[R]:
    try:
        from joblib import delayed
    except ImportError:
        advice = 'pip install "rl-landscapes[scale]"'
        raise ImportError(f"n_jobs={n_jobs} needs joblib: {advice}, or use n_jobs=1") from None
    results: Iterable[R] = _workers(n_jobs)(delayed(function)(task) for task in tasks)
    return results


def _workers(n_jobs: int) -> Any:
    from joblib import Parallel

    try:
        return Parallel(n_jobs=n_jobs, return_as="generator")
    except ValueError:  # the multiprocessing backend can only hand over all results at once
        return Parallel(n_jobs=n_jobs)


def _watched() -> bool:
    if os.environ.get("TQDM_DISABLE") or multiprocessing.current_process().name != "MainProcess":
        return False
    return sys.stderr is not None and (sys.stderr.isatty() or "ipykernel" in sys.modules)
