"""Work on a Dask cluster: the same bits, also when a worker is killed; nothing is waited for in vain."""

import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest

from rl_landscapes import studies
from rl_landscapes.cli import main
from rl_landscapes.objectives import SampledReturn, evaluate
from rl_landscapes.parallel import map_as_done
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.records import equal
from rl_landscapes.studies import engine, load_result, run
from rl_landscapes.version import versions
from rl_landscapes.worlds.lqr import double_integrator
from tests.studies.toy import STUDY

distributed = pytest.importorskip("distributed")
from rl_landscapes.parallel.cluster import dask_cluster  # noqa: E402

pytestmark = pytest.mark.slow
QUIET: dict[str, Any] = {
    "processes": True,
    "dashboard_address": "127.0.0.1:0",
    "silence_logs": logging.CRITICAL,
}
PAUSE = 0.4  # seconds that a piece of the toy study takes


@pytest.fixture(scope="module", autouse=True)
def _environment() -> Iterator[None]:
    """Put the environment back: a local cluster leaves variables of its own, which glibc reads, too."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file in which the workers write down what they begin."""
    return tmp_path_factory.mktemp("log") / "log"


@pytest.fixture(scope="module")
def scheduler(log: Path) -> Iterator[str]:
    """Start a scheduler and two workers, in processes of their own; return its address."""
    environment = {"TOY_LOG": str(log), "TOY_PAUSE": str(PAUSE)}
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, env=environment, **QUIET) as cluster:
        yield cluster.scheduler_address


def begun(log: Path) -> list[tuple[str, int]]:
    """Return which piece was begun in which process."""
    lines = log.read_text().splitlines() if log.exists() else []
    return [(x, int(pid)) for _, x, pid in map(str.split, lines)]


def kill_in_the_middle(log: Path, done: int) -> None:
    """Kill the worker that begins the third piece from now, while it is at it."""
    while len(begun(log)) < done + 3:
        time.sleep(0.02)
    os.kill(begun(log)[done + 2][1], signal.SIGKILL)


def test_study_ends_at_the_same_bits_though_a_worker_is_killed(
    scheduler: str, log: Path, tmp_path: Path
) -> None:
    serial = run(STUDY, "laptop", store=tmp_path / "serial")
    done = len(begun(log))
    killer = threading.Thread(target=kill_in_the_middle, args=(log, done), daemon=True)
    killer.start()
    with dask_cluster(scheduler):
        spread = run(STUDY, "laptop", store=tmp_path / "spread", n_jobs=2)
    killer.join(1)
    assert not killer.is_alive()
    tries = Counter(x for x, _ in begun(log)[done:])
    assert set(tries) == {"0.1", "0.2", "0.5", "1.0", "2.0"}
    assert max(tries.values()) > 1
    assert equal(spread.arrays, serial.arrays)


def test_command_runs_a_study_on_the_cluster(
    scheduler: str, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studies, "find_studies", lambda: {"toy": STUDY})
    there = ["--store", str(tmp_path / "store"), "--out", str(tmp_path / "out.npz")]
    done = len(begun(log))
    command = ["study", "run", "toy", "--budget", "smoke", "--backend", "dask", "--scheduler", scheduler]
    assert main([*command, *there]) == 0
    assert os.getpid() not in {pid for _, pid in begun(log)[done:]}
    assert len(begun(log)) == done + 2
    here = run(STUDY, "smoke", store=tmp_path / "here")
    assert equal(load_result(tmp_path / "out.npz").arrays, here.arrays)


PAGE = Path(__file__).parents[2] / "book" / "chapters" / "library" / "cluster.md"
STAND_IN = """
import subprocess
import sys

import distributed

class SLURMCluster(distributed.LocalCluster):
    def __init__(self, *, cores, processes, memory, walltime, job_script_prologue):
        assert cores == processes and job_script_prologue == ["export OPENBLAS_NUM_THREADS=1"]
        super().__init__(n_workers=0, processes=True, dashboard_address="127.0.0.1:0")

    def scale(self, jobs):
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", self.scheduler_address]
        options = ["--nthreads", "1", "--no-nanny", "--death-timeout", "3", "--no-dashboard"]
        for _ in range(2 * jobs):
            subprocess.Popen([*worker, *options], stdout=2)
"""


def on_the_page(language: str, word: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf8"), flags=re.DOTALL)
    (found,) = [block for block in blocks if word in block]
    return str(found)


def test_scripts_of_the_page_run_a_study_on_workers_that_a_queue_gives(tmp_path: Path) -> None:
    """As on SLURM, but that a stand-in for dask-jobqueue starts two workers here."""
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    (tmp_path / "dask_jobqueue.py").write_text(STAND_IN)
    (tmp_path / "cluster.py").write_text(on_the_page("python", "SLURMCluster"))
    shell = on_the_page("bash", "#SBATCH").replace(
        ".venv/bin/rl-landscapes", f"{sys.executable} -m rl_landscapes"
    )
    (tmp_path / "study.sh").write_text(shell.replace("cluster.py 50", "cluster.py 1"))
    root = Path(__file__).parents[2]
    ran = subprocess.run(
        ["bash", "study.sh", "tests.studies.toy:STUDY", "smoke"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (tmp_path, root, root / "src")))},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    assert "2 of 2 pieces to compute" in ran.stdout
    there = load_result(tmp_path / ".studies" / "toy-smoke.npz")
    here = run(STUDY, "smoke", store=tmp_path / "here")
    assert equal(there.arrays, here.arrays)


def test_sampled_objective_gives_the_same_bits(scheduler: str) -> None:
    objective = SampledReturn(double_integrator(), linear_gaussian(2, 1, sigma=0.3), 256, discount=0.9)
    thetas = 0.1 * np.random.default_rng(0).normal(size=(10, 3))
    with dask_cluster(scheduler):
        spread = evaluate(objective, thetas, np.random.default_rng(1), n_jobs=2)
    assert (spread == evaluate(objective, thetas, np.random.default_rng(1))).all()


def fail(x: int) -> int:
    raise ZeroDivisionError(f"item {x}")


def take_the_worker_along(x: int) -> int:
    os._exit(x)


def test_error_on_a_worker_reaches_the_caller(scheduler: str) -> None:
    with dask_cluster(scheduler), pytest.raises(ZeroDivisionError, match="item 1"):
        list(map_as_done(fail, [1], n_jobs=2))


def test_work_that_kills_every_worker_is_an_error_and_not_waited_for(scheduler: str) -> None:
    with dask_cluster(scheduler), pytest.raises(distributed.KilledWorker):
        list(map_as_done(take_the_worker_along, [1], n_jobs=2))


def test_worker_with_other_versions_is_refused(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = versions()
    monkeypatch.setattr(engine, "versions", lambda: here | {"numpy": "0.1"})
    with (
        dask_cluster(scheduler),
        pytest.raises(RuntimeError, match=f"not like the one that asked: numpy {np.__version__} for 0.1"),
    ):
        run(STUDY, "smoke", store=tmp_path, n_jobs=2)


def test_scheduler_without_workers_is_refused() -> None:
    with distributed.LocalCluster(n_workers=0, **QUIET) as cluster:
        told = pytest.raises(ConnectionError, match=r"has no worker that answers in 0\.5 s")
        with told, dask_cluster(cluster.scheduler_address, answer_s=0.5):
            pass


@pytest.mark.parametrize("address", ["", "localhost", "tcp://localhost", "tcp://a b:8786"])
def test_word_that_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="must be like tcp://HOST:PORT, got"), dask_cluster(address):
        pass


@pytest.mark.parametrize("listens", [True, False])
def test_address_without_a_scheduler_is_refused_in_time(listens: bool) -> None:
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        if listens:
            port.listen()
        address = f"tcp://127.0.0.1:{port.getsockname()[1]}"
        begin = time.monotonic()
        with pytest.raises(ConnectionError, match=f"no Dask scheduler answers at {address} within 0.3 s"):
            dask_cluster(address, connect_s=0.3).__enter__()
        assert time.monotonic() - begin < 5


def test_dead_scheduler_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studies, "find_studies", lambda: {"toy": STUDY})
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{port.getsockname()[1]}"
        command = ["study", "run", "toy", "--budget", "smoke", "--backend", "dask", "--scheduler", address]
        assert main(command) == 2
    said = f"rl-landscapes study: no Dask scheduler answers at {address} within 5 s\n"
    assert capsys.readouterr() == ("", said)
