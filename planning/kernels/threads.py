"""How many threads the kernels use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numba


@contextmanager
def one_thread() -> Iterator[None]:
    """Run the kernels called inside on one thread: for one node, waiting for the others costs more than its work.

    Measured on two processors that others use too: 128 ms for a node on two threads, 0.4 ms on one.
    """
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(before)
