"""Records: frozen dataclasses that say where they come from, and that files give back bit for bit."""

from rl_landscapes.records.outline import summary
from rl_landscapes.records.record import Provenance, equal, generator, load, provenance, save

__all__ = ["Provenance", "equal", "generator", "load", "provenance", "save", "summary"]
