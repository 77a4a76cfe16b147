"""`python -m rl_landscapes.studies` is `rl-landscapes study`, for where the command is not on the path."""

import sys

from rl_landscapes.cli import main

if __name__ == "__main__":
    sys.exit(main(["study", *sys.argv[1:]]))
