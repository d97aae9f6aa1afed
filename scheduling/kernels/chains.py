"""Chains: tasks that must start within a maximum lag after each other are placed together."""

from __future__ import annotations

from bom.kernels.inner import uncounted
from scheduling.kernels.placing import first_fit, point_of
from scheduling.kernels.shop_arrays import NEVER, NONE, ShopArrays


@uncounted
def plan_chain(shop: ShopArrays, task: int, mode: int, unit: int, lower: int) -> int:
    """Write into the shop's chain where a task and those tied to it fit; return how many, 0 when they do not.

    The first waits until the others can follow within their maximum lags.
    """
    for _ in range(1000):
        free, group = 0, NONE
        if unit != NONE:
            free, group = shop.units[unit].free_at, shop.units[unit].group
        start, end, _ = first_fit(shop, task, mode, unit, lower, free, group)
        if start >= NEVER:
            return 0
        _write(shop, 0, task, mode, unit, start, end)
        length, late, last = 1, 0, task
        while shop.tasks[last].tied_to != NONE and late == 0:
            limit = shop.chain[length - 1].end + shop.tasks[last].tied_lag
            last = shop.tasks[last].tied_to
            if shop.tasks[last].waiting != 1 or shop.tasks[last].start != NONE or not _follow(shop, length, last):
                return 0
            late = max(0, shop.chain[length].start - limit)
            length += 1
        if late == 0:
            return length
        lower = start + late
    return 0


@uncounted
def _write(shop: ShopArrays, at: int, task: int, mode: int, unit: int, start: int, end: int) -> None:
    """Write a record of the chain."""
    row = shop.chain[at]
    row.task = task
    row.mode = mode
    row.unit = unit
    row.start = start
    row.end = end


@uncounted
def _follow(shop: ShopArrays, length: int, task: int) -> bool:
    """Write where the next task of a chain ends first; return whether it fits anywhere."""
    before, lower = shop.chain[length - 1], max(shop.tasks[task].ready, shop.tasks[task].release)
    for at in range(shop.tasks[task].first_predecessor, shop.tasks[task + 1].first_predecessor):
        arc = shop.predecessors[at]
        if arc.task == before.task:
            point = point_of(shop, before.mode, before.unit, before.start, before.end, arc.overlap)
            lower = max(lower, point + arc.lag)
    # overlaps look at the end of who goes before, which is not placed yet
    shop.tasks[before.task].end = before.end
    earliest = NEVER
    for mode in range(shop.tasks[task].first_mode, shop.tasks[task + 1].first_mode):
        machine = shop.modes[mode].machine
        first, last = shop.machines[machine].first_unit, shop.machines[machine + 1].first_unit
        # a mode without a machine has no units: one round with NONE
        for one in range(first, max(last, first + 1)):
            unit = one if one < last else NONE
            if unit != NONE and shop.tasks[task].only_unit >= 0 and shop.tasks[task].only_unit != unit:
                continue
            free, group = 0, NONE
            if unit != NONE:
                free, group = shop.units[unit].free_at, shop.units[unit].group
            for row in range(length):
                if unit != NONE and shop.chain[row].unit == unit:
                    free, group = shop.chain[row].end, shop.tasks[shop.chain[row].task].group
            start, end, _ = first_fit(shop, task, mode, unit, lower, free, group)
            if end < earliest:
                earliest = end
                _write(shop, length, task, mode, unit, start, end)
    return earliest < NEVER
