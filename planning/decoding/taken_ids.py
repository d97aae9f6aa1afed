"""Ids of planned orders that open orders have: orders that were firmed under their id."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.arrays import PlanningModel
from planning.encoding.nodes import NodeTable

_FORM = r"^(?<key>.*)/(?<date>\d{4}-\d{2}-\d{2})/(?<number>[1-9]\d{0,8})$"


def keys_of_nodes(nodes: NodeTable, picked: NDArray[np.int32]) -> pl.Series:
    """Return ``item@site`` of some nodes; ``@`` is doubled in each, so that they cannot run into each other."""
    return _escaped(nodes.item_ids[nodes.item[picked]]) + "@" + _escaped(nodes.site_ids)[nodes.site[picked]]


def _escaped(ids: pl.Series) -> pl.Series:
    return ids.str.replace_all("@", "@@", literal=True)


def taken_numbers(model: PlanningModel, nodes: NDArray[np.int32]) -> dict[tuple[int, int], list[int]]:
    """Return the numbers, ascending, that a node's planned orders of a need day cannot have.

    Parameters
    ----------
    nodes
        Each of interest once.
    """
    indptr = model.event_table.receipt_indptr
    counts = indptr[nodes + 1] - indptr[nodes]
    node = np.repeat(nodes, counts)
    place = ranges(indptr[nodes], counts)
    order_id = model.data.table("scheduled_receipts")["order_id"][model.event_table.receipt_row[place]]
    is_candidate = order_id.str.contains("@", literal=True)
    if not is_candidate.any():
        return {}
    node = node[is_candidate.to_numpy()]
    parts = order_id.filter(is_candidate).str.extract_groups(_FORM).struct.unnest()
    found = parts.with_columns(
        node=pl.Series(node),
        day=(pl.col("date").str.to_date("%Y-%m-%d", strict=False) - model.as_of).dt.total_days(),
        number=pl.col("number").cast(pl.Int64),
    ).filter(pl.col("key") == keys_of_nodes(model.nodes, node), pl.col("day").is_not_null())
    taken: dict[tuple[int, int], list[int]] = {}
    for at, day, number in sorted(found.select("node", "day", "number").rows()):
        taken.setdefault((at, day), []).append(number)
    return taken


def number_of(place: int, taken: list[int]) -> int:
    """Return the number of the order in a place, from 1, among those of its node and day.

    Examples
    --------
    >>> [number_of(place, [2, 3]) for place in (1, 2, 3)]
    [1, 4, 5]
    """
    number = place
    for other in taken:
        number += other <= number
    return number


def place_of(number: int, taken: list[int]) -> int:
    """Return the place of the order with a number, 0 when an open order has the number.

    Examples
    --------
    >>> [place_of(number, [2, 3]) for number in (1, 2, 4)]
    [1, 0, 2]
    """
    return 0 if number in taken else number - sum(other < number for other in taken)


def without_taken(
    taken: Mapping[tuple[int, int], list[int]],
    node: NDArray[np.int32],
    day: NDArray[np.int32],
    place: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the numbers of orders in the given places among those of their node and need day."""
    if not taken:
        return place
    number = place.copy()
    for k in np.flatnonzero(np.isin(node, np.array([at for at, _ in taken], np.int32))):
        number[k] = number_of(int(place[k]), taken.get((int(node[k]), int(day[k])), []))
    return number
