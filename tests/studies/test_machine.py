"""The machine is described on systems other than the one the tests run on."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import pytest

from rl_landscapes.studies.machine import cores, processor


@pytest.mark.parametrize(("answer", "expected"), [("Apple M3\n", "Apple M3"), ("", "arm64")])
def test_processor_of_a_mac(monkeypatch: pytest.MonkeyPatch, answer: str, expected: str) -> None:
    def ask(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        assert command == ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.CompletedProcess(command, 0, stdout=answer)

    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "arm64")
    monkeypatch.setattr(subprocess, "run", ask)
    assert processor() == expected


@pytest.mark.parametrize(("name", "expected"), [("Some CPU", "Some CPU"), ("", "aarch64")])
def test_processor_where_the_system_lists_none(
    monkeypatch: pytest.MonkeyPatch, name: str, expected: str
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    monkeypatch.setattr(Path, "exists", lambda _: False)
    monkeypatch.setattr(platform, "processor", lambda: name)
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert processor() == expected


def test_cores_are_those_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    assert cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert cores() == 8
