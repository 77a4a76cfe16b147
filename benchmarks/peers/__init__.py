"""The same numbers by other programs, each in the few lines its users would write."""
