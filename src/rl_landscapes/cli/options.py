"""What the commands share: how they refuse a bad word, and the options that mean the same everywhere."""

import argparse
import tempfile
from pathlib import Path
from typing import Any, NoReturn

PROGRAM = "rl-landscapes"
Commands = Any  # what `add_subparsers` returns has no public name


class Failure(Exception):
    """Work that had begun could not be ended."""


class Parser(argparse.ArgumentParser):
    """argparse's, with errors of one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and where help is; exit with 2."""
        self.exit(2, f"{self.prog}: {' '.join(message.split())} (see {self.prog} --help)\n")


def command(commands: Commands, name: str, summary: str, example: str) -> Parser:
    """Add a command to those of the program; `summary` and `example` make up its help."""
    parser: Parser = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--traceback", action="store_true", help="show where an error comes from")
    return parser


def pair(value: float, error: float) -> str:
    """Write a number and its standard error."""
    return f"{value:.4g} +- {error:.2g}"


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """Add `--jobs`."""
    parser.add_argument(
        "--jobs", type=jobs, default=1, metavar="N", help="processes side by side, -1 for all cores (1)"
    )


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Add `--seed`."""
    parser.add_argument("--seed", type=natural, default=0, help="where all randomness comes from (0)")


def add_out(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--out`, which must be given."""
    parser.add_argument(
        "--out",
        type=writable,
        required=True,
        metavar="FILE.npz",
        help=f"the file for {what}",
    )


def natural(text: str) -> int:
    """Read 0, 1, 2, ..."""
    return _whole(text, 0, "an integer of at least 0")


def count(text: str) -> int:
    """Read 1, 2, 3, ..."""
    return _whole(text, 1, "an integer of at least 1")


def several(text: str) -> int:
    """Read 2, 3, 4, ...: one alone has no standard error."""
    return _whole(text, 2, "an integer of at least 2")


def layers(text: str) -> tuple[int, ...]:
    """Read the sizes of one or two layers, `64` or `64,32`."""
    sizes = tuple(count(part) for part in text.split(","))
    if len(sizes) > 2:
        raise argparse.ArgumentTypeError(
            f"must be the sizes of one or two layers, such as 64,32, got {text!r}"
        )
    return sizes


def jobs(text: str) -> int:
    """Read a number of processes."""
    if text == "0":
        raise argparse.ArgumentTypeError("must not be 0: 1 is this process, -1 all cores")
    return _whole(text, -1, "1 (this process), -1 (all cores) or another count")


def positive(text: str) -> float:
    """Read a finite number above 0."""
    value = number(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a finite number above 0, got {text}")
    return value


def non_negative(text: str) -> float:
    """Read a finite number not below 0."""
    value = number(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a finite number of at least 0, got {text}")
    return value


def discount(text: str) -> float:
    """Read a number in [0, 1]."""
    value = number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1, got {text}")
    return value


def factor(text: str) -> float:
    """Read a number in (0, 1]."""
    value = number(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most 1, got {text}")
    return value


def number(text: str) -> float:
    """Read a number."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, got {text!r}") from None


def writable(text: str) -> Path:
    """Read the path of a file that can be written: better refused now than after the work."""
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
    try:
        with tempfile.TemporaryFile(dir=path.parent) as trial:
            trial.write(b"x")
    except OSError as error:
        reason = error.strerror or error
        raise argparse.ArgumentTypeError(f"cannot write in the folder {path.parent}: {reason}") from None
    return path


def apart(out: Path, **others: Path | None) -> None:
    """Refuse an `--out` that would take the place of a file that another argument names.

    Raises
    ------
    ValueError
        If it does; the message names both.
    """
    for name, path in others.items():
        if path is not None and path.resolve() == out.resolve():
            raise ValueError(f"--out and {name} must be two files, got {out} for both")


def _whole(text: str, low: int, accepted: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if value < low:
        raise argparse.ArgumentTypeError(f"must be {accepted}, got {text!r}")
    return value
