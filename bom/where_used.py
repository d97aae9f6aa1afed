"""Where-used: what an item goes into, one level up, written out indented, or summarised to end items."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.kernels.explosion import Step
from bom.structure import ProductStructure
from bom.walk import indented_rows, single_level_rows, summarised_rows


def where_used_single_level(structure: ProductStructure, item_id: str) -> pl.DataFrame:
    """Return the lines in which an item is a component, with its quantity per unit of each parent.

    Parameters
    ----------
    structure
        The bills in force.
    item_id
        The component.

    Returns
    -------
    pl.DataFrame
        As :func:`where_used_indented`, level 1 only.

    Raises
    ------
    PlanningError
        When there is no such item.

    Examples
    --------
    >>> from datetime import date
    >>> from bom.structure import build_structure
    >>> items = pl.DataFrame({"item_id": ["bike", "wheel", "spoke"]})
    >>> lines = pl.DataFrame({
    ...     "parent_item_id": ["bike", "wheel"], "component_item_id": ["wheel", "spoke"], "quantity_per": [2.0, 36.0],
    ... })
    >>> structure = build_structure(items, lines, date(2026, 1, 1))
    >>> where_used_single_level(structure, "spoke").select("item_id", "quantity").rows()
    [('wheel', 36.0)]
    """
    return single_level_rows(structure, structure.up, item_id)


def where_used_indented(structure: ProductStructure, item_id: str) -> pl.DataFrame:
    """Return every path up from an item, what a parent goes into below it.

    Parameters
    ----------
    structure, item_id
        As for :func:`where_used_single_level`.

    Returns
    -------
    pl.DataFrame
        ``level`` (1: the parents), ``item_id`` (what it is used in), ``description``, ``quantity`` (of the item asked
        for, per unit of good output of this one, along this path), ``unit`` (of this one), ``quantity_per`` and
        ``quantity_fixed`` (of the line), ``supply_type``, ``is_phantom``, ``is_by_product``, ``parent_item_id``,
        ``component_item_id``, ``operation_sequence``, ``row`` (of the line in bom_lines).

    Raises
    ------
    PlanningError
        When there is no such item, or the rows are more than 5,000,000.
    CycleError
        When what the item goes into has a cycle.

    Notes
    -----
    Quantities hold scrap, usage and yield; quantity_fixed, which counts per order, is left out, and nothing is rounded.
    A parent that is bought or transferred is shown, but not what it goes into: its own lines are not used. An item that
    comes in as a by-product has a quantity below zero.

    Examples
    --------
    >>> from datetime import date
    >>> from bom.structure import build_structure
    >>> items = pl.DataFrame({"item_id": ["bike", "wheel", "spoke"]})
    >>> lines = pl.DataFrame({
    ...     "parent_item_id": ["bike", "wheel"], "component_item_id": ["wheel", "spoke"], "quantity_per": [2.0, 36.0],
    ... })
    >>> structure = build_structure(items, lines, date(2026, 1, 1))
    >>> where_used_indented(structure, "spoke").select("level", "item_id", "quantity").rows()
    [(1, 'wheel', 36.0), (2, 'bike', 72.0)]
    """
    return indented_rows(structure, structure.up, item_id)


def where_used_summarised(structure: ProductStructure, item_id: str) -> pl.DataFrame:
    """Return the end items that an item goes into, with its total quantity per unit of each.

    Parameters
    ----------
    structure, item_id
        As for :func:`where_used_single_level`.

    Returns
    -------
    pl.DataFrame
        ``item_id`` (where the way up ends: nothing uses it, or it is not made), ``description``, ``quantity`` (over
        all paths, net of by-products), ``unit``, ``supply_type``, ``low_level_code``; in the order of items.

    Raises
    ------
    PlanningError
        When there is no such item.
    CycleError
        When what the item goes into has a cycle.

    Notes
    -----
    Quantities as for :func:`where_used_indented`, added up over the paths.

    Examples
    --------
    >>> from datetime import date
    >>> from bom.structure import build_structure
    >>> items = pl.DataFrame({"item_id": ["bike", "wheel", "spoke"]})
    >>> lines = pl.DataFrame({
    ...     "parent_item_id": ["bike", "wheel"], "component_item_id": ["wheel", "spoke"], "quantity_per": [2.0, 36.0],
    ... })
    >>> structure = build_structure(items, lines, date(2026, 1, 1))
    >>> where_used_summarised(structure, "spoke").select("item_id", "quantity").rows()
    [('bike', 72.0)]
    """
    totals = summarised_rows(structure, structure.up, item_id)
    ends = totals.filter(pl.Series(~_leads_further(structure)[totals["code"].to_numpy()]))
    return ends.select(
        "item_id", "description", pl.col("used").alias("quantity"), "unit", "supply_type", "low_level_code"
    )


def _leads_further(structure: ProductStructure) -> NDArray[np.bool_]:
    """Return whether the walk up goes on behind each item."""
    is_used = np.zeros(structure.graph.n_nodes, np.bool_)
    leads_up = structure.up.steps[structure.graph.component_lines] < Step.FIRST_FOLLOW
    is_used[structure.graph.component_codes[leads_up]] = True
    return is_used & structure.is_exploded
