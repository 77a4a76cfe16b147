"""One thread for everybody: to be called before NumPy is loaded, and inherited by child processes."""

import os

SINGLE = {
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
}


def use_one_thread() -> None:
    """Fix linear algebra and XLA at one thread, and JAX at float64 on the CPU."""
    os.environ.update(SINGLE)


def use_one_core() -> None:
    """Keep this process on one core, where the system allows it.

    XLA sizes its pool of threads by the cores it may use; two threads can wait for each other for ever over
    LAPACK's batched solve, one cannot.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
