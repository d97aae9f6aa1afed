"""When the order of an item and a period is due, and released: one order for each, at most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planning.calendar import Calendars
from planning.kernels.calendar import EVERY_DAY
from planning.mrp import MrpResult
from scheduling.leveller.scope import planned_places

NOT_POSSIBLE = -1


class OrderTimes(NamedTuple):
    """The orders of levelled nodes by period.

    Parameters
    ----------
    due
        int32, shape (n_items, n_periods): the due day, ``NOT_POSSIBLE`` where no order can be due.
    lead_days
        int32, shape (n_items,): calendar days from release to due, as the planned orders have it on average.
    lot
        float64, shape (n_items,): the mean quantity of the planned orders.
    planned
        float64, shape (n_items, n_periods): the quantities of the planned orders that are decided about.
    place, item
        int64, shape (n,): the places of these orders, and their items.
    """

    due: NDArray[np.int32]
    lead_days: NDArray[np.int32]
    lot: NDArray[np.float64]
    planned: NDArray[np.float64]
    place: NDArray[np.int64]
    item: NDArray[np.int64]


def order_times(
    plan: MrpResult, nodes: NDArray[np.int32], starts: NDArray[np.int32], of_day: NDArray[np.int32]
) -> OrderTimes:
    """Return when orders of some nodes are due.

    Parameters
    ----------
    plan, nodes
        The plan and the levelled nodes.
    starts
        int32, shape (n_periods + 1,): the first day of each period, and of the one behind the last.
    of_day
        int32: the period of each day from 0 on.

    Notes
    -----
    The first due date of the planned orders in the period; in a period without one, or where an order that is released
    on day 0 would come later, its last working day.
    """
    n_items, n_periods = nodes.shape[0], starts.shape[0] - 1
    item_of = np.full(plan.model.nodes.n_nodes, -1, np.int64)
    item_of[nodes] = np.arange(n_items)
    place, node = planned_places(plan)
    place, item = place[item_of[node] >= 0], item_of[node[item_of[node] >= 0]]
    rows = plan.plan.dated_orders[place]
    due = np.clip(rows["due"], 0, of_day.shape[0] - 1)
    count = np.maximum(np.bincount(item, minlength=n_items), 1)
    lot = np.bincount(item, rows["quantity"], n_items) / count
    lead = np.ceil(np.bincount(item, rows["due"] - rows["release"], n_items) / count - 1e-9).astype(np.int32)
    inside = of_day[due] < n_periods
    place, item, due = place[inside], item[inside], due[inside]
    period = of_day[due]
    first = np.full((n_items, n_periods), np.iinfo(np.int32).max, np.int32)
    np.minimum.at(first, (item, period), due)
    planned = np.zeros((n_items, n_periods))
    np.add.at(planned, (item, period), plan.plan.dated_orders["quantity"][place])
    last = _last_working_days(plan.model.calendars, plan.netting.nodes["calendar"][nodes], starts)
    days = np.where(first < np.iinfo(np.int32).max, first, last)
    days = np.where(days < lead[:, None], last, days)
    possible = (days >= lead[:, None]) & (days >= 0)
    return OrderTimes(np.where(possible, days, NOT_POSSIBLE).astype(np.int32), lead, lot, planned, place, item)


def _last_working_days(
    calendars: Calendars, calendar: NDArray[np.int32], starts: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return the last working day of each period, ``NOT_POSSIBLE`` where there is none: shape (n_items, n_periods)."""
    days = calendars.working_days
    by_calendar = {EVERY_DAY: starts[1:] - 1}
    for code in np.unique(calendar[calendar != EVERY_DAY]).tolist():
        n_before, nth = days.table[code]["n_before"], days.table[code]["nth"]
        column = np.clip(starts - days.first_day, 0, n_before.shape[0] - 1)
        is_open = n_before[column[1:]] > n_before[column[:-1]]
        by_calendar[code] = np.where(is_open, nth[np.maximum(n_before[column[1:]] - 1, 0)], NOT_POSSIBLE)
    return (
        np.stack([by_calendar[code] for code in calendar.tolist()])
        if calendar.size
        else np.zeros((0, starts.shape[0] - 1), np.int32)
    )
