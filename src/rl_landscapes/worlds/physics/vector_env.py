"""The batch of bodies as a Gymnasium vector environment."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from rl_landscapes.arrays import Array, BoolArray, IntArray, at_least
from rl_landscapes.parallel.bags import threads_here
from rl_landscapes.worlds.physics.batch import PhysicsBodies
from rl_landscapes.worlds.physics.bodies import Body
from rl_landscapes.worlds.physics.rules import Action, Parts

Infos = dict[str, Any]
Seeds = int | Sequence[int | None] | None


class BodyVectorEnv(VectorEnv[Array, Action, npt.NDArray[Any]]):
    """`num_envs` bodies, stepped by native threads: what `gymnasium.make_vec(name, num_envs)` gives, sooner.

    Observations, rewards, ends and infos have the same bits as those of Gymnasium's `SyncVectorEnv` for the
    same seeds and actions. `infos["diverged"]` is added: it tells the episodes in which the simulation left
    the finite range and was put back to the model's default by MuJoCo; they go on, as in Gymnasium.

    Parameters
    ----------
    body : Body or str
        A body, or the name of one.
    num_envs : int
        Number B of bodies.
    autoreset_mode : AutoresetMode or str
        When an episode that ended makes room for the next: at the next step (Gymnasium's default), in the
        same step, or when `reset` is called with a `reset_mask`.
    n_threads : int, optional
        All cores if left out, or one in a process that is itself one of many. No bit depends on it.
    **settings
        Keyword arguments of `body`, if a name was given.

    Raises
    ------
    ValueError
        If there is no such body, the settings do not fit it, or an argument is out of its range.

    Examples
    --------
    >>> from rl_landscapes import worlds
    >>> envs = worlds.BodyVectorEnv("Hopper-v5", 3)
    >>> observations, _ = envs.reset(seed=0)
    >>> observations.shape, envs.action_space.shape
    ((3, 11), (3, 3))
    """

    def __init__(
        self,
        body: Body | str,
        num_envs: int,
        *,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        n_threads: int | None = None,
        **settings: Any,
    ) -> None:
        self.body = _as_body(body, settings)
        self.num_envs = at_least("num_envs", num_envs, 1)
        self.autoreset_mode = _as_mode(autoreset_mode)
        self.spec = self.body.spec
        fps = self.body.env.metadata["render_fps"]
        self.metadata = {"render_modes": [], "render_fps": fps, "autoreset_mode": self.autoreset_mode}
        self.single_observation_space = deepcopy(self.body.env.observation_space)
        self.single_action_space = deepcopy(self.body.env.action_space)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._bodies = self._batch(n_threads)
        self._chances = [seeding.np_random() for _ in range(self.num_envs)]
        self._observations = np.zeros(self.observation_space.shape or ())
        self._steps = np.full(self.num_envs, -1)  # in the episode; -1 before the first
        self._ended = np.zeros(self.num_envs, dtype=bool)

    @property  # type: ignore[misc]  # one for each body, as in SyncVectorEnv
    def np_random(self) -> Any:
        """The generators of the bodies, a tuple."""
        return tuple(rng for rng, _ in self._chances)

    @property
    def np_random_seed(self) -> Any:
        """The seeds of the bodies, a tuple."""
        return tuple(seed for _, seed in self._chances)

    def reset(self, *, seed: Seeds = None, options: dict[str, Any] | None = None) -> tuple[Array, Infos]:
        """Begin new episodes: in all bodies, or in those of the mask (B,) `options["reset_mask"]`.

        Body i is seeded with `seed` + i, or with `seed[i]`, or not if that is None.

        Raises
        ------
        ValueError
            If there is another number of seeds, or the mask is no array of B booleans with one True at least.
        """
        self._refuse_if_closed()
        ids = self._chosen(options or {})
        seeds = self._as_seeds(seed)
        for i in ids:
            if seeds[i] is not None:
                self._chances[i] = seeding.np_random(seeds[i])
        infos = self._gathered([(ids, self._begin(ids))])
        return self._observations.copy(), infos

    def step(
        self, actions: Action
    ) -> tuple[Array, npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any], Infos]:
        """Let every body act by its row of `actions` (B, k); the row of a body that begins anew is not used.

        Raises
        ------
        ValueError
            If `actions` is no numeric array of that shape.
        gymnasium.error.ResetNeeded
            If a body has no episode to act in.
        """
        chosen = self._checked(actions)
        rewards, terminated, truncated = np.zeros(self.num_envs), *np.zeros((2, self.num_envs), dtype=bool)
        infos: Infos = {}
        fresh, ids = np.flatnonzero(self._ended), np.flatnonzero(~self._ended)
        shown = [(fresh, self._begin(fresh))]
        if len(ids):
            rewards[ids], terminated[ids], info = self._act(ids, chosen[ids])
            truncated[ids] = self._steps[ids] >= self.body.time_limit
            self._ended[ids] = terminated[ids] | truncated[ids]
            shown.append((ids, info))
        if self.autoreset_mode is AutoresetMode.SAME_STEP and self._ended.any():
            infos, shown = self._replaced(info)
        return self._observations.copy(), rewards, terminated, truncated, infos | self._gathered(shown)

    def render(self) -> None:
        """Refuse: pictures are drawn from recorded episodes.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError("a BodyVectorEnv draws nothing: record an episode and draw its motion")

    def close_extras(self, **kwargs: Any) -> None:
        """Let go of the bodies."""
        del self._bodies

    def __repr__(self) -> str:
        """Write the body and their number."""
        return f"BodyVectorEnv({self.body!r}, {self.num_envs})"

    def _batch(self, n_threads: int | None) -> PhysicsBodies:
        return self.body.bodies(self.num_envs, n_threads=threads_here() if n_threads is None else n_threads)

    def _begin(self, ids: IntArray) -> Parts:
        """Place bodies at new starts; return what is to be said of them."""
        if not len(ids):
            return {}
        starts = np.concatenate([self.body.starts(1, self._chances[i][0]) for i in ids])
        self._observations[ids] = self._bodies.place(ids, starts)
        self._steps[ids], self._ended[ids] = 0, False
        info = self.body.rules.describe(None, self._bodies.snapshot(ids))
        return info | {"diverged": np.zeros(len(ids), dtype=bool)}

    def _act(self, ids: IntArray, actions: Action) -> tuple[Array, BoolArray, Parts]:
        before, now = self._bodies.advance(ids, actions)
        step = self._bodies.judge(ids, before, now, actions)
        self._observations[ids] = step.observations
        self._steps[ids] += 1
        info = {**self.body.rules.describe(before, now), **step.parts, "diverged": step.diverged}
        return step.rewards, step.terminated, info

    def _replaced(self, info: Parts) -> tuple[Infos, list[tuple[IntArray, Parts]]]:
        """Begin anew where an episode ended in this step; return its end, and what there is to say of all."""
        done, going = np.flatnonzero(self._ended), np.flatnonzero(~self._ended)
        final = np.full(self.num_envs, None, dtype=object)
        for i in done:
            final[i] = self._observations[i].copy()
        mask = self._ended.copy()
        ends = self._gathered([(done, {key: values[done] for key, values in info.items()})])
        infos = {"final_obs": final, "_final_obs": mask, "final_info": ends, "_final_info": mask.copy()}
        rest = {key: values[going] for key, values in info.items()}
        return infos, [(done, self._begin(done)), (going, rest)]

    def _gathered(self, shown: list[tuple[IntArray, Parts]]) -> Infos:
        """Spread what is known of some bodies over all, with a mask beside each entry, as Gymnasium does."""
        infos: Infos = {}
        for ids, parts in shown:
            for key, values in parts.items() if len(ids) else ():
                whole = infos.setdefault(key, np.zeros(self.num_envs, dtype=values.dtype))
                mask = infos.setdefault(f"_{key}", np.zeros(self.num_envs, dtype=bool))
                whole[ids], mask[ids] = values, True
        return infos

    def _chosen(self, options: Mapping[str, Any]) -> IntArray:
        mask = options.get("reset_mask", np.ones(self.num_envs, dtype=bool))
        if not (isinstance(mask, np.ndarray) and mask.dtype == np.bool_ and mask.shape == (self.num_envs,)):
            raise ValueError(f"reset_mask must be an array of {self.num_envs} booleans, got {mask!r}")
        if not mask.any():
            raise ValueError("reset_mask must be True somewhere")
        return np.flatnonzero(mask)

    def _as_seeds(self, seed: Seeds) -> list[int | None]:
        if seed is None or isinstance(seed, int | np.integer):
            return [None if seed is None else int(seed) + i for i in range(self.num_envs)]
        if len(seed) != self.num_envs:
            raise ValueError(f"seed must be one number, or {self.num_envs} of them, got {len(seed)}")
        return list(seed)

    def _checked(self, actions: Action) -> Action:
        self._refuse_if_closed()
        if (self._steps < 0).any():
            raise ResetNeeded("call reset before step")
        if self.autoreset_mode is AutoresetMode.DISABLED and self._ended.any():
            over = np.flatnonzero(self._ended).tolist()
            raise ResetNeeded(f"the episodes of bodies {over} are over: reset them with a reset_mask")
        given = np.asarray(actions)
        if given.shape != self.action_space.shape or given.dtype.kind not in "fiu":
            wanted = f"numbers of shape {self.action_space.shape}"
            raise ValueError(f"actions must be {wanted}, got {given.dtype} of shape {given.shape}")
        return given

    def _refuse_if_closed(self) -> None:
        if self.closed:
            raise ClosedEnvironmentError("this BodyVectorEnv has been closed")


def _as_body(given: Body | str, settings: Mapping[str, Any]) -> Body:
    if not isinstance(given, Body):
        return Body(given, **settings)
    if settings:
        raise ValueError(f"settings belong to a name; {given!r} has its own, got {settings!r}")
    return given


def _as_mode(mode: AutoresetMode | str) -> AutoresetMode:
    try:
        return AutoresetMode(mode)
    except ValueError:
        known = ", ".join(repr(each.value) for each in AutoresetMode)
        raise ValueError(f"autoreset_mode must be one of {known}, got {mode!r}") from None
