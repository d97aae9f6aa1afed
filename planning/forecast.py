"""Forecast consumption: what orders take of the forecasts before netting (rule 13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.calendar import Calendars
from planning.data import PlanningData
from planning.encoding.codes import NO_CODE, codes_of, days_of, grouped_rows, records
from planning.encoding.demands import Demands
from planning.encoding.nodes import NodeTable
from planning.kernels.forecast import (
    CONSUMER_DTYPE,
    CUSTOMER,
    FORECAST_DTYPE,
    GENERAL,
    LINK_DTYPE,
    SEGMENT,
    ConsumptionRule,
    ForecastPools,
    consume_pools,
    sort_pools,
)
from planning.kernels.netting_arrays import NEVER, Records
from planning.options import MrpOptions

# An independent demand stands beside the forecast; it is not an order of a customer.
CONSUMING_KINDS = ("sales_order", "service")


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecasts of a data set and the orders that can consume them, by pool.

    A pool is the forecasts and orders of one item at one site, with those of all items above and below it by
    ``forecast_item_id``. What happens in one pool depends on no other.

    Parameters
    ----------
    as_of
        The planning date.
    pools
        The arrays that the kernels read.
    pool_of_node
        int32, shape (n_nodes,): the pool of each node, -1 where there is no forecast.
    node
        int32, shape (n_forecasts,): the node of each forecast.
    end_day
        int32, shape (n_forecasts,): the last day of the bucket as given, ``NEVER`` where none is given.
    """

    as_of: date
    pools: ForecastPools
    pool_of_node: NDArray[np.int32]
    node: NDArray[np.int32]
    end_day: NDArray[np.int32]

    @property
    def n_pools(self) -> int:
        """The number of pools."""
        return int(self.pools.forecast_indptr.shape[0] - 1)

    def remaining(
        self, options: MrpOptions, buckets: Records, pools: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """Return what orders leave of each forecast; of the forecasts in some ``pools`` only, when they are given."""
        left: NDArray[np.float64] = self.pools.forecasts["quantity"].copy()
        if options.consume_by != "none":
            self._consume(options, buckets, pools, left, np.empty(0, LINK_DTYPE))
        return left

    def links(self, options: MrpOptions, buckets: Records) -> Records:
        """Return which order took how much of which forecast (LINK_DTYPE), by pool, in the order of consumption."""
        if options.consume_by == "none":
            return np.empty(0, LINK_DTYPE)
        pools = self.pools
        links = np.empty(pools.forecasts.shape[0] + pools.consumers.shape[0] + 1, LINK_DTYPE)
        count = self._consume(options, buckets, None, np.empty(pools.forecasts.shape[0]), links)
        first = (pools.forecast_indptr + pools.consumer_indptr)[:-1]
        return links[ranges(first, count)]

    def _consume(
        self,
        options: MrpOptions,
        buckets: Records,
        pools: NDArray[np.int64] | None,
        left: NDArray[np.float64],
        links: Records,
    ) -> NDArray[np.int64]:
        """Fill what is left and the links of some pools, and return the number of links by pool."""
        rule = ConsumptionRule(
            options.consume_by == "open_and_shipped",
            options.consume_first == "forward",
            options.consume_backward_days,
            options.consume_forward_days,
        )
        count = np.zeros(self.n_pools, np.int64)
        wanted = np.arange(self.n_pools) if pools is None else pools
        consume_pools(self.pools, rule, buckets, wanted, left, links, count)
        return count


def find_forecast(
    data: PlanningData,
    nodes: NodeTable,
    demands: Demands,
    calendars: Calendars,
    site_calendar: NDArray[np.int32],
) -> Forecast | None:
    """Return the forecasts of a data set with the orders that can consume them; ``None`` when there is no forecast."""
    frame = data.table("demands")
    if "kind" not in frame.columns:
        return None
    rows = np.flatnonzero((frame["kind"] == "forecast").fill_null(False).to_numpy())
    if rows.size == 0:
        return None
    next_node = _next_nodes(data, nodes)
    pool_of_node, n_pools = _pools(next_node, demands.node[rows])
    customer, segment = _customers(data, frame["kind"])
    forecast_indptr, rows = _by_pool(rows, demands, pool_of_node, n_pools)
    forecasts = _forecast_rows(rows, demands, customer, segment)
    consumer_indptr, rows = _by_pool(_consuming(data, demands, pool_of_node), demands, pool_of_node, n_pools)
    consumers = _consumer_rows(data, rows, demands, customer, segment)
    sort_pools(forecast_indptr, forecasts, consumer_indptr, consumers)
    pools = ForecastPools(
        forecast_indptr,
        forecasts,
        consumer_indptr,
        consumers,
        next_node,
        site_calendar,
        *calendars.working_days,
    )
    ends = days_of(data.filled("demands", ["bucket_end_date"])["bucket_end_date"], data.settings.as_of, NEVER)
    at = forecasts["row"]
    return Forecast(data.settings.as_of, pools, pool_of_node, demands.node[at], ends[at])


def _next_nodes(data: PlanningData, nodes: NodeTable) -> NDArray[np.int32]:
    """Return the node whose forecasts each node's orders consume after its own, -1 where there is none.

    An item above that is no node at the site has no forecast there; the one above it comes next.
    """
    above = nodes.item_index.codes_of(data.filled("items", ["forecast_item_id"])["forecast_item_id"])
    item = above[nodes.item]
    found = np.full(nodes.n_nodes, NO_CODE, dtype=np.int32)
    waiting = np.flatnonzero(item != NO_CODE)
    while waiting.size:
        found[waiting] = nodes.of(item[waiting], nodes.site[waiting])
        item[waiting] = above[item[waiting]]
        waiting = waiting[(found[waiting] == NO_CODE) & (item[waiting] != NO_CODE)]
    return found


def _pools(next_node: NDArray[np.int32], forecast_node: NDArray[np.int32]) -> tuple[NDArray[np.int32], int]:
    """Return the pool of each node, -1 where there is no forecast, and their number."""
    top = np.arange(next_node.shape[0], dtype=np.int32)
    has_next = np.flatnonzero(next_node != NO_CODE)
    while has_next.size:
        top[has_next] = next_node[top[has_next]]
        has_next = has_next[next_node[top[has_next]] != NO_CODE]
    is_pool = np.zeros(top.shape[0], np.bool_)
    is_pool[top[forecast_node]] = True
    pool = np.where(is_pool, np.cumsum(is_pool) - 1, NO_CODE).astype(np.int32)
    return pool[top], int(is_pool.sum())


def _by_pool(
    rows: NDArray[np.int64], demands: Demands, pool_of_node: NDArray[np.int32], n_pools: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the offsets of each pool, and the rows of demands in that order."""
    indptr, order = grouped_rows(pool_of_node[demands.node[rows]], n_pools)
    return indptr, rows[order]


def _consuming(data: PlanningData, demands: Demands, pool_of_node: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the rows of the orders that are in a pool."""
    frame = data.filled("demands", ["kind", "shipped_quantity"])
    is_order = ((frame["kind"] == CONSUMING_KINDS[0]) | (frame["kind"] == CONSUMING_KINDS[1])).to_numpy()
    has_quantity = demands.quantity + frame["shipped_quantity"].to_numpy() > 0
    return np.flatnonzero(is_order & has_quantity & (pool_of_node[demands.node] != NO_CODE))


def _customers(data: PlanningData, kind: pl.Series) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the customer and the segment of each demand, -1 where there is none, or where no forecast names any."""
    frame = data.filled("demands", ["customer_id", "segment"])
    of_forecasts = frame.filter(kind == "forecast")
    nobody = np.full(frame.height, NO_CODE, dtype=np.int32)
    has_customers = of_forecasts["customer_id"].null_count() < of_forecasts.height
    has_segments = of_forecasts["segment"].null_count() < of_forecasts.height
    if not has_customers and not has_segments:
        return nobody, nobody
    customers = data.filled("customers", ["customer_id", "segment"])
    customer = codes_of(frame["customer_id"], customers["customer_id"])
    if not has_segments:
        return customer, nobody
    segments = pl.concat([customers["segment"], frame["segment"]]).drop_nulls().unique(maintain_order=True)
    own = codes_of(frame["segment"], segments)
    of_customer = np.append(codes_of(customers["segment"], segments), np.int32(NO_CODE))[customer]
    return customer, np.where(own == NO_CODE, of_customer, own).astype(np.int32)


def _forecast_rows(
    rows: NDArray[np.int64], demands: Demands, customer: NDArray[np.int32], segment: NDArray[np.int32]
) -> Records:
    """Return some rows of demands as forecasts: for their customer, else their segment, else for all."""
    customer, segment = customer[rows].astype(np.int64), segment[rows].astype(np.int64)
    level = np.where(customer != NO_CODE, CUSTOMER, np.where(segment != NO_CODE, SEGMENT, GENERAL)).astype(np.int64)
    code = np.where(customer != NO_CODE, customer, np.maximum(segment, 0))
    node = demands.node[rows].astype(np.int64)
    return records(
        FORECAST_DTYPE,
        series=(node << 34) | (level << 32) | code,
        due=demands.day[rows],
        quantity=demands.quantity[rows],
        row=rows,
    )


def _consumer_rows(
    data: PlanningData,
    rows: NDArray[np.int64],
    demands: Demands,
    customer: NDArray[np.int32],
    segment: NDArray[np.int32],
) -> Records:
    """Return some rows of demands as orders that consume."""
    shipped = data.filled("demands", ["shipped_quantity"])["shipped_quantity"].to_numpy()
    return records(
        CONSUMER_DTYPE,
        node=demands.node[rows],
        day=demands.day[rows],
        priority=demands.priority[rows],
        customer=customer[rows],
        segment=segment[rows],
        open=demands.quantity[rows],
        shipped=shipped[rows],
        row=rows,
    )
