"""Linear algebra on one thread, at the cost of some microseconds."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@functools.cache
def _controller() -> Any:
    import scipy.linalg  # noqa: F401, PLC0415  its library has to be there to be found
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415  loads only when it is needed

    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """One thread for linear algebra while the block runs.

    On shared cores a second thread makes matrices of a few hundred rows many times slower, and the
    last bit of a result would depend on how many cores there are.
    """
    with _controller().limit(limits=1, user_api="blas"):
        yield
