"""The ledger as a table for other programs: one row per claim, in CSV."""

import csv
import io
from collections.abc import Mapping, Sequence

from rl_landscapes.studies.ledger.entry import Entry
from rl_landscapes.studies.ledger.would_change import would_change

COLUMNS = (
    "claim", "verdict", "settings that hold", "settings that fail", "settings", "statistic",
    "deciding setting", "estimate", "low", "high", "level", "n", "budget", "says", "paper", "sharpened",
    "experiment", "rule", "limits", "would change", "page", "source",
)  # fmt: skip


def as_csv(judged: Sequence[Entry], pages: Mapping[str, str]) -> str:
    """Return the entries as CSV with a heading, numbers to six digits; `pages` are those of the book."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(entry, pages.get(entry.id, "")) for entry in judged)
    return text.getvalue()


def _row(entry: Entry, page: str) -> list[str]:
    verdict, interval = entry.verdict, entry.interval
    numbers = (interval.estimate, interval.low, interval.high, interval.level)
    return [
        entry.id,
        str(verdict),
        str(len(verdict.holds)),
        str(list(verdict.outcomes.values()).count("fails")),
        str(len(verdict.outcomes)),
        entry.statistic,
        verdict.deciding,
        *(f"{number:.6g}" for number in numbers),
        entry.n,
        entry.budget,
        entry.claim,
        entry.paper,
        entry.sharpened,
        entry.experiment,
        entry.rule,
        entry.limits,
        would_change(verdict),
        page,
        entry.source,
    ]
