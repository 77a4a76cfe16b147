"""What is kept of the study: its pieces stacked, and an interval for every estimate."""

from collections.abc import Mapping

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.statistics import Interval, deviation_interval, mean_interval
from rl_landscapes.studies.bodies.limits import with_limits
from rl_landscapes.studies.bodies.pairs import gather_pairs
from rl_landscapes.studies.bodies.pieces import KINDS, Piece, Plane, Probe, Returns, Trained
from rl_landscapes.studies.bodies.settings import BODIES, POLICIES, Settings, short_name
from rl_landscapes.studies.results import Arrays, Values


def gather(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Stack the bodies (B = 3), policies (2), sigmas (S) and alphas (A), and work out the intervals."""
    return (
        _training(done)
        | _returns(settings, done)
        | gather_pairs(settings, done)
        | _probes(settings, done)
        | {"kinds": np.array(KINDS), "bodies": np.array(BODIES), "policies": np.array(POLICIES)}
    )


def _training(done: Mapping[Piece, Arrays]) -> Values:
    found: Values = {}
    for body in BODIES:
        training, short = done[Trained(body)], short_name(body)
        found |= {f"{short}_{name}": values for name, values in training.items()}
        found[f"{short}_probe_directions"] = done[Probe(body)]["directions"]
        found[f"{short}_plane_axes"] = done[Plane(body)]["axes"]
    return found


def _returns(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    def stack(name: str) -> Array:
        return np.array(
            [[[done[Returns(b, p, s)][name] for s in settings.sigmas] for p in POLICIES] for b in BODIES]
        )

    returns = stack("returns")
    sizes = np.array([2**i for i in range(8) if 8 * 2**i <= settings.n_returns])
    return {
        "sigmas": np.array(settings.sigmas),
        "returns": returns,
        "lengths": stack("lengths").astype(np.int16),
        "batch_sizes": sizes,
        "batch_error": np.stack([batch_error(returns, n) for n in sizes], axis=-1),
        **with_limits("return", returns, mean_interval),
        **with_limits("deviation", returns, _deviation),
    }


def batch_error(returns: Array, n: int) -> Array:
    """Return the deviation of the means of batches of `n` episodes, (..., N) -> (...): about s / sqrt(n)."""
    whole = returns.shape[-1] // n * n
    means = returns[..., :whole].reshape(*returns.shape[:-1], -1, n).mean(axis=-1)
    return np.asarray(means.std(axis=-1, ddof=1))


def _probes(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    probes = [{k: v for k, v in done[Probe(b)].items() if k != "directions"} for b in BODIES]
    planes = [{k: v for k, v in done[Plane(b)].items() if k != "axes"} for b in BODIES]
    found = {f"probe_{key}": np.stack([each[key] for each in probes]) for key in probes[0]}
    found |= {f"plane_{key}": np.stack([each[key] for each in planes]) for key in planes[0]}
    for key in ("probe_plus", "probe_minus", "probe_centre"):
        found[key] = found[key].astype(np.float32)
    return found | {"alpha": np.array(settings.alpha), "plane_sigmas": np.array(settings.plane_sigmas)}


def _deviation(samples: Array) -> Interval:
    """Return the interval of the deviation; all returns may be equal where an episode is a few steps long."""
    return deviation_interval(samples) if np.ptp(samples) > 0 else Interval(0, 0, 0, 0.95, len(samples))
