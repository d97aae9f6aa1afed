"""From arrays to the plan's tables: planned orders and requirements, in chunks, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.decoding.ids import OrderIds, join_ids, numbered
from planning.encoding.codes import dates_of
from planning.kernels.net_level import count_level
from planning.kernels.netting_arrays import NettingModel, Orders, Records
from planning.kernels.requirement_rows import REQUIREMENT_DTYPE, SAFETY_STOCK, list_requirements
from planning.plan_tables import PLANNED_ORDERS, REQUIREMENTS

_ROWS_PER_CHUNK = 1_000_000


def node_chunks(rows_per_node: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Yield ranges of nodes that hold about a million rows each."""
    n_rows = np.cumsum(rows_per_node)
    begin = 0
    while begin < n_rows.shape[0]:
        done = n_rows[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(n_rows, done + _ROWS_PER_CHUNK, side="right")))
        yield begin, end
        begin = end


def planned_order_chunks(model: PlanningModel, orders: Orders, rows: Records, ids: OrderIds) -> Iterator[pl.DataFrame]:
    """Yield the table ``planned_orders`` by level, item, site and need date; ``rows`` has the dates."""
    counts = orders.counts[model.level_nodes]
    texts = _NodeTexts(model, ids)
    n_firm = np.diff(model.event_table.firm_indptr)
    has_others = model.node_rows["is_phantom"] | (n_firm > 0)
    for begin, end in node_chunks(counts):
        nodes = model.level_nodes[begin:end]
        first = int(orders.first[nodes[0]])
        node = np.repeat(nodes, counts[begin:end])
        places = slice(first, first + node.shape[0])
        chunk, number, due = rows[places], ids.number[places], orders.rows["due"][places]
        if has_others[nodes].any():
            is_planned = ~model.node_rows["is_phantom"][node]
            is_planned &= np.arange(first, first + node.shape[0]) - orders.first[node] >= n_firm[node]
            node, chunk, number, due = node[is_planned], chunk[is_planned], number[is_planned], due[is_planned]
        yield texts.planned_orders(node, chunk, number, due)


class _NodeTexts:
    """The texts of each node, ready to be picked by order."""

    def __init__(self, model: PlanningModel, ids: OrderIds) -> None:
        nodes, sourcing = model.nodes, model.sourcing
        self.model = model
        self.keys = ids.node_keys
        self.item_id = nodes.item_ids[nodes.item]
        self.site_id = nodes.site_ids[nodes.site]
        self.supply_type = sourcing.parameters["supply_type"]
        self.offers = sourcing.offers
        none = pl.Series([None], dtype=pl.String)
        self.supplier_id = pl.concat([self.offers.frame["supplier_id"], none])
        self.site_or_none = pl.concat([nodes.site_ids, none])
        self.source = np.append(self.offers.rows["source"], -1)

    def planned_orders(
        self, node: NDArray[np.int32], rows: Records, number: NDArray[np.int32], due: NDArray[np.int32]
    ) -> pl.DataFrame:
        """Return the planned orders of one chunk; ``due`` is the due day before any push, which the yield follows."""
        model, as_of = self.model, self.model.as_of
        need_date = dates_of(rows["need"], as_of)
        quantity = np.ascontiguousarray(rows["quantity"])
        offer = np.where(rows["offer"] < 0, len(self.source) - 1, self.offers.indptr[node] + rows["offer"])
        source = self.source[offer]
        columns = {
            "order_id": join_ids(self.keys[node], rows["need"], number, as_of),
            "item_id": self.item_id[node],
            "site_id": self.site_id[node],
            "supply_type": self.supply_type[node],
            "supplier_id": self.supplier_id[offer],
            "source_site_id": self.site_or_none[np.where(source < 0, len(self.site_or_none) - 1, source)],
            "quantity": quantity,
            "start_quantity": quantity / self.model.yields(node, due),
            "release_date": dates_of(rows["release"], as_of),
            "due_date": dates_of(rows["due"], as_of),
            "need_date": need_date,
            "low_level_code": model.structure.graph.item_to_level[node].astype(np.int64),
            "net_requirement": np.ascontiguousarray(rows["net_requirement"]),
            "is_past_due": rows["release"] < 0,
        }
        return pl.DataFrame(columns).select(PLANNED_ORDERS.column_names)


def requirement_chunks(
    model: PlanningModel, netting: NettingModel, orders: Orders, ids: OrderIds
) -> Iterator[pl.DataFrame]:
    """Yield the table ``requirements`` by level, item, site and date."""
    n_lines, capacity = np.empty((2, model.nodes.n_nodes), np.int64)
    count_level(netting, orders, model.level_nodes, 1, n_lines, capacity)
    texts = _NodeTexts(model, ids)
    for begin, end in node_chunks(n_lines + 1):
        nodes = model.level_nodes[begin:end]
        base_indptr = np.concatenate(([0], np.cumsum(n_lines[begin:end] + 1)))
        rows = np.empty(base_indptr[-1], REQUIREMENT_DTYPE)
        order, count = np.empty(base_indptr[-1], np.int64), np.empty(end - begin, np.int64)
        list_requirements(netting, orders, nodes, base_indptr, rows, order, count)
        is_row = np.arange(base_indptr[-1]) - np.repeat(base_indptr[:-1], np.diff(base_indptr)) < np.repeat(
            count, np.diff(base_indptr)
        )
        yield _requirements(model, texts, ids, np.repeat(nodes, count), rows[order[is_row]])


def _requirements(
    model: PlanningModel, texts: _NodeTexts, ids: OrderIds, node: NDArray[np.int32], rows: Records
) -> pl.DataFrame:
    """Return the requirements of one chunk."""
    kind, source_id = _sources(model, ids, rows)
    date = dates_of(rows["day"], model.as_of)
    moved = pl.Series(rows["day"] != rows["original_day"])
    number = numbered(node, rows["day"])
    return pl.DataFrame(
        {
            "requirement_id": join_ids(texts.keys[node], rows["day"], number, model.as_of, "r"),
            "item_id": texts.item_id[node],
            "site_id": texts.site_id[node],
            "date": date,
            "quantity": np.ascontiguousarray(rows["quantity"]),
            "kind": kind,
            "source_id": source_id,
            "original_date": dates_of(rows["original_day"], model.as_of).set(~moved, None),
        }
    ).select(REQUIREMENTS.column_names)


def _sources(model: PlanningModel, ids: OrderIds, rows: Records) -> tuple[pl.Series, pl.Series]:
    """Return the kind and the source id of each requirement."""
    source = rows["source"]
    kinds, demand_ids = demand_sources(model)
    is_order = source >= 0
    is_safety_stock = source == SAFETY_STOCK
    is_demand = ~is_order & ~is_safety_stock
    demand = np.where(is_demand, -1 - source, 0) if len(kinds) else np.zeros(len(source), np.int64)
    kind = kinds[demand] if len(kinds) else pl.Series([None] * len(source), dtype=pl.String)
    kind = kind.set(pl.Series(rows["is_dependent"] | is_order), "dependent").set(
        pl.Series(is_safety_stock), "safety_stock"
    )
    source_id = demand_ids[demand] if len(demand_ids) else pl.Series([None] * len(source), dtype=pl.String)
    source_id = source_id.set(pl.Series(~is_demand), None)
    if is_order.any():
        names = ids.of(source[is_order])
        position = np.cumsum(is_order) - 1
        source_id = source_id.fill_null(names[np.maximum(position, 0)].set(pl.Series(~is_order), None))
    return kind, source_id


def demand_sources(model: PlanningModel) -> tuple[pl.Series, pl.Series]:
    """Return the kind and id of each row of ``demands`` in the model: demands, allocations, firm transfers."""
    data, table = model.data, model.event_table
    demands = data.filled("demands", ["demand_id", "kind"]).with_row_index("row", offset=1)
    generated = pl.concat_str(pl.lit("demands:"), pl.col("row"))
    named = demands.select("kind", source_id=pl.coalesce("demand_id", generated))
    allocations = data.filled("allocations", ["order_id"]).select(kind=pl.lit("allocation"), source_id="order_id")
    transfers = data.filled("scheduled_receipts", ["order_id"]).select(kind=pl.lit("dependent"), source_id="order_id")
    picked = pl.concat([named, allocations, transfers])[table.demand_row]
    return picked["kind"], picked["source_id"]
