"""Saturated policies: derivatives keep all digits where 1 - pi is lost in the rounding of pi."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from rl_landscapes.objectives import EntropyBonus, ExactReturn
from rl_landscapes.policies import kl_moved, linear, mixed, tabular
from rl_landscapes.worlds import MDP

REWARDS, DISCOUNT = (1.0, 0.25), 0.9
BANDIT = MDP(np.ones((1, 2, 1)), np.array([REWARDS]), DISCOUNT, np.ones(1))
GAPS = [1.0, 30.0, 40.0, 75.0, 300.0, 700.0]
MIXES = [0.0, 1e-12, 0.1, 0.5]


def by_decimal(gap, mix, tau, *, rewards=REWARDS):
    """Derivatives of O = [r_2 + q (r_1 - r_2) + tau H(q)] / (1 - gamma) along the gap, 800 digits.

    q = (1 - mix) p + mix / 2 with p = 1 / (1 + exp(-gap)).
    """
    with localcontext() as context:
        context.prec = 800
        mix, tau, (first, second) = Decimal(mix), Decimal(tau), map(Decimal, rewards)
        p = 1 / (1 + (-Decimal(gap)).exp())
        q, step = (1 - mix) * p + mix / 2, (1 - mix) * p * (1 - p)
        slope = first - second - tau * (q / (1 - q)).ln()
        bend = -tau / (q * (1 - q))
        scale = 1 - Decimal(DISCOUNT)
        return float(slope * step / scale), float((bend * step**2 + slope * step * (1 - 2 * p)) / scale)


def arms(mix):
    return mixed(tabular(1, 2), mix) if mix else tabular(1, 2)


@pytest.mark.no_cover
@pytest.mark.parametrize("tau", [0.0, 0.1])
@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("gap", GAPS)
class TestOracles:
    def test_gradient(self, gap, mix, tau):
        found = ExactReturn(BANDIT, arms(mix), tau=tau).gradient(np.array([[gap, 0.0]]))[0]
        slope, _ = by_decimal(gap, mix, tau)
        np.testing.assert_allclose(found, [slope, -slope], rtol=1e-13, atol=0)

    def test_hessian(self, gap, mix, tau):
        found = ExactReturn(BANDIT, arms(mix), tau=tau).hvp(np.array([gap, 0.0]), np.eye(2))
        _, bend = by_decimal(gap, mix, tau)
        np.testing.assert_allclose(found, [[bend, -bend], [-bend, bend]], rtol=1e-13, atol=0)

    def test_one_number_for_the_likely_action(self, gap, mix, tau):
        one = linear(np.array([[[1.0], [0.0]]]))
        exact = ExactReturn(BANDIT, mixed(one, mix) if mix else one, tau=tau)
        found = exact.gradient(np.array([[gap]])).item(), exact.hvp(np.array([gap]), np.eye(1)).item()
        np.testing.assert_allclose(found, by_decimal(gap, mix, tau), rtol=1e-13, atol=0)


class TestOthers:
    @pytest.mark.parametrize("gap", GAPS)
    def test_a_bonus_of_entropy_alone(self, gap):
        free = ExactReturn(MDP(np.ones((1, 2, 1)), np.zeros((1, 2)), 0.0, np.ones(1)), tabular(1, 2))
        bonus, theta = EntropyBonus(free, tau=1 / (1 - DISCOUNT)), np.array([gap, 0.0])
        slope, bend = by_decimal(gap, 0.0, 1.0, rewards=(0.0, 0.0))
        np.testing.assert_allclose(bonus.gradient(theta[None])[0], [slope, -slope], rtol=1e-12, atol=0)
        np.testing.assert_allclose(bonus.hessian_at(theta)(np.eye(2))[0], [bend, -bend], rtol=1e-12, atol=0)

    @pytest.mark.parametrize("gap", GAPS)
    def test_kl(self, gap):
        """p log(p / q) + (1 - p) log((1 - p) / (1 - q)) for a gap that grows by 1."""
        moved = kl_moved(tabular(1, 2), np.array([gap, 0.0]), np.array([[gap + 1, 0.0]]), np.ones(1))
        with localcontext() as context:
            context.prec = 800
            p, q = (1 / (1 + (-Decimal(g)).exp()) for g in (gap, gap + 1))
            expected = float(p * (p / q).ln() + (1 - p) * ((1 - p) / (1 - q)).ln())
        assert moved.item() == pytest.approx(expected, rel=1e-11, abs=0)

    def test_ties_for_the_likeliest_action(self):
        """Arms that pay the same and share all chance but e^-50 of it: pi(3) [r_3 - r] is all there is."""
        world = MDP(np.ones((1, 3, 1)), np.array([[1.0, 1.0, 3.0]]), 0.0, np.ones(1))
        found = ExactReturn(world).gradient(np.array([[50.0, 50.0, 0.0]]))[0]
        rare = 2 * np.exp(-50) / 2
        np.testing.assert_allclose(found[2], rare, rtol=1e-13)
        np.testing.assert_allclose(found[:2], -rare / 2, atol=1e-16)
