"""Downloads, rosters and times: read, or refused in words; what is written is read again."""

import io
import tempfile
import warnings
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from rl_landscapes.grader.collecting import unpack
from rl_landscapes.grader.collecting.collect import collect
from rl_landscapes.grader.roster import OPTIONAL, Person, Roster, Sender, Unknown, why_no_id
from rl_landscapes.grader.roster_file import read, write
from rl_landscapes.grader.times import format_utc, format_with_zone, late_s, lateness, parse_time, read_times
from tests.fuzz.values import TEXT, damaged
from tests.grader.handing_in import NAME, new_course, notebook, state

WORDS = (
    *(
        "s1",
        "leeann",
        "Ann Lee",
        "Lee_Ann",
        "501",
        "502",
        "LATE",
        "Wei Wang",
        "M\u00fcller-Wei\u00df",
        "x.ipynb",
    ),
    *(
        f"{NAME}.ipynb",
        "_",
        "-",
        "/",
        "\\",
        "..",
        ".",
        ":",
        "C:",
        " ",
        "(1)",
        "assignsubmission_file",
        ".zip",
        "~",
    ),
    *(
        "Group A",
        "timestamp.txt",
        "submission_metadata.yml",
        "__MACOSX",
        "._x",
        "2026-10-01-20-00-00",
        "attempt",
    ),
)
NAMES = st.lists(st.sampled_from(WORDS) | st.text(max_size=4), min_size=1, max_size=7).map("".join)
BODIES = st.one_of(
    st.just(notebook().encode()),
    st.just(notebook("def entropy(p):\n    return 1.0").encode()),
    st.binary(max_size=40),
    damaged(notebook().encode()),
)
YEARS = st.datetimes(datetime(1980, 1, 1), datetime(2107, 12, 31))


@st.composite
def zips(draw, bodies=BODIES):
    data = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(data, "w") as archive:  # one name twice
        for _ in range(draw(st.integers(0, 4))):
            when = draw(YEARS)
            info = zipfile.ZipInfo(
                "x", (when.year, when.month, when.day, when.hour, when.minute, when.second)
            )
            info.filename = draw(NAMES).encode(errors="replace").decode()
            info.external_attr = draw(st.sampled_from([0, 0o100644 << 16, 0o120777 << 16, 0o010644 << 16]))
            archive.writestr(info, draw(bodies), draw(st.sampled_from([0, 8])))
    return data.getvalue()


ZIPS = zips().flatmap(damaged) | zips(BODIES | zips()) | zips(BODIES | zips()).flatmap(damaged)


@given(ZIPS)
def test_the_files_of_a_zip_are_read_or_refused_and_none_leads_outside(data):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "c.zip"
        source.write_bytes(data)
        try:
            for file in unpack.files(source, lambda *_: None):
                assert ".." not in file.parts
                assert not file.path.startswith("/")
                assert file.path.isprintable()
                try:
                    assert isinstance(file.read(), bytes)
                except unpack.Refused as why:
                    str(why)
        except ValueError as why:
            assert str(why)


@given(ZIPS)
def test_whatever_is_collected_changes_nothing_when_it_is_collected_again(data):
    with tempfile.TemporaryDirectory() as folder:
        course = new_course(Path(folder) / "course")
        source = Path(folder) / "c.zip"
        source.write_bytes(data)
        try:
            first = collect(course, NAME, source)
        except ValueError:
            assert not state(course)
            return
        before = state(course)
        again = collect(course, NAME, source)
        assert state(course) == before
        assert again.students == first.students
        assert {path.name for path in Path(folder).iterdir()} == {"course", "c.zip"}


HEADS = (
    "id",
    "first_name",
    "Last Name",
    "email",
    "Student",
    "SIS User ID",
    "Section",
    "also",
    "name",
    "time",
    "",
)
ROWS = st.lists(st.lists(st.sampled_from(("", *HEADS)) | TEXT, max_size=5), max_size=5)
TABLES = st.builds(
    lambda rows, between, end: end.join(between.join(row) for row in rows),
    ROWS,
    st.sampled_from([",", ";", "\t", '","', ", "]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
FILES = st.one_of(
    st.binary(max_size=60),
    TABLES.map(lambda t: t.encode("utf-8", "replace")),
    TABLES.map(lambda t: t.encode("utf-16", "replace")),
)


@given(FILES)
def test_a_table_is_read_or_refused_by_name(data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        path.write_bytes(data)
        for reader in (read, read_times):
            try:
                found = reader(path)
            except ValueError as why:
                assert str(path) in str(why)
            else:
                people = found.people if isinstance(found, Roster) else ()
                assert len({person.folder.casefold() for person in people}) == len(people)


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=12)


@given(st.lists(st.builds(Person, *[CELL] * (1 + len(OPTIONAL))), max_size=5))
def test_a_roster_that_is_written_is_read_again(people):
    found = {person.folder.casefold(): person for person in people if not why_no_id(person.id)}
    roster = Roster(tuple(found.values()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "roster.csv"
        write(roster, path)
        if roster.people:
            assert [person.id for person in read(path).people] == [person.id for person in roster.people]


SENDERS = st.builds(
    Sender,
    st.lists(NAMES, max_size=2).map(tuple),
    NAMES | st.just(""),
    st.lists(NAMES, max_size=3).map(tuple),
    st.booleans(),
)


@given(st.lists(st.builds(Person, CELL.filter(bool), NAMES, NAMES), max_size=5), SENDERS)
def test_a_sender_is_somebody_of_the_roster_or_unknown(people, sender):
    roster = Roster(tuple(people))
    try:
        found = roster.person(sender)
    except Unknown as why:
        assert str(why)
    else:
        assert found in people or not people
        assert not why_no_id(found.id) or people


ZONES = st.one_of(
    st.just(UTC),
    st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]).map(
        ZoneInfo
    ),
)
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=ZONES)
STAMPS = st.lists(
    st.sampled_from(
        ["2026-10-01", "T", " ", "23:59", ":59", ".5", "Z", "UTC", "CEST", "+02:00", "-24", "Europe/Berlin"]
    )
    | st.text(max_size=3),
    max_size=6,
).map("".join)


@given(STAMPS, st.none() | ZONES)
@example("2026-10-01 23:59 Europe/", None)
def test_a_time_is_read_or_refused_in_words(text, zone):
    try:
        when = parse_time(text, "due", zone)
    except ValueError as why:
        assert str(why).startswith("due ")
    else:
        assert when.utcoffset() is not None
        assert parse_time(format_utc(when)) == when.replace(microsecond=0)


@given(MOMENTS, MOMENTS)
def test_a_moment_that_is_written_is_read_again(when, due):
    whole = when.replace(microsecond=0)
    assert parse_time(format_utc(when)) == whole.astimezone(UTC)
    again = parse_time(format_with_zone(when))
    if not when.fold:
        assert again.astimezone(UTC) == whole.astimezone(UTC)
    assert (late_s(when, due) == 0) == (whole.astimezone(UTC) <= due.astimezone(UTC).replace(microsecond=0))
    assert lateness(late_s(when, due))
