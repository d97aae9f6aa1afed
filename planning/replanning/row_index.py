"""Finds rows of a data set by item or by id: hashed once, then asked for every edit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.arrays import PlanningModel
from planning.editing.rows import has_generated_ids, row_ids
from planning.encoding.codes import NO_CODE, IdIndex, grouped_rows
from planning.tables import INPUT_TABLES

Made = TypeVar("Made")


class RowIndex:
    """Finds rows of the tables that a plan was made of.

    Parameters
    ----------
    model
        The encoded data set.
    """

    def __init__(self, model: PlanningModel) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._made: dict[Hashable, Any] = {}

    def _once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what was made for a key; the first call makes it."""
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            found: Made = self._made[key]
            return found

    def items_of(self, name: str, rows: NDArray[np.int64], column: str = "item_id") -> NDArray[np.int32]:
        """Return the item code of some rows of a table."""
        return self._model.nodes.item_index.codes_of(self._model.data.table(name)[column].gather(rows))

    def rows_of_items(self, name: str, items: NDArray[np.int32], column: str = "item_id") -> NDArray[np.int64]:
        """Return the rows of a table that name one of the items, in their order."""
        indptr, rows = self._once((name, column), lambda: self._by_item(name, column))
        found: NDArray[np.int64] = rows[ranges(indptr[items], indptr[items + 1] - indptr[items])]
        return np.sort(found)

    def _by_item(self, name: str, column: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the rows of a table by item code."""
        model = self._model
        frame = model.data.table(name)
        n_items = model.nodes.item_ids.len()
        codes = model.nodes.item_index.codes_of(frame[column])
        indptr, rows = grouped_rows(np.where(codes == NO_CODE, n_items, codes).astype(np.int32), n_items + 1)
        return indptr, rows

    def rows_of_ids(self, name: str, ids: pl.Series) -> NDArray[np.int32]:
        """Return the row of each id of a table whose key is one column, -1 where there is none."""
        table = INPUT_TABLES[name]
        if self._model.data.table(name).height == 0:
            return np.full(ids.len(), NO_CODE, np.int32)
        return self._once((name, "ids"), lambda: IdIndex(self._ids(table.name))).codes_of(ids)

    def _ids(self, name: str) -> pl.Series:
        """Return the ids of the rows of a table."""
        table, frame = INPUT_TABLES[name], self._model.data.table(name)
        return row_ids(table, frame) if has_generated_ids(table) else frame[table.key[0]]

    def ids_of(self, name: str, rows: NDArray[np.int64]) -> pl.Series:
        """Return the ids of some rows of a table with generated ids."""
        table, frame = INPUT_TABLES[name], self._model.data.table(name)
        key = table.key[0]
        generated = f"{name}:" + pl.Series(rows + 1).cast(pl.String)
        if key not in frame.columns:
            return generated.alias(key)
        given = frame[key].gather(rows)
        return given if given.null_count() == 0 else given.fill_null(generated)

    def forecast_tops(self) -> NDArray[np.int32] | None:
        """Return the topmost item above each one by ``forecast_item_id``; ``None`` when none stands above another."""
        return self._once("tops", self._find_forecast_tops)

    def _find_forecast_tops(self) -> NDArray[np.int32] | None:
        items = self._model.data.table("items")
        if "forecast_item_id" not in items.columns or items["forecast_item_id"].null_count() == items.height:
            return None
        above = self._model.nodes.item_index.codes_of(items["forecast_item_id"])
        tops = np.where(above == NO_CODE, np.arange(above.shape[0], dtype=np.int32), above)
        while not np.array_equal(tops[tops], tops):
            tops = tops[tops]
        return tops

    def demand_places(self) -> NDArray[np.int32]:
        """Return where each row of the table demands stands in the model's demands, -1 for one that is not planned."""
        return self._once("places", self._find_demand_places)

    def _find_demand_places(self) -> NDArray[np.int32]:
        table = self._model.event_table
        places = np.full(table.n_demands, NO_CODE, np.int32)
        is_demand = table.demand_row < table.n_demands
        places[table.demand_row[is_demand]] = np.flatnonzero(is_demand)
        return places
