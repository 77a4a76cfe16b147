"""What is kept of the study: who failed under which regulariser, and how many directions improve."""

from collections.abc import Mapping

import numpy as np

from rl_landscapes.studies.common import goals
from rl_landscapes.studies.other_policies.pieces import Annealed, Piece, Plain
from rl_landscapes.studies.other_policies.settings import Settings
from rl_landscapes.studies.results import Arrays, Values


def gather(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Lay failures out by policy, regulariser and weight, and improving directions by stuck point."""
    line, plain = goals(), [done[Plain(policy)] for policy in settings.policies]
    cells = [
        done[Annealed(policy, regulariser, tau)]
        for policy in settings.policies
        for regulariser in settings.regularisers
        for tau in settings.taus
    ]
    shape = (len(settings.policies), len(settings.regularisers), len(settings.taus))
    annealed = np.stack([cell["returns"] for cell in cells]).reshape(*shape, -1)
    returns = np.stack([part["returns"] for part in plain])
    improves = [part["improves"] for part in plain]
    return {
        "policies": np.array(settings.policies),
        "regularisers": np.array(settings.regularisers),
        "taus": np.array(settings.taus),
        "failed": line.failed(returns),
        "later_failed": line.failed(np.stack([part["later_returns"] for part in plain])),
        "unfinished": line.unfinished(returns).sum(axis=-1),
        "falling": (np.stack([part["falls"] for part in plain]) > 0).sum(axis=-1),
        "annealed_failed": line.failed(annealed),
        "annealed_unfinished": line.unfinished(annealed).sum(axis=-1),
        "annealed_falling": np.array([(cell["falls"] > 0).sum() for cell in cells]).reshape(shape),
        "annealed_diverged": np.array([cell["diverged"].sum() for cell in cells]).reshape(shape),
        "improves": np.concatenate(improves, axis=1),  # (1 + regularisers, points), policy after policy
        "improves_policy": np.repeat(np.arange(len(plain)), [found.shape[1] for found in improves]),
        "n_directions": np.array(settings.n_directions),
    }
