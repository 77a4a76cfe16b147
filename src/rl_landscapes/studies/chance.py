"""Chance in the studies: a generator for every name, independent of all others."""

import hashlib

import numpy as np


def generator_named(seed: int, name: str) -> np.random.Generator:
    """Return the generator that belongs to `name` under `seed`."""
    words = np.frombuffer(hashlib.sha256(name.encode()).digest(), dtype="<u4")
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple(int(w) for w in words)))
