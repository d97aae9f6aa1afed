"""From commitments to tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.decoding.ids import join_ids
from planning.decoding.taken_ids import keys_of_nodes
from planning.encoding.codes import dates_of
from planning.plan_tables import PLANNED_ORDERS
from scheduling.constraining.reasons import binding_reasons, reason_texts
from scheduling.constraining.run import Commitments
from scheduling.constraining.tables import (
    CAUSES,
    COMMITMENTS,
    DAY_LOADS,
    LATE_REASONS,
    PLANNED_WORK,
    PROMISES,
    SUPPLY_KINDS,
    WANT_KINDS,
)
from scheduling.kernels.constraining_arrays import ABSENT, FREE_DTYPE, NONE, FreeKind

_NO_DAY = np.iinfo(np.int32).min


def order_ids(found: Commitments) -> pl.Series:
    """Return the id of each order: item@site/need date/c number."""
    orders, model = found.orders, found.shop.plan.model
    keys = keys_of_nodes(model.nodes, np.arange(model.nodes.n_nodes, dtype=np.int32))
    node, need = np.ascontiguousarray(orders["node"]), np.ascontiguousarray(orders["need"])
    frame = pl.DataFrame({"node": node, "need": need})
    number = frame.select(pl.int_range(1, pl.len() + 1).over("node", "need")).to_series().to_numpy()
    return join_ids(keys[node], need, number, model.as_of, "c")


def planned_orders(found: Commitments) -> pl.DataFrame:
    """Return the table ``planned_orders``, as that of MRP."""
    orders, model = found.orders, found.shop.plan.model
    node = np.ascontiguousarray(orders["node"])
    offers = model.sourcing.offers
    offer = np.where(orders["offer"] < 0, offers.rows.shape[0], offers.indptr[node] + orders["offer"])
    suppliers = pl.concat([offers.frame["supplier_id"], pl.Series([None], dtype=pl.String)])
    source = np.append(offers.rows["source"], NONE)[offer]
    sites = pl.concat([model.nodes.site_ids, pl.Series([None], dtype=pl.String)])
    asked = np.zeros(orders.shape[0])
    supplies = found.supplies[found.taken["supply"]]
    is_order = supplies["kind"] == FreeKind.PLANNED_ORDER
    _, first = np.unique(found.taken["supply"][is_order], return_index=True)
    asked[supplies["source"][is_order][first]] = found.taken["quantity"][is_order][first]
    return pl.DataFrame(
        {
            "order_id": order_ids(found),
            "item_id": model.nodes.item_ids[model.nodes.item[node]],
            "site_id": model.nodes.site_ids[model.nodes.site[node]],
            "supply_type": model.sourcing.parameters["supply_type"][node],
            "supplier_id": suppliers[offer],
            "source_site_id": sites[np.where(source < 0, len(sites) - 1, source)],
            "quantity": np.ascontiguousarray(orders["quantity"]),
            "start_quantity": np.ascontiguousarray(orders["start_quantity"]),
            "release_date": dates_of(orders["release"], model.as_of),
            "due_date": dates_of(orders["due"], model.as_of),
            "need_date": dates_of(orders["need"], model.as_of),
            "low_level_code": model.structure.graph.item_to_level[node].astype(np.int64),
            "net_requirement": asked,
            "is_past_due": orders["release"] < 0,
        }
    ).select(PLANNED_ORDERS.column_names)


def want_ids(found: Commitments) -> pl.Series:
    """Return the id of each want, empty for safety stocks."""
    n = found.wants.shape[0] - len(found.shop.want_ids)
    return pl.concat([found.shop.want_ids, pl.Series([None] * n, dtype=pl.String)])


def promises(found: Commitments) -> pl.DataFrame:
    """Return the table ``promises``, in the order in which they were made."""
    rows = found.promises
    want = found.wants[rows["want"]]
    frame = pl.DataFrame({"want": np.ascontiguousarray(rows["want"])})
    binding = binding_reasons(late_reasons(found), pl.Series(np.ascontiguousarray(found.reasons["want"])))
    late = days_late(found)
    columns = {
        "demand_id": want_ids(found)[rows["want"]],
        "part": frame.select(pl.int_range(1, pl.len() + 1).over("want")).to_series(),
        "kind": pl.Series(WANT_KINDS)[want["kind"]],
        **_places(found, want["node"]),
        "priority": np.ascontiguousarray(want["priority"]),
        "quantity": np.ascontiguousarray(rows["quantity"]),
        "due_date": dates_of(want["wanted_day"], found.shop.plan.model.as_of),
        "promised_date": _dates(found, rows["day"]),
        "days_late": late.set(late < 0, None),
        "reason": frame.join(binding, on="want", how="left", maintain_order="left")["reason"].set((late == 0), None),
    }
    return pl.DataFrame(columns).select(PROMISES.column_names)


def days_late(found: Commitments) -> pl.Series:
    """Return the days by which each promise is late, -1 for what cannot be had."""
    rows = found.promises
    late = np.where(rows["day"] == ABSENT, -1, rows["day"].astype(np.int64) - found.wants["day"][rows["want"]])
    return pl.Series(late)


def commitment_rows(found: Commitments) -> pl.DataFrame:
    """Return the table ``commitments``."""
    taken = found.taken
    supply = found.supplies[taken["supply"]]
    is_order = taken["consumer"] >= 0
    want = (
        found.promises["want"][np.where(is_order, 0, -1 - taken["consumer"])] if taken.size else np.zeros(0, np.int32)
    )
    orders = order_ids(found)
    consumer = _picked(orders, np.where(is_order, taken["consumer"], NONE))
    kinds = pl.Series(["planned_order", *WANT_KINDS])
    kind = np.where(is_order, 0, 1 + found.wants["kind"][want]) if taken.size else np.zeros(0, np.int64)
    return pl.DataFrame(
        {
            "supply_kind": pl.Series(SUPPLY_KINDS)[supply["kind"]],
            "supply_id": _supply_ids(found, supply, orders),
            "consumer_kind": kinds[kind],
            "consumer_id": consumer.fill_null(want_ids(found)[want].set(pl.Series(is_order), None)),
            **_places(found, supply["node"]),
            "quantity": np.ascontiguousarray(taken["quantity"]),
            "supply_date": dates_of(supply["day"], found.shop.plan.model.as_of),
            "use_date": dates_of(found.taken_day, found.shop.plan.model.as_of),
        }
    ).select(COMMITMENTS.column_names)


def _supply_ids(found: Commitments, supply: Any, orders: pl.Series) -> pl.Series:
    """Return the name of each supply."""
    model, kind = found.shop.plan.model, supply["kind"]
    keys = keys_of_nodes(model.nodes, np.arange(model.nodes.n_nodes, dtype=np.int32))[supply["node"]]
    is_made = (kind == FreeKind.PLANNED_ORDER) | (kind == FreeKind.BY_PRODUCT)
    names = _picked(orders, np.where(is_made, supply["source"], NONE))
    receipts = model.data.table("scheduled_receipts")["order_id"][model.event_table.receipt_row].cast(pl.String)
    is_receipt = kind == FreeKind.SCHEDULED_RECEIPT
    names = names.fill_null(_picked(receipts, np.where(is_receipt, supply["source"], NONE)))
    lots = model.data.filled("on_hand", ["lot_id"])["lot_id"][model.event_table.lot_row]
    names = names.fill_null(_picked(lots, np.where(kind == FreeKind.LOT, supply["source"], NONE)))
    return names.fill_null(keys + "/on_hand")


def _picked(names: pl.Series, place: NDArray[Any]) -> pl.Series:
    """Return names by place, empty for -1."""
    padded = pl.concat([names.cast(pl.String), pl.Series([None], dtype=pl.String)])
    return padded[np.where(place < 0, len(names), place)].alias("name")


def _awaited(found: Commitments) -> pl.Series:
    """Return the id of the supply that each reason waits for, empty where it waits for none."""
    is_awaited = found.reasons["supply_kind"] != NONE
    rows = found.reasons[is_awaited]
    supply = np.zeros(rows.shape[0], FREE_DTYPE)
    supply["kind"], supply["source"], supply["node"] = rows["supply_kind"], rows["source"], rows["node"]
    ids = _supply_ids(found, supply, order_ids(found))
    return _picked(ids, np.where(is_awaited, np.cumsum(is_awaited) - 1, NONE))


def late_reasons(found: Commitments) -> pl.DataFrame:
    """Return the table ``late_reasons``."""
    rows, as_of = found.reasons, found.shop.plan.model.as_of
    days = rows["day"].astype(np.int64) - rows["need"]
    is_known = (rows["day"] != ABSENT) & (rows["need"] != _NO_DAY)
    frame = pl.DataFrame(
        {
            "demand_id": want_ids(found)[rows["want"]],
            "step": rows["step"].astype(np.int64) + 1,
            **_places(found, rows["node"]),
            "reason": pl.Series(CAUSES)[rows["cause"]],
            "quantity": np.ascontiguousarray(rows["quantity"]),
            "wanted_date": _dates(found, rows["need"]),
            "date": _dates(found, rows["day"]),
            "days": pl.Series(days).set(pl.Series(~is_known), None),
            "supply_id": _awaited(found),
            "work_center_id": _picked(found.shop.loading.centers.ids, rows["center"]),
            "full_from": _dates(found, rows["full_from"]),
            "full_to": _dates(found, rows["full_to"]),
            "missing_minutes": pl.Series(np.ascontiguousarray(rows["missing_minutes"])).set(
                pl.Series(rows["center"] == NONE), None
            ),
        }
    )
    return frame.with_columns(text=reason_texts(frame, as_of)).select(LATE_REASONS.column_names)


def day_loads(found: Commitments) -> pl.DataFrame:
    """Return the table ``day_loads``."""
    shop, planned = found.shop, planned_minutes(found)
    center, day = np.nonzero((planned > 0) | (shop.open_minutes > 0))
    over = np.maximum(shop.open_minutes - shop.available_minutes, 0.0)
    over[~shop.model.is_finite] = 0.0
    return pl.DataFrame(
        {
            "work_center_id": shop.loading.centers.ids[center],
            "date": dates_of(day.astype(np.int32), shop.plan.model.as_of),
            "available_minutes": shop.available_minutes[center, day],
            "open_minutes": shop.open_minutes[center, day],
            "planned_minutes": planned[center, day],
            "overload_minutes": over[center, day],
        }
    ).select(DAY_LOADS.column_names)


def planned_minutes(found: Commitments) -> NDArray[np.float64]:
    """Return the minutes of the plan's orders by work center and day."""
    minutes = np.zeros(found.shop.available_minutes.shape)
    center = found.shop.model.operations["work_center"][found.pieces["operation"]]
    np.add.at(minutes, (center, found.pieces["day"]), found.pieces["minutes"])
    return minutes


def planned_work(found: Commitments) -> pl.DataFrame:
    """Return the table ``planned_work`` by order, day and place in the day."""
    pieces = found.pieces[np.lexsort((found.pieces["begin"], found.pieces["day"], found.pieces["order"]))]
    operation = found.shop.model.operations[pieces["operation"]]
    return pl.DataFrame(
        {
            "order_id": order_ids(found)[pieces["order"]],
            "operation_sequence": operation["sequence"].astype(np.int64),
            "work_center_id": found.shop.loading.centers.ids[operation["work_center"]],
            "date": dates_of(pieces["day"], found.shop.plan.model.as_of),
            "minutes": np.ascontiguousarray(pieces["minutes"]),
            "begin_fraction": np.ascontiguousarray(pieces["begin"]),
            "end_fraction": np.ascontiguousarray(pieces["end"]),
        }
    ).select(PLANNED_WORK.column_names)


def _places(found: Commitments, node: NDArray[Any]) -> dict[str, pl.Series]:
    """Return item and site of nodes."""
    nodes = found.shop.plan.model.nodes
    return {"item_id": nodes.item_ids[nodes.item[node]], "site_id": nodes.site_ids[nodes.site[node]]}


def _dates(found: Commitments, days: NDArray[Any]) -> pl.Series:
    """Return days as dates, empty where there is none."""
    is_none = (days == ABSENT) | (days == _NO_DAY)
    return dates_of(np.where(is_none, 0, days).astype(np.int32), found.shop.plan.model.as_of).set(
        pl.Series(is_none), None
    )
