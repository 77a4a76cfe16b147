"""An entry of the ledger: one claim, what was computed about it, and the verdict, as text, HTML and JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from math import isfinite
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array, BoolArray
from rl_landscapes.statistics import Interval, binomial_interval, mean_interval
from rl_landscapes.studies.ledger.rules import Outcome, Verdict, Word
from rl_landscapes.studies.ledger.strip import strip
from rl_landscapes.studies.ledger.would_change import would_change

PAPER = "Ahmed et al. (2019)"
LOOKS: dict[Word, tuple[str, str]] = {
    "supported": ("verdict-supported", "✓"),
    "supported in part": ("verdict-in-part", "◐"),
    "not supported": ("verdict-not-supported", "✗"),
    "cannot tell": ("verdict-cannot-tell", "?"),
}
SPOKEN: dict[Outcome, str] = {"holds": "Holds for", "fails": "Fails for", "cannot tell": "Cannot tell for"}
NOT_HELD: dict[Outcome, str] = {"fails": "fails", "cannot tell": "cannot be told"}
FOLDED = ("Experiment", "Budget", "Rule", "Source")  # in the box: how it was found out


@dataclass(frozen=True)
class Entry:
    """One claim with its evidence; `details` are further numbers with their intervals, by what they are.

    `short` is the claim in a few words, for figures; `paper` what the paper claims, in its own strength; and
    `sharpened` what had to be added to make that something that data can contradict.
    """

    id: str
    short: str
    claim: str
    paper: str
    sharpened: str
    source: str
    experiment: str
    statistic: str
    verdict: Verdict
    n: str
    budget: str
    rule: str
    details: Mapping[str, Interval]
    limits: str

    @property
    def interval(self) -> Interval:
        """The number that decides."""
        return self.verdict.interval

    def as_json(self) -> dict[str, Any]:
        """Return the entry in types that JSON has, numbers to six digits: more depend on the machine."""
        details = {name: _rounded(interval) for name, interval in self.details.items()}
        return asdict(self) | {
            "verdict": str(self.verdict),
            "settings": dict(self.verdict.outcomes),
            "deciding": self.verdict.deciding,
            "interval": _rounded(self.interval),
            "details": details,
            "would_change": would_change(self.verdict),
        }

    def rows(self) -> list[tuple[str, str]]:
        """Name and content of each line below the claim."""
        told = [
            (spoken, "; ".join(name for name, found in self.verdict.outcomes.items() if found == outcome))
            for outcome, spoken in SPOKEN.items()
        ]
        return [
            ("The paper", self.paper),
            ("Sharpened here", self.sharpened),
            ("Experiment", self.experiment),
            ("What decides", f"{self.statistic}, {self.verdict.deciding}: {self.interval.estimate:.3g}"),
            ("Interval", bounds(self.interval)),
            ("Settings", counted(self.verdict)),
            *(told if len(self.verdict.outcomes) > 1 else []),
            ("n", self.n),
            ("Budget", self.budget),
            ("Rule", self.rule),
            ("Limits", self.limits),
            ("What would change it", would_change(self.verdict)),
            ("Source", self.source),
        ]

    def _repr_html_(self) -> str:
        look, mark = LOOKS[self.verdict.word]
        title = f"{escape(self.id)}: {escape(str(self.verdict))}"
        shown = [row for row in self.rows() if row[1] and row[0] not in (*FOLDED, *SPOKEN.values())]
        folded = [row for row in self.rows() if row[1] and row[0] in FOLDED]
        more = "".join(f"<li>{escape(name)}: {value}</li>" for name, value in self.details.items())
        return f"""<div class="verdict {look}" role="group" aria-label="Verdict on claim {title}">
  <p class="verdict-title"><span class="verdict-mark" aria-hidden="true">{mark}</span> {title}</p>
  <p class="verdict-claim">{escape(self.claim)}</p>
{strip(self.verdict, self.statistic)}
  <dl>
{_terms(shown)}
  </dl>
  <details><summary>How it was found out, and {len(self.details)} numbers with their intervals</summary>
  <dl>
{_terms(folded)}
  </dl>
  <ul>{more}</ul></details>
</div>"""

    def _repr_markdown_(self) -> str:
        rows = [f"* {name}: {text}" for name, text in self.rows() if text]
        more = [f"    * {name}: {value}" for name, value in self.details.items()]
        lines = "\n".join([*rows, "* More numbers, with 95% intervals:", *more])
        return f"**{self.id}: {self.verdict}.** *{self.claim}*\n\n{lines}"


def _terms(rows: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"    <dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in rows)


def bounds(interval: Interval) -> str:
    """Write `95%: [0.19, 0.25]`, with three significant digits."""
    return f"{interval.level:.0%}: [{interval.low:.3g}, {interval.high:.3g}]"


def counted(verdict: Verdict) -> str:
    """Write `holds in 2 of 5, fails in 1, cannot be told in 2`."""
    found = list(verdict.outcomes.values())
    rest = [
        f"{word} in {found.count(outcome)}" for outcome, word in NOT_HELD.items() if found.count(outcome) > 0
    ]
    return ", ".join([f"holds in {found.count('holds')} of {len(found)}", *rest])


def _rounded(interval: Interval) -> dict[str, float | None]:
    """Numbers as JSON has them: it has no infinity, so an open end is null."""
    return {
        name: value if name == "n" else float(f"{value:.6g}") if isfinite(value) else None
        for name, value in asdict(interval).items()
    }


def share(hits: BoolArray) -> Interval:
    """Return the share of `hits` with its binomial interval."""
    return binomial_interval(int(np.sum(hits)), int(np.size(hits)))


def mean_share(shares: Array) -> Interval:
    """Return the mean of shares with Student's interval, cut to [0, 1]."""
    interval = mean_interval(shares)
    return replace(interval, low=max(interval.low, 0.0), high=min(interval.high, 1.0))
