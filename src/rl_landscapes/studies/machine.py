"""What a reader needs to know of the machine a result was computed on, and nothing that names it."""

import os
import platform
import subprocess
from pathlib import Path

THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "OMP_NUM_THREADS")


def machine() -> dict[str, str | int]:
    """Return processor, number of usable cores, platform, and the number of BLAS threads asked for."""
    return {
        "processor": processor(),
        "cores": cores(),
        "platform": f"{platform.system()} {platform.machine()}",
        "blas_threads": blas_threads(),
    }


def processor() -> str:
    """Return the processor's trade name where the system tells it, else its architecture."""
    if platform.system() == "Darwin":
        query = ["sysctl", "-n", "machdep.cpu.brand_string"]
        answer = subprocess.run(query, capture_output=True, text=True, check=False)
        return answer.stdout.strip() or platform.machine()
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def blas_threads() -> str:
    """Return the number of threads that the environment allows the linear algebra, or that it sets none."""
    asked = [os.environ[name] for name in THREAD_VARIABLES if os.environ.get(name)]
    return asked[0] if asked else "library default"
