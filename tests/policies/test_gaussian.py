"""Gaussian policies: densities and scores against oracles, and means whose bits are a body's own affair."""

import numpy as np
import pytest
from autograd import grad
from autograd import numpy as anp
from scipy.stats import multivariate_normal, norm

from rl_landscapes.policies import glorot, linear_gaussian, mlp_gaussian
from rl_landscapes.policies.means import Network

O, K, T, N = 5, 3, 7, 4  # noqa: E741
POLICIES = {
    "linear": linear_gaussian(O, K, sigma=0.4),
    "linear learned": linear_gaussian(O, K, sigma=None),
    "linear learned, sigma fixed later": linear_gaussian(O, K, sigma=None).with_sigma(0.7),
    "one layer": mlp_gaussian(O, K, (6,), sigma=0.4),
    "two layers learned": mlp_gaussian(O, K, (6, 4), sigma=None),
}

SIZES = {
    "hopper": linear_gaussian(11, 3, sigma=0.1),
    "walker": linear_gaussian(17, 6, sigma=0.1),
    "pendulum": linear_gaussian(4, 1, sigma=0.1),
    "one number": linear_gaussian(1, 1, sigma=0.1),
    "one layer": mlp_gaussian(11, 1, (16,), sigma=0.1),
    "two layers": mlp_gaussian(17, 6, (13, 8), sigma=0.1),
}


@pytest.fixture(params=POLICIES)
def policy(request):
    return POLICIES[request.param]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def mean_by_hand(policy, theta, s):
    """mu(s) for one observation (o,), written with autograd's NumPy."""
    first, sizes = 0, policy.mean.sizes
    for layer in range(len(sizes) - 1):
        into, out = sizes[layer], sizes[layer + 1]
        weights = theta[first : first + out * into].reshape(out, into)
        s = anp.dot(weights, s) + theta[first + out * into : first + out * (into + 1)]
        first += out * (into + 1)
        s = anp.tanh(s) if layer < len(sizes) - 2 else s
    return s


def log_density_by_hand(policy, theta, s, a):
    log_sigma = theta[-K:] if policy.sigma is None else anp.log(policy.sigma) * anp.ones(K)
    z = (a - mean_by_hand(policy, theta, s)) / anp.exp(log_sigma)
    return anp.sum(-0.5 * z**2 - log_sigma - 0.5 * anp.log(2 * anp.pi))


class TestOracles:
    def test_means_one_observation_at_a_time(self, policy, rng):
        thetas, s = rng.normal(size=(4, policy.n_parameters)), rng.normal(size=(9, O))
        rows = rng.integers(0, 4, size=9)
        expected = [mean_by_hand(policy, thetas[r], x) for r, x in zip(rows, s, strict=True)]
        np.testing.assert_allclose(policy.at(thetas).means(rows, s), expected, rtol=1e-12, atol=1e-14)

    def test_log_density_is_that_of_scipy(self, rng):
        policy, theta = (
            POLICIES["two layers learned"],
            rng.normal(size=POLICIES["two layers learned"].n_parameters),
        )
        s, a = rng.normal(size=O), rng.normal(size=K)
        scipys = multivariate_normal(mean_by_hand(policy, theta, s), np.diag(np.exp(2 * theta[-K:])))
        assert policy.log_density(theta, s, a) == pytest.approx(scipys.logpdf(a), rel=1e-12)

    def test_log_density_over_any_leading_axes(self, policy, rng):
        theta = rng.normal(size=policy.n_parameters)
        s, a = rng.normal(size=(N, T, O)), rng.normal(size=(N, T, K))
        expected = [
            [log_density_by_hand(policy, theta, *x) for x in zip(*e, strict=True)]
            for e in zip(s, a, strict=True)
        ]
        np.testing.assert_allclose(policy.log_density(theta, s, a), expected, rtol=1e-11)

    def test_score_sums_against_autograd(self, policy, rng):
        theta = rng.normal(size=policy.n_parameters)
        s, a, w = rng.normal(size=(N, T, O)), rng.normal(size=(N, T, K)), rng.normal(size=(N, T))
        score = grad(lambda t, x, u: log_density_by_hand(policy, t, x, u))
        expected = [sum(w[e, t] * score(theta, s[e, t], a[e, t]) for t in range(T)) for e in range(N)]
        np.testing.assert_allclose(policy.score_sums(theta, s, a, w), expected, rtol=1e-10, atol=1e-10)

    def test_score_sums_against_central_differences(self, policy, rng):
        theta, v = rng.normal(size=(2, policy.n_parameters))
        s, a, w = rng.normal(size=(N, T, O)), rng.normal(size=(N, T, K)), rng.normal(size=(N, T))
        h = 1e-6
        up, down = (policy.log_density(theta + e * v, s, a) for e in (h, -h))
        slopes = (w * (up - down)).sum(axis=1) / (2 * h)
        np.testing.assert_allclose(policy.score_sums(theta, s, a, w) @ v, slopes, rtol=1e-6, atol=1e-6)

    def test_the_score_of_the_linear_mean_is_the_papers(self, rng):
        """(a - W s - b) [s, 1]' / sigma^2."""
        policy, theta = POLICIES["linear"], rng.normal(size=POLICIES["linear"].n_parameters)
        s, a = rng.normal(size=O), rng.normal(size=K)
        residual = a - theta[: K * O].reshape(K, O) @ s - theta[K * O :]
        expected = np.concatenate([np.outer(residual, s).ravel(), residual]) / 0.4**2
        found = policy.score_sums(theta, s[None, None], a[None, None], np.ones((1, 1)))[0]
        np.testing.assert_allclose(found, expected, rtol=1e-12)

    def test_entropy_is_that_of_k_independent_normals(self, policy, rng):
        theta = rng.normal(size=policy.n_parameters)
        sigmas = policy.at(theta[None]).sigmas[0]
        assert policy.entropy(theta) == pytest.approx(norm(scale=sigmas).entropy().sum(), rel=1e-12)

    def test_the_entropys_gradient_against_central_differences(self, policy, rng):
        theta, v = rng.normal(size=(2, policy.n_parameters))
        slope = (policy.entropy(theta + 1e-6 * v) - policy.entropy(theta - 1e-6 * v)) / 2e-6
        assert policy.entropy_gradient(theta) @ v == pytest.approx(slope, abs=1e-8)


class TestIdentities:
    def test_the_score_is_zero_on_average(self, policy, rng):
        theta = glorot(policy, rng, initial_sigma=0.5)
        s = rng.normal(size=(20_000, 1, O))
        point = policy.at(theta[None])
        means = point.means(np.zeros(len(s), dtype=int), s[:, 0])
        a = (means + point.sigmas * rng.normal(size=means.shape))[:, None]
        scores = policy.score_sums(theta, s, a, np.ones((len(s), 1)))
        spread = scores.std(axis=0) / np.sqrt(len(s))
        used = spread > 0
        assert (np.abs(scores.mean(axis=0))[used] / spread[used]).max() < 5
        assert used.sum() == policy.n_parameters - K * (policy.learned and policy.sigma is not None)

    def test_with_sigma_keeps_the_means_and_the_length(self, rng):
        learned = POLICIES["linear learned"]
        theta, s = rng.normal(size=learned.n_parameters), rng.normal(size=(6, O))
        fixed = learned.with_sigma(0.3)
        assert fixed.n_parameters == learned.n_parameters == K * O + K + K
        rows = np.zeros(6, dtype=int)
        np.testing.assert_array_equal(
            fixed.at(theta[None]).means(rows, s), learned.at(theta[None]).means(rows, s)
        )
        assert fixed.at(theta[None]).sigmas.tolist() == [[0.3] * K]
        np.testing.assert_array_equal(learned.at(theta[None]).sigmas[0], np.exp(theta[-K:]))
        assert not fixed.score_sums(theta, s[None], rng.normal(size=(1, 6, K)), np.ones((1, 6)))[:, -K:].any()

    def test_a_learned_sigma_fixed_at_its_own_value_has_the_same_density(self, rng):
        theta = rng.normal(size=POLICIES["linear learned"].n_parameters)
        theta[-K:] = np.log(0.6)
        s, a = rng.normal(size=(2, O)), rng.normal(size=(2, K))
        fixed = POLICIES["linear learned"].with_sigma(0.6)
        np.testing.assert_allclose(
            fixed.log_density(theta, s, a), POLICIES["linear learned"].log_density(theta, s, a), rtol=1e-12
        )

    def test_many_episodes_are_pulled_in_chunks_that_change_nothing(self, rng, monkeypatch):
        policy = POLICIES["one layer"]
        theta = rng.normal(size=policy.n_parameters)
        s, a, w = rng.normal(size=(9, T, O)), rng.normal(size=(9, T, K)), rng.normal(size=(9, T))
        whole = policy.score_sums(theta, s, a, w)
        monkeypatch.setattr("rl_landscapes.policies.means.PULLED_AT_ONCE", 2 * T * sum(policy.mean.sizes))
        np.testing.assert_allclose(policy.score_sums(theta, s, a, w), whole, rtol=1e-12)

    def test_parameters_are_counted_and_none_is_idle(self, policy, rng):
        theta = rng.normal(size=policy.n_parameters)
        s = rng.normal(size=(1, 50, O))
        scores = policy.score_sums(theta, s, rng.normal(size=(1, 50, K)), rng.normal(size=(1, 50)))[0]
        idle = K * (policy.learned and policy.sigma is not None)
        assert (scores != 0).sum() == policy.n_parameters - idle

    def test_the_papers_policies_have_36_and_108_parameters(self):
        assert linear_gaussian(11, 3, sigma=0.5).n_parameters == 36
        assert linear_gaussian(17, 6, sigma=0.5).n_parameters == 108


class TestBits:
    """No bit of a body's mean may depend on the other bodies: they come and go with the batch."""

    @pytest.mark.parametrize("body", SIZES)
    def test_a_row_does_not_see_the_others(self, body, rng):
        policy = SIZES[body]
        point = policy.at(rng.normal(size=(16, policy.n_parameters)))
        rows, s = rng.integers(0, 16, size=200), rng.normal(size=(200, policy.n_observations))
        together = point.means(rows, s)
        for m in [*range(1, 35), 63, 64, 65, 199]:
            some = rng.choice(200, size=m, replace=False)
            np.testing.assert_array_equal(point.means(rows[some], s[some]), together[some])
        for i in range(200):
            alone = policy.at(np.asarray(policy_row(point, rows[i])))
            np.testing.assert_array_equal(
                alone.means(np.zeros(1, dtype=int), s[i : i + 1]), together[i : i + 1]
            )

    @pytest.mark.parametrize("body", SIZES)
    def test_bodies_that_share_a_policy_move_as_if_each_had_its_own(self, body, rng):
        policy = SIZES[body]
        thetas, s = rng.normal(size=(2, policy.n_parameters)), rng.normal(size=(30, policy.n_observations))
        shared = policy.at(thetas).means(np.zeros(30, dtype=int), s)
        mixed = policy.at(thetas).means(np.arange(30) % 2, s)
        np.testing.assert_array_equal(shared[::2], mixed[::2])

    def test_how_the_observations_lie_in_memory_does_not_matter(self, rng):
        policy = SIZES["hopper"]
        point, s = policy.at(rng.normal(size=(4, 36))), rng.normal(size=(40, 11))
        rows = np.arange(40) % 4
        wide = np.zeros((40, 22))
        wide[:, ::2] = s
        for same in (np.asfortranarray(s), wide[:, ::2]):
            np.testing.assert_array_equal(point.means(rows, same), point.means(rows, s))

    def test_a_kept_map_is_the_same_map(self, rng):
        policy = SIZES["walker"]
        point, rows = policy.at(rng.normal(size=(4, 108))), rng.integers(0, 4, size=20)
        kept = point.for_rows(rows)
        for _ in range(3):
            s = rng.normal(size=(20, 17))
            np.testing.assert_array_equal(kept(s), point.means(rows, s))

    def test_no_bodies_are_no_means(self):
        assert POLICIES["linear"].at(np.zeros((1, 18))).means(np.zeros(0, int), np.zeros((0, O))).shape == (
            0,
            K,
        )


def policy_row(point, row):
    """The parameters of one policy, put back together from its layers, shape (1, n)."""
    parts = [part[row].ravel() for layer in point.layers for part in layer]
    return np.concatenate(parts)[None]


class TestGlorot:
    def test_weights_are_uniform_within_the_width_and_biases_zero(self):
        policy = mlp_gaussian(40, 30, (50,), sigma=None)
        theta = glorot(policy, np.random.default_rng(0), initial_sigma=0.2)
        (first, b1), (second, b2) = policy.mean.layers(theta[None])
        assert not b1.any()
        assert not b2.any()
        for weights, width in ((first, np.sqrt(6 / 90)), (second, np.sqrt(6 / 80))):
            assert 0.99 * width < np.abs(weights).max() < width
            assert weights.std() == pytest.approx(width / np.sqrt(3), rel=0.05)
        np.testing.assert_allclose(policy.at(theta[None]).sigmas, 0.2, rtol=1e-14)

    def test_the_seed_decides(self):
        one, same, other = (glorot(POLICIES["linear"], np.random.default_rng(seed)) for seed in (1, 1, 2))
        np.testing.assert_array_equal(one, same)
        assert (one != other).any()


class TestDeterministic:
    def test_sigma_0_is_the_mean_without_a_density(self, rng):
        policy = POLICIES["linear"].with_sigma(0)
        theta = rng.normal(size=policy.n_parameters)
        assert policy.at(theta[None]).sigmas.tolist() == [[0.0] * K]
        assert policy.entropy(theta) == -np.inf
        s, a = np.zeros((N, T, O)), np.zeros((N, T, K))
        with pytest.raises(
            ValueError, match="log_density needs sigma above 0, got 0: a deterministic policy"
        ):
            policy.log_density(theta, s, a)
        with pytest.raises(ValueError, match="score_sums needs sigma above 0, got 0"):
            policy.score_sums(theta, s, a, np.ones((N, T)))


class TestBadInput:
    def test_the_wrong_length_is_refused_with_the_sum_that_makes_the_right_one(self):
        hopper = linear_gaussian(11, 3, sigma=0.5)
        message = r"theta must have shape \(36,\), got \(35,\); 36 = 3\*11 weights \+ 3 biases$"
        with pytest.raises(ValueError, match=message):
            hopper.entropy(np.zeros(35))
        message = r"shape \(any, 39\), got \(2, 36\); 39 = 3\*11 weights \+ 3 biases \+ 3 log sigmas$"
        with pytest.raises(ValueError, match=message):
            linear_gaussian(11, 3, sigma=None).at(np.zeros((2, 36)))
        message = r"; 123 = 8\*11 weights \+ 8 biases \+ 3\*8 weights \+ 3 biases$"
        with pytest.raises(ValueError, match=message):
            mlp_gaussian(11, 3, (8,), sigma=0.1).at(np.zeros((2, 36)))

    def test_theta_with_nan(self):
        with pytest.raises(ValueError, match=r"theta must be finite, but theta\[0\] is nan"):
            POLICIES["linear"].entropy(np.full(18, np.nan))

    @pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf])
    def test_sigma(self, bad):
        message = f"sigma must be a finite number of at least 0, got {bad}"
        with pytest.raises(ValueError, match=message):
            linear_gaussian(O, K, sigma=bad)
        with pytest.raises(ValueError, match=message):
            POLICIES["linear"].with_sigma(bad)
        with pytest.raises(ValueError, match="initial_sigma must be a finite number above 0"):
            glorot(POLICIES["linear learned"], np.random.default_rng(0), initial_sigma=bad)

    @pytest.mark.parametrize("hidden", [(), (3, 4, 5)])
    def test_layers(self, hidden):
        with pytest.raises(ValueError, match="hidden must hold the sizes of one or two layers"):
            mlp_gaussian(O, K, hidden, sigma=0.1)

    def test_sizes(self):
        with pytest.raises(ValueError, match="n_observations must be an integer of at least 1, got 0"):
            linear_gaussian(0, K, sigma=0.1)
        with pytest.raises(ValueError, match="n_actions must be an integer of at least 1, got 0"):
            linear_gaussian(O, 0, sigma=0.1)
        with pytest.raises(ValueError, match="hidden must be an integer of at least 1, got 0"):
            mlp_gaussian(O, K, (0,), sigma=0.1)

    def test_shapes_of_what_happened(self):
        s, a, w = np.zeros((N, T, O)), np.zeros((N, T, K)), np.zeros((N, T))
        for name, bad in (
            ("observations", (s[0], a, w)),
            ("actions", (s, a[:, 1:], w)),
            ("weights", (s, a, w[1:])),
        ):
            with pytest.raises(ValueError, match=f"{name} must have shape"):
                POLICIES["linear"].score_sums(np.zeros(18), *bad)


def test_a_network_says_what_its_parameters_are():
    assert Network((11, 8, 3)).count == "8*11 weights + 8 biases + 3*8 weights + 3 biases"
