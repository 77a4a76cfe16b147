"""Checkpoints: a training run on disk, to go on from, and only with the settings it was begun with."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from pathlib import Path

import numpy as np

from rl_landscapes.ascent.history import Training
from rl_landscapes.ascent.optimisers import Memory
from rl_landscapes.records import digest, load


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A training run after some of its updates, and what its optimiser remembers."""

    training: Training
    memory: Memory


def resumed(path: Path, fresh: Checkpoint) -> Checkpoint:
    """Return what is stored at `path`, or `fresh` if nothing is.

    A run that was begun under other versions of Python, NumPy or the simulator goes on, with a warning: its
    bits may not be those of a run that was never interrupted.

    Raises
    ------
    ValueError
        If the file is cut, damaged, or of a run with other settings; the message names them.
    """
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


def described(name: str, value: object) -> dict[str, str]:
    """Return what decides the behaviour of `value`, in words: an entry for each number, name or array in it.

    Dataclasses are taken apart, arrays are told by shape and digest, functions by their name alone.
    """
    if is_dataclass(value) and not isinstance(value, type):
        parts = [described(f"{name}.{f.name}", getattr(value, f.name)) for f in fields(value) if f.init]
        return {key: text for part in [{name: type(value).__name__}, *parts] for key, text in part.items()}
    if isinstance(value, np.ndarray):
        return {name: f"array {value.shape} {digest(value)[:12]}"}
    return {name: _word(value)}


def differences(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """Say which settings differ, and how; empty if none does."""
    names = [name for name in {**there, **here} if there.get(name) != here.get(name)]
    return "; ".join(f"{n} was {there.get(n, 'not set')}, is now {here.get(n, 'not set')}" for n in names)


def _word(value: object) -> str:
    if isinstance(value, partial):
        return f"partial({_word(value.func)}, {value.args}, {value.keywords})"
    plain = str(getattr(value, "__qualname__", None) or repr(value))
    return f"{type(value).__name__} {getattr(value, 'name', '')}".strip() if " at 0x" in plain else plain
