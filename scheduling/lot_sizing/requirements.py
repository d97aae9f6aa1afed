"""What must be made of each item by when, whatever the lots: echelon requirements less echelon stock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.lot_sizing.problem import LotSizingProblem, items_from_the_top


@dataclass(frozen=True, slots=True)
class EchelonRequirements:
    """What must be made, from the top of the bills down.

    Parameters
    ----------
    due
        float64, shape (n_items, n_periods): what must be made in all by the end of each period (late items: by the end
        of the last).
    wanted
        The same, as if nothing could be late.
    at_start
        float64, shape (n_items,): what is missing at the start for lots of parents that cannot wait.
    has_excess
        bool, shape (n_items,): a minimum lot of it or of a parent may make more than is required.
    most
        float64, shape (n_items, n_periods): what is worth making in one period at most.
    """

    due: NDArray[np.float64]
    wanted: NDArray[np.float64]
    at_start: NDArray[np.float64]
    has_excess: NDArray[np.bool_]
    most: NDArray[np.float64]

    @property
    def increments(self) -> NDArray[np.float64]:
        """float64, shape (n_items, n_periods): what is wanted in each period."""
        return np.diff(self.wanted, axis=1, prepend=0.0)


def echelon_requirements(problem: LotSizingProblem) -> EchelonRequirements:
    """Return what must be made of each item by when.

    Notes
    -----
    From the top down: due[i,t] is the largest up to t of 0 and, for u <= t, sum over s <= u of (demand[i,s] -
    receipts[i,s]) + sum over bill lines (p, i, q, L) of q due[p, min(u + L, last)] - initial_stock[i]. In a single
    level these are the net requirements of MRP.

    Examples
    --------
    Two units of item 2 in each of item 1, made a period before:

    >>> from scheduling.lot_sizing.problem import make_problem
    >>> bom = [(0, 1, 2, 1)]
    >>> problem = make_problem([[0, 5, 5], [0, 0, 0]], 1, 1, 1, 0, [[9, 9, 9]], initial_stock=[2, 4], bom=bom)
    >>> echelon_requirements(problem).due.tolist()
    [[0.0, 3.0, 8.0], [2.0, 12.0, 12.0]]
    """
    shape, last = problem.demand.shape, problem.n_periods - 1
    due, wanted, totals = np.zeros(shape), np.zeros(shape), np.zeros(problem.n_items)
    at_start, has_excess = np.zeros(problem.n_items), problem.minimum_lot > 0
    # lots of parents that are made early may take a component before it is received, and more of it must be made
    has_excess |= (problem.receipts[:, 1:] > 0).any(axis=1) & np.isin(np.arange(problem.n_items), problem.bom_component)
    for item in items_from_the_top(problem):
        needed = np.cumsum(problem.demand[item])
        asked, total, start = needed.copy(), float(needed[-1]), 0.0
        for line in np.flatnonzero(problem.bom_component == item):
            parent, quantity = problem.bom_parent[line], problem.bom_quantity[line]
            lead_time = int(problem.bom_lead_time[line])
            when = np.minimum(np.arange(shape[1]) + lead_time, last)
            needed = needed + quantity * due[parent, when]
            asked = asked + quantity * wanted[parent, when]
            total += quantity * totals[parent]
            has_excess[item] |= has_excess[parent]
            if lead_time > 0:
                start += quantity * due[parent, min(lead_time - 1, last)]
        stock = problem.initial_stock[item]
        there = stock + np.cumsum(problem.receipts[item])
        wanted[item] = np.maximum(np.maximum.accumulate(asked - there), 0.0)
        due[item] = np.maximum(np.maximum.accumulate(needed - there), 0.0)
        if problem.may_backlog[item]:
            due[item, :-1] = 0.0
        at_start[item] = max(0.0, start - stock)
        totals[item] = max(0.0, total - there[0])
        totals[item] += problem.minimum_lot[item] if totals[item] > 0 else 0.0
    return EchelonRequirements(due, wanted, at_start, has_excess, _most(problem, due, totals, has_excess))


def _most(
    problem: LotSizingProblem, due: NDArray[np.float64], totals: NDArray[np.float64], has_excess: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return what is worth making in one period at most: what is required after the periods before."""
    before = np.column_stack([np.zeros(problem.n_items), due[:, :-1]])
    before[has_excess] = 0.0
    is_possible = np.arange(problem.n_periods) >= problem.first_period[:, None]
    return np.where(is_possible, np.maximum(totals[:, None] - before, 0.0), 0.0)
