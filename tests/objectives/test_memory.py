"""The process keeps the memory of a batch: the second batch meets no new pages."""

import os
import platform
import subprocess
import sys

import pytest

TOUCH = """
import resource
import sys

import numpy as np

import {module}


def faults() -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    [np.ones(2**18) for _ in range(12)]  # 24 MiB, of which glibc left alone keeps 4
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


faults()
print(min(faults() for _ in range(5)))
"""


def faults_of_a_second_batch(module: str) -> int:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    command = [sys.executable, "-c", TOUCH.format(module=module)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this is about the C library glibc")
def test_a_second_batch_needs_no_new_pages() -> None:
    assert faults_of_a_second_batch("rl_landscapes.objectives") < 10
