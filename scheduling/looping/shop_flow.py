"""Orders through the shop: first come, first served, on units that work by their calendars."""

from __future__ import annotations

from dataclasses import dataclass, replace
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from planning.capacity import CapacityResult
from planning.kernels.capacity_arrays import SECONDS_PER_DAY
from scheduling.looping.plan_orders import PlanOrders, Steps
from scheduling.looping.work_centers import WorkCenter, work_centers


@dataclass(frozen=True, slots=True)
class ShopTimes:
    """When orders are started and done.

    Parameters
    ----------
    start
        int64, shape (n_orders,): the day on which an order can be started: released, and what it needs is there.
    completion
        int64, shape (n_orders,): the day on which it is available.
    binding
        int64, shape (n_orders,): the order whose late output it waited for; -1: none.
    step_start, step_end, step_seconds
        int64, shape (n_steps,): when each operation runs, and its working time.
    step_unit
        int64, shape (n_steps,): the unit that works, by number; -1 where there is no limit.
    sequence
        int64, shape (n_steps,): the operations in the order in which they were started.
    """

    start: NDArray[np.int64]
    completion: NDArray[np.int64]
    binding: NDArray[np.int64]
    step_start: NDArray[np.int64]
    step_end: NDArray[np.int64]
    step_seconds: NDArray[np.int64]
    step_unit: NDArray[np.int64]
    sequence: NDArray[np.int64]


def run_shop(capacity: CapacityResult, orders: PlanOrders) -> ShopTimes:
    """Return when each order is done if every operation is started as soon as a unit is free, first come first served.

    Parameters
    ----------
    capacity
        The plan, with work centers and working time.
    orders
        Its orders.

    Notes
    -----
    An order starts on its release day, not before day 0, and as many days later as a component comes late; what has
    been released waits for machines only. Orders without an operation take as long as planned. Of operations that come
    at the same time the one of a released order is first, then the one that is due first, then the first in the plan.
    """
    flow = _Flow(orders, work_centers(capacity), capacity.model.kernel.is_due_at_end)
    flow.run()
    steps = np.array(flow.runs, np.int64).reshape(-1, 5)
    placed = np.empty((4, steps.shape[0]), np.int64)
    placed[:, steps[:, 0]] = steps[:, 1:].T
    start, completion, binding = (np.array(days, np.int64) for days in (flow.start, flow.completion, flow.binding))
    step_start, step_end, step_seconds, step_unit = placed
    return ShopTimes(start, completion, binding, step_start, step_end, step_seconds, step_unit, steps[:, 0].copy())


def follow(orders: PlanOrders, first: NDArray[np.int64], done: NDArray[np.int64]) -> ShopTimes:
    """Return the times of orders of which some are scheduled, the others following them; without operations.

    Parameters
    ----------
    orders
        The orders.
    first, done
        int64, shape (n_orders,): the day on which an order's work begins, and on which it is available; ``done`` is -1
        of those that are not scheduled: they take as long as planned.
    """
    n = orders.place.shape[0]
    none = np.zeros(0, np.int64)
    steps = Steps(np.zeros(n + 1, np.int64), none.astype(np.int32), none.astype(np.float64), none)
    flow = _Flow(replace(orders, steps=steps), [], is_due_at_end=False)
    flow.known = done.tolist()
    flow.run()
    start = np.array(flow.start, np.int64)
    # what comes late for the plan may still be in time for the schedule
    start = np.where(done >= 0, np.minimum(start, first), start)
    return ShopTimes(
        start, np.array(flow.completion, np.int64), np.array(flow.binding, np.int64), none, none, none, none, none
    )


class _Flow:
    """One run of the shop; plain lists, because it goes order by order."""

    def __init__(self, orders: PlanOrders, centers: list[WorkCenter], is_due_at_end: bool) -> None:
        self.centers, self.is_due_at_end = centers, is_due_at_end
        self.start: list[int] = np.maximum(orders.release, 0).tolist()
        n = len(self.start)
        self.completion, self.earliest, self.late, self.binding = [0] * n, [0] * n, [0] * n, [-1] * n
        self.known = [-1] * n
        self.planned_days: list[int] = (orders.due - orders.release).tolist()
        self.due: list[int] = orders.due.tolist()
        self.is_new: list[bool] = (~orders.is_in_shop).tolist()
        steps = orders.steps
        self.first_step: list[int] = steps.indptr.tolist()
        columns = (steps.work_center.tolist(), steps.minutes.tolist(), steps.after_seconds.tolist())
        self.steps = list(zip(*columns, strict=True))
        self.queue: list[tuple[int, bool, int, int, int]] = []
        self.runs: list[tuple[int, int, int, int, int]] = []
        self._wait(orders)

    def _wait(self, orders: PlanOrders) -> None:
        """Note which orders wait for which; what comes from elsewhere comes on its planned day."""
        links, n = orders.links, len(self.start)
        supplier, day = links.supply_order[links.supply], links.supply_day[links.supply]
        waits = np.flatnonzero((links.order >= 0) & (supplier != links.order))
        waits = waits[~orders.is_in_shop[links.order[waits]]]
        waits = waits[np.argsort(supplier[waits], kind="stable")]
        columns = (links.order[waits].tolist(), links.need_day[waits].tolist(), links.is_at_end[waits].tolist())
        rows = list(zip(*columns, strict=True))
        n_elsewhere = int((supplier[waits] < 0).sum())
        for row, at in zip(rows[:n_elsewhere], day[waits[:n_elsewhere]].tolist(), strict=True):
            self._arrive(-1, at, *row)
        self.links = rows[n_elsewhere:]
        self.n_waiting: list[int] = np.bincount(links.order[waits[n_elsewhere:]], minlength=n).tolist()
        counts = np.bincount(supplier[waits[n_elsewhere:]], minlength=n)
        self.first_link: list[int] = np.concatenate([[0], np.cumsum(counts)]).tolist()

    def run(self) -> None:
        """Start what waits for nothing, and go on with what comes first."""
        self._begin([order for order, waiting in enumerate(self.n_waiting) if not waiting])
        while self.queue:
            ready, is_new, due, order, step = heappop(self.queue)
            number, minutes, after = self.steps[step]
            seconds = self.centers[number].seconds(minutes)
            start, end, unit = self.centers[number].work(ready, seconds)
            self.runs.append((step, start, end, seconds, unit))
            if step + 1 < self.first_step[order + 1]:
                heappush(self.queue, (end + after, is_new, due, order, step + 1))
            else:
                self._begin(self._finish(order, self._day(end + after)))

    def _begin(self, orders: list[int]) -> None:
        """Start orders; those without an operation are done when it is known, else after their planned days."""
        while orders:
            order = orders.pop()
            self.start[order] += self.late[order]
            step = self.first_step[order]
            if step < self.first_step[order + 1]:
                at = self.start[order] * SECONDS_PER_DAY
                heappush(self.queue, (at, self.is_new[order], self.due[order], order, step))
            else:
                planned = self.start[order] + self.planned_days[order]
                orders += self._finish(order, self.known[order] if self.known[order] >= 0 else planned)

    def _finish(self, order: int, day: int) -> list[int]:
        """Finish an order; return the orders that wait for nothing now."""
        done = max(day, self.earliest[order])
        self.completion[order] = done
        begun = []
        for consumer, need, is_at_end in self.links[self.first_link[order] : self.first_link[order + 1]]:
            self._arrive(order, done, consumer, need, is_at_end)
            self.n_waiting[consumer] -= 1
            if not self.n_waiting[consumer]:
                begun.append(consumer)
        return begun

    def _arrive(self, supplier: int, day: int, order: int, need: int, is_at_end: bool) -> None:
        """Let a component of an order come on a day: when it is late, the order starts or ends later."""
        if is_at_end:
            self.earliest[order] = max(self.earliest[order], day)
        elif day - need > self.late[order]:
            self.late[order], self.binding[order] = day - need, supplier

    def _day(self, time: int) -> int:
        """Return the day on which what is done at a time is available."""
        return (time - 1) // SECONDS_PER_DAY if self.is_due_at_end and time else -(-time // SECONDS_PER_DAY)
