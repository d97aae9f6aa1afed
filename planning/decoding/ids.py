"""The ids that a plan gives: stable, because they are made of what an order is for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.decoding.taken_ids import keys_of_nodes, number_of, taken_numbers
from planning.encoding.codes import dates_of
from planning.kernels.netting_arrays import Orders
from planning.kernels.order_counts import number_orders


class OrderIds:
    """Names orders: ``item@site/need date/number``, a firm planned order by its own id.

    Parameters
    ----------
    model
        The data set.
    orders
        The plan's orders.

    Attributes
    ----------
    number
        int32, shape (n_orders,): each planned order's number among those of its node and need date, from 1.
    node_keys
        item@site of each node.
    """

    def __init__(self, model: PlanningModel, orders: Orders) -> None:
        self._model = model
        self._orders = orders
        self._starts = orders.first[model.level_nodes]
        self.number = np.empty(orders.rows.shape[0], np.int32)
        number_orders(model.level_nodes, model.event_table.firm_indptr, orders, self.number)
        self.node_keys = keys_of_nodes(model.nodes, np.arange(model.nodes.n_nodes, dtype=np.int32))
        self._skip_taken()

    def _skip_taken(self) -> None:
        """Number anew where an open order has a planned order's id: it was one, and has been firmed under its id."""
        model, orders = self._model, self._orders
        indptr = model.event_table.firm_indptr
        for (node, day), taken in taken_numbers(model, np.arange(model.nodes.n_nodes, dtype=np.int32)).items():
            first = orders.first[node] + indptr[node + 1] - indptr[node]
            need = orders.rows["need"][first : orders.first[node] + orders.counts[node]]
            of_day = first + np.flatnonzero(need == day)
            self.number[of_day] = [number_of(place, taken) for place in range(1, of_day.shape[0] + 1)]

    def node_of(self, order: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the node of each order."""
        # of nodes without orders that start at the same place, the last one is the owner
        return self._model.level_nodes[np.searchsorted(self._starts, order, side="right") - 1]

    def of(self, order: NDArray[np.int64]) -> pl.Series:
        """Return the id of each order, firm planned or planned.

        Parameters
        ----------
        order
            int64, shape (n,): places in the orders.
        """
        node = self.node_of(order)
        names = join_ids(
            self.node_keys[node],
            self._orders.rows["need"][order],
            self.number[order],
            self._model.as_of,
        )
        table = self._model.event_table
        offset = order - self._orders.first[node]
        firm = offset < np.diff(table.firm_indptr)[node]
        if firm.any():
            row = table.firm_row[np.minimum(table.firm_indptr[node] + offset, len(table.firm_row) - 1)]
            names = names.set(pl.Series(firm), None)
            names = names.fill_null(self._model.data.table("scheduled_receipts")["order_id"][np.where(firm, row, 0)])
        return names


def join_ids(
    keys: pl.Series,
    days: NDArray[np.int32],
    numbers: NDArray[np.int64] | NDArray[np.int32],
    as_of: date,
    mark: str = "",
) -> pl.Series:
    """Return ``key/date/number`` for each row, ``mark`` before the number.

    Notes
    -----
    Days and numbers repeat: each is written out once and picked, which takes a third of the time of writing all.
    """
    if not len(days):
        return pl.Series([], dtype=pl.String)
    first = int(days.min())
    day_texts = dates_of(np.arange(first, int(days.max()) + 1, dtype=np.int32), as_of).cast(pl.String)
    number_texts = mark + pl.Series(np.arange(int(numbers.max()) + 1)).cast(pl.String)
    frame = pl.DataFrame({"key": keys, "date": day_texts[days - first], "number": number_texts[numbers]})
    return frame.select(pl.concat_str("key", "date", "number", separator="/")).to_series()


def numbered(*columns: Sequence[int] | NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the number of each row among its neighbours with the same values, from 1.

    Examples
    --------
    >>> numbered(np.array([3, 3, 5, 3], np.int32)).tolist()
    [1, 2, 1, 1]
    """
    n = len(columns[0])
    is_new = np.ones(n, dtype=np.bool_)
    if n:
        is_new[1:] = np.any([np.diff(column) != 0 for column in columns], axis=0)
    position = np.arange(n)
    return position - np.maximum.accumulate(np.where(is_new, position, 0)) + 1
