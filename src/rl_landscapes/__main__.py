"""`python -m rl_landscapes` is `rl-landscapes`, for where the command is not on the path."""

import sys

from rl_landscapes.cli import main

if __name__ == "__main__":
    sys.exit(main())
