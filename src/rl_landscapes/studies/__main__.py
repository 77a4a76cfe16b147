"""Run studies: `python -m rl_landscapes.studies list`, `run NAME --budget smoke`, or `ledger`."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rl_landscapes.studies import find_studies, ledger
from rl_landscapes.studies.engine import Study, jobs, run, unfinished
from rl_landscapes.studies.results import save_result

STORE = Path(".studies")
DATA = Path("book/data")
STOPPED, REFUSED = 130, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code (2: it asks for something that is not there)."""
    chosen = _parser().parse_args(arguments)
    try:
        if chosen.action == "ledger":
            return _ledger(chosen.data)
        studies = find_studies()
        return _list(studies) if chosen.action == "list" else _run(studies, chosen)
    except KeyboardInterrupt:
        print("stopped: finished pieces are kept, the same command goes on from there", file=sys.stderr)
        return STOPPED


def _list(studies: Mapping[str, Study[Any, Any]]) -> int:
    for name, study in studies.items():
        print(f"{name}  ({', '.join(study.budgets)})  {study.summary}".rstrip())
    return 0


def _run(studies: Mapping[str, Study[Any, Any]], chosen: argparse.Namespace) -> int:
    refusal = _refusal(studies, chosen)
    if refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    study = studies[chosen.name]
    todo = jobs(study, chosen.budget, chosen.store)
    missing = len(todo if chosen.fresh else unfinished(todo))
    print(f"{chosen.name}, {chosen.budget}: {missing} of {len(todo)} pieces to compute", flush=True)
    command = f"python -m rl_landscapes.studies run {chosen.name} --budget {chosen.budget}"
    result = run(
        study, chosen.budget, n_jobs=chosen.jobs, store=chosen.store, command=command, fresh=chosen.fresh
    )
    out = chosen.out or default_out(chosen.name, chosen.budget, chosen.store)
    print(f"{result.wall_time_s:.1f} s of computing in {save_result(result, out)}")
    return 0


def _ledger(data: Path) -> int:
    try:
        print(f"verdicts in {ledger.write(data)}")
    except FileNotFoundError as error:
        print(f"{error.filename} is missing: run its study at the laptop budget first", file=sys.stderr)
        return REFUSED
    return 0


def _refusal(studies: Mapping[str, Study[Any, Any]], chosen: argparse.Namespace) -> str:
    """Say in one line what cannot be done, or nothing."""
    if chosen.name not in studies:
        return f"unknown study {chosen.name!r}: choose from {', '.join(studies) or '(there is none)'}"
    if chosen.budget not in studies[chosen.name].budgets:
        known = ", ".join(studies[chosen.name].budgets)
        return f"study {chosen.name} has no budget {chosen.budget!r}: choose from {known}"
    if chosen.jobs == 0:
        return "--jobs must not be 0: 1 is this process, -1 all cores"
    return ""


def default_out(name: str, budget: str, store: Path) -> Path:
    """Return where a result belongs: the book's data for the laptop budget, else the store."""
    return DATA / f"{name}.npz" if budget == "laptop" and DATA.is_dir() else store / f"{name}-{budget}.npz"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rl_landscapes.studies", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="name the studies and their budgets")
    judge = actions.add_parser("ledger", help="judge the claims from the results in the book's data")
    judge.add_argument("--data", type=Path, default=DATA, help=f"the folder of results ({DATA})")
    starter = actions.add_parser("run", help="compute a study; a second call goes on where the first stopped")
    starter.add_argument("name")
    starter.add_argument("--budget", required=True, help="how much to compute: smoke, laptop or paper")
    starter.add_argument("--jobs", type=int, default=1, help="processes side by side, -1 for all cores")
    starter.add_argument("--out", type=Path, help="the file to write")
    starter.add_argument("--store", type=Path, default=STORE, help=f"where pieces are kept ({STORE})")
    starter.add_argument("--fresh", action="store_true", help="compute stored pieces again")
    return parser


if __name__ == "__main__":
    sys.exit(main())
