"""Hostile folders and zips: nothing leads outside, nothing fills the memory, nobody else is hurt."""

import base64
import io
import json
import os
import random
import stat
import zipfile
import zlib

import pytest

from rl_landscapes.course.running import notebook as notebooks
from rl_landscapes.grader.collecting import unpack
from rl_landscapes.grader.collecting.collect import collect
from tests.grader.handing_in import (
    NAME,
    laid,
    new_course,
    notebook,
    packed,
    submitted,
    unreadable,
)


@pytest.fixture
def course(tmp_path):
    return new_course(tmp_path / "course")


def linked(name, target):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def test_links_devices_and_paths_that_lead_outside_are_refused(course, tmp_path):
    zipped = tmp_path / "evil.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(*linked("s1/x.ipynb", "/etc/passwd"))
        pipe = zipfile.ZipInfo("s1/pipe.ipynb")
        pipe.external_attr = stat.S_IFIFO << 16
        archive.writestr(pipe, "")
        for name in ("../../s2.ipynb", "/s2.ipynb", "C:\\s2.ipynb", "..\\s2.ipynb", "s1/a\u202eb.ipynb"):
            archive.writestr(name, notebook())
        archive.writestr("s4.ipynb", notebook())
    report = collect(course, NAME, zipped)
    assert list(report.students) == ["s4"]
    assert sorted(said["reason"] for said in report.refused) == sorted(
        ["it is a link", "it is no file: a pipe or a device", "its name is not printable"]
        + ["its path leads outside"] * 4
    )


def test_links_and_pipes_in_a_folder_are_refused(course, tmp_path):
    source = laid(tmp_path / "in", {"s4/x.ipynb": notebook()})
    (source / "s1.ipynb").symlink_to("/etc/passwd")
    (source / "s2").symlink_to(tmp_path)
    os.mkfifo(source / "s3.ipynb")
    report = collect(course, NAME, source)
    assert list(report.students) == ["s4"]
    assert [said["reason"] for said in report.refused] == ["it is a link"] * 2 + [
        "it is no file: a pipe or a device"
    ]


def test_a_bomb_costs_only_the_one_who_handed_it_in(course, tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(1_001):
            archive.writestr(f"{number}.ipynb", b"")
    zipped = packed(
        tmp_path / "c.zip",
        {
            f"leeann_501_1_{NAME}.ipynb": b" " * (100 << 20),
            "mullerweissbo_502_1_many.zip": inner.getvalue(),
            f"wangwei_503_1_{NAME}.ipynb": notebook(),
        },
    )
    report = collect(course, NAME, zipped)
    assert unreadable(report, "s1") == ["it is too large: it has more than 32 MiB without its saved outputs"]
    assert "more than 1,000 files" in report.refused[0]["reason"]
    assert report.students["s3"].newest


def test_a_source_that_holds_too_much_is_refused_before_anything_is_written(tmp_path):
    source = laid(tmp_path / "in", {f"{n}.ipynb": "x" for n in range(4)})
    with pytest.raises(ValueError, match="more than 3 files"):
        unpack.files(source, lambda *_: None, unpack.Bounds(files=3))
    found = unpack.files(source, lambda *_: None, unpack.Bounds(total=2))
    with pytest.raises(ValueError, match="more than 2 bytes"):
        [file.read() for file in found]


def test_a_zip_that_lies_about_its_sizes_is_read_no_further(tmp_path):
    path = packed(tmp_path / "c.zip", {"s1.ipynb": b"x" * 100_000})
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    file = unpack.files(path, lambda *_: None)[0]
    with pytest.raises(unpack.Refused, match="damaged"):
        file.read()


def test_encrypted_and_damaged_members_are_refused(course, tmp_path):
    path = packed(tmp_path / "c.zip", {"s1.ipynb": notebook("x" * 500), "s2.ipynb": notebook()})
    data = bytearray(path.read_bytes())
    place = data.index(b"s1.ipynb") + len("s1.ipynb")
    data[place + 20 : place + 30] = b"\xff" * 10
    central = data.rindex(b"PK\x01\x02")
    data[central + 8] |= 1
    path.write_bytes(data)
    report = collect(course, NAME, path)
    assert "damaged" in unreadable(report, "s1")[0]
    assert report.refused == [{"file": "s2.ipynb", "reason": "it is encrypted"}]


def with_outputs(size, **edit):
    """A notebook with outputs of some bytes that no packing makes smaller."""
    figure = base64.b64encode(random.Random(0).randbytes(size)).decode()
    book = json.loads(notebook("a = 1"))
    book["cells"][0]["outputs"] = [{"output_type": "display_data", "data": {"image/png": figure}}]
    return json.dumps(book | edit)


@pytest.mark.parametrize("zipped", [False, True])
def test_outputs_of_any_size_are_no_reason_to_refuse_work(course, tmp_path, monkeypatch, zipped):
    monkeypatch.setattr(notebooks, "SIZE_LIMIT", 100_000)
    data, inner = with_outputs(1 << 20), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("work/x.ipynb", data)
    entries = {"leeann_501_1_x.zip": inner.getvalue()} if zipped else {"leeann_501_1_x.ipynb": data}
    report = collect(course, NAME, packed(tmp_path / "c.zip", entries))
    assert not report.refused
    assert json.loads(submitted(course, "s1"))["cells"][0] == json.loads(notebook("a = 1"))["cells"][0]


def test_outputs_in_a_folder_and_of_words_that_pack_well_are_no_reason_either(course, tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "SIZE_LIMIT", 100_000)
    logs = with_outputs(0).replace('"data"', f'"text": "{"0.0 " * (1 << 20)}", "data"')
    source = laid(tmp_path / "in", {"s1/x.ipynb": logs, "s2/x.ipynb": logs.encode("utf-16")})
    assert list(collect(course, NAME, source).students) == ["s1", "s2"]
    report = collect(course, NAME, packed(tmp_path / "c.zip", {"s1.ipynb": logs, "s2.ipynb": logs}))
    assert not report.refused
    assert len(submitted(course, "s2")) < 2_000


def test_a_notebook_is_kept_byte_by_byte_while_it_is_not_too_large(course, tmp_path):
    data = with_outputs(1 << 20)
    collect(course, NAME, laid(tmp_path / "in", {"s1/x.ipynb": data, "s2/x.ipynb": notebook()}))
    assert submitted(course, "s1") == data


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04 cut"])
def test_what_is_no_zip_is_refused(course, tmp_path, data):
    path = tmp_path / "c.zip"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="no folder and no zip"):
        collect(course, NAME, path)


def test_a_source_that_is_not_there_is_refused(course, tmp_path):
    with pytest.raises(FileNotFoundError):
        collect(course, NAME, tmp_path / "nowhere.zip")


def zipped_as(path, names, extra=None):
    """A zip of notebooks under names given as bytes, which does not say how they are written."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, raw in enumerate(names):
            info = zipfile.ZipInfo("x" * len(raw))
            info.extra = (extra or {}).get(raw, b"")
            archive.writestr(info, notebook(f"n = {number}"))
    data = path.read_bytes()
    for raw in names:
        data = data.replace(b"x" * len(raw), raw)
    path.write_bytes(data)
    return path


def unicode_path(raw, name):
    checked = b"\1" + zlib.crc32(raw).to_bytes(4, "little") + name.encode()
    return (0x7075).to_bytes(2, "little") + len(checked).to_bytes(2, "little") + checked


NAMES = (
    "Jürgen",
    "José",
    "Åsa",
    "Ñandú",
    "François",
    "Łukasz",
    "王伟",
    "Дмитрий",
    "Σωκράτης",
    "🦊",
    "Zoe\u0308",
    "A b",
)


@pytest.mark.parametrize("name", NAMES)
def test_names_in_a_zip_may_be_utf_8_without_saying_so(tmp_path, name):
    path = zipped_as(tmp_path / "c.zip", [f"{name}/x.ipynb".encode(), b"B/x.ipynb"])
    assert name in [file.parts[0] for file in unpack.files(path, lambda *_: None)]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Jürgen", "cp437"), ("José", "cp437"), ("Åsa Öberg", "cp437"), ("Straße", "cp437"),
        ("Ñandú", "cp437"), ("Jürgen", "cp1252"), ("José", "cp1252"), ("François", "cp1252"),
        ("Ångström", "cp1252"),
    ],
)  # fmt: skip
def test_names_in_a_zip_of_old_systems_are_read(tmp_path, name, encoding):
    path = zipped_as(tmp_path / "c.zip", [f"{name}/x.ipynb".encode(encoding), b"B/x.ipynb"])
    assert name in [file.parts[0] for file in unpack.files(path, lambda *_: None)]


def test_names_in_a_zip_may_stand_in_a_field_of_their_own(tmp_path):
    raw = b"?u/x.ipynb"
    path = zipped_as(tmp_path / "c.zip", [raw], extra={raw: unicode_path(raw, "王伟/x.ipynb")})
    assert [file.parts[0] for file in unpack.files(path, lambda *_: None)] == ["王伟"]


def test_a_hidden_name_leads_nowhere_either(tmp_path):
    raw, refused = b"s1/x.ipynb", []
    path = zipped_as(tmp_path / "c.zip", [raw], extra={raw: unicode_path(raw, "../../x.ipynb")})
    assert unpack.files(path, lambda *said: refused.append(said)) == []
    assert refused == [("../../x.ipynb", "its path leads outside")]


def test_who_is_called_so_is_found(course, tmp_path):
    zipped = zipped_as(tmp_path / "c.zip", ["Bo Müller-Weiß/x.ipynb".encode(), b"s1/x.ipynb"])
    assert list(collect(course, NAME, zipped).students) == ["s1", "s2"]
