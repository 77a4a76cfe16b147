"""Bags of independent work on a Dask cluster, through joblib: other machines, the same bits."""

import asyncio
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from rl_landscapes.version import versions

try:
    from distributed import Client
    from distributed.comm.core import connect
    from joblib import parallel_config
    from joblib._dask import DaskDistributedBackend
except ImportError as error:
    advice = 'pip install "rl-landscapes[scale]"'
    raise ImportError(f"a Dask cluster needs {error.name}: {advice}") from None

CONNECT_S, ANSWER_S = 5.0, 20.0


@contextmanager
def dask_cluster(address: str, *, connect_s: float = CONNECT_S, answer_s: float = ANSWER_S) -> Iterator[None]:
    """Within this block everything that takes `n_jobs` runs on the cluster whose scheduler is at `address`.

    `n_jobs` may then be anything but 1; all workers are used. Work of a worker that is lost is done again.

    Raises
    ------
    ValueError
        If `address` is not that of a scheduler.
    ConnectionError
        If no scheduler answers within `connect_s` seconds, or no worker that has this package in `answer_s`.
    """
    with _client(address, connect_s) as client:
        _greet(client, address, answer_s)
        with parallel_config(backend=_Backend(client=client), n_jobs=-1):
            yield


def _client(address: str, seconds: float) -> Any:
    if not re.fullmatch(r"(\w+://)?[^/\s]+:\d+", address):
        raise ValueError(f"the address of a Dask scheduler must be like tcp://HOST:PORT, got {address!r}")
    try:
        with ThreadPoolExecutor(1) as beside:  # a notebook has an event loop of its own
            beside.submit(lambda: asyncio.run(_knock(address, seconds))).result()
        return Client(address, timeout=seconds, set_as_default=False)  # type: ignore[no-untyped-call]
    except OSError as error:
        raise ConnectionError(f"no Dask scheduler answers at {address} within {seconds:g} s") from error


async def _knock(address: str, seconds: float) -> None:
    """Connect once: a client waits for ever for what listens but does not answer."""
    async with asyncio.timeout(seconds + 1):
        await (await connect(address, timeout=seconds)).close()  # type: ignore[no-untyped-call]


def _greet(client: Any, address: str, seconds: float) -> None:
    """Wait for a first worker; one that cannot import this package is of no use."""
    try:
        client.submit(versions, pure=False).result(timeout=seconds)
    except TimeoutError:
        raise ConnectionError(
            f"the scheduler at {address} has no worker that answers in {seconds:g} s"
        ) from None
    except Exception as error:
        said = f"the workers of {address} cannot use rl_landscapes"
        raise ConnectionError(f"{said}: {type(error).__name__}: {error}") from error


class _Backend(DaskDistributedBackend):  # type: ignore[misc]  # joblib has no types
    """Joblib's, less two faults.

    It computes in the calling process while there is only one worker, and waits for ever for work that was
    given up because it killed every worker it met.
    """

    def effective_n_jobs(self, n_jobs: int) -> int:
        return max(2, super().effective_n_jobs(n_jobs))

    def submit(self, func: Any, callback: Callable[[Any], None]) -> "Future[Any]":
        future: Future[Any] = super().submit(func, callback)
        future.add_done_callback(lambda done: callback(done.exception()) if done.exception() else None)
        return future

    def retrieve_result_callback(self, out: Any) -> Any:
        if isinstance(out, BaseException):
            raise out
        return super().retrieve_result_callback(out)
