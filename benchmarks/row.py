"""One line of the cost table."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

FIELDS = ("name", "unit", "ours", "reference", "reference_name", "ratio", "target", "met", "note")


@dataclass(frozen=True)
class Row:
    """What we need, what the reference needs, in the same unit; ratio > 1: we are better.

    Without a target nothing is claimed, and `met` is None; so it is where one side could not be measured.
    """

    name: str
    unit: str
    ours: float | None
    reference: float | None
    reference_name: str
    target: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Reference over ours."""
        return None if self.ours is None or self.reference is None else self.reference / self.ours

    @property
    def met(self) -> bool | None:
        """Whether the ratio reaches the target."""
        return None if self.ratio is None or self.target is None else bool(self.ratio >= self.target)

    def as_json(self) -> dict[str, Any]:
        """Return all FIELDS; numbers to four digits, the ratio from the unrounded ones."""
        values: Mapping[str, Any] = {**asdict(self), "ratio": self.ratio, "met": self.met}
        return {name: _rounded(values[name]) for name in FIELDS}


def _rounded(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
