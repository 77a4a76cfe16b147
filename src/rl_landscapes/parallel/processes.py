"""Processes side by side that leave Ctrl-C to the command, and end with it however it ends."""

import os
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from signal import SIG_IGN, SIGINT, signal

LOOK_S = 1.0  # seconds between two looks at whether the command still runs


def processes(n_jobs: int) -> AbstractContextManager[None]:
    """Return the block in which `n_jobs` processes are started so; nothing changes for one job."""
    if n_jobs == 1:
        return nullcontext()
    try:
        from joblib import parallel_config
    except ImportError:  # whoever starts them says what is missing
        return nullcontext()
    return parallel_config(backend="loky", initializer=_begin, initargs=(os.getpid(),))


def backend(n_jobs: int, scheduler: str | None) -> AbstractContextManager[None]:
    """Return the block in which `n_jobs` processes here do the work, or the Dask cluster at an address.

    Raises
    ------
    ValueError, ConnectionError
        If there is no such cluster.
    """
    if not scheduler:
        return processes(n_jobs)
    from rl_landscapes.parallel.cluster import dask_cluster

    return dask_cluster(scheduler)


def _begin(parent: int) -> None:
    """Begin a process: without tracebacks on Ctrl-C, and not for longer than the one that started it."""
    signal(SIGINT, SIG_IGN)
    threading.Thread(target=_end_with, args=[parent], daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os._exit(1)
