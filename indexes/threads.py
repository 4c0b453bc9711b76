"""One number of threads for everything native.

The setting ``threads`` reaches every library that has threads of its own: FAISS and hnswlib are told with every build and batch
(single searches take one, so that callers' threads do not multiply), PyTorch and OpenVINO when the encoder is loaded, and the
BLAS behind NumPy here, where it has much to compute.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def blas_threads(threads: int) -> Iterator[None]:
    """NumPy's BLAS uses at most so many threads meanwhile, in the whole process."""
    with threadpool_limits(limits=threads, user_api="blas"):
        yield


def with_threads(environment: Mapping[str, str], threads: int) -> dict[str, str]:
    """The environment of a process whose native libraries are to use so many threads, from their start."""
    return {**environment, **dict.fromkeys(_VARIABLES, str(threads))}
