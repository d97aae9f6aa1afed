"""A set of days as bits: marking a day costs one instruction, walking the days in order needs no sort."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_MASK = np.uint64(63)
_ONE = np.uint64(1)
_ZERO = np.uint64(0)
# Multiplying a power of two by a de Bruijn sequence puts its exponent into the top six bits.
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_SHIFT = np.uint64(58)
_EXPONENTS = np.zeros(64, dtype=np.int64)
for _bit in range(64):
    _EXPONENTS[((0x03F79D71B4CB0A89 << _bit) & 0xFFFFFFFFFFFFFFFF) >> 58] = _bit


@njit(inline="always")
def mark_day(is_event: NDArray[np.uint64], k: int) -> None:
    """Put day cell ``k`` into the set."""
    is_event[k >> 6] |= _ONE << (np.uint64(k) & _MASK)


@njit(inline="always")
def next_day(is_event: NDArray[np.uint64], k: int, last: int) -> int:
    """Return the first cell of the set from ``k`` up to ``last``, -1 when there is none."""
    if k > last:
        return -1
    word = k >> 6
    bits = is_event[word] & ~((_ONE << (np.uint64(k) & _MASK)) - _ONE)
    last_word = last >> 6
    while bits == _ZERO:
        word += 1
        if word > last_word:
            return -1
        bits = is_event[word]
    lowest = bits & (~bits + _ONE)
    found = (word << 6) + _EXPONENTS[(lowest * _DE_BRUIJN) >> _SHIFT]
    return found if found <= last else -1
