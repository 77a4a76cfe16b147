"""Checkpoints: a training run on disk, to go on from, and only with the settings it was begun with."""

import warnings
from dataclasses import dataclass
from pathlib import Path

from rl_landscapes.ascent.history import Training
from rl_landscapes.ascent.optimisers import Memory
from rl_landscapes.records import load
from rl_landscapes.records.description import UNKNOWN, differences
from rl_landscapes.records.outline import summary


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A training run after some of its updates, and what its optimiser remembers."""

    training: Training
    memory: Memory

    __repr__ = summary


def resume(path: Path, fresh: Checkpoint) -> Checkpoint:
    """Return what is stored at `path`, or `fresh` if nothing is.

    A run that was begun under other versions of Python, NumPy or the simulator goes on, with a warning: its
    bits may not be those of a run that was never interrupted.

    Raises
    ------
    ValueError
        If the file is cut, damaged, or of a run with other settings; or if a setting cannot be compared with
        that of another run, whether there is a file yet or not; the message names them.
    """
    _comparable(path, fresh.training.settings)
    if not path.exists():
        return fresh
    found = load(Checkpoint, path)
    other = differences(found.training.settings, fresh.training.settings)
    if other:
        raise ValueError(f"checkpoint {path} is of a run with other settings: {other}; name another file")
    there, here = found.training.provenance.versions, fresh.training.provenance.versions
    changed = differences(there, {**there, **{name: here[name] for name in there.keys() & here.keys()}})
    if changed:
        text = f"checkpoint {path} was begun under other versions, so bits may differ: {changed}"
        warnings.warn(text, RuntimeWarning, stacklevel=3)
    return found


def _comparable(path: Path, settings: dict[str, str]) -> None:
    vague = {name: text.removeprefix(UNKNOWN) for name, text in settings.items() if text.startswith(UNKNOWN)}
    if vague:
        named = ", ".join(f"{name} ({text})" for name, text in list(vague.items())[:3])
        raise ValueError(
            f"no run can go on from checkpoint {path}: {named} cannot be compared with what it was then; use "
            "functions of a module, numbers and arrays, make it a field with `compare=False` of a dataclass "
            "if it decides nothing, or train without a checkpoint"
        )
