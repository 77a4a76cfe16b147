"""Linear systems (I - gamma P_pi) x = b and their transposes, for many policies in one world.

Three ways to solve them, each the quickest somewhere: dense LAPACK, elimination of all policies at once along
one sparse pattern, and SuperLU. `ChainSystems` picks one; all agree to rounding.
"""

from rl_landscapes.objectives.systems.choice import ChainSystems, Factors

__all__ = ["ChainSystems", "Factors"]
