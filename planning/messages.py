"""Exception messages: what a planner should look at, and do."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.codes import dates_of
from planning.ids import OrderIds
from planning.kernels.balance import list_shortages
from planning.kernels.netting_arrays import ALWAYS, NEVER, NettingModel
from planning.net import NettedPlan
from planning.options import MrpOptions
from planning.plan_tables import MESSAGES
from planning.push import written_off


class MessageWriter:
    """Makes the messages of one plan, one kind after the other.

    Parameters
    ----------
    model, netting, options
        The data set and the options, as given and as arrays.
    plan
        The netted plan.
    ids
        The names of its orders.
    """

    def __init__(
        self,
        model: PlanningModel,
        netting: NettingModel,
        options: MrpOptions,
        plan: NettedPlan,
        ids: OrderIds,
    ) -> None:
        self._model = model
        self._netting = netting
        self._options = options
        self._plan = plan
        self._ids = ids
        nodes = model.nodes
        self._item_id = nodes.item_ids[nodes.item]
        self._site_id = nodes.site_ids[nodes.site]
        self._unit_cost = model.sourcing.parameters["unit_cost"].to_numpy()

    def chunks(self) -> Iterator[pl.DataFrame]:
        """Yield the table ``messages``, the kinds in the order of their declaration."""
        yield from self._releases()
        yield self._rescheduled()
        yield self._past_due_receipts()
        yield self._past_due_demands()
        yield self._below_safety_stock()
        yield self._shortages()
        yield self._late_demands()
        yield self._without_source()
        yield self._expired()

    def _frame(
        self,
        kind: str | pl.Series,
        node: NDArray[np.int32],
        order_id: pl.Series | None,
        current: NDArray[np.int32] | None,
        suggested: NDArray[np.int32] | None,
        quantity: NDArray[np.float64],
        suggested_quantity: NDArray[np.float64],
        text: pl.Expr,
        is_damped: NDArray[np.bool_] | None = None,
    ) -> pl.DataFrame:
        """Return messages as rows of the table; ``text`` may use its columns."""
        n, as_of = node.shape[0], self._model.as_of
        no_day = np.full(n, NEVER, np.int32)
        current = no_day if current is None else current
        suggested = no_day if suggested is None else suggested
        is_dated = (current != NEVER) & (suggested != NEVER)
        days = np.where(is_dated, suggested.astype(np.int64) - current, 0)
        frame = pl.DataFrame(
            {
                "kind": pl.Series([kind] * n, dtype=pl.String) if isinstance(kind, str) else kind,
                "item_id": self._item_id[node],
                "site_id": self._site_id[node],
                "order_id": pl.Series([None] * n, dtype=pl.String) if order_id is None else order_id,
                "current_date": dates_of(current, as_of),
                "suggested_date": dates_of(suggested, as_of),
                "current_quantity": quantity,
                "suggested_quantity": suggested_quantity,
                "days": pl.Series(days).set(pl.Series(~is_dated), None),
                "value": np.abs(quantity) * self._unit_cost[node],
                "is_damped": np.zeros(n, np.bool_) if is_damped is None else is_damped,
            }
        )
        return frame.with_columns(text=text).select(MESSAGES.column_names)

    def _releases(self) -> Iterator[pl.DataFrame]:
        """Yield release (today) and release_past_due, a million at a time."""
        orders = self._plan.orders
        release = self._plan.dated_orders["release"]
        due_now = np.flatnonzero(release <= 0)
        for begin in range(0, due_now.shape[0], 1_000_000):
            order = due_now[begin : begin + 1_000_000]
            node = self._ids.node_of(order)
            is_planned = order - orders.first[node] >= np.diff(self._netting.firm_indptr)[node]
            is_planned &= ~self._netting.nodes["is_phantom"][node]
            order, node = order[is_planned], node[is_planned]
            day = release[order]
            kinds = pl.Series(np.where(day < 0, "release_past_due", "release"), dtype=pl.String)
            quantity = np.ascontiguousarray(orders.rows["quantity"][order])
            text = (
                pl.when(pl.col("kind") == "release")
                .then(pl.format("Release {} of {} today.", _number("current_quantity"), "item_id"))
                .otherwise(
                    pl.format(
                        "Release {} of {} at once: it should have been released on {}, {} days ago.",
                        _number("current_quantity"), "item_id", "current_date", "days",
                    )
                )
            )  # fmt: skip
            yield self._frame(kinds, node, self._ids.of(order), day, np.zeros_like(day), quantity, quantity, text)

    def _receipts(
        self, picked: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], pl.Series, NDArray[np.int32], NDArray[np.float64]]:
        """Return node, order id, due day as given and quantity of some open receipts."""
        table = self._model.event_table
        node = np.repeat(np.arange(self._model.nodes.n_nodes, dtype=np.int32), np.diff(table.receipt_indptr))[picked]
        receipts = self._model.data.table("scheduled_receipts")[table.receipt_row[picked]]
        given = (receipts["due_date"] - self._model.as_of).dt.total_days().cast(pl.Int32).to_numpy()
        return node, receipts["order_id"], given, np.ascontiguousarray(table.receipts["quantity"][picked])

    def _open_receipts(self) -> NDArray[np.bool_]:
        """Return which receipts are not those of phantoms."""
        counts = np.diff(self._model.event_table.receipt_indptr)
        return np.repeat(~self._netting.nodes["is_phantom"], counts)

    def _rescheduled(self) -> pl.DataFrame:
        """Return expedite, defer and cancel (rule 6)."""
        counted, needed, netted = self._netting.receipts["day"], self._plan.needed_day, self._plan.netted_day
        is_moved = (netted < counted) | ((needed > counted) & self._open_receipts())
        picked = np.flatnonzero(is_moved & self._open_receipts())
        node, order_id, given, quantity = self._receipts(picked)
        days = needed[picked].astype(np.int64) - counted[picked]
        is_cancelled = needed[picked] == NEVER
        kind = np.where(is_cancelled, "cancel", np.where(days < 0, "expedite", "defer"))
        options = self._options
        tolerance = np.where(days < 0, options.expedite_tolerance_days, options.defer_tolerance_days)
        is_damped = (np.abs(days) <= tolerance) & ~is_cancelled
        is_damped |= quantity * self._unit_cost[node] < options.message_minimum_value * (1 - 1e-12)
        text = (
            pl.when(pl.col("kind") == "cancel")
            .then(pl.format("Cancel {}: {} of {} is not needed.", "order_id", _number("current_quantity"), "item_id"))
            .when(pl.col("kind") == "expedite")
            .then(pl.format("Expedite {} from {} to {}.", "order_id", "current_date", "suggested_date"))
            .otherwise(pl.format("Defer {} from {} to {}.", "order_id", "current_date", "suggested_date"))
        )
        suggested_quantity = np.where(is_cancelled, 0.0, quantity)
        kinds = pl.Series(kind, dtype=pl.String)
        return self._frame(kinds, node, order_id, given, needed[picked], quantity, suggested_quantity, text, is_damped)

    def _past_due_receipts(self) -> pl.DataFrame:
        """Return open receipts that should have come before ``as_of`` (rule 4)."""
        node, order_id, given, quantity = self._receipts(np.flatnonzero(self._open_receipts()))
        late = given < 0
        order_id = order_id.filter(pl.Series(late))
        text = pl.format("{} was due on {}; it is counted today.", "order_id", "current_date")
        day = given[late]
        return self._frame(
            "past_due_receipt", node[late], order_id, day, np.zeros_like(day), quantity[late], quantity[late], text
        )

    def _past_due_demands(self) -> pl.DataFrame:
        """Return open demands that were due before ``as_of`` (rule 3)."""
        table = self._model.event_table
        is_late = (self._netting.demands["day"] < 0) & (table.demand_row < table.n_demands)
        picked = np.flatnonzero(is_late)
        node = (np.searchsorted(table.demand_indptr, picked, side="right") - 1).astype(np.int32)
        order_id = demand_ids(self._model, table.demand_row[picked])
        day = np.ascontiguousarray(self._netting.demands["day"][picked])
        quantity = np.ascontiguousarray(self._netting.demands["quantity"][picked])
        text = pl.format(
            "{} was due on {}; {} of {} is still open.",
            "order_id",
            "current_date",
            _number("current_quantity"),
            "item_id",
        )
        return self._frame("past_due_demand", node, order_id, day, np.zeros_like(day), quantity, quantity, text)

    def _below_safety_stock(self) -> pl.DataFrame:
        """Return the nodes whose usable stock on ``as_of`` is below their safety stock."""
        nodes, netting = self._netting.nodes, self._netting
        stock = nodes["on_hand"].copy()
        there = netting.lots["available"] == ALWAYS
        owner = np.repeat(np.arange(stock.shape[0]), np.diff(netting.lot_indptr))
        np.add.at(stock, owner[there], netting.lots["quantity"][there])
        node = np.flatnonzero((stock < nodes["safety_stock"] - 1e-9) & ~nodes["is_phantom"]).astype(np.int32)
        today = np.zeros(node.shape[0], np.int32)
        text = pl.format(
            "Stock of {} is {}, below its safety stock of {}.",
            "item_id",
            _number("current_quantity"),
            _number("suggested_quantity"),
        )
        frame = self._frame(
            "below_safety_stock", node, None, today, None, stock[node], nodes["safety_stock"][node].copy(), text
        )
        missing = pl.col("suggested_quantity") - pl.col("current_quantity")
        return frame.with_columns(value=missing * pl.Series(self._unit_cost[node]))

    def _shortages(self) -> pl.DataFrame:
        """Return the stretches of days on which a balance stays below zero (shortage) or the safety stock."""
        nodes = np.flatnonzero(self._plan.is_short).astype(np.int32)
        first, last = self._plan.days
        rows = list_shortages(
            self._netting,
            self._plan.orders,
            self._plan.dated_orders,
            self._plan.netted_day,
            nodes,
            first,
            last - first + 1,
        )
        kind = pl.Series(np.where(rows["worst"] < -1e-9, "shortage", "below_safety_stock"), dtype=pl.String)
        until = (
            pl.when(pl.col("suggested_date").is_null())
            .then(pl.lit("to the end"))
            .otherwise(pl.format("until {}", "suggested_date"))
        )
        text = pl.format(
            "{} is short from {} {}: the balance falls to {}.",
            "item_id",
            "current_date",
            until,
            _number("current_quantity"),
        )
        node = np.ascontiguousarray(rows["node"])
        frame = self._frame(
            kind, node, None, np.ascontiguousarray(rows["day"]), np.ascontiguousarray(rows["end"]),
            np.ascontiguousarray(rows["worst"]), np.ascontiguousarray(rows["floor"]), text,
        )  # fmt: skip
        missing = pl.col("suggested_quantity") - pl.col("current_quantity")
        return frame.with_columns(value=missing * pl.Series(self._unit_cost[node]))

    def _late_demands(self) -> pl.DataFrame:
        """Return the demands that come out late when late releases are pushed (``past_release`` = push)."""
        table, late = self._model.event_table, self._plan.demand_lateness
        picked = (
            np.flatnonzero((late > 0) & (table.demand_row < table.n_demands)) if late.size else np.zeros(0, np.int64)
        )
        node = (np.searchsorted(table.demand_indptr, picked, side="right") - 1).astype(np.int32)
        day = np.ascontiguousarray(self._netting.demands["day"][picked])
        quantity = np.ascontiguousarray(self._netting.demands["quantity"][picked])
        text = pl.format("{} will be {} days late: on {}.", "order_id", "days", "suggested_date")
        order_id = demand_ids(self._model, table.demand_row[picked])
        return self._frame(
            "shortage", node, order_id, day, day + late[picked] if late.size else day, quantity, quantity, text
        )

    def _without_source(self) -> pl.DataFrame:
        """Return the nodes that are to be transferred and have no site to come from, and need something."""
        is_transfer = (self._model.sourcing.parameters["supply_type"] == "transfer").to_numpy()
        is_cut_off = is_transfer & (self._model.sourcing.source_site < 0) & self._plan.is_short
        node = np.flatnonzero(is_cut_off).astype(np.int32)
        zero = np.zeros(node.shape[0])
        text = pl.format(
            "{} at {} is to be transferred, but no lane or source_site_id says from where.", "item_id", "site_id"
        )
        return self._frame("no_source", node, None, None, None, zero, zero, text)

    def _expired(self) -> pl.DataFrame:
        """Return stock that has expired, and stock that will expire unused (rule 4)."""
        table, netting = self._model.event_table, self._netting
        left = written_off(netting, self._plan.orders, self._plan.days)
        left[np.repeat(netting.nodes["is_phantom"], np.diff(netting.lot_indptr))] = 0.0
        picked = np.flatnonzero(left > 0)
        owner = np.repeat(np.arange(self._model.nodes.n_nodes, dtype=np.int32), np.diff(netting.lot_indptr))[picked]
        gone = self._model.data.table("on_hand")[table.expired_row]
        gone_node = self._model.nodes.of_table(self._model.data, "on_hand")[table.expired_row]
        gone_day = (
            (gone["expiry_date"] - self._model.as_of).dt.total_days().cast(pl.Int32).to_numpy()
            if gone.height
            else np.zeros(0, np.int32)
        )
        lot_ids = self._model.data.filled("on_hand", ["lot_id"])["lot_id"]
        node = np.concatenate([gone_node, owner])
        day = np.concatenate([gone_day, netting.lots["expiry"][picked]]).astype(np.int32)
        quantity = np.concatenate([gone["quantity"].to_numpy(), left[picked]])
        order_id = lot_ids[np.concatenate([table.expired_row, table.lot_row[picked]])]
        text = (
            pl.when(pl.col("current_date") <= self._model.as_of)
            .then(
                pl.format(
                    "{} of {} has expired on {} and is not counted.",
                    _number("current_quantity"),
                    "item_id",
                    "current_date",
                )
            )
            .otherwise(
                pl.format("{} of {} expires unused on {}.", _number("current_quantity"), "item_id", "current_date")
            )
        )
        return self._frame("expired_stock", node, order_id, day, None, quantity, np.zeros_like(quantity), text)


def _number(column: str) -> pl.Expr:
    """Return a quantity as text, without a fraction where it is whole; four digits of what is below 0.01."""
    value = pl.col(column)
    is_whole = (value == value.round()) & (value.abs() < 1e18)
    shown = pl.when(value.abs() < 0.01).then(value.round_sig_figs(4)).otherwise(value.round(4))
    return pl.when(is_whole).then(value.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(shown.cast(pl.String))


def demand_ids(model: PlanningModel, rows: NDArray[np.int64]) -> pl.Series:
    """Return the ids of some rows of the table demands, generated ones where they have none."""
    ids = model.data.filled("demands", ["demand_id"])["demand_id"][rows]
    return ids.fill_null("demands:" + pl.Series(rows + 1).cast(pl.String))
