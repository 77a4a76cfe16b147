"""Moments with their zones."""

from datetime import UTC, timedelta, timezone
from zoneinfo import ZoneInfo

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
        ("2026-10-01 21:59+03", "2026-10-01 18:59:00 UTC"),
        ("2026-10-01 21:59 -3", "2026-10-02 00:59:00 UTC"),
        ("2026-10-01 21:59 UTC+2", "2026-10-01 19:59:00 UTC"),
        ("2026-10-01 21:59 GMT-05:30", "2026-10-02 03:29:00 UTC"),
        ("2026-10-01 21:59 Etc/GMT+5", "2026-10-02 02:59:00 UTC"),
        ("2026-10-01 21:59 America/Argentina/Buenos_Aires", "2026-10-02 00:59:00 UTC"),
        ("2026-10-01 21:59 America/Port-au-Prince", "2026-10-02 01:59:00 UTC"),
        ("2026-10-01 21:59 Singapore", "2026-10-01 13:59:00 UTC"),
    ],
)
def test_moments_are_read_with_their_zone(text, utc):
    assert times.format_utc(times.parse_time(text)) == utc


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-10-01 23:59",
        "2026-13-01 00:00Z",
        "2026-10-01 23:59 Nowhere/At",
        "2026-10-01 23:59 CEST",
        "2026-10-01 23:59 EST",
        "2026-10-01 23:59 +25",
        "2026-10-01 23:59+1:75",
        "2026-10-01 23:59 ../../etc/passwd",
        "2026-10-01 23:59 localtime",
        "٢٠٢٦-10-01 23:59Z",
        "2026-10-01 23:59 +",
        "0001-01-01 00:00+10",
    ],
)
def test_a_moment_without_date_or_zone_is_refused(text):
    with pytest.raises(ValueError, match="due"):
        times.parse_time(text, "due")


@pytest.mark.parametrize(
    "text", ["2026-10-01 23:59:00 Europe/Berlin", "2026-10-01T23:59:00+02:00", "2026-10-01 23:59:00 UTC"]
)
def test_a_moment_is_written_so_that_its_zone_is_read_back(text):
    assert times.format_with_zone(times.parse_time(text)) == text


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-10-01 23:59:59.123456 CEST", "Europe/Berlin", "2026-10-01 21:59:59 UTC"),
        ("2026-12-01 23:59:59 CET", "Europe/Paris", "2026-12-01 22:59:59 UTC"),
        ("2026-10-25 02:30:00 CEST", "Europe/Berlin", "2026-10-25 00:30:00 UTC"),  # the hour that comes twice
        ("2026-10-25 02:30:00 CET", "Europe/Berlin", "2026-10-25 01:30:00 UTC"),
        ("2026-10-01 23:59 PDT", "America/Los_Angeles", "2026-10-02 06:59:00 UTC"),
        ("2026-10-01 23:59 IST", "Asia/Kolkata", "2026-10-01 18:29:00 UTC"),
        ("2026-10-01 23:59 IST", "Europe/Dublin", "2026-10-01 22:59:00 UTC"),
        ("2026-10-01 23:59 +03", "Europe/Berlin", "2026-10-01 20:59:00 UTC"),
        ("2026-10-01 23:59 UTC", "Europe/Berlin", "2026-10-01 23:59:00 UTC"),
    ],
)
def test_a_short_name_of_the_zone_that_is_given_is_that_zone(text, zone, utc):
    assert times.format_utc(times.parse_time(text, zone=ZoneInfo(zone))) == utc


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("2026-10-01 23:59 PDT", ZoneInfo("Europe/Berlin")),
        ("2026-12-01 23:59 CEST", ZoneInfo("Europe/Berlin")),  # no summer time then
        ("2026-10-01 23:59 CEST", UTC),
        ("2026-10-01 23:59 CEST", timezone(timedelta(hours=2))),
        ("2026-10-01 23:59 CEST", None),
    ],
)
def test_a_short_name_of_another_zone_is_refused(text, zone):
    with pytest.raises(ValueError, match="is the name of several zones: write the offset"):
        times.parse_time(text, zone=zone)
