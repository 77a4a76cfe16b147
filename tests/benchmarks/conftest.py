"""Tests against JAX and QuantEcon run where `make bench` has installed them, and are no part of `make test`."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("jax") and find_spec("quantecon") else ["test_peers.py"]
