"""A file is written whole or not at all, and waited for only where that is asked."""

import os

import pytest

from rl_landscapes.records.writing import replacing, write_file


@pytest.mark.parametrize("durable", [True, False])
def test_a_write_that_fails_keeps_what_was_there_and_leaves_nothing_behind(tmp_path, durable):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), replacing(path, durable=durable) as file:
        file.write("no bytes")
    assert [(found, found.read_bytes()) for found in tmp_path.iterdir()] == [(path, b"old")]


@pytest.mark.parametrize("durable", [True, False])
def test_only_what_is_durable_waits_for_the_disk(tmp_path, monkeypatch, durable):
    waited = []
    monkeypatch.setattr(os, "fsync", waited.append)
    path = write_file(tmp_path / "new" / "a.txt", b"text", durable=durable)
    assert path.read_bytes() == b"text"
    assert len(waited) == durable


def test_a_file_that_holds_the_same_is_left_alone(tmp_path):
    path = write_file(tmp_path / "a.txt", b"text")
    before = path.stat()
    write_file(path, b"text")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    write_file(path, b"other")
    assert path.read_bytes() == b"other"
