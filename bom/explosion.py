"""Explosions: what goes into an item, one level down, written out indented, or added up per component."""

from __future__ import annotations

import numpy as np
import polars as pl

from bom.kernels.explosion import Walk
from bom.structure import ProductStructure
from bom.walk import indented_rows, single_level_rows, summarised_rows

SUMMARISED_COLUMNS = (
    "item_id",
    "description",
    "quantity",
    "unit",
    "supply_type",
    "is_phantom",
    "is_by_product",
    "low_level_code",
)


def explode_single_level(
    structure: ProductStructure, item_id: str, quantity: float = 1.0, is_rounded: bool = True
) -> pl.DataFrame:
    """Return the lines of an item's own bill, with the quantities for one order of ``quantity``.

    Parameters
    ----------
    structure
        The bills in force.
    item_id
        The item.
    quantity
        Good output of the order.
    is_rounded
        Round to the decimals of each component's quantities: requirements up, by-products down.

    Returns
    -------
    pl.DataFrame
        As :func:`explode_indented`, level 1 only.

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
    >>> explode_single_level(structure, "bike", 10).select("item_id", "quantity").rows()
    [('wheel', 20.0)]
    """
    return single_level_rows(structure, _walk_down(structure, is_rounded), item_id, quantity)


def explode_indented(
    structure: ProductStructure, item_id: str, quantity: float = 1.0, is_rounded: bool = True
) -> pl.DataFrame:
    """Return every path down from an item, a component's lines below it, in the order of the bills.

    Parameters
    ----------
    structure, item_id, quantity, is_rounded
        As for :func:`explode_single_level`.

    Returns
    -------
    pl.DataFrame
        ``level`` (1: the item's own lines), ``item_id``, ``description``, ``quantity`` (extended down the path; below
        zero: a by-product), ``unit``, ``quantity_per`` and ``quantity_fixed`` (of the line), ``supply_type``,
        ``is_phantom``, ``is_by_product``, ``parent_item_id``, ``component_item_id``, ``operation_sequence``, ``row``
        (of the line in bom_lines).

    Raises
    ------
    PlanningError
        When there is no such item, or the rows are more than 5,000,000.
    CycleError
        When the item's structure has a cycle.

    Notes
    -----
    Each row is an order of its own: quantity = quantity above / yield_fraction of the parent x quantity_per x
    usage_fraction / (1 - scrap_fraction) + quantity_fixed, rounded; phantoms are not rounded. Rows end at bought and
    transferred items and at by-products. Planned lot sizes and stock do not enter.

    Examples
    --------
    >>> from datetime import date
    >>> from bom.structure import build_structure
    >>> items = pl.DataFrame({"item_id": ["bike", "wheel", "spoke"]})
    >>> lines = pl.DataFrame({
    ...     "parent_item_id": ["bike", "wheel"], "component_item_id": ["wheel", "spoke"], "quantity_per": [2.0, 36.0],
    ... })
    >>> structure = build_structure(items, lines, date(2026, 1, 1))
    >>> explode_indented(structure, "bike", 10).select("level", "item_id", "quantity").rows()
    [(1, 'wheel', 20.0), (2, 'spoke', 720.0)]
    """
    return indented_rows(structure, _walk_down(structure, is_rounded), item_id, quantity)


def explode_summarised(
    structure: ProductStructure, item_id: str, quantity: float = 1.0, is_rounded: bool = True
) -> pl.DataFrame:
    """Return the total quantity of every component at any depth of an item.

    Parameters
    ----------
    structure, item_id, quantity, is_rounded
        As for :func:`explode_single_level`.

    Returns
    -------
    pl.DataFrame
        ``item_id``, ``description``, ``quantity`` (below zero: a by-product), ``unit``, ``supply_type``,
        ``is_phantom``, ``is_by_product``, ``low_level_code``; by low-level code, then in the order of items. A
        component that is also a by-product has two rows: they are not netted, since it may come in too late to be used.

    Raises
    ------
    PlanningError
        When there is no such item.
    CycleError
        When the item's structure has a cycle.

    Notes
    -----
    One order per item: each item's total is taken as one order, so quantity_fixed counts once for it, and each line is
    rounded once. A phantom is blown through with its total, its quantity_fixed counting once per line that uses it.
    Proportional to the item's own structure, however many paths it has.

    Examples
    --------
    >>> from datetime import date
    >>> from bom.structure import build_structure
    >>> items = pl.DataFrame({"item_id": ["bike", "wheel", "nut"]})
    >>> lines = pl.DataFrame({
    ...     "parent_item_id": ["bike", "bike", "wheel"],
    ...     "component_item_id": ["wheel", "nut", "nut"],
    ...     "quantity_per": [2.0, 4.0, 1.0],
    ... })
    >>> structure = build_structure(items, lines, date(2026, 1, 1))
    >>> explode_summarised(structure, "bike", 10).select("item_id", "quantity").rows()
    [('wheel', 20.0), ('nut', 60.0)]
    """
    totals = summarised_rows(structure, _walk_down(structure, is_rounded), item_id, quantity)
    is_used = (pl.col("used") != 0) | (pl.col("given") == 0)
    used = totals.filter(is_used).with_columns(quantity="used", is_by_product=False)
    given = totals.filter(pl.col("given") != 0).with_columns(quantity="given", is_by_product=True)
    rows = pl.concat([used, given]).sort("low_level_code", "code", "is_by_product")
    return rows.select(SUMMARISED_COLUMNS)


def _walk_down(structure: ProductStructure, is_rounded: bool) -> Walk:
    """Return the walk to components, with or without rounding."""
    if is_rounded:
        return structure.down
    return structure.down._replace(decimals=np.full(structure.graph.n_nodes, -1, np.int8))
