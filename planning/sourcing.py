"""Who replenishes each node, with which lead time and order limits (the first supplier or lane)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.calendar import Calendars
from planning.codes import NO_CODE, codes_of
from planning.data import PlanningData
from planning.kernels.calendar import EVERY_DAY
from planning.nodes import NodeTable

_OFFERED = ["lead_time_days", "minimum_order_quantity", "order_multiple", "maximum_order_quantity"]


@dataclass(frozen=True, slots=True)
class Sourcing:
    """The chosen supplier or source of each node, and its parameters with theirs over them.

    Parameters
    ----------
    parameters
        One row per node, as :func:`planning.nodes.node_parameters`.
    supplier_id
        String, one row per node; empty where nothing is bought or no supplier is known.
    source_site
        int32, shape (n_nodes,): the site code that a transferred node comes from, -1 elsewhere.
    calendar
        int32, shape (n_nodes,): the calendar of who does the work, -1 for every day.
    """

    parameters: pl.DataFrame
    supplier_id: pl.Series
    source_site: NDArray[np.int32]
    calendar: NDArray[np.int32]


def find_sourcing(
    data: PlanningData, nodes: NodeTable, parameters: pl.DataFrame, sources: pl.DataFrame, calendars: Calendars
) -> Sourcing:
    """Return who replenishes each node (rule 8: the calendar of who does the work)."""
    parameters = parameters.with_row_index("node").with_columns(pl.col("node").cast(pl.Int32))
    offers = _first_offers(data, nodes, parameters)
    parameters = _with_offers(parameters, offers)
    first = sources.unique("node", keep="first", maintain_order=True)
    parameters = _with_offers(parameters, first.select("node", "lead_time_days"))
    supplier = parameters["supplier_id"].set(parameters["supply_type"] != "buy", None)
    source_site = np.full(nodes.n_nodes, NO_CODE, dtype=np.int32)
    source_site[first["node"].to_numpy()] = first["source"].to_numpy()
    calendar = _work_calendars(data, nodes, supplier, source_site, calendars)
    return Sourcing(parameters.drop("node"), supplier, source_site, calendar)


def _first_offers(data: PlanningData, nodes: NodeTable, parameters: pl.DataFrame) -> pl.DataFrame:
    """Return the offer that each bought node takes: its supplier's, else the first in force by priority."""
    offers = data.filled(
        "item_suppliers", ["item_id", "supplier_id", "site_id", "priority", "effective_from", "effective_to", *_OFFERED]
    )
    as_of = data.settings.as_of
    offers = offers.filter(
        pl.col("effective_from").is_null() | (pl.col("effective_from") <= as_of),
        pl.col("effective_to").is_null() | (pl.col("effective_to") > as_of),
    )
    bought = pl.DataFrame(
        {"node": parameters["node"], "item": nodes.item, "site": nodes.site, "wanted": parameters["supplier_id"]}
    ).filter(parameters["supply_type"] == "buy")
    coded = (
        offers.with_row_index("row")
        .with_columns(
            item=pl.Series(nodes.item_index.codes_of(offers["item_id"]), dtype=pl.Int32),
            offer_site=pl.Series(codes_of(offers["site_id"], nodes.site_ids), dtype=pl.Int32),
        )
        .drop("item_id", "site_id")
    )
    found = bought.join(coded, on="item").filter(
        (pl.col("offer_site") == NO_CODE) | (pl.col("offer_site") == pl.col("site")),
        pl.col("wanted").is_null() | (pl.col("wanted") == pl.col("supplier_id")),
    )
    ordered = found.sort("node", "priority", "supplier_id", "row")
    return ordered.unique("node", keep="first", maintain_order=True).select("node", "supplier_id", *_OFFERED)


def _with_offers(parameters: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """Return the parameters with the filled cells of the offers over them."""
    if offers.is_empty():
        return parameters
    names = [name for name in offers.columns if name != "node"]
    joined = parameters.join(offers, on="node", how="left", maintain_order="left", suffix="_offered")
    return joined.with_columns(pl.coalesce(f"{name}_offered", name).alias(name) for name in names).select(
        parameters.columns
    )


def _work_calendars(
    data: PlanningData, nodes: NodeTable, supplier: pl.Series, source_site: NDArray[np.int32], calendars: Calendars
) -> NDArray[np.int32]:
    """Return the calendar of who does the work: the supplier's, the source site's, else the site's."""
    ids = pl.Series("calendar_id", list(calendars.codes), dtype=pl.String)
    if ids.is_empty():
        return np.full(nodes.n_nodes, EVERY_DAY, dtype=np.int32)
    sites = data.filled("sites", ["site_id", "calendar_id"])
    by_site = codes_of(sites["calendar_id"], ids) if sites.height else np.array([EVERY_DAY], dtype=np.int32)
    calendar = by_site[np.where(source_site == NO_CODE, nodes.site, source_site)]
    suppliers = data.filled("suppliers", ["supplier_id", "calendar_id"])
    rows = codes_of(supplier, suppliers["supplier_id"])
    if suppliers.height:
        of_supplier = codes_of(suppliers["calendar_id"], ids)[np.maximum(rows, 0)]
        calendar = np.where((rows != NO_CODE) & (of_supplier != NO_CODE), of_supplier, calendar)
    return calendar.astype(np.int32)
