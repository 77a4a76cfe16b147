"""The ledger at a glance: one line per claim."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from rl_landscapes.studies.ledger.entry import LOOKS, Entry, bounds


@dataclass(frozen=True)
class Overview:
    """The entries, and for each claim that has one the address of the page that tests it."""

    entries: tuple[Entry, ...]
    pages: Mapping[str, str]

    def _repr_html_(self) -> str:
        rows = "\n".join(self._row(entry) for entry in self.entries)
        return f"""<div class="ledger" role="region" aria-label="Claims and verdicts" tabindex="0">
<table class="table">
<thead><tr><th scope="col">Claim</th><th scope="col">What it says</th><th scope="col">Verdict</th>
<th scope="col">Statistic</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>"""

    def _row(self, entry: Entry) -> str:
        _, mark = LOOKS[entry.verdict.word]
        name = escape(entry.id)
        if entry.id in self.pages:
            name = f'<a href="{escape(self.pages[entry.id])}">{name}</a>'
        number = (
            f"{escape(entry.statistic)}, {escape(entry.verdict.deciding)}: {entry.interval.estimate:.3g}, "
            f"{escape(bounds(entry.interval))}"
        )
        return (
            f'<tr><th scope="row">{name}</th><td>{escape(entry.claim)}</td>'
            f'<td><span aria-hidden="true">{mark}</span> {escape(str(entry.verdict))}</td>'
            f"<td>{number}</td></tr>"
        )
