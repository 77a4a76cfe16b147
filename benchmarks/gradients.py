"""Value and exact soft gradient, 5x5 and 100x100: against the dense inverse, and against HIPS/autograd."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from autograd import value_and_grad

from benchmarks.cases import Case, large, perturbed
from benchmarks.child import Failed, in_child
from benchmarks.comparison import Plan, agree, columns, compare
from benchmarks.peers import by_autograd, inverse
from benchmarks.row import Row
from benchmarks.timing import repeated, timed

Peer = Callable[[Any], tuple[Any, Any]]
PEERS: dict[str, Callable[[Any], Peer]] = {
    "dense inverse, as emdp": inverse.value_and_gradient,
    "HIPS/autograd": lambda objective: value_and_grad(by_autograd.soft_return(objective)),
}


def rows(n_policies: int = 2000, size: int = 100) -> Iterator[Row]:
    """Measure many small policies, one small policy, and one large policy."""
    case = perturbed(n_policies)
    for name, peer in PEERS.items():
        yield many(case, name, peer(case.objective))
    for name, peer in PEERS.items():
        yield one(case, name, peer(case.objective))
    for name in PEERS:
        yield one_large(size, name)


def many(case: Case, name: str, peer: Peer) -> Row:
    """Many policies of a small world: ours as one batch, the other program in a loop."""
    n = len(case.thetas)
    plan = Plan(f"value + gradient, 5x5, {n:,} policies", f"{name}, in a loop", 5.0, "us", n, "policy")
    return compare(
        plan,
        lambda: case.objective.value_and_gradient(case.thetas),
        lambda: columns([peer(theta) for theta in case.thetas]),
    )


def one(case: Case, name: str, peer: Peer) -> Row:
    """One policy of a small world: what a call costs."""
    theta = case.thetas[:1]
    plan = Plan("value + gradient, 5x5, one policy", name, unit="us", seconds=1.0)
    return compare(plan, lambda: case.objective.value_and_gradient(theta), lambda: peer(theta[0]))


def one_large(size: int, name: str) -> Row:
    """One policy of a large world; the other program runs once, in a process of its own, without warm-up."""
    case, title = large(size), f"value + gradient, {size}x{size}, one policy"
    times = 1e3 * repeated(lambda: case.objective.value_and_gradient(case.thetas), seconds=2.0)
    try:
        answer = in_child("benchmarks.gradients", size, name)
    except Failed as failed:
        return Row(title, "ms", times.min(), None, name, 1000.0, f"not measured: {failed}")
    value, gradient = case.objective.value_and_gradient(case.thetas)
    agree([value[0], *gradient[0, :100]], answer["numbers"], relative=1e-8)
    note = f"quickest of {len(times)}; the reference ran once, and its process held {answer['peak']:.1f} GiB"
    return Row(title, "ms", times.min(), 1e3 * answer["seconds"], name, 1000.0, note)


def once(size: int, name: str) -> dict[str, Any]:
    """Run the other program once on the large world; for the child process."""
    case, answers = large(size), list[Any]()
    peer = PEERS[name](case.objective)
    seconds = timed(lambda: answers.append(peer(case.thetas[0])))
    value, gradient = answers[0]
    return {"seconds": seconds, "numbers": [float(value), *np.asarray(gradient)[:100].tolist()]}
