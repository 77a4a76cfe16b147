"""`rl-landscapes study`: the long computations of the book, in pieces kept as soon as they are done."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_landscapes.cli.options import PROGRAM, Commands, Failure, Parser, add_jobs, command, writable
from rl_landscapes.parallel.processes import backend

if TYPE_CHECKING:
    from rl_landscapes.studies import Result, Study

STORE, DATA = Path(".studies"), Path("book/data")
STOPPED = "stopped: finished pieces are kept, the same command goes on from there"
BUDGETS = "how much to compute: smoke, laptop or paper"
NAMED = "a study of the book, or one of yours as their.module:study"
ALL = "all"


def add(commands: Commands) -> None:
    """Add the command and its actions."""
    example = f"{PROGRAM} study run stuck_points --budget smoke --jobs 2"
    parser = command(commands, "study", "list, run and look at the long computations of the book", example)
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    command(actions, "list", "name the studies and their budgets", f"{PROGRAM} study list").set_defaults(
        do=_list
    )
    _add_run(actions)
    example = f"{PROGRAM} study status stuck_points"
    status = command(actions, "status", "count pieces, and compare results with settings", example)
    status.add_argument("name", nargs="?", help=f"{NAMED}; without it, all")
    _add_store(status)
    status.set_defaults(do=_status)
    example = f"{PROGRAM} study show stuck_points"
    show = command(actions, "show", "print what a result was made from, and what it holds", example)
    show.add_argument("name", help=f"{NAMED}, or a file of results")
    show.add_argument("--budget", default="laptop", help=BUDGETS + " (laptop)")
    _add_store(show)
    show.set_defaults(do=_show)
    _add_judge(actions)
    ledger = command(actions, "ledger", "write the ledger of the book's claims", f"{PROGRAM} study ledger")
    ledger.add_argument("--data", type=Path, default=DATA, help=f"the folder of results ({DATA})")
    ledger.set_defaults(do=_ledger)


def _add_run(actions: Commands) -> None:
    example = f"{PROGRAM} study run stuck_points --budget laptop --jobs 2"
    summary = "compute a study; a second call goes on where the first stopped"
    parser = command(actions, "run", summary, example)
    parser.add_argument("name", help=f"{NAMED}; {ALL}: every study of the book, one after another")
    parser.add_argument("--budget", required=True, help=BUDGETS)
    add_jobs(parser)
    backends = ("local", "dask")
    parser.add_argument("--backend", choices=backends, default="local", help="where (local)")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="of the Dask cluster, such as tcp://10.0.0.1:8786"
    )
    parser.add_argument("--out", type=writable, metavar="FILE.npz", help="the file to write")
    parser.add_argument("--fresh", action="store_true", help="compute stored pieces again")
    _add_store(parser)
    parser.set_defaults(do=_run)


def _add_judge(actions: Commands) -> None:
    example = f"{PROGRAM} study judge stuck_points"
    parser = command(actions, "judge", "judge the claims of one study from its result", example)
    parser.add_argument("name", help=NAMED)
    parser.add_argument("--budget", default="laptop", help=BUDGETS + " (laptop)")
    parser.add_argument("--result", type=Path, metavar="FILE.npz", help="the result, if it was put elsewhere")
    _add_store(parser)
    parser.set_defaults(do=_judge)


def _add_store(parser: Parser) -> None:
    parser.add_argument("--store", type=Path, default=STORE, help=f"where pieces are kept ({STORE})")


def _list(chosen: argparse.Namespace) -> None:
    for name, study in _studies().items():
        print(f"{name}  ({', '.join(study.budgets)})  {study.summary}".rstrip())


def _run(chosen: argparse.Namespace) -> None:
    from rl_landscapes.studies.results import save_result

    studies = _chosen_studies(chosen)
    with _backend(chosen):
        for study in studies:
            result = _computed(study, chosen)
            out = chosen.out or default_out(study, chosen.budget, chosen.store)
            print(f"{result.wall_time_s:.1f} s of computing in {save_result(result, out)}", flush=True)
            if ":" in chosen.name:  # the book's claims are judged together, by `study ledger`
                for line in _verdicts(study, result):
                    print(line, flush=True)


def _chosen_studies(chosen: argparse.Namespace) -> "list[Study[Any, Any]]":
    if chosen.name != ALL:
        return [_named(chosen.name, chosen.budget)]
    if chosen.out:
        raise ValueError(f"--out is one file and {ALL} are several results: leave it out, and see --store")
    return [_named(name, chosen.budget) for name in _studies()]


def _computed(study: "Study[Any, Any]", chosen: argparse.Namespace) -> "Result":
    from rl_landscapes.studies.engine import jobs, run, unfinished

    todo = jobs(study, chosen.budget, chosen.store)
    missing = len(todo if chosen.fresh else unfinished(todo))
    name = study.name if chosen.name == ALL else chosen.name
    print(f"{name}, {chosen.budget}: {missing} of {len(todo)} pieces to compute", flush=True)
    try:
        return run(
            study,
            chosen.budget,
            n_jobs=-1 if chosen.backend == "dask" else chosen.jobs,
            store=chosen.store,
            command=f"{PROGRAM} study run {name} --budget {chosen.budget}",
            fresh=chosen.fresh,
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(STOPPED) from None
    except (OSError, ImportError):
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise Failure("; ".join([said, *getattr(error, "__notes__", [])])) from error


def _backend(chosen: argparse.Namespace) -> AbstractContextManager[None]:
    if (chosen.backend == "dask") != bool(chosen.scheduler):
        raise ValueError("--backend dask and --scheduler ADDRESS go together, got only one of them")
    return backend(chosen.jobs, chosen.scheduler)


def default_out(study: "Study[Any, Any]", budget: str, store: Path) -> Path:
    """Return where a result belongs: the book's data for its studies' laptop budget, else the store."""
    if budget == "laptop" and DATA.is_dir() and _studies().get(study.name) is study:
        return DATA / f"{study.name}.npz"
    return store / f"{study.name}-{budget}.npz"


def _status(chosen: argparse.Namespace) -> None:
    from rl_landscapes.studies.engine import jobs, stale_because, state

    studies = [_named(chosen.name)] if chosen.name else list(_studies().values())
    print(f"{'study':<20}{'budget':<10}{'done':>6}{'stale':>7}{'missing':>9}  result")
    for study in studies:
        for budget in study.budgets:
            todo = jobs(study, budget, chosen.store)
            states = [state(job) for job in todo]
            counts = [states.count(kind) for kind in ("done", "stale", "missing")]
            where = default_out(study, budget, chosen.store)
            row = f"{study.name:<20}{budget:<10}{counts[0]:>6}{counts[1]:>7}{counts[2]:>9}"
            print(f"{row}  {_standing(study, budget, where)}")
            because = Counter(name for job in todo for name in stale_because(job))
            for name, count in because.most_common():
                print(f"{'':<10}{count} stale because of {name}")


def _standing(study: "Study[Any, Any]", budget: str, path: Path) -> str:
    """Say whether there is a result, and whether its settings are still those of the budget."""
    from rl_landscapes.records import equal
    from rl_landscapes.records.fingerprint import differences
    from rl_landscapes.studies.engine import code_of
    from rl_landscapes.studies.results import load_result

    try:
        result = load_result(path)
    except FileNotFoundError:
        return "none"
    except ValueError:
        return f"{path}, damaged"
    if not equal(result.settings, asdict(study.budgets[budget])):
        return f"{path}, of other settings"
    changed = differences(result.code, code_of(study, budget)) if result.code else ["an unknown version"]
    return f"{path}{', of other code: ' + ', '.join(changed) if changed else ''}"


def _show(chosen: argparse.Namespace) -> None:
    from rl_landscapes.studies.results import load_result

    path = Path(chosen.name) if chosen.name.endswith(".npz") else _computed_before(chosen)
    print("\n".join(_described(path, load_result(path))))


def _computed_before(chosen: argparse.Namespace) -> Path:
    study = _named(chosen.name, chosen.budget)
    path = default_out(study, chosen.budget, chosen.store)
    if not path.exists():
        raise ValueError(
            f"{path} is not there: run {PROGRAM} study run {chosen.name} --budget {chosen.budget} first"
        )
    return path


def _described(path: Path, result: "Result") -> Iterator[str]:
    yield f"{path}: study {result.study} at the {result.budget} budget, seed {result.seed}"
    yield f"made by: {result.command}"
    machine = result.machine
    on = f"{machine['processor']}, {machine['cores']} cores, {machine['platform']}"
    yield f"in {result.wall_time_s:.1f} s of computing, on {on}, BLAS threads: {machine['blas_threads']}"
    yield "with " + ", ".join(f"{name} {number}" for name, number in result.versions.items())
    yield "settings:"
    yield from (f"  {name} = {value}" for name, value in result.settings.items())
    yield "arrays:"
    yield from (f"  {name}  {array.dtype} {array.shape}" for name, array in result.arrays.items())


def _judge(chosen: argparse.Namespace) -> None:
    from rl_landscapes.studies.ledger import claims_module, claims_of
    from rl_landscapes.studies.results import load_result

    study = _named(chosen.name)
    if not claims_of(study):
        place = claims_module(study)
        raise ValueError(f"study {study.name} has no claims: there is no function such as c1 in {place}")
    print("\n".join(_verdicts(study, load_result(chosen.result or _computed_before(chosen)))))


def _verdicts(study: "Study[Any, Any]", result: "Result") -> Iterator[str]:
    from rl_landscapes.studies.ledger import judge
    from rl_landscapes.studies.ledger.entry import bounds, counted

    for entry in judge(study, result):
        decides = f"{entry.statistic}, {entry.verdict.deciding}: {entry.interval.estimate:.3g}"
        yield f"{entry.id}: {entry.verdict}. {entry.claim}"
        yield f"  {decides}, {bounds(entry.interval)}; {counted(entry.verdict)}"


def _ledger(chosen: argparse.Namespace) -> None:
    from rl_landscapes.studies import ledger

    try:
        print(f"verdicts in {ledger.write(chosen.data)}")
    except FileNotFoundError as error:
        said = f"{error.filename} is missing: run its study at the laptop budget first"
        raise ValueError(said) from error


def _studies() -> "dict[str, Study[Any, Any]]":
    from rl_landscapes.studies import find_studies

    return find_studies()


def _named(name: str, budget: str | None = None) -> "Study[Any, Any]":
    from rl_landscapes.studies import named_study

    if ":" in name and "" not in sys.path:
        sys.path.insert(0, "")  # the folder in which the command is given, as for python -m
    study = named_study(name)
    if budget is not None and budget not in study.budgets:
        known = ", ".join(study.budgets)
        raise ValueError(f"study {study.name} has no budget {budget!r}: choose from {known}")
    return study
