"""Bags of independent work: in this process, in several, or on a Dask cluster."""

from rl_landscapes.parallel.bags import map_as_done, map_independent, progress

__all__ = ["map_as_done", "map_independent", "progress"]
