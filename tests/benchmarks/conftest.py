"""Tests against JAX and QuantEcon run where `make bench` has installed them; `make test` leaves them out."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("jax") and find_spec("quantecon") else ["test_peers.py"]
