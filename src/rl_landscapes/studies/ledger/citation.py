"""The ledger as BibTeX: an entry for each claim, with its verdict, so that a row can be cited by itself."""

from collections.abc import Sequence

from rl_landscapes.studies.ledger.entry import Entry
from rl_landscapes.version import __version__

TITLE = "The ledger of claims, in: Landscapes of policy optimisation"
YEAR = 2026  # of this version
SPECIAL = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$", "~": r"\textasciitilde{}"}


def as_bibtex(judged: Sequence[Entry]) -> str:
    """Return one entry for each claim; `rl_landscapes_c3` is the key of C3."""
    return "\n".join(_cited(entry) for entry in judged)


def _cited(entry: Entry) -> str:
    found = f"{entry.interval.estimate:.3g} [{entry.interval.low:.3g}, {entry.interval.high:.3g}]"
    said = f"{entry.verdict}; {entry.statistic}, {entry.verdict.deciding}: {found}; {entry.n}"
    return f"""@misc{{rl_landscapes_{entry.id.lower()},
  author = {{{{The rl-landscapes authors}}}},
  title  = {{{{{TITLE}. {entry.id}: {_plain(entry.claim.rstrip("."))}}}}},
  year   = {{{YEAR}}},
  note   = {{Version {__version__}, budget {entry.budget}. Verdict: {_plain(said)}}}
}}
"""


def _plain(text: str) -> str:
    return "".join(SPECIAL.get(letter, letter) for letter in text)
