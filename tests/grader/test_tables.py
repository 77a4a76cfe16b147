"""Tables as people, spreadsheets and platforms write them: read, or refused by line."""

import pytest

from rl_landscapes.grader import roster_file, times
from rl_landscapes.grader.tables import read_table

ADA = ("a1", "Ada", "Lovelace", "ada@x.edu")
PLAIN = "id,first_name,last_name,email\na1,Ada,Lovelace,ada@x.edu\nc2,Charles,Babbage,c@x.edu\n"


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


def people(tmp_path, text, encoding="utf-8"):
    found = roster_file.read(written(tmp_path, text, encoding)).people
    return [(p.id, p.first_name, p.last_name, p.email) for p in found]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("id,first_name,last_name", "id, first_name, last_name"),
        PLAIN.replace(",", " , "),
        PLAIN.replace("\n", "\r"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r\r\n"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", "|"),
        PLAIN.replace("id,first_name,last_name", "ID,First Name,Last Name"),
        PLAIN.replace("id,first_name,last_name", "Id,first-name,LAST_NAME"),
        PLAIN.replace("id,first_name,last_name", '"id","first_name","last_name"'),
        PLAIN.replace("id,first", "\ufeffid,first"),
        "sep=;\n" + PLAIN.replace(",", ";"),
        "\n\n" + PLAIN.replace("\n", "\n\n"),
        PLAIN + ",,,\n , ,\n",
        PLAIN.replace("\n", ",,\n"),
        PLAIN[:-1],
        PLAIN.replace("a1,", '"a1",'),
        PLAIN.replace("email\n", "email,note\n").replace("ada@x.edu", 'ada@x.edu,"a;b\nc"'),
    ],
)
def test_a_roster_is_read_however_it_was_saved(tmp_path, text):
    assert people(tmp_path, text) == [ADA, ("c2", "Charles", "Babbage", "c@x.edu")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le-bom"])
def test_other_encodings_with_a_mark_are_read(tmp_path, encoding):
    text = PLAIN.replace("Ada", "Zoë")
    data = b"\xff\xfe" + text.encode("utf-16-le") if "bom" in encoding else text.encode(encoding)
    assert people(tmp_path, data)[0][1] == "Zoë"


def test_a_cell_with_a_separator_that_is_none_stays_whole(tmp_path):
    text = "id,first_name\ra1,Ada; Countess\rc2,Charles\r"
    assert [one[1] for one in people(tmp_path, text)] == ["Ada; Countess", "Charles"]
    assert people(tmp_path, 'id;first_name\ns1;"Ann\nMaria"\n\n')[0][1] == "Ann\nMaria"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\nann\n", "must have a column 'id', got name"),
        ("", "must have a column 'id', got nothing"),
        ("\n\n", "got nothing"),
        ("kurs;note\nann;1\n", "must have a column 'id', got kurs, note"),
        ("id,first_name\n,Ann\n", "line 2: an id is missing"),
        ("id\nann\nANN\n", "line 3: the id 'ANN' is there twice"),
        ("id\n" + "x" * 101 + "\n", "line 2: an id has at most 100 characters"),
        ("id\na\u202eb\n", "line 2: an id must be printable"),
        ("id,first_name,last_name\na1,Lovelace, Ada, x\n", "line 2: it has 4 cells and the first line 3"),
        ("id,first_name\na1;Ada\n", "line 2: its cells seem to be separated by ';'"),
        ("id;first_name\na1,Ada\n", "line 2: its cells seem to be separated by ','"),
        ('id,first_name\na1,"Ada\nc2,Charles\n', "line 3: unexpected end of data; a quote may be missing"),
        ('id,first_name\na1,"Ada"x\n', "line 2: .*a quote may be missing"),
        ("id,first_name,id\na1,Ada,b2\n", "has the column 'id' twice"),
        ("id,ID\na1,b2\n", "has the column 'id' twice"),
        ("id\n1.23457E+11\n", "line 2: a spreadsheet has rounded the id 1.23457E[+]11"),
        ("id\n1,2E+07\n", "line 2: it has 2 cells"),
        ("id,x\na1," + "y" * 200_000 + "\n", "line 2: field larger than field limit"),
        (b"id,first_name\na1,Zo\xeb\n", "must be UTF-8: save it again"),
        ("id\na1\n".encode("utf-16-le"), "is UTF-16 or no text"),
        (b"PK\x03\x04 a spreadsheet", "is a spreadsheet, no CSV: save it again"),
        (b"\xd0\xcf\x11\xe0 an old one", "is a spreadsheet, no CSV"),
        ("<!DOCTYPE html><title>Log in</title>", "is a web page, no CSV"),
        ("<table><tr><td>id", "is a web page, no CSV"),
    ],
)
def test_what_cannot_be_read_is_refused_and_its_line_named(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        people(tmp_path, text)


CANVAS = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Returns (4711),Current Score
"    Points Possible",,,,,100.0,(read only)
"Lovelace, Ada",501,a1,ada.l,Group 1,85.0,85.0
"Noether, Amalie Emmy",502,e2,emmy.n,"Group 1, Group 2",,
"Student, Test",599,,a0b1c2d3,Group 1,,
"""
MOODLE = "First name,Last name,ID number,Email address\nAda,Lovelace,a1,a@x\nAmalie Emmy,Noether,e2,e@x\n"
GRADESCOPE = "First Name,Last Name,SID,Email,Role\nAda,Lovelace,a1,a@x,S\nAmalie Emmy,Noether,e2,e@x,S\n"
BLACKBOARD = """"Last Name","First Name","Username","Student ID"
"Lovelace","Ada","adal","a1"
"Noether","Amalie Emmy","emmyn","e2"
"""
GITHUB = """"identifier","github_username","github_id","name"
"a1","ada-l","1","Ada Lovelace"
"e2","","","Amalie Emmy Noether"
"""
EXPORTS = {
    "Canvas": CANVAS,
    "Canvas, without what it does not give": CANVAS.replace(",Section,", ",Root Account,Section,").replace(
        ",Group 1,", ",x.edu,Group 1,").replace(',"Group 1, Group 2",', ',x.edu,"Group 1, Group 2",'),
    "Moodle": MOODLE,
    "Moodle, before 4": MOODLE.replace("Last name", "Surname"),
    "Gradescope": GRADESCOPE,
    "Gradescope, whole names": "Name,SID,Email\nAda Lovelace,a1,a@x\nAmalie Emmy Noether,e2,e@x\n",
    "Blackboard": BLACKBOARD,
    "GitHub Classroom": GITHUB,
    "our own, whole names": 'id,name\na1,"Lovelace, Ada"\ne2,Amalie Emmy Noether\n',
}  # fmt: skip


@pytest.mark.parametrize("text", EXPORTS.values(), ids=EXPORTS)
def test_the_export_of_a_platform_is_a_roster(tmp_path, text):
    found = [one[:3] for one in people(tmp_path, text)]
    assert found == [("a1", "Ada", "Lovelace"), ("e2", "Amalie Emmy", "Noether")]


def test_what_Canvas_wants_back_is_kept(tmp_path):
    found = roster_file.read(written(tmp_path, CANVAS))
    roster_file.write(found, tmp_path / "ours.csv")
    for ada in (found.people[0], roster_file.read(tmp_path / "ours.csv").people[0]):
        assert (ada.id, ada.canvas_id, ada.login, ada.section) == ("a1", "501", "ada.l", "Group 1")


@pytest.mark.parametrize(
    ("edit", "ids"),
    [
        (lambda text: text.replace(",e2,", ",,"), ["ada.l", "emmy.n"]),  # not everybody is in the registry
        (lambda text: text.replace(",a1,", ",,").replace(",e2,", ",,"), ["ada.l", "emmy.n"]),
        (lambda text: text.replace(",e2,emmy.n", ",,"), ["501", "502"]),
        (lambda text: text.replace(",e2,", ",a1,"), ["ada.l", "emmy.n"]),
    ],
)
def test_the_id_is_the_first_that_everybody_has(tmp_path, edit, ids):
    assert [one[0] for one in people(tmp_path, edit(CANVAS))] == ids


def test_without_an_id_that_everybody_has_the_columns_are_named(tmp_path):
    with pytest.raises(ValueError, match="not everybody has a sid or email of their own"):
        people(tmp_path, "Name,SID,Email\nAda,a1,x@x\nBo,,x@x\n")


@pytest.mark.parametrize(
    "text", ["id,time\na1,{}\nc2,{}\n", "ID; Time\ra1;{}\rc2;{}\r", "time\tid\n{}\ta1\n{}\tc2"]
)
def test_times_are_read_as_rosters_are(tmp_path, text):
    moment = "2026-10-01 23:59 Europe/Berlin"
    found = times.read_times(written(tmp_path, text.format(moment, moment)))
    assert found == dict.fromkeys(["a1", "c2"], times.parse_time(moment))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,when\na1,now\n", "must have the columns id and time, got id, when"),
        ("id,time\na1,now\n", "line 2: time must be a date"),
        ("id,time\na1\n", "line 2: time must be a date"),
        ("id,time\na1,2026-10-01 10:00Z\na1,2026-10-01 11:00Z\n", "line 3: a time for 'a1' is there already"),
    ],
)
def test_times_that_cannot_be_are_refused(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        times.read_times(written(tmp_path, text))


def test_no_row_but_a_head_is_an_empty_table(tmp_path):
    assert read_table(written(tmp_path, "id,first_name\n"), ("id",)).rows == []
