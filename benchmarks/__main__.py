"""Measure every row, print it, and write results.json and RESULTS.md: `python -m benchmarks`.

`python -m benchmarks control --renew` measures and writes only the rows of that family.
"""

import argparse
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.threads import use_one_thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.row import Row

FAMILIES = ("batch", "gradients", "curvature", "planning", "control", "scale", "growth", "course")


def main() -> None:
    """Run the families of rows asked for; a run of some is written down if they are to be renewed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "families", nargs="*", metavar="family", help=f"any of {', '.join(FAMILIES)}; default all"
    )
    parser.add_argument("--renew", action="store_true", help="write down these families only")
    parser.add_argument("--book", action="store_true", help="also build the book twice (removes _build)")
    asked = parser.parse_args()
    unknown = set(asked.families) - set(FAMILIES)
    if unknown:
        parser.error(f"unknown family {', '.join(sorted(unknown))}; known are {', '.join(FAMILIES)}")
    use_one_thread()
    families = [*(asked.families or FAMILIES), *(["book"] if asked.book else [])]
    start = perf_counter()
    kept = asked.renew or not asked.families
    rows = {family: list(_measured(family, kept=kept)) for family in families}
    if kept:
        from benchmarks.report import write

        write(rows, perf_counter() - start, keep=(*FAMILIES, "book") if asked.renew else ())


def _measured(family: str, *, kept: bool) -> "Iterator[Row]":
    files = {"folder": Path(__file__).parent} if kept and family == "growth" else {}
    for row in import_module(f"benchmarks.{family}").rows(**files):
        print(_line(row), flush=True)
        yield row


def _line(row: "Row") -> str:
    ratio = "not measured" if row.ratio is None else f"{row.ratio:.3g}"
    target = "" if row.target is None else f" (target {row.target:.3g}: {'met' if row.met else 'MISSED'})"
    return f"{ratio:>8}{target}  {row.name}, against {row.reference_name}"


if __name__ == "__main__":
    main()
