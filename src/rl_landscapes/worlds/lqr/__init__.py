r"""Linear-quadratic worlds: linear dynamics, quadratic cost, and an optimal policy known in closed form.

    s' = A s + B a + w,    w ~ N(0, W),    s_0 ~ N(mean, covariance),    r(s, a) = -(s'Q s + a'R a)

A gain K acts by a = K s. It is *stable* if sqrt(gamma) times the spectral radius of M = A + B K is below 1.
With Q and E s_0 s_0' + W positive definite, as is demanded here, every mode of the state is excited and every
mode costs, the discounted cost lies between multiples of sum_t gamma^t |M^t|^2, and so a gain is stable if
and only if its cost is finite.
"""

from rl_landscapes.worlds.lqr.named import double_integrator, scalar_lqr
from rl_landscapes.worlds.lqr.world import LQR

__all__ = ["LQR", "double_integrator", "scalar_lqr"]
