"""The same bits however a study is run, and nothing that was finished is computed twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes import studies
from rl_landscapes.records import equal
from rl_landscapes.studies import Result, Study, engine, find_studies, load_result, run, save_result
from rl_landscapes.studies.chance import generator_named
from rl_landscapes.studies.engine import jobs, unfinished
from tests.studies import toy
from tests.studies.toy import STUDY, Settings
from tests.waiting import wait_for


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file in which the toy study writes down what it computes."""
    path = tmp_path / "log"
    path.touch()
    monkeypatch.setenv("TOY_LOG", str(path))
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def computed(log: Path) -> list[float]:
    return [float(line.split()[1]) for line in log.read_text().splitlines()]


def piece_file(store: Path, name: str) -> Path:
    (path,) = store.glob(f"toy/*/{name}.npz")
    return path


def with_settings(**changes: Any) -> Study[Any, Any]:
    return replace(STUDY, budgets={"laptop": replace(Settings(), **changes)})


def reversed_pieces(settings: Settings) -> dict[str, toy.Point]:
    return dict(reversed(toy.pieces(settings).items()))


def test_result_holds_the_arrays_and_how_they_were_made(store: Path) -> None:
    result = run(STUDY, "laptop", store=store, command="python -m it")
    assert (result.study, result.budget, result.seed, result.command) == ("toy", "laptop", 7, "python -m it")
    assert result.settings == {"seed": 7, "points": (0.1, 0.2, 0.5, 1.0, 2.0), "n_draws": 300}
    assert result.arrays["draws"].shape == (5, 300)
    assert (result.arrays["draws"].mean(1) == result.arrays["mean"]).all()
    assert result.versions["numpy"] == np.__version__
    assert result.wall_time_s > 0


def test_one_process_two_processes_and_threads_give_the_same_bits(tmp_path: Path) -> None:
    joblib = pytest.importorskip("joblib")
    one = run(STUDY, "laptop", store=tmp_path / "one")
    two = run(STUDY, "laptop", store=tmp_path / "two", n_jobs=2)
    with joblib.parallel_config(backend="threading"):
        threads = run(STUDY, "laptop", store=tmp_path / "threads", n_jobs=2)
    assert equal(one.arrays, two.arrays)
    assert equal(one.arrays, threads.arrays)


def test_order_of_the_pieces_changes_no_bit(tmp_path: Path) -> None:
    forth = run(STUDY, "laptop", store=tmp_path / "forth")
    back = run(replace(STUDY, pieces=reversed_pieces), "laptop", store=tmp_path / "back")
    assert equal(forth.arrays["draws"], back.arrays["draws"][::-1])


def test_pieces_draw_from_unlike_generators_that_the_seed_decides() -> None:
    draws = [generator_named(seed, name).random(4) for seed in (1, 2) for name in ("x=1", "x=2", "x=10")]
    assert len({row.tobytes() for row in draws}) == 6
    assert (generator_named(1, "x=1").random(4) == draws[0]).all()


def test_stream_of_a_piece_is_the_documented_one() -> None:
    """SHA-256 of the name, in little-endian words, is the spawn key: on any machine, in any year."""
    key = (0xBF1678BA, 0xEACF018F, 0xDE404141, 0x2322AE5D, 0xA36103B0, 0x9C7A1796, 0x61FF10B4, 0xAD1500F2)
    expected = np.random.default_rng(np.random.SeedSequence(5, spawn_key=key)).random(3)
    assert (generator_named(5, "abc").random(3) == expected).all()


def test_second_run_computes_nothing_and_gives_the_same_bits(store: Path, log: Path) -> None:
    first = run(STUDY, "laptop", store=store)
    assert computed(log) == [0.1, 0.2, 0.5, 1.0, 2.0]
    second = run(STUDY, "laptop", store=store)
    assert len(computed(log)) == 5
    assert equal(first, second)


@pytest.mark.no_cover
def test_killed_run_goes_on_where_it_stopped_with_the_same_bits(tmp_path: Path, log: Path) -> None:
    store, out = tmp_path / "store", tmp_path / "out.npz"
    command = [sys.executable, toy.__file__, str(store), str(out)]
    process = subprocess.Popen(command, env={**os.environ, "TOY_HANG_AT": "0.5"})
    wait_for(lambda: 0.5 in computed(log) or process.poll() is not None)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert sorted(path.name for path in store.rglob("*.npz")) == ["x=0.1.npz", "x=0.2.npz"]
    assert not out.exists()

    subprocess.run(command, check=True)
    assert computed(log) == [0.1, 0.2, 0.5, 0.5, 1.0, 2.0]
    assert equal(load_result(out).arrays, run(STUDY, "laptop", store=tmp_path / "fresh").arrays)


@pytest.mark.parametrize("share", [0, 0.3, 0.99])
def test_half_written_piece_is_computed_again(store: Path, log: Path, share: float) -> None:
    whole = run(STUDY, "laptop", store=store)
    path = piece_file(store, "x=0.5")
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    again = run(STUDY, "laptop", store=store)
    assert computed(log)[5:] == [0.5]
    assert equal(again.arrays, whole.arrays)
    run(STUDY, "laptop", store=store)
    assert len(computed(log)) == 6


def test_piece_with_a_flipped_bit_is_computed_again(store: Path, log: Path) -> None:
    whole = run(STUDY, "laptop", store=store)
    path = piece_file(store, "x=2")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert equal(run(STUDY, "laptop", store=store).arrays, whole.arrays)
    assert computed(log)[5:] == [2.0]


def test_other_settings_and_budgets_go_to_other_folders(store: Path, log: Path) -> None:
    run(STUDY, "laptop", store=store)
    run(STUDY, "smoke", store=store)
    run(with_settings(seed=8), "laptop", store=store)
    run(with_settings(n_draws=301), "laptop", store=store)
    assert len(computed(log)) == 5 + 2 + 5 + 5
    folders = sorted(path.name.split("-")[0] for path in (store / "toy").iterdir())
    assert folders == ["laptop", "laptop", "laptop", "smoke"]
    run(STUDY, "laptop", store=store)
    assert len(computed(log)) == 17


def test_piece_that_means_something_else_now_is_computed_again(store: Path, log: Path) -> None:
    run(STUDY, "laptop", store=store)

    def shifted(settings: Settings) -> dict[str, toy.Point]:
        return {name: toy.Point(p.x + (p.x == 0.2)) for name, p in toy.pieces(settings).items()}

    run(replace(STUDY, pieces=shifted), "laptop", store=store)
    assert computed(log)[5:] == [1.2]


@pytest.mark.parametrize(
    ("what", "new", "because"),
    [
        ("_reached", {"tests.studies.toy": "0", "more": "1"}, ["more", "tests.studies.toy"]),
        ("versions", {"numpy": "other", "python": "3.11.7"}, ["numpy", "scipy"]),
    ],
)
def test_new_code_or_versions_compute_again(
    store: Path,
    log: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    new: dict[str, str],
    because: list[str],
) -> None:
    monkeypatch.setattr(engine, "_reached", lambda *_: {"tests.studies.toy": "9"})
    monkeypatch.setattr(engine, "versions", lambda: {"numpy": "2", "scipy": "1", "python": "3.11.9"})
    run(STUDY, "laptop", store=store)
    monkeypatch.setattr(engine, what, lambda *_: new)
    assert [engine.stale_because(job) for job in jobs(STUDY, "laptop", store)] == [because] * 5
    run(STUDY, "laptop", store=store)
    assert len(computed(log)) == 10


def test_new_version_of_this_package_alone_computes_nothing(
    store: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = engine.versions()
    run(STUDY, "smoke", store=store)
    later = now | {"rl_landscapes": "99", "python": now["python"] + "1"}
    monkeypatch.setattr(engine, "versions", lambda: later)
    run(STUDY, "smoke", store=store)
    assert len(computed(log)) == 2


def test_code_of_a_piece_is_what_its_class_reaches(store: Path) -> None:
    (job, *_) = jobs(STUDY, "smoke", store)
    assert {"piece", "numpy", "scipy", "python", "tests.studies.toy", "rl_landscapes.studies.engine"} <= set(
        job.made_from
    )
    assert not [name for name in job.made_from if name.startswith("rl_landscapes.plots")]


def test_machine_with_other_code_or_versions_computes_nothing(
    store: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    todo = jobs(STUDY, "smoke", store)
    engine.compute_piece(todo[0])
    modules = {name: hash for name, hash in todo[0].made_from.items() if "." in name}
    monkeypatch.setattr(engine, "_reached", lambda *_: modules | {"tests.studies.toy": "f" * 64})
    with pytest.raises(RuntimeError, match=r"one that asked: tests\.studies\.toy ffffffffffffffff for"):
        engine.compute_piece(todo[1])
    assert computed(log) == [0.1]


def test_fresh_computes_again_what_the_store_has(store: Path, log: Path) -> None:
    run(STUDY, "smoke", store=store)
    run(STUDY, "smoke", store=store, fresh=True)
    assert computed(log) == [0.1, 0.2, 0.1, 0.2]


def test_unfinished_lists_what_is_left(store: Path) -> None:
    run(STUDY, "smoke", store=store)
    piece_file(store, "x=0.1").unlink()
    todo = jobs(STUDY, "smoke", store)
    assert [job.name for job in unfinished(todo)] == ["x=0.1"]


@dataclass(frozen=True)
class Breaking(toy.Point):
    def compute(self, settings: Settings, rng: np.random.Generator) -> Mapping[str, Any]:
        if self.x == 0.5:
            raise ZeroDivisionError("no")
        return super().compute(settings, rng)


def breaking_pieces(settings: Settings) -> dict[str, Breaking]:
    return {name: Breaking(point.x) for name, point in toy.pieces(settings).items()}


def test_error_in_a_piece_names_it_and_keeps_the_others(store: Path, log: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run(replace(STUDY, pieces=breaking_pieces), "laptop", store=store)
    assert caught.value.__notes__ == ["in piece 'x=0.5' of study 'toy'"]
    assert len(list(store.rglob("*.npz"))) == 2


def test_unknown_budget_is_refused(store: Path) -> None:
    with pytest.raises(ValueError, match="study toy has no budget 'huge': choose from smoke, laptop, paper"):
        run(STUDY, "huge", store=store)


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a b", ".hidden", "tau:1", "\u00fc"])
def test_name_that_is_not_fit_for_a_file_is_refused(store: Path, name: str) -> None:
    study = replace(STUDY, pieces=lambda _: {name: toy.Point(1.0)})
    with pytest.raises(ValueError, match="a piece's name must be made of letters"):
        run(study, "laptop", store=store)


@dataclass(frozen=True)
class Odd:
    seed: int
    function: Any


def test_settings_that_cannot_be_kept_are_refused_before_anything_is_computed(store: Path, log: Path) -> None:
    with pytest.raises(TypeError, match="field function holds a builtin_function_or_method"):
        run(replace(STUDY, budgets={"laptop": Odd(1, len)}), "laptop", store=store)
    assert computed(log) == []


@pytest.mark.parametrize("values", [None, [1.0], {1: 2.0}, {"x": object()}])
def test_compute_and_gather_must_return_named_arrays(
    store: Path, values: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TypeError, match="gather of study toy must return"):
        run(replace(STUDY, gather=lambda *_: values), "smoke", store=store)
    monkeypatch.setattr(toy.Point, "compute", lambda *_: values)
    with pytest.raises(TypeError, match="compute must return"):
        run(STUDY, "smoke", store=store, fresh=True)


def test_every_module_with_a_study_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "found_studies"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "_private.py").write_text("raise RuntimeError")
    (package / "helpers.py").write_text("x = 1")
    (package / "mine.py").write_text("from tests.studies.toy import STUDY")
    monkeypatch.syspath_prepend(tmp_path)
    assert find_studies([str(package)], "found_studies") == {"toy": STUDY}
    (package / "twin.py").write_text("from tests.studies.toy import STUDY")
    with pytest.raises(ValueError, match="two studies are named 'toy'"):
        find_studies([str(package)], "found_studies")


def test_studies_of_the_library_have_their_three_budgets() -> None:
    for name, study in studies.find_studies().items():
        assert study.name == name
        assert list(study.budgets) == ["smoke", "laptop", "paper"], name


def test_result_survives_its_file_and_a_cut_file_is_refused(tmp_path: Path, store: Path) -> None:
    result = run(STUDY, "laptop", store=store)
    path = save_result(result, tmp_path / "new" / "folder" / "toy.npz")
    assert equal(load_result(path), result)
    content = path.read_bytes()
    assert len(content) < 0.97 * sum(array.nbytes for array in result.arrays.values()) + 4000
    for share in (0, 0.5, 0.999):
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(ValueError, match=r"toy\.npz is not a complete record file"):
            load_result(path)


def test_machine_says_what_matters_and_names_nothing(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    for name in studies.engine.machine.__globals__["THREAD_VARIABLES"]:
        monkeypatch.delenv(name, raising=False)
    assert engine.machine()["blas_threads"] == "library default"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    found = run(STUDY, "smoke", store=store).machine
    assert set(found) == {"processor", "cores", "platform", "blas_threads"}
    assert found["blas_threads"] == "3"
    assert int(found["cores"]) >= 1
    assert found["processor"]
    text = " ".join(str(value) for value in found.values())
    assert os.uname().nodename not in text
    assert os.getcwd() not in text


def test_result_is_a_record_of_its_own_kind(tmp_path: Path, store: Path) -> None:
    run(STUDY, "smoke", store=store)
    with pytest.raises(ValueError, match="does not hold a Result: it holds a Finished"):
        load_result(piece_file(store, "x=0.1"))
    assert Result.__dataclass_params__.frozen
