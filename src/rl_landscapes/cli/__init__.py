"""The command `rl-landscapes`: studies, training and probing from a shell.

Exit codes: 0 done, 1 failed on the way, 2 refused (a bad argument, a missing file or package), 130 stopped by
Ctrl-C; `check` ends with 1 if a test did not pass, with 2 if it could not run. Whatever goes wrong is one
line on the standard error. What a command needs is imported on use.
"""

import errno
import io
import os
import shlex
import sys
import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any

from rl_landscapes.cli import check, course, info, probe, study, train
from rl_landscapes.cli.options import PROGRAM, Failure, Parser
from rl_landscapes.version import __version__

FAILED, REFUSED, STOPPED = 1, 2, 130
REFUSALS = (
    ValueError,
    ImportError,
    FileNotFoundError,
    NotADirectoryError,
    IsADirectoryError,
    ConnectionError,
)
NOT_YOURS = "give this account the right to do so, or work in another folder"
FULL = "make room, then run the same command again: what was there before is whole"
REMEDIES = {  # what may help where the system refuses
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: NOT_YOURS,
    errno.EACCES: NOT_YOURS,
    errno.EPERM: NOT_YOURS,
    errno.EAGAIN: "another program is writing it: run the same command again when that has ended",
}
COMMANDS = (train, probe, study, check, course, info)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may not have every letter
    try:
        chosen = _parser().parse_args(arguments)
    except SystemExit as told:  # help is printed, or a usage error
        return int(told.code or 0)
    name, failed = f"{PROGRAM} {chosen.command}", getattr(chosen, "failed", FAILED)
    chosen.line = shlex.join([PROGRAM, *(sys.argv[1:] if arguments is None else arguments)])
    with warnings.catch_warnings():
        warnings.showwarning = partial(_warn, name)
        try:
            code: int | None = chosen.do(chosen)
            sys.stdout.flush()
            return code or 0
        except KeyboardInterrupt as stop:
            return _say(name, str(stop) or "stopped", STOPPED)
        except BrokenPipeError:  # whoever read the output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return failed
        except Exception as error:
            if chosen.traceback:
                raise
            return _say(name, _line(error), REFUSED if isinstance(error, REFUSALS) else failed)


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description="Look at the landscapes of policy optimisation.")
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser


def _line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        remedy = REMEDIES.get(error.errno or 0, "")
        return f"{error.strerror}: {error.filename}" + (f" ({remedy})" if remedy else "")
    if isinstance(error, (*REFUSALS, OSError, Failure)):
        return str(error)
    return f"{type(error).__name__}: {error} (--traceback shows where)"


def _say(name: str, text: str, code: int) -> int:
    shown = "".join(
        c if c.isprintable() else "?" for c in " ".join(text.split())
    )  # nothing acts on a terminal
    print(f"{name}: {shown}", file=sys.stderr)
    return code


def _warn(name: str, message: Warning | str, *_: Any, **__: Any) -> None:
    _say(name, f"warning: {message}", 0)
