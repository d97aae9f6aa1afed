"""Joined orders as one: what was part of another order is counted there, in all arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.kernels.netting_arrays import Records
from scheduling.kernels.constraining_arrays import NONE, FreeKind


def places_of(is_kept: NDArray[np.bool_]) -> NDArray[Any]:
    """Return where each row stands among those that stay, -1 for the others."""
    return np.where(is_kept, np.cumsum(is_kept) - 1, NONE)


def with_joined_orders(rows: dict[str, Records], taken_day: NDArray[np.int32]) -> tuple[dict[str, Records], Any]:
    """Return the arrays of a run without the orders that became part of others, and the days of what is taken.

    Parameters
    ----------
    rows
        ``supplies``, ``orders``, ``taken``, ``pieces`` and ``reasons``.
    taken_day
        int32: the day of each row of ``taken``.
    """
    orders, supplies, taken = rows["orders"], rows["supplies"], rows["taken"]
    is_joined = orders["joined"] != NONE
    if not is_joined.any() and (taken["quantity"] > 0).all():
        return rows, taken_day
    root = np.where(is_joined, orders["joined"], np.arange(orders.shape[0]))
    order_at = places_of(~is_joined)[root]
    is_order = np.flatnonzero(supplies["kind"] == FreeKind.PLANNED_ORDER)
    main = np.arange(supplies.shape[0])
    main[is_order] = orders["supply"][root[supplies["source"][is_order]]]
    is_main = main == np.arange(supplies.shape[0])
    supply_at = places_of(is_main)[main]
    kept = supplies[is_main].copy()
    parts = np.flatnonzero(~is_main)
    for name in ("quantity", "free"):
        np.add.at(kept[name], supply_at[parts], supplies[name][parts])
    is_made = (kept["kind"] == FreeKind.PLANNED_ORDER) | ((kept["kind"] == FreeKind.BY_PRODUCT) & (kept["source"] >= 0))
    kept["source"][is_made] = order_at[kept["source"][is_made]]
    own = orders[~is_joined].copy()
    own["supply"] = supply_at[own["supply"]]
    own["critical"] = np.where(own["critical"] == NONE, NONE, supply_at[own["critical"]])
    reasons, pieces = rows["reasons"].copy(), rows["pieces"].copy()
    of_order = reasons["supply_kind"] == FreeKind.PLANNED_ORDER
    reasons["source"][of_order] = order_at[reasons["source"][of_order]]
    pieces["order"] = order_at[pieces["order"]]
    merged = taken.copy()
    to_order = taken["consumer"] >= 0
    merged["consumer"] = np.where(to_order, order_at[np.where(to_order, taken["consumer"], 0)], taken["consumer"])
    merged["supply"] = supply_at[taken["supply"]]
    merged, days = _together(merged, taken_day)
    return {"supplies": kept, "orders": own, "taken": merged, "pieces": pieces, "reasons": reasons}, days


def _together(taken: Records, taken_day: NDArray[np.int32]) -> tuple[Records, NDArray[np.int32]]:
    """Return what is taken with one row for what a consumer takes of a supply on one day."""
    key = ["supply", "consumer", "offset_days", "is_at_end"]
    frame = pl.DataFrame({name: np.ascontiguousarray(taken[name]) for name in (*key, "quantity")}).with_row_index()
    grouped = frame.group_by(key, maintain_order=True).agg(pl.col("index").first(), pl.col("quantity").sum())
    grouped = grouped.filter(pl.col("quantity") > 0)
    place = grouped["index"].to_numpy()
    rows = taken[place].copy()
    rows["quantity"] = grouped["quantity"].to_numpy()
    return rows, taken_day[place]
