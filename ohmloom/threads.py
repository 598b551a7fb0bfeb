"""How many threads linear algebra uses."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for linear algebra while the block runs.

    Matrices of the size of a tile gain nothing from more threads, and lose much where cores are
    shared. And the last bit of a result then does not depend on how many cores there are.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  loads only when it is needed

    with threadpool_limits(limits=1):
        yield
