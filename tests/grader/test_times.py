"""Moments with their zones."""

import pytest

from rl_landscapes.grader import times


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-10-01T23:59:59+02:00", "2026-10-01 21:59:59 UTC"),
        ("2026-10-01 23:59 Europe/Berlin", "2026-10-01 21:59:00 UTC"),
        ("2026-12-01 23:59 Europe/Berlin", "2026-12-01 22:59:00 UTC"),
        ("2015-02-02 15:58:23.948203 UTC", "2015-02-02 15:58:23 UTC"),
        ("2026-10-01T21:59:59Z", "2026-10-01 21:59:59 UTC"),
        ("2026-10-01 21:59:59.123456789 -0700\n", "2026-10-02 04:59:59 UTC"),
    ],
)
def test_moments_are_read_with_their_zone(text, utc):
    assert times.format_utc(times.parse_time(text)) == utc


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-10-01 23:59", "2026-13-01 00:00Z", "2026-10-01 23:59 Nowhere/At"]
)
def test_a_moment_without_date_or_zone_is_refused(text):
    with pytest.raises(ValueError, match="due"):
        times.parse_time(text, "due")


@pytest.mark.parametrize(
    "text", ["2026-10-01 23:59:00 Europe/Berlin", "2026-10-01T23:59:00+02:00", "2026-10-01 23:59:00 UTC"]
)
def test_a_moment_is_written_so_that_its_zone_is_read_back(text):
    assert times.format_with_zone(times.parse_time(text)) == text
