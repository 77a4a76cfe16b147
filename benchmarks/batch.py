"""Two thousand perturbed policies of the paper's world: against the bare solves, and against JAX."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks.cases import Case, perturbed
from benchmarks.child import Failed, in_child
from benchmarks.comparison import Plan, agree, alone, clock, compare
from benchmarks.row import Row
from benchmarks.threads import use_one_core
from benchmarks.timing import Work
from rl_landscapes.arrays import Array

JAX = "JAX jit(vmap), float64, CPU, compiled before"
PATIENCE = 60.0  # seconds


def rows(n_policies: int = 2000) -> Iterator[Row]:
    """Measure value against numpy.linalg.solve; value, and value with gradient, against JAX."""
    yield against_solve(perturbed(n_policies))
    yield against_jax(n_policies, gradient=False)
    yield against_jax(n_policies, gradient=True)


def against_solve(case: Case) -> Row:
    """From parameters to returns, everything included, against the solves alone."""
    matrices, rewards = systems(case)
    solve = partial(np.linalg.solve, matrices, rewards)
    returns = case.objective.evaluate(case.thetas)[:, 0]
    agree(returns, solve()[..., 0] @ case.objective.mdp.start)
    reference = "batched numpy.linalg.solve of the same systems, already assembled"
    return clock(
        Plan(_name(case, "exact return"), reference, 0.6),
        partial(case.objective.evaluate, case.thetas),
        solve,
    )


def against_jax(n_policies: int, *, gradient: bool) -> Row:
    """Value, or value with gradient, against the compiled functions.

    In a process of its own, on one core: with two, XLA's threads now and then wait for each other for ever.
    """
    case = perturbed(n_policies)
    plan = Plan(_name(case, "value + gradient" if gradient else "value"), JAX, 1.0)
    try:
        if find_spec("jax") is None:
            raise Failed("jax is not installed")
        answer = in_child("benchmarks.batch", n_policies, int(gradient), patience=PATIENCE, attempts=3)
    except Failed as failed:
        return alone(plan, _ours(case, gradient), str(failed))
    return replace(Row(**answer["row"]), name=plan.name)


def once(n_policies: int, gradient: int) -> dict[str, Any]:
    """Time ours and JAX in turns, for the child process."""
    use_one_core()
    from benchmarks.peers import by_jax

    case = perturbed(n_policies)
    theirs = by_jax.compiled(case.objective, gradient=bool(gradient))
    row = compare(
        Plan("", JAX, 1.0), _ours(case, bool(gradient)), partial(theirs, by_jax.on_device(case.thetas))
    )
    return {"row": asdict(row)}


def _ours(case: Case, gradient: bool) -> Work:
    return partial(case.objective.value_and_gradient if gradient else case.objective.evaluate, case.thetas)


def systems(case: Case) -> tuple[Array, Array]:
    """Return I - gamma P_pi (D, S, S) and the soft rewards (D, S, 1) of each policy."""
    mdp, tau = case.objective.mdp, case.objective.tau
    point = case.objective.policy.at(case.thetas)
    probs, log_probs = np.ascontiguousarray(point.probs), np.ascontiguousarray(point.log_probs)
    chains = np.einsum("dsa,sat->dst", probs, np.asarray(mdp.to_dense().transitions), optimize=True)
    rewards = (probs * (mdp.rewards - tau * log_probs)).sum(axis=-1)[..., None]
    return np.eye(mdp.n_states) - mdp.discount * chains, rewards


def _name(case: Case, what: str) -> str:
    return f"{len(case.thetas):,} perturbed policies, 26 states: {what}"
