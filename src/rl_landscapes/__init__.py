"""Look at the landscapes of policy optimisation, and at what entropy does to them."""

__version__ = "0.1.0"
