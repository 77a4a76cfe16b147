"""Tests against the [bench] extra run where `make bench` has installed it; `make test` leaves them out."""

from importlib.util import find_spec

collect_ignore = [] if all(map(find_spec, ("jax", "quantecon", "envpool"))) else ["test_peers.py"]
