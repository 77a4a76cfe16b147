"""Linear systems (I - gamma P_pi) x = b and their transposes, for many policies in one world.

Three ways to solve them, each the quickest somewhere: dense LAPACK, elimination of all policies at once along
one sparse pattern, and SuperLU. `ChainSystems` picks one; all agree to rounding. Importing this tells
the process to keep the memory of one batch for the next: see `rl_landscapes.objectives.systems.memory`.
"""

from rl_landscapes.objectives.systems.choice import ChainSystems, Factors
from rl_landscapes.objectives.systems.memory import keep_freed_memory

__all__ = ["ChainSystems", "Factors"]

keep_freed_memory()
