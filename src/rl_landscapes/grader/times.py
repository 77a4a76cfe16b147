"""Moments with a time zone: when something was due, when it came, and how late that was."""

import csv
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

FORM = "%Y-%m-%d %H:%M:%S UTC"  # how nbgrader writes a moment
WRITTEN = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[A-Z][A-Za-z]+/[A-Za-z_/+-]+)?"
)


def parse_time(text: str, what: str = "moment") -> datetime:
    """Return a moment such as "2026-10-01T23:59:59+02:00" or "2026-10-01 23:59 Europe/Berlin", in its zone.

    Raises
    ------
    ValueError
        If it is no date and time, or has no time zone; `what` names it in the message.
    """
    found = WRITTEN.fullmatch(text.strip().lstrip("\ufeff"))
    if found is None or not found["zone"]:
        raise ValueError(
            f"{what} must be a date, a time and a zone, such as '2026-10-01 23:59 Europe/Berlin', "
            f"got {text[:60]!r}"
        )
    zone = found["zone"]
    try:
        if "/" in zone:
            naive = datetime.fromisoformat(f"{found['day']}T{found['time']}")
            when = naive.replace(tzinfo=ZoneInfo(zone))
        else:
            offset = "+00:00" if zone in ("Z", "UTC", "GMT") else zone
            when = datetime.fromisoformat(f"{found['day']}T{_six_digits(found['time'])}{offset}")
        when.astimezone(UTC)  # or no other time could be compared with it
    except (ValueError, KeyError, OverflowError, OSError) as error:
        raise ValueError(f"{what} {text[:60]!r} cannot be: {error}") from None
    return when


def read_times(path: Path) -> dict[str, datetime]:
    """Return the moments in a CSV file with the columns `id` and `time`, by id.

    Raises
    ------
    ValueError
        If a column is missing, or a time is none; the message names the line.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"id", "time"} <= set(rows.fieldnames or ()):
            found = ", ".join(rows.fieldnames or ["nothing"])
            raise ValueError(f"{path} must have the columns id and time, got {found}")
        return {
            row["id"]: parse_time(row["time"] or "", f"{path}, line {rows.line_num}: time") for row in rows
        }


def format_utc(when: datetime) -> str:
    """Return a moment in UTC as nbgrader writes it, to the second."""
    return when.astimezone(UTC).strftime(FORM)


def format_with_zone(when: datetime) -> str:
    """Return a moment to the second so that `parse_time` reads it back, its zone too."""
    zone = getattr(when.tzinfo, "key", "")
    if "/" in zone:
        return f"{when:%Y-%m-%d %H:%M:%S} {zone}"
    return when.isoformat(timespec="seconds") if when.utcoffset() else format_utc(when)


def late_s(when: datetime | None, due: datetime | None) -> int | None:
    """Return by how many seconds something came late, 0 if not; None if either is not known."""
    if when is None or due is None:
        return None
    return max(0, int((when.replace(microsecond=0) - due.replace(microsecond=0)).total_seconds()))


def lateness(seconds: float) -> str:
    """Return a time in words: "2 days 3 h", "5 min", "40 s"."""
    days, rest = divmod(int(seconds), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, left = divmod(rest, 60)
    parts = [(days, "day" if days == 1 else "days"), (hours, "h"), (minutes, "min"), (left, "s")]
    shown = [f"{count} {unit}" for count, unit in parts if count][:2]
    return " ".join(shown) or "0 s"


def _six_digits(time: str) -> str:
    return re.sub(r"\.(\d+)$", lambda found: "." + found[1][:6].ljust(6, "0"), time)
