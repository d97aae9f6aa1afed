"""Walks from one item through its structure: written out path by path, or added up per item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.errors import PlanningError
from bom.kernels.explosion import Walk, add_up, count_occurrences, order_reached, write_out
from bom.structure import ProductStructure

# Written-out bills double with each level; a table of more rows is of no use to anybody and would fill the memory.
MAXIMUM_OCCURRENCES = 5_000_000


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Every path from an item, one row each.

    Parameters
    ----------
    entries
        int64, shape (n_rows,): the entry of the walk that the row ends with.
    levels
        int32, shape (n_rows,): 1 next to the item.
    quantities
        float64, shape (n_rows,).
    """

    entries: NDArray[np.int64]
    levels: NDArray[np.int32]
    quantities: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Totals:
    """What an item needs, or is needed for, per item.

    Parameters
    ----------
    codes
        int64, shape (n_rows,): the items reached, ascending, without the item itself.
    quantities, by_products
        float64, shape (n_rows,): what is used, and what by-product lines give (below zero).
    """

    codes: NDArray[np.int64]
    quantities: NDArray[np.float64]
    by_products: NDArray[np.float64]


def write_occurrences(structure: ProductStructure, walk: Walk, start: int, quantity: float) -> Occurrences:
    """Return every path of the walk from one item.

    Raises
    ------
    CycleError
        When the walk comes back to an item that it passed.
    PlanningError
        ``too_many_rows``, when there are more than ``MAXIMUM_OCCURRENCES`` paths.
    """
    order = _order(structure, walk, start)
    counts = np.empty(structure.graph.n_nodes, np.int64)
    count_occurrences(walk, order, counts)
    n_rows = int(counts[start])
    if n_rows > MAXIMUM_OCCURRENCES:
        item_id = structure.items["item_id"][start]
        message = f"written out, the structure has more than {MAXIMUM_OCCURRENCES} rows; ask for the summarised one"
        raise PlanningError("too_many_rows", message, [item_id])
    out = Occurrences(np.empty(n_rows, np.int64), np.empty(n_rows, np.int32), np.empty(n_rows, np.float64))
    write_out(walk, start, quantity, counts, out.entries, out.levels, out.quantities)
    return out


def write_first_level(walk: Walk, start: int, quantity: float) -> Occurrences:
    """Return the entries of one item alone."""
    n_rows = int(walk.indptr[start + 1] - walk.indptr[start])
    counts = np.zeros(walk.indptr.shape[0] - 1, np.int64)
    out = Occurrences(np.empty(n_rows, np.int64), np.empty(n_rows, np.int32), np.empty(n_rows, np.float64))
    ends = walk._replace(steps=np.ones_like(walk.steps))  # Step.END: no row has rows below it
    write_out(ends, start, quantity, counts, out.entries, out.levels, out.quantities)
    return out


def add_totals(structure: ProductStructure, walk: Walk, start: int, quantity: float) -> Totals:
    """Return the totals of the walk from one item.

    Raises
    ------
    CycleError
        When the walk comes back to an item that it passed.
    """
    order = _order(structure, walk, start)
    totals, by_products = np.zeros(structure.graph.n_nodes), np.zeros(structure.graph.n_nodes)
    is_reached = np.zeros(structure.graph.n_nodes, np.bool_)
    add_up(walk, order, quantity, totals, by_products, is_reached)
    codes = np.flatnonzero(is_reached)
    return Totals(codes, totals[codes], by_products[codes])


def single_level_rows(structure: ProductStructure, walk: Walk, item_id: str, quantity: float = 1.0) -> pl.DataFrame:
    """Return the entries of one item alone, one row each."""
    return occurrence_rows(structure, walk, write_first_level(walk, structure.code_of(item_id), quantity))


def indented_rows(structure: ProductStructure, walk: Walk, item_id: str, quantity: float = 1.0) -> pl.DataFrame:
    """Return every path of the walk from one item, one row each."""
    return occurrence_rows(structure, walk, write_occurrences(structure, walk, structure.code_of(item_id), quantity))


def summarised_rows(structure: ProductStructure, walk: Walk, item_id: str, quantity: float = 1.0) -> pl.DataFrame:
    """Return the totals of the walk from one item, one row per item reached."""
    return total_rows(structure, add_totals(structure, walk, structure.code_of(item_id), quantity))


def occurrence_rows(structure: ProductStructure, walk: Walk, occurrences: Occurrences) -> pl.DataFrame:
    """Return one row per occurrence: the item reached, its quantity, and the line that leads to it."""
    lines = structure.lines[walk.lines[occurrences.entries]]
    reached = structure.items[walk.targets[occurrences.entries]]
    return pl.DataFrame(
        [
            pl.Series("level", occurrences.levels),
            *reached.select("item_id", "description"),
            pl.Series("quantity", occurrences.quantities),
            reached["unit"],
            *lines.select("quantity_per", "quantity_fixed"),
            *reached.select("supply_type", "is_phantom"),
            pl.Series("is_by_product", structure.is_by_product[walk.lines[occurrences.entries]]),
            *lines.select("parent_item_id", "component_item_id", "operation_sequence", "row"),
        ]
    )


def total_rows(structure: ProductStructure, totals: Totals) -> pl.DataFrame:
    """Return one row per item reached: its parameters, ``code``, ``low_level_code``, ``used`` and ``given``."""
    return structure.items[totals.codes].with_columns(
        pl.Series("code", totals.codes),
        pl.Series("low_level_code", structure.graph.item_to_level[totals.codes]),
        pl.Series("used", totals.quantities),
        pl.Series("given", totals.by_products),
    )


def _order(structure: ProductStructure, walk: Walk, start: int) -> NDArray[np.int32]:
    """Return the items that the walk goes through, each after all that lead to it."""
    order = np.empty(structure.graph.n_nodes, np.int32)
    n_reached = order_reached(walk, start, order)
    if n_reached < 0:
        structure.check_for_cycles()  # raises: the walk has met one
    return order[:n_reached]
