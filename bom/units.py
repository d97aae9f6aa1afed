"""The one place where quantities are rounded to the precision of their unit: requirements up, outputs down."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bom.kernels import units as kernel

round_requirement_up = kernel.round_requirement_up
round_output_down = kernel.round_output_down


def round_quantities(quantities: NDArray[np.float64], decimals: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return requirements rounded up, and by-products (below zero) rounded down in size.

    Parameters
    ----------
    quantities
        float64, shape (n,).
    decimals
        int8, shape (n,); the decimals of each quantity's unit, -1 for no rounding.

    Examples
    --------
    >>> round_quantities(np.array([1.2, -1.2, 1.2]), np.array([0, 0, -1], np.int8)).tolist()
    [2.0, -1.0, 1.2]
    """
    out = np.empty_like(quantities)
    kernel.round_signed_requirements(quantities, decimals, out)
    return out
