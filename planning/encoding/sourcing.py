"""Who replenishes each node: its suppliers or lanes, and the parameters of those that need no choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.calendar import Calendars
from planning.data import PlanningData
from planning.encoding.buffers import is_buffered
from planning.encoding.codes import NO_CODE, codes_of
from planning.encoding.nodes import NodeTable
from planning.encoding.offers import OFFERED, Offers, find_offers
from planning.kernels.calendar import EVERY_DAY


@dataclass(frozen=True, slots=True)
class Sourcing:
    """Who replenishes each node.

    Parameters
    ----------
    own_parameters
        One row per node, as :func:`planning.encoding.nodes.node_parameters`.
    parameters
        The same with the values of the offer over them, where all orders take the same one.
    offers
        What suppliers and lanes offer.
    offer
        int16, shape (n_nodes,): the offer that all orders take, -1 none, -2 where each order chooses.
    calendar
        int32, shape (n_nodes,): the calendar of who does the work, -1 for every day; where each order chooses, the
        site's.
    site_calendar
        int32, shape (n_sites,): the calendar of each site.
    """

    own_parameters: pl.DataFrame
    parameters: pl.DataFrame
    offers: Offers
    offer: NDArray[np.int16]
    calendar: NDArray[np.int32]
    site_calendar: NDArray[np.int32]

    def on_as_of(self) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Return the lead time of each node, of its first offer in force where it has one, and that offer's source.

        Returns
        -------
        lead_time_days, source
            float64 and int32 (a site code, -1: none), shape (n_nodes,).
        """
        offer = self.offers.first_in_force()
        with_offer = np.flatnonzero(offer >= 0)
        at = self.offers.indptr[with_offer] + offer[with_offer]
        days = self.own_parameters["lead_time_days"].cast(pl.Float64).fill_null(0.0).to_numpy().copy()
        offered = self.offers.rows["lead_time_days"][at]
        days[with_offer] = np.where(offered >= 0, offered, days[with_offer])
        source = np.full(days.shape[0], NO_CODE, np.int32)
        source[with_offer] = self.offers.rows["source"][at]
        return days, source


def find_sourcing(
    data: PlanningData, nodes: NodeTable, parameters: pl.DataFrame, sources: pl.DataFrame, calendars: Calendars
) -> Sourcing:
    """Return who replenishes each node (rule 8: the calendar of who does the work)."""
    numbered = parameters.with_row_index("node").with_columns(pl.col("node").cast(pl.Int32))
    calendar_ids = pl.Series("calendar_id", list(calendars.codes), dtype=pl.String)
    site_calendar = _site_calendars(data, nodes, calendar_ids)
    offers = find_offers(data, nodes, numbered, sources, site_calendar, calendar_ids)
    offer = offers.fixed(is_buffered(parameters))
    taken = np.flatnonzero(offer >= 0)
    at = offers.indptr[taken] + offer[taken]
    with_offers = _with_offers(parameters, taken, offers.frame[at])
    calendar = site_calendar[nodes.site]
    calendar[taken] = offers.rows["calendar"][at]
    return Sourcing(parameters, with_offers, offers, offer, calendar, site_calendar)


def _with_offers(parameters: pl.DataFrame, taken: NDArray[np.int64], offered: pl.DataFrame) -> pl.DataFrame:
    """Return the parameters with the filled cells of the offers over them; ``taken`` are the offers' nodes."""
    if not taken.size:
        return parameters
    rows = np.zeros(parameters.height, dtype=np.int64)
    rows[taken] = np.arange(taken.size)
    is_taken = np.zeros(parameters.height, dtype=np.bool_)
    is_taken[taken] = True
    picked = offered.select(OFFERED)[rows]
    over = pl.Series("is_over", is_taken)
    return parameters.with_columns(
        pl.when(over & picked[name].is_not_null()).then(picked[name]).otherwise(parameters[name]).alias(name)
        for name in OFFERED
    )


def _site_calendars(data: PlanningData, nodes: NodeTable, calendar_ids: pl.Series) -> NDArray[np.int32]:
    """Return the calendar of each site by its code."""
    sites = data.filled("sites", ["site_id", "calendar_id"])
    if calendar_ids.is_empty() or sites.is_empty():
        return np.full(len(nodes.site_ids), EVERY_DAY, dtype=np.int32)
    return codes_of(sites["calendar_id"], calendar_ids)
