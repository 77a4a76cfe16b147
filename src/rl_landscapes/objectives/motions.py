"""The motions behind a sampled return: the same episode of several policies, to be looked at."""

from copy import deepcopy

import numpy as np

from rl_landscapes.arrays import Array, as_generator, at_least
from rl_landscapes.objectives.chance import columns
from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.objectives.trajectories import Trajectories
from rl_landscapes.parallel.bags import threads_here
from rl_landscapes.worlds.motion import Motion


def record_motions(
    objective: SampledReturn, thetas: Array, rng: np.random.Generator, *, episode: int = 0
) -> list[Motion]:
    """Return how the bodies of policies `thetas` (P, n) move in one episode of their sampled return.

    All of them have the same start and meet the same noise. Motion p has the return
    `evaluate(objective, thetas, rng)[p, episode]`, given a generator in the same state; so it has that of a
    plane or a line probed with one.

    Raises
    ------
    ValueError
        If `episode` is negative, or a replay does not show the observations of the episode itself.
    TypeError
        If `rng` is no generator, or the objective's world is no MuJoCo body.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, policies, worlds
    >>> policy = policies.linear_gaussian(4, 1, sigma=0.1)
    >>> balancing = objectives.SampledReturn(worlds.body("InvertedPendulum-v5"), policy, n_episodes=1)
    >>> motions = objectives.record_motions(balancing, np.zeros((2, 5)), np.random.default_rng(0))
    >>> len(motions), motions[0].body
    (2, 'InvertedPendulum-v5')
    """
    from rl_landscapes.worlds.physics.bodies import Body
    from rl_landscapes.worlds.physics.replay import replay_all

    world = objective.world
    if not isinstance(world, Body):
        raise TypeError(f"objective must be of a MuJoCo body, got {world.name}")
    number = at_least("episode", episode, 0)
    chance = np.random.default_rng(int(as_generator(rng).integers(2**63)))  # as `evaluate` has it drawn
    seed = int(deepcopy(chance).integers(2**63))  # as the episodes draw it
    start = columns(world, range(number, number + 1), 1, seed).starts[0]
    lived = objective.with_episodes(number + 1).trajectories(thetas, chance)
    actions = [
        did[:length] for did, length in zip(lived.actions[:, number], lived.lengths[:, number], strict=True)
    ]
    starts = np.tile(start, (len(actions), 1))
    motions = replay_all(
        world, starts, actions, clip=objective.clip, n_threads=objective.n_threads or threads_here()
    )
    for p, motion in enumerate(motions):
        _same(motion, lived, p, number)
    return motions


def _same(motion: Motion, lived: Trajectories, p: int, episode: int) -> None:
    length = int(lived.lengths[p, episode])
    same = len(motion.rewards) == length and np.array_equal(
        motion.observations[:-1], lived.observations[p, episode, :length]
    )
    if not same:
        raise ValueError(f"the replay of thetas[{p}] left its episode: the world is not deterministic here")
