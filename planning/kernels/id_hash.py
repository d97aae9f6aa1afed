"""A hash table from 64-bit hashes of ids to their positions: open addressing, linear probing."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_EMPTY = -1


@njit(cache=True)
def fill_slots(hashes: NDArray[np.uint64], out_slots: NDArray[np.int32]) -> bool:
    """Fill the table; return false when two ids have the same hash.

    Parameters
    ----------
    hashes
        uint64, shape (n_ids,).
    out_slots
        int32, shape (a power of two, at least 2 x n_ids): filled with positions, -1 where empty.
    """
    out_slots[:] = _EMPTY
    mask = np.uint64(out_slots.shape[0] - 1)
    for position in range(hashes.shape[0]):
        slot = hashes[position] & mask
        while out_slots[slot] != _EMPTY:
            if hashes[out_slots[slot]] == hashes[position]:
                return False
            slot = (slot + np.uint64(1)) & mask
        out_slots[slot] = position
    return True


@njit(cache=True)
def look_up(
    values: NDArray[np.uint64], hashes: NDArray[np.uint64], slots: NDArray[np.int32], out: NDArray[np.int32]
) -> None:
    """Fill the position of the id with each hash, -1 where there is none."""
    mask = np.uint64(slots.shape[0] - 1)
    for row in range(values.shape[0]):
        slot = values[row] & mask
        out[row] = _EMPTY
        while slots[slot] != _EMPTY:
            if hashes[slots[slot]] == values[row]:
                out[row] = slots[slot]
                break
            slot = (slot + np.uint64(1)) & mask
