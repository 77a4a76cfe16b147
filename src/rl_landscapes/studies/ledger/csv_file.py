"""The ledger as a table for other programs: one row per claim, in CSV."""

import csv
import io
from collections.abc import Sequence

from rl_landscapes.studies.ledger.entry import Entry

COLUMNS = (
    "claim", "verdict", "settings that hold", "settings", "statistic", "deciding setting",
    "estimate", "low", "high", "level", "n", "budget", "rule", "says", "paper", "source",
)  # fmt: skip


def as_csv(judged: Sequence[Entry]) -> str:
    """Return the entries as CSV with a heading, numbers to six digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(entry) for entry in judged)
    return text.getvalue()


def _row(entry: Entry) -> list[str]:
    verdict, interval = entry.verdict, entry.interval
    numbers = (interval.estimate, interval.low, interval.high, interval.level)
    return [
        entry.id,
        str(verdict),
        str(len(verdict.holds)),
        str(len(verdict.outcomes)),
        entry.statistic,
        verdict.deciding,
        *(f"{number:.6g}" for number in numbers),
        entry.n,
        entry.budget,
        entry.rule,
        entry.claim,
        entry.paper,
        entry.source,
    ]
