"""Records: frozen dataclasses that say where they come from, and that files give back bit for bit."""

from rl_landscapes.records.description import describe, differences, digest
from rl_landscapes.records.outline import summary
from rl_landscapes.records.record import Provenance, equal, generator, load, provenance, read, save

__all__ = [
    "Provenance",
    "describe",
    "differences",
    "digest",
    "equal",
    "generator",
    "load",
    "provenance",
    "read",
    "save",
    "summary",
]
