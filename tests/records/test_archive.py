"""A file that cannot be written leaves the old one as it was, and the error says which file and why."""

import errno
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from rl_landscapes.records import archive

BIG = {"x": np.random.default_rng(0).normal(size=100_000)}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return archive.write(tmp_path / "record.npz", {"content": 1}, {"x": np.arange(3)})


@contextmanager
def small_disk() -> Iterator[None]:
    """Let no file of this process grow beyond 64 KiB; only here, for the log of pytest may be such a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("compress", [False, True])
def test_file_that_grows_too_large_leaves_the_old_one(old: Path, compress: bool) -> None:
    before = old.read_bytes()
    with small_disk(), pytest.raises(OSError, match=r"record\.npz'$") as caught:
        archive.write(old, {"content": 2}, BIG, compress=compress)
    assert caught.value.errno == errno.EFBIG
    assert caught.value.filename == str(old)
    assert old.read_bytes() == before
    assert list(old.parent.iterdir()) == [old]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_full_disk_at_the_last_moment_leaves_the_old_one(
    old: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = old.read_bytes()
    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match=r"No space left on device: '.*record\.npz'") as caught:
        archive.write(old, {"content": 2}, {"x": np.arange(5)})
    assert caught.value.errno == errno.ENOSPC
    assert old.read_bytes() == before
    assert list(old.parent.iterdir()) == [old]
