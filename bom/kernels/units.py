"""Rounding to the precision of a unit: requirements up, outputs down. Nothing else rounds quantities."""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

# 0.1 x 3 is 0.30000000000000004: without a tolerance it would round up to 0.4 at one decimal.
TOLERANCE = 1e-9
# Looked up: a power computed for every requirement costs more than the rest of the rounding.
_POWERS = 10.0 ** np.arange(10)


@njit(cache=True)
def round_requirement_up(quantity: float, decimals: int) -> float:
    """Return the smallest multiple of the unit's precision that covers a requirement.

    Parameters
    ----------
    quantity
        The requirement.
    decimals
        The decimals of the unit, -1 for no rounding.

    Notes
    -----
    A quantity within 1e-9 (relative; absolute below 1) of a multiple is that multiple.

    Examples
    --------
    >>> round_requirement_up(0.1 * 3, 1), round_requirement_up(2.001, 0), round_requirement_up(2.001, -1)
    (0.3, 3.0, 2.001)
    """
    if decimals < 0:
        return quantity
    power = _POWERS[decimals]
    scaled = quantity * power
    nearest = np.rint(scaled)
    if abs(scaled - nearest) <= TOLERANCE * max(1.0, abs(scaled)):
        return float(nearest / power)
    return float(math.ceil(scaled) / power)


@njit(cache=True)
def round_output_down(quantity: float, decimals: int) -> float:
    """Return the largest multiple of the unit's precision within an output, such as a by-product.

    Parameters
    ----------
    quantity
        The output.
    decimals
        The decimals of the unit, -1 for no rounding.

    Notes
    -----
    A quantity within 1e-9 (relative; absolute below 1) of a multiple is that multiple.

    Examples
    --------
    >>> round_output_down(2.999, 0), round_output_down(1 - 0.9, 1)
    (2.0, 0.1)
    """
    return 0.0 - round_requirement_up(-quantity, decimals)  # 0.0 - x: never -0.0


@njit(cache=True)
def round_signed_requirements(
    quantities: NDArray[np.float64], decimals: NDArray[np.int8], out: NDArray[np.float64]
) -> None:
    """Fill requirements rounded up and by-products (below zero) rounded down in size.

    Parameters
    ----------
    quantities
        float64, shape (n,).
    decimals
        int8, shape (n,); -1 for no rounding.
    out
        float64, shape (n,); filled.
    """
    for row in range(quantities.shape[0]):
        if quantities[row] < 0.0:
            out[row] = -round_output_down(-quantities[row], decimals[row])
        else:
            out[row] = round_requirement_up(quantities[row], decimals[row])
