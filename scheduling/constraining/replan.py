"""One demand promised anew: what was done for it alone is taken back, everything else stays as it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planning.kernels.netting_arrays import Records
from scheduling.constraining.joined import places_of
from scheduling.constraining.run import Commitments, commitments, new_state, promised, with_rows
from scheduling.kernels.constraining_arrays import NONE, FreeKind

_NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class _Kept:
    """What stays: bool by row."""

    orders: NDArray[np.bool_]
    taken: NDArray[np.bool_]
    supplies: NDArray[np.bool_]
    promises: NDArray[np.bool_]


def replan_want(found: Commitments, want: int, day: int, quantity: float) -> Commitments:
    """Return the plan with one want promised anew, for another day and quantity.

    Parameters
    ----------
    want
        Its place among the wants.
    """
    kept = _kept(found, want)
    wants = found.wants.copy()
    row = wants[want : want + 1]
    row["wanted_day"], row["day"], row["quantity"] = day, max(day, 0), quantity
    rows = _renumbered(found, kept, want)
    state = with_rows(found.shop, new_state(found.shop, False), {**rows, "wants": wants}, _free_minutes(found, kept))
    state = promised(found.shop, state, np.array([want], np.int64))
    return commitments(found.shop, state, found.sequence)


def _kept(found: Commitments, want: int) -> _Kept:
    """Return what stays when a want is taken back: orders that somebody else uses, and what these use."""
    taken, supplies = found.taken, found.supplies
    promises = found.promises["want"] != want
    is_part = taken["consumer"] < 0
    kept_taken = ~is_part | promises[np.where(is_part, -1 - taken["consumer"], 0)]
    orders = np.ones(found.orders.shape[0], np.bool_)
    is_made = (supplies["kind"] == FreeKind.PLANNED_ORDER) | (supplies["kind"] == FreeKind.BY_PRODUCT)
    is_made &= supplies["source"] != NONE
    source = np.where(is_made, supplies["source"], 0)
    while True:
        used = np.bincount(taken["supply"][kept_taken], minlength=supplies.shape[0])
        of_order = np.bincount(source[is_made], used[is_made], orders.shape[0])
        idle = orders & (of_order == 0)
        if not idle.any():
            break
        orders &= ~idle
        kept_taken &= is_part | orders[np.where(is_part, 0, taken["consumer"])]
    return _Kept(orders, kept_taken, ~is_made | orders[source], promises)


def _renumbered(found: Commitments, kept: _Kept, want: int) -> dict[str, Records]:
    """Return the rows that stay, each pointing to where the others are now."""
    order_at, supply_at = places_of(kept.orders), places_of(kept.supplies)
    promise_at = places_of(kept.promises)
    supplies, orders = found.supplies[kept.supplies].copy(), found.orders[kept.orders].copy()
    taken, promises = found.taken[kept.taken].copy(), found.promises[kept.promises].copy()
    is_part = taken["consumer"] < 0
    to_part = promise_at[np.where(is_part, -1 - taken["consumer"], 0)]
    to_order = order_at[np.where(is_part, 0, taken["consumer"])] if order_at.size else to_part
    taken["consumer"] = np.where(is_part, -1 - to_part, to_order)
    taken["supply"] = supply_at[taken["supply"]]
    used = np.bincount(taken["supply"], taken["quantity"], supplies.shape[0])
    supplies["free"] = np.maximum(supplies["quantity"] - used, 0.0)
    supplies["free"][supplies["free"] <= _NOISE * np.maximum(1.0, supplies["quantity"])] = 0.0
    is_made = (supplies["kind"] == FreeKind.PLANNED_ORDER) | (supplies["kind"] == FreeKind.BY_PRODUCT)
    is_made &= supplies["source"] != NONE
    supplies["source"][is_made] = order_at[supplies["source"][is_made]]
    orders["supply"] = supply_at[orders["supply"]]
    orders["critical"] = np.where(orders["critical"] == NONE, NONE, supply_at[orders["critical"]])
    orders["promise"] = promise_at[orders["promise"]]
    pieces = found.pieces[kept.orders[found.pieces["order"]]].copy()
    pieces["order"] = order_at[pieces["order"]]
    reasons = found.reasons[found.reasons["want"] != want].copy()
    of_order = reasons["supply_kind"] == FreeKind.PLANNED_ORDER
    reasons["source"][of_order] = order_at[reasons["source"][of_order]]
    made = {"supplies": supplies, "orders": orders, "taken": taken}
    return {**made, "pieces": pieces, "promises": promises, "reasons": reasons}


def _free_minutes(found: Commitments, kept: _Kept) -> NDArray[np.float64]:
    """Return what is free of each work center and day without the orders that go."""
    free = found.free_minutes.copy()
    gone = found.pieces[~kept.orders[found.pieces["order"]]]
    np.add.at(free, (found.shop.model.operations["work_center"][gone["operation"]], gone["day"]), gone["minutes"])
    return free
