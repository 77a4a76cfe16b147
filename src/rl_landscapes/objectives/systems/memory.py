"""Memory that batches give back and ask for again: kept by the process instead of returned to the system."""

import numpy as np

LARGEST_KEPT = 2**25  # bytes; glibc's own limit for the size of blocks that it keeps


def keep_freed_memory() -> None:
    """Let the C library keep freed arrays of up to 32 MiB for the next batch, in the whole process.

    glibc asks the system anew for every large array, and for a batch of small systems that takes half of the
    time. It stops doing so for sizes up to that of the largest such block it has seen freed; this one is
    never written to, and so costs nothing. Without effect with another C library, where variables MALLOC_* of
    the environment fix these limits, as in the workers of a Dask cluster, and when called again.

    Source: mallopt(3), M_MMAP_THRESHOLD, the dynamic threshold.
    """
    np.empty(LARGEST_KEPT - 2**13, dtype=np.uint8)
