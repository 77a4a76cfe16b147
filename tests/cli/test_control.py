"""`rl-landscapes train`, `probe` and `interpolate`: the library's numbers, and every refusal in one line."""

import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes.ascent import Training
from rl_landscapes.cli import main, options
from rl_landscapes.cli.control import stored, world_named
from rl_landscapes.objectives import SampledReturn
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.probes import Interpolation, Perturbations, most_improving, perturb
from rl_landscapes.records import archive, equal, load
from rl_landscapes.worlds.lqr import scalar_lqr
from tests.waiting import stopped_by_ctrl_c

Said = pytest.CaptureFixture[str]
WORLD = "scalar-lqr"
TRAIN = [WORLD, "--sigma", "0.3", "--step", "0.01", "--episodes", "4", "--horizon", "20"]


@pytest.fixture(autouse=True)
def in_an_empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.array([-0.5, 0.1]))
    np.save("b.npy", np.array([-0.8, 0.0]))


def train(*options: str, updates: int = 5, out: str = "t.npz") -> int:
    return main(["train", *TRAIN, "--updates", str(updates), "--start", "a.npy", "--out", out, *options])


def told(record: Any, of: Any) -> Any:
    """Return a record with the command line of another."""
    return replace(record, provenance=replace(record.provenance, command=of.provenance.command))


def test_training_is_recorded_and_told(capsys: Said) -> None:
    assert train("--learn-sigma", "--optimiser", "adam", "--tau", "0.1", "--start", "l.npy") == 2
    assert train("--optimiser", "rmsprop", "--baseline", "linear", "--tau", "0.1", "--tau-decay", "0.5") == 0
    record = load(Training, "t.npz")
    assert record.n_moves == 5
    assert record.taus.tolist() == [0.1, 0.05, 0.025, 0.0125, 0.00625]
    assert record.settings["optimiser"] == "RMSProp"
    assert record.settings["objective.discount"] == "0.9"
    said = capsys.readouterr().out
    assert f"return without noise {record.evaluations[-1]:.4g} +- " in said
    assert "after 5 updates" in said


def test_same_seed_same_bits_and_other_seed_others() -> None:
    assert train(out="one.npz") == train(out="two.npz") == train("--seed", "1", out="three.npz") == 0
    one, two, three = (load(Training, f"{name}.npz") for name in ("one", "two", "three"))
    assert equal(one, told(two, one))
    assert not equal(one.end, three.end)


def test_run_goes_on_from_its_checkpoint_to_the_same_bits() -> None:
    assert train("--checkpoint", "c.npz", "--every", "2", updates=3) == 0
    assert train("--checkpoint", "c.npz", "--every", "2", updates=6) == 0
    assert train(updates=6, out="whole.npz") == 0
    assert equal(load(Training, "t.npz").end, load(Training, "whole.npz").end)


@pytest.mark.parametrize(
    ("options", "difference"),
    [
        (["--episodes", "5"], "objective.n_episodes was 4, is now 5"),
        (["--step", "0.02"], "step at update 0 was 0.01, is now 0.02"),
        (["--optimiser", "sgd"], "optimiser was Adam, is now SGD"),
    ],
)
def test_checkpoint_of_another_run_is_refused_with_the_difference(
    capsys: Said, options: list[str], difference: str
) -> None:
    assert train("--checkpoint", "c.npz") == 0
    capsys.readouterr()
    assert train("--checkpoint", "c.npz", *options, out="other.npz") == 2
    said = capsys.readouterr().err
    assert said.startswith("rl-landscapes train: checkpoint c.npz is of a run with other settings: ")
    assert difference in said
    assert said.endswith("; name another file\n")
    assert said.count("\n") == 1
    assert not Path("other.npz").exists()


@pytest.mark.parametrize("world", ["scalar-lqr", "double-integrator"])
def test_defaults_learn_in_a_linear_world(world: str) -> None:
    """A random gain would be unstable there, and its return astronomic."""
    assert main(["train", world, "--updates", "60", "--episodes", "8", "--out", "t.npz"]) == 0
    record = load(Training, "t.npz")
    assert (record.settings["optimiser"], record.settings["baseline"]) == ("Adam", "per_step")
    assert record.evaluations[-1] > 0.8 * record.evaluations[0]
    assert not record.start.any()


def test_checkpoint_cut_in_half_is_refused(capsys: Said) -> None:
    assert train("--checkpoint", "c.npz") == 0
    Path("c.npz").write_bytes(Path("c.npz").read_bytes()[:500])
    assert train("--checkpoint", "c.npz") == 2
    assert "rl-landscapes train: c.npz is not a complete record file" in capsys.readouterr().err


def test_training_that_leaves_the_finite_range_is_exit_code_1_and_recorded(capsys: Said) -> None:
    assert train("--step", "1e12") == 1
    said = capsys.readouterr().err
    assert said.startswith("rl-landscapes train: stopped at update 0: a parameter would leave")
    assert said.count("\n") == 1
    assert load(Training, "t.npz").n_moves == 0


def test_training_that_stopped_asks_for_another_checkpoint(capsys: Said) -> None:
    """The one that is there is of the run with the larger step."""
    assert train("--step", "1e12", "--checkpoint", "c.npz") == 1
    assert "(and another --checkpoint than c.npz)" in capsys.readouterr().err
    assert train("--step", "1e-3", "--checkpoint", "c.npz") == 2


def test_full_disk_keeps_the_old_record(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    assert train() == 0
    before = Path("t.npz").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.np.lib.format, "write_array", full)
    assert train(updates=6) == 1
    said = capsys.readouterr().err
    assert said.startswith(
        "rl-landscapes train: No space left on device: t.npz (make room, then run the same"
    )
    assert said.count("\n") == 1
    assert Path("t.npz").read_bytes() == before


def test_probe_is_the_library_s_and_told(capsys: Said) -> None:
    options = ["--sigma", "0.3", "--alpha", "0.2", "--directions", "6", "--episodes", "8", "--seed", "3"]
    assert main(["probe", WORLD, "--theta", "a.npy", *options, "--out", "p.npz"]) == 0
    objective = SampledReturn(scalar_lqr(), linear_gaussian(1, 1, sigma=0.3), 8, discount=0.9)
    expected = perturb(
        objective, np.array([-0.5, 0.1]), alpha=0.2, n_directions=6, rng=np.random.default_rng(3)
    )
    found = load(Perturbations, "p.npz")
    line = f"rl-landscapes probe {WORLD} --theta a.npy {' '.join(options)} --out p.npz"
    assert found.provenance.command == line
    assert equal(found, told(expected, found))
    said = capsys.readouterr().out
    k = expected.slope.argmax()
    assert f"to {expected.slope[k]:.4g} +- {expected.slope_stderr[k]:.2g}, over directions" in said
    k = expected.curvature.argmin()
    assert f"curvature  {expected.curvature[k]:.4g} +- {expected.curvature_stderr[k]:.2g} to" in said
    one = most_improving(expected)
    assert f"improving  slope {one.slope[0]:.4g} +- {one.slope_stderr[0]:.2g}, curvature " in said
    assert "verdict    " in said


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("train scalar-lqr --sigma 0.3 --updates 1 --episodes 4 --horizon 20", ["objective.horizon 20"]),
        (
            "probe scalar-lqr --theta a.npy --sigma 0.3 --episodes 4 --horizon 20 --directions 2",
            ["horizon 20"],
        ),
        ("interpolate scalar-lqr a.npy b.npy --sigma 0.3 --episodes 4 --horizon 20", ["horizon 20"]),
    ],
)
def test_info_tells_what_a_record_is_of(capsys: Said, command: str, words: list[str]) -> None:
    assert main([*command.split(), "--seed", "9", "--out", "o.npz"]) == 0
    capsys.readouterr()
    assert main(["info", "o.npz"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    words += ["world.name 'scalar LQR'", "policy.sigma 0.3", "discount 0.9", "n_episodes 4", "seed 9 (PCG64)"]
    words += [f"command rl-landscapes {command} --seed 9 --out o.npz", "versions python 3."]
    assert [part for part in words if part not in said] == []


def test_two_episodes_are_enough_but_say_nothing_of_the_most_improving(capsys: Said) -> None:
    command = ["probe", WORLD, "--theta", "a.npy", "--sigma", "1", "--episodes", "2", "--out", "p.npz"]
    assert main(command) == 0
    assert "improving" not in capsys.readouterr().out


def test_episodes_that_diverge_are_one_line_of_warning_and_no_verdict(capsys: Said) -> None:
    np.save("a.npy", np.array([1e300, 0.0]))
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        assert main(["probe", WORLD, "--theta", "a.npy", "--sigma", "1", "--out", "p.npz"]) == 0
    said = capsys.readouterr()
    assert "verdict    none: perturbations.plus holds values that are not finite" in said.out
    assert all(line.startswith("rl-landscapes probe: warning: ") for line in said.err.splitlines())
    assert "episodes of scalar LQR diverged: their returns are NaN" in said.err


def test_two_processes_give_the_bits_of_one() -> None:
    options = ["--sigma", "0.3", "--directions", "40", "--episodes", "64", "--horizon", "9"]
    command = ["probe", WORLD, "--theta", "a.npy", *options]
    assert main([*command, "--out", "one.npz"]) == main([*command, "--jobs", "2", "--out", "two.npz"]) == 0
    assert equal(load(Perturbations, "one.npz").plus, load(Perturbations, "two.npz").plus)


def test_probe_of_a_run_takes_over_how_it_was_trained(capsys: Said) -> None:
    assert train("--hidden", "3", "--discount", "0.5", "--start", "h.npy") == 2  # no such file
    np.save("h.npy", np.full(10, 0.1))
    assert train("--hidden", "3", "--discount", "0.5", "--start", "h.npy", "--checkpoint", "c.npz") == 0
    assert equal(stored(Path("t.npz"), world_named(WORLD)).theta, load(Training, "t.npz").end)
    for path in ("t.npz", "c.npz"):
        assert main(["probe", WORLD, "--theta", path, "--directions", "2", "--out", "p.npz"]) == 0
        assert "10 parameters, sigma 0.3, discount 0.5\n" in capsys.readouterr().out


def test_learned_sigma_is_used_unless_another_is_given(capsys: Said) -> None:
    np.save("l.npy", np.array([-0.5, 0.1, np.log(0.2)]))
    command = ["probe", WORLD, "--theta", "l.npy", "--directions", "2", "--out"]
    assert main([*command, "learned.npz"]) == main([*command, "given.npz", "--sigma", "0.2"]) == 0
    assert "sigma as learned" in capsys.readouterr().out
    learned, given = (load(Perturbations, f"{name}.npz") for name in ("learned", "given"))
    assert np.allclose(learned.centre, given.centre, rtol=1e-12)
    assert not np.allclose(learned.plus, given.plus)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--sigma-decay", "0.9"], "policy.sigma 0.3, w.npz with a schedule"),
        (["--discount", "0.5"], "discount 0.9, w.npz with 0.5"),
        (["--horizon", "9"], "horizon 20, w.npz with 9"),
    ],
)
def test_runs_trained_differently_are_joined_only_as_the_option_says(
    capsys: Said, options: list[str], words: str
) -> None:
    assert train() == train(*options, out="w.npz", updates=6) == 0
    option = "--sigma" if "decay" in options[0] else options[0]
    command = ["interpolate", WORLD, "t.npz", "w.npz", "--points", "3", "--out", "i.npz"]
    assert main(command) == 2
    assert f"{option} is needed: t.npz was trained with {words}\n" in capsys.readouterr().err
    assert main([*command, option, "1"]) == 0


def test_line_joins_both_policies(capsys: Said) -> None:
    command = ["interpolate", WORLD, "a.npy", "b.npy", "--sigma", "0.1", "--points", "5", "--out", "i.npz"]
    assert main(command) == 0
    record = load(Interpolation, "i.npz")
    assert record.positions.tolist() == [0, 0.25, 0.5, 0.75, 1]
    lines = capsys.readouterr().out.splitlines()
    assert lines.pop(0) == "scalar LQR, 2 parameters, sigma 0.1, discount 0.9"
    assert lines[0] == f"return at A  {record.mean[0]:.4g} +- {record.stderr[0]:.2g}"
    assert lines[1] == f"return at B  {record.mean[-1]:.4g} +- {record.stderr[-1]:.2g}"
    assert lines[2].endswith(f"at position {record.positions[record.mean.argmin()]:.3g}")


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("probe nowhere --theta a.npy", "unknown world 'nowhere': choose from Hopper-v5, "),
        ("probe scalar-lqr --theta none.npz --sigma 1", "No such file or directory: none.npz"),
        ("probe scalar-lqr --theta a.npy", "--sigma is needed, 0 or above: a.npy does not say what it was"),
        ("probe scalar-lqr --theta text.npy --sigma 1", "text.npy is not a .npy file of numbers"),
        ("probe scalar-lqr --theta grid.npy --sigma 1", "grid.npy must have shape (any,), got (2, 2)"),
        ("probe scalar-lqr --theta nan.npy --sigma 1", "nan.npy must be finite, but nan.npy[1] is nan"),
        (
            "probe scalar-lqr --theta i.npz --sigma 1",
            "i.npz holds no parameters but a record of kind Interpolation; give a training record",
        ),
        (
            "probe double-integrator --theta a.npy --sigma 1",
            "a.npy does not fit double integrator: theta must have shape (3,), ",
        ),
        (
            "probe double-integrator --theta t.npz",
            "t.npz was trained in another world: 'scalar LQR', not 'double integrator'",
        ),
        (
            "interpolate scalar-lqr a.npy t.npz --hidden 3 --sigma 1",
            "a.npy does not fit scalar LQR: theta must have shape (10,), ",
        ),
        (
            "interpolate scalar-lqr a.npy long.npy --sigma 1",
            "a.npy and long.npy must hold as many parameters each, got 2 and 3",
        ),
        (
            "interpolate scalar-lqr t.npz w.npz",
            "--sigma is needed: t.npz was trained with policy.sigma 0.3, w.npz with 0.6",
        ),
        ("probe scalar-lqr --theta out.npz", "--out and --theta must be two files, got out.npz for both"),
        ("interpolate scalar-lqr a.npy out.npz", "--out and B must be two files, got out.npz for both"),
        (
            "train scalar-lqr --updates 1 --start out.npz",
            "--out and --start must be two files, got out.npz for both",
        ),
        ("train scalar-lqr --updates 1 --optimiser sgd", "--step is needed with --optimiser sgd: "),
        ("train scalar-lqr --step 1 --updates 1 --horizon 999", "horizon must be at most the time limit"),
        (
            "train scalar-lqr --step 1 --updates 1 --learn-sigma --sigma-decay 0.9",
            "--learn-sigma and --sigma-decay exclude one another",
        ),
        (
            "train scalar-lqr --step 1 --updates 1 --checkpoint ./out.npz",
            "--out and --checkpoint must be two files, got out.npz for both",
        ),
        ("train scalar-lqr --step 1 --updates 1 --hidden 2,2 --start a.npy", "theta must have shape (13,)"),
    ],
)
def test_refusal_is_one_line_and_exit_code_2(capsys: Said, command: str, line: str) -> None:
    Path("text.npy").write_text("0.1 0.2")
    np.save("grid.npy", np.zeros((2, 2)))
    np.save("nan.npy", np.array([0.0, np.nan]))
    np.save("long.npy", np.zeros(3))
    if "i.npz" in command:
        assert main(["interpolate", WORLD, "a.npy", "b.npy", "--sigma", "1", "--out", "i.npz"]) == 0
    if "t.npz" in command:
        assert train(updates=1) == 0
        assert train("--sigma", "0.6", updates=1, out="w.npz") == 0
    capsys.readouterr()
    assert main([*command.split(), "--out", "out.npz"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"rl-landscapes {command.split()[0]}: {line}")
    assert said.err.count("\n") == 1
    assert not Path("out.npz").exists()


@pytest.mark.parametrize(
    ("option", "line"),
    [
        ("--sigma -1", "argument --sigma: must be a finite number of at least 0, got -1"),
        ("--sigma nan", "argument --sigma: must be a finite number of at least 0, got nan"),
        ("--sigma wide", "argument --sigma: must be a number, got 'wide'"),
        ("--alpha 0", "argument --alpha: must be a finite number above 0, got 0"),
        ("--alpha inf", "argument --alpha: must be a finite number above 0, got inf"),
        ("--directions 0", "argument --directions: must be an integer of at least 1, got '0'"),
        ("--episodes 1", "argument --episodes: must be an integer of at least 2, got '1'"),
        ("--discount 1.5", "argument --discount: must lie between 0 and 1, got 1.5"),
        (
            "--hidden 8,8,8",
            "argument --hidden: must be the sizes of one or two layers, such as 64,32, got '8,8,8'",
        ),
        ("--seed -1", "argument --seed: must be an integer of at least 0, got '-1'"),
    ],
)
def test_bad_number_is_named_with_what_is_accepted(capsys: Said, option: str, line: str) -> None:
    assert main(["probe", WORLD, "--theta", "a.npy", "--out", "p.npz", *option.split()]) == 2
    assert capsys.readouterr().err == f"rl-landscapes probe: {line} (see rl-landscapes probe --help)\n"


@pytest.mark.parametrize(
    ("option", "line"),
    [
        ("--sigma 0", "argument --sigma: must be a finite number above 0, got 0"),
        ("--step-decay 1.1", "argument --step-decay: must be above 0 and at most 1, got 1.1"),
        ("--checkpoint no/c.npz", "argument --checkpoint: there is no folder no"),
    ],
)
def test_bad_number_of_training_is_refused(capsys: Said, option: str, line: str) -> None:
    assert train(*option.split()) == 2
    assert capsys.readouterr().err == f"rl-landscapes train: {line} (see rl-landscapes train --help)\n"


def test_folder_that_cannot_be_written_is_refused_before_the_work(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(options.tempfile, "TemporaryFile", full)
    assert train() == 2
    line = "argument --out: cannot write in the folder .: No space left on device"
    assert capsys.readouterr().err == f"rl-landscapes train: {line} (see rl-landscapes train --help)\n"


def test_ctrl_c_says_what_is_kept_and_the_same_command_ends_at_the_same_bits() -> None:
    options = [
        "--updates",
        "60",
        "--episodes",
        "64",
        "--checkpoint",
        "c.npz",
        "--every",
        "1",
        "--out",
        "t.npz",
    ]
    command = [sys.executable, "-m", "rl_landscapes", "train", *TRAIN, "--start", "a.npy", *options]
    stopped = stopped_by_ctrl_c(command, Path("c.npz").exists)
    assert stopped.returncode == 130, stopped.stderr
    assert stopped.stderr == "rl-landscapes train: stopped: the same command goes on from c.npz\n"
    assert not Path("t.npz").exists()
    subprocess.run(command, check=True, env=os.environ, stdout=subprocess.DEVNULL)
    whole = [option for option in options if option not in ("--checkpoint", "c.npz")]
    assert main(["train", *TRAIN, "--start", "a.npy", *whole[:-1], "whole.npz"]) == 0
    assert equal(load(Training, "t.npz").end, load(Training, "whole.npz").end)
