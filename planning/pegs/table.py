"""The table ``pegging``: every unit of every supply with what it serves, or why it serves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.decoding.ids import join_ids, numbered
from planning.decoding.orders import demand_sources
from planning.decoding.taken_ids import keys_of_nodes
from planning.encoding.codes import dates_of
from planning.kernels.netting_arrays import ALWAYS, NEVER, Records
from planning.kernels.requirement_rows import SAFETY_STOCK
from planning.kernels.supply_rows import SupplyKind
from planning.pegging import Pegging, pegging_chunks
from planning.plan_tables import PEGGING

if TYPE_CHECKING:
    from planning.mrp import MrpResult  # it offers the table that is made here

SUPPLY_KINDS = pl.Series(["on_hand", "on_hand", "scheduled_receipt", "by_product", "planned_order"])
USES = pl.Series(["requirement", "safety_stock", "negative_stock", "expired", "surplus", "free"])
_REQUIREMENT, _SAFETY_STOCK, _NEGATIVE_STOCK, _EXPIRED, _SURPLUS, _FREE = range(6)


def pegging_table_chunks(result: MrpResult) -> Iterator[pl.DataFrame]:
    """Yield the table ``pegging`` by level, item, site and supply."""
    names = SupplyNames(result)
    for pegging in pegging_chunks(result, result.model.level_nodes):
        yield pegging_frame(result, pegging, names)


def pegging_frame(result: MrpResult, pegging: Pegging, names: SupplyNames | None = None) -> pl.DataFrame:
    """Return the rows of the table ``pegging`` of some nodes: the links, and what is left of each supply."""
    names = SupplyNames(result) if names is None else names
    supply, quantity, use, requirement = _rows(result, pegging)
    nodes = result.model.nodes
    node = np.repeat(pegging.nodes, np.diff(pegging.supply_indptr))[supply]
    rows = pegging.supplies[supply]
    has_requirement = requirement >= 0
    ids, days = _requirements(result, pegging)
    picked = np.maximum(requirement, 0)
    none = pl.Series(~has_requirement)
    as_of = result.model.as_of
    return pl.DataFrame(
        {
            "supply_kind": SUPPLY_KINDS[rows["kind"]],
            "supply_id": names.of(node, rows),
            "requirement_id": ids[picked].set(none, None)
            if len(ids)
            else pl.Series([None] * len(none), dtype=pl.String),
            "item_id": nodes.item_ids[nodes.item[node]],
            "site_id": nodes.site_ids[nodes.site[node]],
            "quantity": quantity,
            "supply_date": dates_of(np.where(rows["arrival"] == ALWAYS, 0, rows["arrival"]).astype(np.int32), as_of),
            "requirement_date": dates_of(np.where(has_requirement, days[picked], NEVER).astype(np.int32), as_of)
            if len(days)
            else pl.Series([None] * len(none), dtype=pl.Date),
            "use": USES[use],
        }
    ).select(PEGGING.column_names)


def _rows(
    result: MrpResult, pegging: Pegging
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return supply, quantity, use and requirement (-1: none) of each row, by supply."""
    supplies, links = pegging.supplies, pegging.links
    owed = given_quantity(result, pegging) - supplies["quantity"]
    left = supplies["quantity"] - pegging.pegged_supply
    noise = 1e-9 + 1e-12 * supplies["quantity"]
    has_owed, has_left = np.flatnonzero(owed > noise), np.flatnonzero(left > noise)
    of_link = np.where(
        pegging.requirements["source"][links["requirement"]] == SAFETY_STOCK, _SAFETY_STOCK, _REQUIREMENT
    )
    supply = np.concatenate([has_owed, links["supply"], has_left])
    order = np.argsort(supply, kind="stable")
    quantity = np.concatenate([owed[has_owed], links["quantity"], left[has_left]])
    use = np.concatenate(
        [np.full(has_owed.shape[0], _NEGATIVE_STOCK), of_link, leftover_use(result, supplies[has_left])]
    )
    requirement = np.full(supply.shape[0], -1, np.int64)
    requirement[has_owed.shape[0] : has_owed.shape[0] + links.shape[0]] = links["requirement"]
    return supply[order], quantity[order], use[order], requirement[order]


def leftover_use(result: MrpResult, supplies: Records) -> NDArray[np.int64]:
    """Return what becomes of that part of each supply that serves nothing: expired, surplus of a lot size, or free."""
    lots = result.netting.lots
    is_lot = supplies["kind"] == SupplyKind.LOT
    expires = np.zeros(supplies.shape[0], np.bool_)
    if lots.shape[0]:
        expires = is_lot & (lots["expiry"][np.where(is_lot, supplies["source"], 0)] != NEVER)
    is_order = supplies["kind"] == SupplyKind.PLANNED_ORDER
    use: NDArray[np.int64] = np.where(expires, _EXPIRED, np.where(is_order, _SURPLUS, _FREE))
    return use


def given_quantity(result: MrpResult, pegging: Pegging) -> NDArray[np.float64]:
    """Return the quantity of each supply before a negative stock has taken its part: float64, shape (n_supplies,)."""
    supplies = pegging.supplies
    quantity: NDArray[np.float64] = np.ascontiguousarray(supplies["quantity"])
    if (
        not (result.netting.nodes["on_hand"][pegging.nodes] < 0).any()
        and not (result.netting.lots["quantity"] < 0).any()
    ):
        return quantity
    quantity = quantity.copy()
    sources = {
        SupplyKind.LOT: result.netting.lots,
        SupplyKind.SCHEDULED_RECEIPT: result.netting.receipts,
        SupplyKind.PLANNED_ORDER: result.plan.orders.rows,
    }
    for kind, rows in sources.items():
        picked = np.flatnonzero(supplies["kind"] == kind)
        quantity[picked] = rows["quantity"][supplies["source"][picked]]
    return quantity


def _requirements(result: MrpResult, pegging: Pegging) -> tuple[pl.Series, NDArray[np.int32]]:
    """Return the id and the day of each requirement, as in the table requirements."""
    node = np.repeat(pegging.nodes, np.diff(pegging.requirement_indptr))
    day = np.ascontiguousarray(pegging.requirements["day"])
    keys = result.order_ids.node_keys[node]
    return join_ids(keys, day, numbered(node, day), result.model.as_of, "r"), day


class SupplyNames:
    """Names supplies: an open order, a planned order, a lot, or the stock of a node.

    Parameters
    ----------
    result
        The plan.
    order_names
        Names orders; without it they are named by all ids of the plan, which are made for it.
    """

    def __init__(self, result: MrpResult, order_names: Callable[[NDArray[np.int64]], pl.Series] | None = None) -> None:
        self._result = result
        self._name_orders = result.order_ids.of if order_names is None else order_names
        model = result.model
        table = model.event_table
        lots = model.data.filled("on_hand", ["lot_id"]).with_row_index("row", offset=1)
        generated = pl.concat_str(pl.lit("on_hand:"), pl.col("row"))
        self._lots = lots.select(pl.coalesce("lot_id", generated)).to_series()[table.lot_row]
        self._receipts = model.data.table("scheduled_receipts")["order_id"]
        self._demands: pl.Series | None = None

    def of(self, node: NDArray[np.int32], supplies: Records) -> pl.Series:
        """Return the id of each supply of the nodes."""
        kind, source = supplies["kind"], np.ascontiguousarray(supplies["source"]).astype(np.int64)
        parts: list[pl.Series] = []
        places: list[NDArray[np.int64]] = []
        for wanted in SupplyKind:
            place = np.flatnonzero(kind == wanted)
            if place.size:
                places.append(place)
                parts.append(self._of_kind(wanted, node[place], source[place]))
        if not parts:
            return pl.Series([], dtype=pl.String)
        names = pl.concat([part.rename("name") for part in parts])
        return names[np.argsort(np.concatenate(places), kind="stable")]

    def _of_kind(self, kind: SupplyKind, node: NDArray[np.int32], source: NDArray[np.int64]) -> pl.Series:
        """Return the ids of supplies of one kind."""
        if kind is SupplyKind.ON_HAND:
            return keys_of_nodes(self._result.model.nodes, node) + "/on_hand"
        if kind is SupplyKind.LOT:
            return self._lots[source]
        if kind is SupplyKind.SCHEDULED_RECEIPT:
            return self._receipts[self._result.model.event_table.receipt_row[source]]
        return self._sources(source)

    def _sources(self, source: NDArray[np.int64]) -> pl.Series:
        """Return the ids of orders, and of demands where a by-product comes from a demand on a phantom."""
        is_order = source >= 0
        if is_order.all():
            return self._name_orders(source)
        if self._demands is None:
            self._demands = demand_sources(self._result.model)[1]
        names = self._demands[np.where(is_order, 0, -1 - source)]
        if is_order.any():
            orders = self._name_orders(source[is_order])
            names = names.set(pl.Series(is_order), None)
            position = np.maximum(np.cumsum(is_order) - 1, 0)
            names = names.fill_null(orders[position].set(pl.Series(~is_order), None))
        return names
