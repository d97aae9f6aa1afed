"""Ranges of numbers one after the other: the places of what several owners hold in one array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def ranges(starts: NDArray[np.integer], counts: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the numbers from each start on, one range after the other.

    Parameters
    ----------
    starts, counts
        int64, shape (n,): where each range starts and how many numbers it has; both 0 for none.

    Returns
    -------
    int64, shape (sum of counts,).

    Examples
    --------
    >>> ranges(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    numbers: NDArray[np.int64] = np.arange(total) + np.repeat(starts - (ends - counts), counts)
    return numbers
