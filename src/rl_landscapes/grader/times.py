"""Moments with a time zone: when something was due, when it came, and how late that was."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from rl_landscapes.grader.tables import read_table

FORM = "%Y-%m-%d %H:%M:%S UTC"  # how nbgrader writes a moment
WRITTEN = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)"
    r"\s*(?P<zone>(?:UTC|GMT)?[+-]\d{1,2}(?::?[0-5]\d)?|[A-Z][\w+-]*(?:/[\w+-]+)*)?",
    re.ASCII,
)
OFFSET = re.compile(r"(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?", re.ASCII)
ZERO = ("Z", "UTC", "GMT")


def parse_time(text: str, what: str = "moment", zone: tzinfo | None = None) -> datetime:
    """Return a moment such as "2026-10-01T23:59:59+02:00" or "2026-10-01 23:59 Europe/Berlin", in its zone.

    A short name such as CEST stands for many zones: it is understood if it is what `zone` is called then.

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
    try:
        naive = datetime.fromisoformat(f"{found['day']}T{_six_digits(found['time'])}")
        when = _in_zone(naive, found["zone"], zone)
        when.astimezone(UTC)  # or no other time could be compared with it
    except (ValueError, KeyError, OverflowError, OSError) as error:
        raise ValueError(f"{what} {text[:60]!r} cannot be: {error}") from None
    return when


def _in_zone(naive: datetime, name: str, zone: tzinfo | None) -> datetime:
    """Return a moment in the zone of a name, an offset, or a short name of `zone`."""
    if name in ZERO:
        return naive.replace(tzinfo=UTC)
    if offset := OFFSET.fullmatch(name):
        minutes = 60 * int(offset["hours"]) + int(offset["minutes"] or 0)
        ahead = timedelta(minutes=-minutes if offset["sign"] == "-" else minutes)
        return naive.replace(tzinfo=timezone(ahead))
    if "/" in name or not name.isupper():
        return naive.replace(tzinfo=ZoneInfo(name))
    for fold in (0, 1):  # when clocks are set back, an hour comes twice, under two names
        when = naive.replace(tzinfo=zone, fold=fold)
        if when.tzname() == name:
            return when
    raise ValueError(f"{name} is the name of several zones: write the offset, such as +02:00, or Area/City")


def read_times(path: Path, zone: tzinfo | None = None) -> dict[str, datetime]:
    """Return the moments in a CSV file with the columns `id` and `time`, by id.

    Raises
    ------
    ValueError
        If a column is missing, a time is none, or an id has two; the message names the line.
    """
    table = read_table(path, ("id", "time"))
    if not {"id", "time"} <= set(table.columns):
        raise ValueError(f"{path} must have the columns id and time, got {table.has}")
    found: dict[str, datetime] = {}
    for line, row in table.rows:
        if row["id"] in found:
            raise table.wrong(line, f"a time for {row['id']!r} is there already")
        found[row["id"]] = parse_time(row.get("time", ""), f"{path}, line {line}: time", zone)
    return found


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
