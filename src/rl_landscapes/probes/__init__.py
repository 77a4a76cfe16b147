"""Probes: objective -> what it looks like.

Arrays are finite and of the shape stated, counts are positive integers, `rng` is a generator; else a
ValueError or TypeError names argument, value and what is accepted. A Raises section tells what else is
refused.
"""

from rl_landscapes.probes.barriers import Barrier, bent_barrier, line_barrier
from rl_landscapes.probes.chance import chance_up
from rl_landscapes.probes.falls import Fall, largest_fall
from rl_landscapes.probes.gradients import along_direction, along_gradient, gradient_estimate
from rl_landscapes.probes.improvement import ImprovingSets, most_improving, most_improving_sets
from rl_landscapes.probes.interpolation import Interpolation, along, interpolate
from rl_landscapes.probes.occupancies import occupancy_path
from rl_landscapes.probes.perturbations import Perturbations, perturb, unit_directions
from rl_landscapes.probes.planes import Plane, plane
from rl_landscapes.probes.runs import Profile, RunProbes, probe_run
from rl_landscapes.probes.scale import alpha_for_kl
from rl_landscapes.probes.spectrum import (
    SpectralDensity,
    Spectrum,
    extreme_eigenpairs,
    full_spectrum,
    spectral_density,
)
from rl_landscapes.probes.trace import Trace, hutchinson_trace, mean_trace, trace_from_probe
from rl_landscapes.probes.verdicts import Verdict, classify

__all__ = [
    "Barrier",
    "Fall",
    "ImprovingSets",
    "Interpolation",
    "Perturbations",
    "Plane",
    "Profile",
    "RunProbes",
    "SpectralDensity",
    "Spectrum",
    "Trace",
    "Verdict",
    "along",
    "along_direction",
    "along_gradient",
    "alpha_for_kl",
    "bent_barrier",
    "chance_up",
    "classify",
    "extreme_eigenpairs",
    "full_spectrum",
    "gradient_estimate",
    "hutchinson_trace",
    "interpolate",
    "largest_fall",
    "line_barrier",
    "mean_trace",
    "most_improving",
    "most_improving_sets",
    "occupancy_path",
    "perturb",
    "plane",
    "probe_run",
    "spectral_density",
    "trace_from_probe",
    "unit_directions",
]
