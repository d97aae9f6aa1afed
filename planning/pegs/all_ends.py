"""Full pegging of a whole plan in one pass: where every order ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.errors import PlanningError
from bom.ranges import ranges
from planning.kernels.peg_all import Ends, end_level
from planning.kernels.peg_flow import Takers
from planning.kernels.requirement_rows import REQUIREMENT_DTYPE
from planning.mrp import MrpResult
from planning.pegs.flow import NOISE
from planning.pegs.levels import PegLevel, PegLevels
from planning.pegs.requirement_source import sources_of
from planning.pegs.table import USES, given_quantity, leftover_use

# What an end is that is no demand; the last are those of the table pegging.
_OTHERS = ("safety_stock", "dependent", "negative_stock")
_MOST_ENDS = 500_000_000
# The first room for ends; it grows as it must.
ROOM_PER_ORDER = 4


@dataclass(frozen=True, slots=True)
class AllEnds:
    """Where each planned order ends.

    Parameters
    ----------
    result
        The plan.
    indptr
        int64, shape (n_orders + 1,): where the ends of each order stand; a firm planned order has none of its own.
    end
        int64: a row of the model's demands, or what :meth:`table` says.
    quantity
        float64: how much of the order ends there, in the unit of its item; they add up to the order.
    """

    result: MrpResult
    indptr: NDArray[np.int64]
    end: NDArray[np.int64]
    quantity: NDArray[np.float64]

    def table(self) -> pl.DataFrame:
        """Return ``order_id``, ``kind``, ``id``, ``item_id``, ``site_id`` and ``quantity``: the item where it ends."""
        result, netting, nodes = self.result, self.result.netting, self.result.model.nodes
        n_demands = netting.demands.shape[0]
        is_demand = self.end < n_demands
        use, node = np.divmod(np.where(is_demand, 0, self.end - n_demands), max(nodes.n_nodes, 1))
        demand = self.end[is_demand]
        node[is_demand] = np.searchsorted(netting.demand_indptr, demand, side="right") - 1
        rows = np.zeros(demand.shape[0], REQUIREMENT_DTYPE)
        rows["source"], rows["is_dependent"] = -1 - demand, netting.demands["is_dependent"][demand]
        kinds, names = sources_of(result, rows)
        place = pl.Series(np.maximum(np.cumsum(is_demand) - 1, 0))
        other = pl.concat([pl.Series(_OTHERS), USES])[use]
        orders = np.repeat(np.arange(self.indptr.shape[0] - 1), np.diff(self.indptr))
        is_any = bool(demand.size)
        return pl.DataFrame(
            {
                "order_id": result.order_ids.of(orders),
                "kind": kinds[place].zip_with(pl.Series(is_demand), other) if is_any else other,
                "id": names[place].zip_with(pl.Series(is_demand), pl.Series([""]).new_from_index(0, len(use)))
                if is_any
                else pl.Series([""] * len(use), dtype=pl.String),
                "item_id": nodes.item_ids[nodes.item[node]],
                "site_id": nodes.site_ids[nodes.site[node]],
                "quantity": self.quantity,
            }
        )


def all_end_uses(result: MrpResult, most: int = _MOST_ENDS) -> AllEnds:
    """Return where every planned order ends, in one pass from the end items down.

    Parameters
    ----------
    result
        A plan.
    most
        The most ends to make room for, 16 bytes each.

    Raises
    ------
    PlanningError
        When there are more ends: a few orders can still be asked for with :func:`planning.full_pegging.end_uses`.
    """
    ends, n_ends = _room(result), 0
    for level in PegLevels(result).highest_first():
        ends, n_ends = _end_level(result, level, ends, n_ends, most)
    orders = np.flatnonzero(ends.order_count)
    counts = ends.order_count
    at = ranges(ends.order_first[orders], counts[orders])
    quantity = ends.part[at] * np.repeat(result.plan.orders.rows["quantity"][orders], counts[orders])
    return AllEnds(result, np.concatenate(([0], np.cumsum(counts))), ends.end[at], quantity)


def _room(result: MrpResult) -> Ends:
    """Return room for the ends."""
    n_orders, n_receipts = result.plan.orders.rows.shape[0], result.netting.receipts.shape[0]
    n_kinds = result.netting.demands.shape[0] + (len(_OTHERS) + len(USES)) * result.model.nodes.n_nodes
    of_orders, of_receipts = np.zeros((2, n_orders), np.int64), np.zeros((2, n_receipts), np.int64)
    n = ROOM_PER_ORDER * n_orders
    return Ends(
        of_orders[0], of_orders[1], of_receipts[0], of_receipts[1], np.empty(n, np.int64), np.empty(n),
        np.zeros(n_kinds), np.empty(n_kinds, np.int64),
    )  # fmt: skip


def _end_level(result: MrpResult, level: PegLevel, ends: Ends, n_ends: int, most: int) -> tuple[Ends, int]:
    """Write the ends of one level; return all so far, in a larger room when there was none, and their number."""
    netting, consumers, supplies = result.netting, result.consumers, level.supplies
    takers = Takers(
        result.model.level_nodes, result.order_index.starts, consumers.firm_receipt, consumers.demand_receipt
    )
    given = given_quantity(result, level.pegging)
    owed, left = given - supplies["quantity"], supplies["quantity"] - level.pegging.pegged_supply
    use = len(_OTHERS) + leftover_use(result, supplies)
    left_end = netting.demands.shape[0] + use * netting.nodes.shape[0] + level.supply_node
    at = 0
    while True:
        at, n_ends = end_level(
            netting, result.plan.orders, takers, level.supply_node, level.requirements, supplies, level.links,
            level.pegging.supply_link_indptr, given, np.where(owed > NOISE, owed, 0.0),
            np.where(left > NOISE, left, 0.0), left_end, at, ends, n_ends,
        )  # fmt: skip
        if at == supplies.shape[0]:
            return ends, n_ends
        n_room = ends.end.shape[0]
        if n_room >= most:
            raise PlanningError("too_many_rows", f"the orders of the plan have more than {most:,} ends")
        more = min(max(n_room, ends.parts.shape[0]), max(most, ends.parts.shape[0]))
        ends = ends._replace(
            end=np.concatenate([ends.end[:n_ends], np.empty(more, np.int64)]),
            part=np.concatenate([ends.part[:n_ends], np.empty(more)]),
        )
