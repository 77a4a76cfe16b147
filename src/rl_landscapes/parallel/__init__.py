"""Bags of independent work: in this process, in several, or on a Dask cluster."""

from rl_landscapes.parallel.bags import as_jobs, map_as_done, map_independent, progress, threads_here

__all__ = ["as_jobs", "map_as_done", "map_independent", "progress", "threads_here"]
