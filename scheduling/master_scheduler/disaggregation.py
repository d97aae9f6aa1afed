"""From families to items: a family's production shared among its items."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def disaggregate(
    quantity: NDArray[np.float64],
    stock: NDArray[np.float64],
    sales: NDArray[np.float64],
    receipts: NDArray[np.float64] | None = None,
    minimum: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return a family's production as that of its items: so that all last equally long.

    Parameters
    ----------
    quantity
        float64, shape (n_periods,): what the family makes.
    stock
        float64, shape (n_items,): the items' stock at the start.
    sales
        float64, shape (n_items, n_periods): what is sold of each item.
    receipts
        float64, shape (n_items, n_periods): what arrives anyway; ``None``: nothing.
    minimum
        float64, shape (n_items,): the safety stock; ``None``: none.

    Returns
    -------
    numpy.ndarray
        float64, shape (n_items, n_periods): sums to ``quantity`` in each period.

    Notes
    -----
    What is made in a period goes first to what the items lack for sales, the earliest first, as far as what is made
    later comes too late for it; then to what they lack for sales and safety stock, by periods; in the period in which
    it runs out all get the same part of what they lack. What is beyond all sales is shared by :func:`shared`. So no
    item lacks anything in a period up to which the family has made what its items lack.

    Examples
    --------
    >>> disaggregate(np.array([30.0]), np.array([10.0, 0.0]), np.array([[20.0], [20.0]])).tolist()
    [[10.0], [20.0]]
    """
    arriving = np.zeros(sales.shape) if receipts is None else receipts
    made = np.zeros(sales.shape)
    have = stock.astype(np.float64)
    for period in range(sales.shape[1]):
        net = np.cumsum(sales[:, period:] - arriving[:, period:], axis=1)
        peak = np.maximum.accumulate(net, axis=1)
        to_share = max(float(quantity[period]), 0.0)
        lacking = np.maximum(peak - have[:, None], 0.0)
        later = np.cumsum(np.maximum(quantity[period:], 0.0)) - to_share
        urgent = min(to_share, max(float((lacking.sum(axis=0) - later).max()), 0.0))
        made[:, period] = _first_lacking(urgent, lacking)
        above = have + made[:, period] - (0.0 if minimum is None else minimum)
        made[:, period] += _first_lacking(to_share - urgent, np.maximum(peak - above[:, None], 0.0))
        rest = to_share - float(made[:, period].sum())
        if rest > 1e-9 * max(1.0, to_share):
            left = have + made[:, period] - net[:, -1]
            made[:, period] += shared(rest, left, sales.sum(axis=1))
        have = have + arriving[:, period] + made[:, period] - sales[:, period]
    return made


def _first_lacking(quantity: float, lacking: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the part of a quantity that goes to what items lack, the earliest first.

    Parameters
    ----------
    quantity
        What is made.
    lacking
        float64, shape (n_items, n_periods): what each item lacks up to the end of each period, not falling.
    """
    total = lacking.sum(axis=0)
    covered = int(np.searchsorted(total, quantity, side="right"))
    before = lacking[:, covered - 1] if covered else np.zeros(lacking.shape[0])
    if covered == total.size:
        return before
    step = lacking[:, covered] - before
    part: NDArray[np.float64] = before + step * ((quantity - before.sum()) / step.sum())
    return part


def shared(quantity: float, have: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a quantity shared so that stock and share together are as the weights, as far as stock allows.

    Notes
    -----
    The level L at which the sum of max(0, L x weight - have) is the quantity: items are filled up in the order of
    have / weight, as long as their own level lies below that of those before them.

    Examples
    --------
    >>> shared(10.0, np.array([0.0, 9.0]), np.array([1.0, 1.0])).tolist()
    [9.5, 0.5]
    """
    if quantity <= 0.0:
        return np.zeros(have.shape)
    weights = weights if weights.sum() > 0 else np.ones(weights.shape)
    taking = np.flatnonzero(weights > 0)
    order = taking[np.argsort(have[taking] / weights[taking], kind="stable")]
    levels = (quantity + np.cumsum(have[order])) / np.cumsum(weights[order])
    # the last item whose own level is still below the common one
    last = np.flatnonzero(have[order] / weights[order] < levels)[-1]
    share = np.zeros(have.shape)
    share[order[: last + 1]] = np.maximum(levels[last] * weights[order[: last + 1]] - have[order[: last + 1]], 0.0)
    exact: NDArray[np.float64] = share * (quantity / share.sum())
    return exact
