"""Processes side by side that leave Ctrl-C to the command, or each would print a traceback of its own."""

from contextlib import AbstractContextManager, nullcontext
from signal import SIG_IGN, SIGINT, signal


def processes(n_jobs: int) -> AbstractContextManager[None]:
    """Return the block in which `n_jobs` processes are started so; nothing changes for one job."""
    if n_jobs == 1:
        return nullcontext()
    try:
        from joblib import parallel_config
    except ImportError:  # whoever starts them says what is missing
        return nullcontext()
    return parallel_config(backend="loky", initializer=signal, initargs=(SIGINT, SIG_IGN))


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
