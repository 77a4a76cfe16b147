"""By JAX: jit and vmap of the same few lines, float64 on the CPU."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from rl_landscapes.arrays import Array
from rl_landscapes.objectives import ExactReturn

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_cpu_enable_async_dispatch", False)


def compiled(objective: ExactReturn, *, gradient: bool) -> Callable[[Any], Any]:
    """Return thetas (D, n) -> soft returns (D,), or with `gradient` (D, n) too; it waits for the answer."""
    one = _soft_return(objective)
    many = jax.jit(jax.vmap(jax.value_and_grad(one) if gradient else one))
    return lambda thetas: jax.block_until_ready(many(thetas))


def on_device(thetas: Array) -> Any:
    """Hand parameters over once, so that no copy is timed."""
    return jnp.asarray(thetas)


def _soft_return(objective: ExactReturn) -> Callable[[Any], Any]:
    mdp, tau = objective.mdp, objective.tau
    transitions, rewards = jnp.asarray(mdp.to_dense().transitions), jnp.asarray(mdp.rewards)
    start, identity = jnp.asarray(mdp.start), jnp.eye(mdp.n_states)
    n_logits = mdp.n_states * mdp.n_actions

    def at(theta: Any) -> Any:
        logits = theta[:n_logits].reshape(mdp.n_states, mdp.n_actions)
        if theta.size > n_logits:
            logits = logits + theta[n_logits:]
        log_probs = jax.nn.log_softmax(logits)
        probs = jnp.exp(log_probs)
        chain = jnp.einsum("sa,sat->st", probs, transitions)
        earned = (probs * (rewards - tau * log_probs)).sum(axis=1)
        return start @ jnp.linalg.solve(identity - mdp.discount * chain, earned)

    return at
