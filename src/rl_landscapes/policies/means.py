"""Where a Gaussian policy is centred: a linear map of the observation with bias, or tanh layers before it."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array, IntArray

Layer = tuple[Array, Array]  # weights (P, out, in) and biases (P, out) of P networks
PULLED_AT_ONCE = 2**21  # activations that one reverse pass may keep


@dataclass(frozen=True)
class Network:
    """mu(s) = W s + b, or with tanh layers before it; `sizes` are of the observation, the layers, the action.

    Parameters lie layer by layer: the weights row by row, shape (out, in), then the biases (out,).
    """

    sizes: tuple[int, ...]

    @property
    def n_observations(self) -> int:
        """Length o of an observation."""
        return self.sizes[0]

    @property
    def n_actions(self) -> int:
        """Length k of an action."""
        return self.sizes[-1]

    @property
    def n_parameters(self) -> int:
        """Weights and biases of all layers."""
        return sum(out * (into + 1) for into, out in pairwise(self.sizes))

    @property
    def count(self) -> str:
        """Say where the number of parameters comes from."""
        return " + ".join(f"{out}*{into} weights + {out} biases" for into, out in pairwise(self.sizes))

    def layers(self, thetas: Array) -> list[Layer]:
        """Cut parameters (P, n) into layers."""
        found, first = [], 0
        for into, out in pairwise(self.sizes):
            middle, last = first + out * into, first + out * (into + 1)
            found.append((thetas[:, first:middle].reshape(-1, out, into), thetas[:, middle:last]))
            first = last
        return found

    def means(self, theta: Array, observations: Array) -> Array:
        """mu(s) of one network `theta` (n,) at observations (..., o), shape (..., k)."""
        flat = observations.reshape(1, -1, self.n_observations)
        return _through(self.layers(theta[None]), flat, _over_time).reshape(*observations.shape[:-1], -1)

    def pull(self, theta: Array, observations: Array, cotangents: Array) -> Array:
        """Sum over steps of (d mu(s_t) / d theta)' c_t, for (N, T, o) and (N, T, k); shape (N, n)."""
        if len(self.sizes) == 2:
            weights = np.matmul(cotangents.transpose(0, 2, 1), observations)
            return np.concatenate([weights.reshape(len(weights), -1), cotangents.sum(axis=1)], axis=1)
        per_episode = max(1, observations.shape[1] * sum(self.sizes))
        size = max(1, PULLED_AT_ONCE // per_episode)
        cuts = range(size, len(observations), size)
        chunks = zip(np.split(observations, cuts), np.split(cotangents, cuts), strict=True)
        return np.concatenate([self._reverse(theta, s, c) for s, c in chunks])

    def _reverse(self, theta: Array, observations: Array, cotangents: Array) -> Array:
        """Give each episode a copy of the parameters: one reverse pass then tells the episodes apart."""
        from autograd import grad
        from autograd import numpy as anp

        def total(thetas: Any) -> Any:
            return anp.sum(cotangents * _through(self.layers(thetas), observations, _over_time, anp.tanh))

        return np.asarray(grad(total)(np.tile(theta, (len(observations), 1))))


@dataclass(frozen=True, eq=False)
class BodyMeans:
    """m networks at work side by side: `layers` hold one row for each body, or a single one for all."""

    layers: list[Layer]

    def __call__(self, observations: Array) -> Array:
        """mu_i(s_i), (m, o) -> (m, k). No bit of a row depends on the other rows, or on their number."""
        return _through(self.layers, np.ascontiguousarray(observations, dtype=np.float64), _per_body)


def for_rows(layers: list[Layer], rows: IntArray) -> BodyMeans:
    """Return the networks that the bodies use, body i the one of row `rows[i]`."""
    chosen = rows[:1] if len(rows) and (rows == rows[0]).all() else rows
    return BodyMeans([(weights[chosen], biases[chosen]) for weights, biases in layers])


def _through(
    layers: list[Layer],
    inputs: Any,
    affine: Callable[[Layer, Any], Any],
    tanh: Callable[[Any], Any] = np.tanh,
) -> Any:
    for layer in layers[:-1]:
        inputs = tanh(affine(layer, inputs))
    return affine(layers[-1], inputs)


def _per_body(layer: Layer, inputs: Array) -> Array:
    """One observation for each network; einsum adds in the same order whatever m is, BLAS need not."""
    weights, biases = layer
    return np.asarray(np.einsum("moi,mi->mo", weights, inputs) + biases)


def _over_time(layer: Layer, inputs: Any) -> Any:
    """Many observations for each network, (P, T, in) -> (P, T, out)."""
    weights, biases = layer
    return inputs @ weights.transpose((0, 2, 1)) + biases[:, None]
