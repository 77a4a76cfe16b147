"""Handing out and handing in: a release to give away, and what comes back from a class."""
