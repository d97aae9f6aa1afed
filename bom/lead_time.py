"""Cumulative lead times: the days from the first purchase to the finished item, along the longest path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.cost import standard_lots
from bom.graph import components_first
from bom.kernels.lead_time import accumulate_lead_times
from bom.structure import ProductStructure
from bom.units import round_quantities


@dataclass(frozen=True, slots=True)
class _LeadTimes:
    """Days by item code, and the entry of the component on which they hang."""

    own: NDArray[np.int64]
    safety: NDArray[np.int64]
    cumulative: NDArray[np.int64]
    entries: NDArray[np.int64]


def cumulative_lead_times(structure: ProductStructure, lot_quantity: float | None = None) -> pl.DataFrame:
    """Return the cumulative lead time of every item.

    Parameters
    ----------
    structure
        The bills in force.
    lot_quantity
        The order for which lead_time_days_per_unit counts; ``None``: see :func:`bom.cost.standard_lots`.

    Returns
    -------
    pl.DataFrame
        One row per item, in the order of items: ``item_id``, ``lead_time_days``, ``safety_lead_time_days``,
        ``cumulative_lead_time_days``, ``critical_component_id`` (the component on the longest path; empty when the path
        ends at the item).

    Raises
    ------
    CycleError
        When the bills have a cycle.

    Notes
    -----
    Cumulative = safety lead time + the larger of the own lead time and, over the lines, the component's cumulative lead
    time + own lead time - offset_days (at_end: the component's alone). Phantoms take no time; bought and transferred
    items end the path; by-products don't count. Days are added as they are, working days and calendar days alike. An
    at_end line of a phantom counts as needed when the phantom is complete, which is at its parent's release.

    Examples
    --------
    >>> from datetime import date
    >>> from bom.structure import build_structure
    >>> items = pl.DataFrame({"item_id": ["bike", "wheel", "frame"], "lead_time_days": [2, 5, 9]})
    >>> lines = pl.DataFrame({"parent_item_id": ["bike", "bike"], "component_item_id": ["wheel", "frame"]})
    >>> times = cumulative_lead_times(build_structure(items, lines, date(2026, 1, 1)))
    >>> times.select("item_id", "cumulative_lead_time_days", "critical_component_id").rows()
    [('bike', 11, 'frame'), ('wheel', 5, None), ('frame', 9, None)]
    """
    times = _lead_times(structure, lot_quantity)
    item_ids = structure.items["item_id"]
    codes = pl.Series(structure.graph.component_codes).gather(pl.Series(times.entries).replace(-1, None))
    return pl.DataFrame(
        [
            item_ids,
            pl.Series("lead_time_days", times.own),
            pl.Series("safety_lead_time_days", times.safety),
            pl.Series("cumulative_lead_time_days", times.cumulative),
            item_ids.gather(codes).alias("critical_component_id"),
        ]
    )


def longest_path(structure: ProductStructure, item_id: str, lot_quantity: float | None = None) -> pl.DataFrame:
    """Return the longest path below an item, from the item down.

    Parameters
    ----------
    structure, lot_quantity
        As for :func:`cumulative_lead_times`.
    item_id
        The item.

    Returns
    -------
    pl.DataFrame
        ``level`` (0: the item), ``item_id``, ``lead_time_days``, ``safety_lead_time_days``,
        ``cumulative_lead_time_days`` (with everything below). Of paths of the same length, the first in the bills.

    Raises
    ------
    PlanningError
        When there is no such item.
    CycleError
        When the bills have a cycle.

    Examples
    --------
    >>> from datetime import date
    >>> from bom.structure import build_structure
    >>> items = pl.DataFrame({"item_id": ["bike", "wheel", "frame"], "lead_time_days": [2, 5, 9]})
    >>> lines = pl.DataFrame({"parent_item_id": ["bike", "bike"], "component_item_id": ["wheel", "frame"]})
    >>> path = longest_path(build_structure(items, lines, date(2026, 1, 1)), "bike")
    >>> path.select("level", "item_id", "cumulative_lead_time_days").rows()
    [(0, 'bike', 11), (1, 'frame', 9)]
    """
    times = _lead_times(structure, lot_quantity)
    path = [structure.code_of(item_id)]
    while times.entries[path[-1]] >= 0:
        path.append(int(structure.graph.component_codes[times.entries[path[-1]]]))
    codes = np.array(path)
    return pl.DataFrame(
        [
            pl.Series("level", np.arange(codes.shape[0], dtype=np.int32)),
            structure.items["item_id"][codes],
            pl.Series("lead_time_days", times.own[codes]),
            pl.Series("safety_lead_time_days", times.safety[codes]),
            pl.Series("cumulative_lead_time_days", times.cumulative[codes]),
        ]
    )


def _lead_times(structure: ProductStructure, lot_quantity: float | None) -> _LeadTimes:
    """Return the lead times by item code."""
    structure.check_for_cycles()
    n_items = structure.items.height
    lots = standard_lots(structure, lot_quantity)
    for_quantity = structure.items["lead_time_days_per_unit"].to_numpy() * lots
    for_quantity = round_quantities(for_quantity, np.zeros(n_items, np.int8))
    is_timed = ~structure.is_phantom
    own = is_timed * (structure.items["lead_time_days"].to_numpy() + for_quantity.astype(np.int64))
    times = _LeadTimes(
        own=own,
        safety=is_timed * structure.items["safety_lead_time_days"].to_numpy(),
        cumulative=np.empty(n_items, np.int64),
        entries=np.empty(n_items, np.int64),
    )
    accumulate_lead_times(
        structure.down,
        components_first(structure.graph),
        times.own,
        times.safety,
        structure.is_exploded,
        structure.lines["offset_days"].to_numpy(),
        structure.lines["at_end"].to_numpy(),
        times.cumulative,
        times.entries,
    )
    return times
