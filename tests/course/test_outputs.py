"""Large notebooks are read without their outputs, and the same is left however the bytes come."""

import io
import json

import pytest

from rl_landscapes.course.running import notebook
from rl_landscapes.course.running.notebook import Unreadable, read, read_file
from rl_landscapes.course.running.outputs import without_outputs

OUTPUTS = [{"a": ']}\\"', "b": ["{", {"outputs": [1]}]}, "\n\\", [[]], {}]
BOOK = {
    "cells": [
        {"source": 'x = "outputs": [1]\n"\\', "outputs": OUTPUTS, "metadata": {"outputs": [1]}},
        {"outputs": [], "source": ["\\", '"outputs": [', '\\"']},
        {"source": "outputs", "outputs": 3, "attachments": {"outputs": []}},
        {"metadata": {"widgets": {"kept": 1}}, "source": "ä∑🦊\u2028"},
    ],
    "metadata": {"widgets": {"state": {"x": "}"}}, "rl_landscapes": {"assignment": "01"}},
    "outputs": [3],
    "nbformat": 4,
}
SLIM = BOOK | {
    "cells": [BOOK["cells"][0] | {"outputs": []}, *BOOK["cells"][1:]],
    "metadata": BOOK["metadata"] | {"widgets": {}},
}


def pieces(data, size):
    return (data[place : place + size] for place in range(0, len(data), size))


@pytest.mark.parametrize("indent", [None, 1, 9])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_outputs_are_left_out_wherever_the_bytes_are_cut(indent, encoding):
    data = json.dumps(BOOK, indent=indent, ensure_ascii=False).encode(encoding)
    for size in (*range(1, 40), 1_000, len(data)):
        assert json.loads(b"".join(without_outputs(pieces(data, size), encoding))) == SLIM


DAMAGED = [b"", b"{", b'{"a": "\\', b'{"cells": [{"outputs": [1, 2', b"]]]}}}", b'"' * 9, b"\\"]


@pytest.mark.parametrize("data", DAMAGED)
def test_what_is_damaged_stays_damaged(data):
    for size in (1, 3, 100):
        slim = b"".join(without_outputs(pieces(data, size)))
        with pytest.raises(json.JSONDecodeError):
            json.loads(slim)


def test_a_file_within_the_limit_is_read_as_it_is(monkeypatch):
    data = json.dumps(BOOK).encode()
    assert read_file(io.BytesIO(data)) == data
    monkeypatch.setattr(notebook, "SIZE_LIMIT", len(data) - 1)
    assert json.loads(read_file(io.BytesIO(data))) == SLIM


def test_the_limit_is_one_on_all_but_outputs(monkeypatch):
    monkeypatch.setattr(notebook, "SIZE_LIMIT", 1_000)
    large = {"cells": [{"source": "x", "outputs": ["y" * 10_000]}]}
    assert read(json.dumps(large).encode()).cells[0].source == "x"
    with pytest.raises(Unreadable, match="0 MiB without its saved outputs"):
        read(json.dumps({"cells": [{"source": "x" * 10_000, "outputs": []}]}).encode())
    with pytest.raises(Unreadable, match="not UTF-16"):
        read(b"\xff\xfe" + b"\x00\xd8" * 10_000)
