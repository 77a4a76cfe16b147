r"""Softmax policies through a small network: logits z(s) = W_k tanh(... tanh(W_1 phi(s) + b_1) ...) + b_k.

Only the logits are another function of the parameters than in `softmax`; probabilities, and the precision
where an action is nearly certain, are its. The logits' derivatives are autograd's: for cotangents g and
tangents v,

    push     J v      the derivative of z along v
    pull     J'g      the gradient of g . z
    tangent  K v      the gradient of (J'g) . v, by which `pull` moves as the parameters do
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from autograd import grad
from autograd import numpy as anp

from rl_landscapes.arrays import Array, as_finite, as_generator, at_least
from rl_landscapes.policies.means import Network
from rl_landscapes.policies.softmax import Softmax, SoftmaxPoint
from rl_landscapes.worlds.gridworld import Gridworld


@dataclass(frozen=True, eq=False)
class NetworkPolicy:
    """pi(a|s) proportional to exp z_a(s), with logits from a network of tanh layers on features of s.

    Parameters lie layer by layer: the weights row by row, shape (out, in), then the biases (out,).
    """

    features: Array  # (S, o)
    network: Network

    @property
    def n_states(self) -> int:
        """Number of states S."""
        return len(self.features)

    @property
    def n_actions(self) -> int:
        """Number of actions A."""
        return self.network.n_actions

    @property
    def n_parameters(self) -> int:
        """Weights and biases of all layers."""
        return self.network.n_parameters

    def logits(self, thetas: Array) -> Array:
        """Return z at parameter vectors `thetas` (D, n), shape (D, S, A)."""
        return np.asarray(self._logits(thetas, np.tanh))

    def at(self, thetas: Array) -> "NetworkPoint":
        """Return the policy at parameter vectors `thetas` (D, n).

        Raises
        ------
        ValueError
            If logits, or the gaps between those of a state, are not finite numbers.
        """
        point = Softmax(self).at(thetas)  # type: ignore[arg-type]  # of the map only its logits are asked for
        return NetworkPoint(replace(point, logit_map=Linearised(self, thetas)))

    def starts(self, n_starts: int, rng: np.random.Generator) -> Array:
        """Draw parameters uniformly in +-1/sqrt(in) of each layer, a linear layer's default, shape (B, n)."""
        generator = as_generator(rng)
        found = np.empty((at_least("n_starts", n_starts, 1), self.n_parameters))
        for weights, biases in self.network.layers(found):
            width = 1 / np.sqrt(weights.shape[-1])
            weights[...] = generator.uniform(-width, width, size=weights.shape)
            biases[...] = generator.uniform(-width, width, size=biases.shape)
        return found

    def _logits(self, thetas: Any, tanh: Any) -> Any:
        *hidden, last = self.network.layers(thetas)
        inputs: Any = self.features[None]
        for weights, biases in hidden:
            inputs = tanh(inputs @ weights.transpose((0, 2, 1)) + biases[:, None])
        return inputs @ last[0].transpose((0, 2, 1)) + last[1][:, None]


@dataclass(frozen=True, eq=False)
class Linearised:
    """The derivative of a network's logits at `thetas` (D, n): what a softmax point needs of a linear map."""

    policy: NetworkPolicy
    thetas: Array

    @property
    def n_states(self) -> int:
        """Number of states S."""
        return self.policy.n_states

    @property
    def n_actions(self) -> int:
        """Number of actions A."""
        return self.policy.n_actions

    @property
    def n_parameters(self) -> int:
        """Number of parameters n."""
        return self.policy.n_parameters

    def logits(self, tangents: Array) -> Array:
        """J v, (D, n) -> (D, S, A): v . (J'g) is linear in g, and its gradient there is J v."""
        thetas = self._as_many(tangents)
        shape = (len(tangents), self.n_states, self.n_actions)
        return np.asarray(
            grad(lambda g: anp.sum(self._pulled(thetas, g) * tangents))(np.zeros(shape))  # for any g
        )

    def transpose(self, cotangents: Array) -> Array:
        """J'g, (D, S, A) -> (D, n)."""
        return np.asarray(self._pulled(self._as_many(cotangents), cotangents))

    def transpose_tangent(self, tangents: Array, cotangents: Array) -> Array:
        """Change of `transpose(cotangents)` as the parameters move by `tangents`, shape (D, n)."""
        if len(self.policy.network.sizes) == 2:  # linear
            return np.zeros_like(tangents)
        thetas = self._as_many(tangents)
        return np.asarray(grad(lambda t: anp.sum(self._pulled(t, cotangents) * tangents))(thetas))

    def _pulled(self, thetas: Any, cotangents: Any) -> Any:
        return grad(lambda t: anp.sum(self.policy._logits(t, anp.tanh) * cotangents))(thetas)

    def _as_many(self, rows: Array) -> Array:
        """Return a row of parameters for each of `rows`: one policy may be moved in many directions."""
        return np.broadcast_to(self.thetas, (len(rows), self.n_parameters)).copy()


@dataclass(frozen=True, eq=False)
class NetworkPoint:
    """A network's policy at D parameter vectors; see `PolicyPoint`."""

    inner: SoftmaxPoint

    @property
    def log_probs(self) -> Array:
        """Log pi(a|s), shape (D, S, A)."""
        return self.inner.log_probs

    @property
    def probs(self) -> Array:
        """pi(a|s), shape (D, S, A)."""
        return self.inner.probs

    @cached_property
    def _local(self) -> Linearised:
        assert isinstance(self.inner.logit_map, Linearised)
        return self.inner.logit_map

    def push(self, tangents: Array) -> Array:
        """x'(s, a) = z'(s, a) - sum_b pi(b|s) z'(s, b)."""
        return self.inner.push(tangents)

    def pull(self, cotangents: Array) -> Array:
        """Transpose of `push`."""
        return self.inner.pull(cotangents)

    def pull_tangent(self, tangents: Array, cotangents: Array) -> Array:
        """Move both factors of `pull`: pi, as in a linear softmax, and the derivative of the logits."""
        by_logit = cotangents - self.probs * cotangents.sum(axis=-1, keepdims=True)
        by_logit = np.broadcast_to(by_logit, (len(tangents), *by_logit.shape[1:]))
        return self.inner.pull_tangent(tangents, cotangents) + self._local.transpose_tangent(
            tangents, by_logit
        )


def network(features: Array, n_actions: int, hidden: tuple[int, ...] = (16,)) -> NetworkPolicy:
    """Return the softmax policy of a network with tanh layers of the sizes `hidden` on `features` (S, o).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, policies, worlds
    >>> world = worlds.paper_gridworld()
    >>> policy = policies.network(policies.coordinates(world), world.mdp.n_actions)
    >>> start = policy.starts(1, np.random.default_rng(0))
    >>> exact = objectives.ExactReturn(world, policy)
    >>> policy.n_parameters, objectives.gradient(exact, start).shape
    (132, (1, 132))
    """
    known = as_finite("features", features, (None, None))
    sizes = [at_least("hidden", size, 1) for size in hidden]
    return NetworkPolicy(known, Network((known.shape[1], *sizes, at_least("n_actions", n_actions, 1))))


def coordinates(world: Gridworld) -> Array:
    """Return features (S, 3) of a gridworld's states: row and column from -1 to 1, and whether it is over.

    Examples
    --------
    >>> from rl_landscapes import policies, worlds
    >>> policies.coordinates(worlds.paper_gridworld())[[0, 14, 25]]
    array([[-1., -1.,  0.],
           [ 0.,  1.,  0.],
           [ 0.,  0.,  1.]])
    """
    found = np.zeros((world.mdp.n_states, 3))
    half = np.maximum(np.array(world.shape) - 1, 1) / 2
    found[: len(world.cells), :2] = world.cells / half - 1
    found[:, 2] = world.mdp.absorbing
    return found
