"""What suppliers and lanes offer each node, in the order in which they are taken (rule 11)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.data import PlanningData
from planning.encoding.codes import NO_CODE, codes_of, days_of, grouped_rows, records
from planning.encoding.nodes import NodeTable
from planning.kernels.netting_arrays import ALWAYS, CHOSEN_PER_ORDER, NEVER, NO_OFFER, OFFER_DTYPE, Records

OFFERED = ("lead_time_days", "minimum_order_quantity", "order_multiple", "maximum_order_quantity")
_TERMS = (*OFFERED, "split_fraction", "effective_from", "effective_to")


@dataclass(frozen=True, slots=True)
class Offers:
    """The offers of all nodes, those of node ``i`` from ``indptr[i]`` on, in the order in which they are taken.

    Parameters
    ----------
    indptr
        int64, shape (n_nodes + 1,).
    rows
        The arrays of the kernels (OFFER_DTYPE).
    frame
        One row per offer: ``node``, ``supplier_id`` or ``source`` (site code, -1: none), the values as offered, and
        ``row``: the row of item_suppliers or transfer_lanes, -1 where the fixed supplier or source has none.
    """

    indptr: NDArray[np.int64]
    rows: Records
    frame: pl.DataFrame

    @property
    def is_there(self) -> NDArray[np.bool_]:
        """bool, shape (n_nodes,): the node has an offer."""
        found: NDArray[np.bool_] = np.diff(self.indptr) > 0
        return found

    def first_in_force(self) -> NDArray[np.int16]:
        """Return each node's first offer that is in force on the planning date, -1 for none."""
        is_there = (self.rows["effective_from"] <= 0) & (self.rows["effective_to"] > 0)
        owner = np.repeat(np.arange(self.indptr.shape[0] - 1), np.diff(self.indptr))
        at = np.flatnonzero(is_there)[::-1]  # the first is written last
        offer = np.full(self.indptr.shape[0] - 1, NO_OFFER, np.int16)
        offer[owner[at]] = at - self.indptr[owner[at]]
        return offer

    def fixed(self, is_buffered: NDArray[np.bool_]) -> NDArray[np.int16]:
        """Return the offer that all orders of a node take, -1 for none, -2 where each order chooses.

        Nothing is to be chosen where the first offer is always in force and none has a fraction. A buffer takes the
        first that is in force on the planning date.
        """
        first = np.flatnonzero(self.is_there)
        at = self.indptr[first]
        rows = self.rows
        is_always = (rows["effective_from"][at] == ALWAYS) & (rows["effective_to"][at] == NEVER)
        owner = np.repeat(np.arange(self.indptr.shape[0] - 1), np.diff(self.indptr))
        is_split = np.zeros(self.indptr.shape[0] - 1, np.bool_)
        is_split[owner[rows["split_fraction"] > 0]] = True
        is_single = np.diff(self.indptr)[first] == 1
        offer = np.full(self.indptr.shape[0] - 1, NO_OFFER, np.int16)
        offer[first] = np.where(is_always & (is_single | ~is_split[first]), 0, CHOSEN_PER_ORDER)
        return np.where(is_buffered, self.first_in_force(), offer)


def find_offers(
    data: PlanningData,
    nodes: NodeTable,
    parameters: pl.DataFrame,
    sources: pl.DataFrame,
    site_calendars: NDArray[np.int32],
    calendar_ids: pl.Series,
) -> Offers:
    """Return what suppliers and lanes offer each node.

    Parameters
    ----------
    data, nodes, parameters
        The data set, its nodes and their own parameters, with the row number ``node``.
    sources
        What :func:`planning.encoding.nodes.possible_sources` gives.
    site_calendars
        int32, shape (n_sites,): the calendar of each site.
    calendar_ids
        The ids of the calendars by code.
    """
    lanes = sources.rename({"lane": "row"}).with_columns(supplier_id=pl.lit(None, pl.String))
    bought = _supplier_offers(data, nodes, parameters).with_columns(source=pl.lit(NO_CODE, pl.Int32))
    frame = _phantoms_first(pl.concat([bought, lanes], how="diagonal"), parameters)
    indptr, order = grouped_rows(frame["node"].to_numpy(), nodes.n_nodes)
    frame = frame[order]
    return Offers(indptr, _records(data, nodes, frame, site_calendars, calendar_ids), frame)


def _supplier_offers(data: PlanningData, nodes: NodeTable, parameters: pl.DataFrame) -> pl.DataFrame:
    """Return the offers of bought nodes by priority; those of a fixed supplier only, and after them one without values.

    An offer counts for its site, or for every site.
    """
    offers = data.filled("item_suppliers", ["item_id", "supplier_id", "site_id", "priority", *_TERMS])
    coded = offers.with_columns(
        row=pl.int_range(pl.len(), dtype=pl.Int64),
        item=pl.Series(nodes.item_index.codes_of(offers["item_id"]), dtype=pl.Int32),
        offer_site=pl.Series(codes_of(offers["site_id"], nodes.site_ids), dtype=pl.Int32),
    ).drop("item_id", "site_id")
    bought = pl.DataFrame(
        {"node": parameters["node"], "item": nodes.item, "site": nodes.site, "wanted": parameters["supplier_id"]}
    ).filter(parameters["supply_type"] == "buy")
    found = bought.join(coded, on="item").filter(
        (pl.col("offer_site") == NO_CODE) | (pl.col("offer_site") == pl.col("site")),
        pl.col("wanted").is_null() | (pl.col("wanted") == pl.col("supplier_id")),
    )
    fixed = bought.filter(pl.col("wanted").is_not_null())
    fixed = fixed.select("node", row=pl.lit(NO_CODE, pl.Int64), supplier_id="wanted")
    both = pl.concat([found.select("node", "row", "supplier_id", "priority", *_TERMS), fixed], how="diagonal")
    return both.sort("node", "priority", "supplier_id", "row", nulls_last=True).drop("priority")


def _phantoms_first(offers: pl.DataFrame, parameters: pl.DataFrame) -> pl.DataFrame:
    """Return the offers, of phantoms the first only and whatever its dates: nothing is ordered of them."""
    phantoms = parameters.filter("is_phantom").select("node")
    if phantoms.is_empty():
        return offers
    first = offers.join(phantoms, on="node", how="semi", maintain_order="left").unique(
        "node", keep="first", maintain_order=True
    )
    dates = [pl.lit(None, pl.Date).alias(name) for name in ("effective_from", "effective_to")]
    return pl.concat([offers.join(phantoms, on="node", how="anti", maintain_order="left"), first.with_columns(dates)])


def _records(
    data: PlanningData,
    nodes: NodeTable,
    frame: pl.DataFrame,
    site_calendars: NDArray[np.int32],
    calendar_ids: pl.Series,
) -> Records:
    """Return the offers as the kernels read them; the calendar is the supplier's, the source's, else the site's."""
    as_of = data.settings.as_of
    source = frame["source"].to_numpy()
    calendar = site_calendars[np.where(source == NO_CODE, nodes.site[frame["node"].to_numpy()], source)]
    return records(
        OFFER_DTYPE,
        source=source,
        calendar=supplier_calendars(data, frame["supplier_id"], calendar, calendar_ids),
        lead_time_days=frame["lead_time_days"].fill_null(-1).to_numpy(),
        effective_from=days_of(frame["effective_from"], as_of, ALWAYS),
        effective_to=days_of(frame["effective_to"], as_of, NEVER),
        minimum_order_quantity=frame["minimum_order_quantity"].fill_null(np.nan).to_numpy(),
        order_multiple=frame["order_multiple"].fill_null(np.nan).to_numpy(),
        maximum_order_quantity=frame["maximum_order_quantity"].fill_null(np.nan).to_numpy(),
        split_fraction=frame["split_fraction"].fill_null(0.0).to_numpy(),
    )


def supplier_calendars(
    data: PlanningData, supplier_id: pl.Series, otherwise: NDArray[np.int32], calendar_ids: pl.Series
) -> NDArray[np.int32]:
    """Return the calendar of each supplier, ``otherwise`` where it is empty or has none.

    Returns
    -------
    numpy.ndarray
        int32, shape (len(supplier_id),).
    """
    suppliers = data.filled("suppliers", ["supplier_id", "calendar_id"])
    if suppliers.is_empty():
        return otherwise
    rows = codes_of(supplier_id, suppliers["supplier_id"])
    own = codes_of(suppliers["calendar_id"], calendar_ids)[np.maximum(rows, 0)]
    return np.where((rows != NO_CODE) & (own != NO_CODE), own, otherwise).astype(np.int32)
