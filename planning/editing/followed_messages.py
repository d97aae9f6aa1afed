"""Open orders changed as messages say, with what is allocated to them."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.units import round_quantities
from planning.arrays import PlanningModel
from planning.data import PlanningData
from planning.encoding.codes import NO_CODE, codes_of, dates_of, days_of
from planning.kernels.moved_orders import move_with_due_dates

MOVING_KINDS = ("expedite", "defer")
RESIZING_KINDS = ("increase", "decrease")


def follow(model: PlanningModel, messages: pl.DataFrame) -> PlanningData:
    """Return the model's data set with its open orders changed as the messages say.

    Parameters
    ----------
    messages
        Of one order at most one of expedite, defer and cancel, and one of increase and decrease.
    """
    receipts = model.data.table("scheduled_receipts")
    changes = _Changes(model, receipts, messages)
    changed = {"scheduled_receipts": _changed_receipts(receipts, changes)}
    allocations = model.data.table("allocations")
    if allocations.height:
        changed["allocations"] = _changed_allocations(model, allocations, changes)
    return model.data.replace(None, **changed)


class _Changes:
    """The new due day and quantity of every open order, and the calendar on which its other dates move."""

    def __init__(self, model: PlanningModel, receipts: pl.DataFrame, messages: pl.DataFrame) -> None:
        self.order_id = receipts["order_id"]
        self._model = model
        node = model.nodes.of_table(model.data, "scheduled_receipts")
        self._calendar = model.sourcing.calendar[node]
        self._is_working = model.node_rows["is_lead_time_working"][node]
        self._due = days_of(receipts["due_date"], model.as_of, 0)
        self._new_due = self._due.copy()
        self.quantity = receipts["quantity"].to_numpy().copy()
        row = codes_of(messages["order_id"], self.order_id)
        kind = messages["kind"]
        moved = kind.is_in(MOVING_KINDS).to_numpy()
        self._new_due[row[moved]] = days_of(messages["suggested_date"], model.as_of, 0)[moved]
        resized = kind.is_in(RESIZING_KINDS).to_numpy()
        before = self.quantity.copy()
        self.quantity[row[resized]] = messages["suggested_quantity"].to_numpy()[resized]
        self.quantity[row[(kind == "cancel").to_numpy()]] = 0.0
        self.share = np.divide(self.quantity, before, out=np.ones_like(before), where=before > 0)

    @property
    def due_date(self) -> pl.Series:
        """The new due dates."""
        return dates_of(self._new_due, self._model.as_of)

    def moved(self, dates: pl.Series, row: NDArray[np.int32]) -> pl.Series:
        """Return dates of orders, moved with the due dates of the orders in ``row``; empty ones stay empty."""
        day = days_of(dates, self._model.as_of, 0)
        moved = np.empty_like(day)
        move_with_due_dates(
            self._model.calendars.working_days,
            self._calendar[row], self._is_working[row], self._due[row], self._new_due[row], day, moved,
        )  # fmt: skip
        is_same = self._new_due[row] == self._due[row]
        moved = np.where(is_same, day, moved).astype(np.int32)
        return dates_of(moved, self._model.as_of).set(dates.is_null(), None)


def _changed_receipts(receipts: pl.DataFrame, changes: _Changes) -> pl.DataFrame:
    """Return the open orders with their new dates and quantities."""
    columns = {"due_date": changes.due_date, "quantity": pl.Series(changes.quantity)}
    if "release_date" in receipts.columns:
        columns["release_date"] = changes.moved(receipts["release_date"], np.arange(receipts.height, dtype=np.int32))
    return receipts.with_columns(**columns)


def _changed_allocations(model: PlanningModel, allocations: pl.DataFrame, changes: _Changes) -> pl.DataFrame:
    """Return what is allocated with the dates and in the share of its order; reservations of no order stay."""
    row = codes_of(allocations["order_id"], changes.order_id)
    has_order = row != NO_CODE
    row = np.maximum(row, 0)
    moved = changes.moved(allocations["required_date"], row)
    share = np.where(has_order, changes.share[row], 1.0)
    items = model.data.filled("items", ["item_id", "quantity_decimals"])
    item = codes_of(allocations["item_id"], items["item_id"])
    decimals = items["quantity_decimals"].fill_null(-1).cast(pl.Int8).to_numpy()[item]
    quantity = allocations["quantity"].to_numpy()
    scaled = np.where(share == 1.0, quantity, round_quantities(quantity * share, decimals))
    is_moved = pl.Series(has_order)
    return allocations.with_columns(
        required_date=moved.zip_with(is_moved, allocations["required_date"]), quantity=pl.Series(scaled)
    )
