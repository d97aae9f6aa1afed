"""Full pegging level by level: each node that a question comes to is pegged once, all that it asks there together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.ranges import ranges
from planning.encoding.codes import NO_CODE
from planning.kernels.netting_arrays import ALWAYS, Records
from planning.kernels.peg_flow import (
    Flows,
    NodeList,
    Takers,
    hand_up,
    list_nodes,
    share_requirements,
    share_supplies,
    take_parts,
)
from planning.kernels.requirement_rows import REQUIREMENT_DTYPE
from planning.kernels.supply_rows import SUPPLY_DTYPE, SupplyKind
from planning.mrp import MrpResult
from planning.pegging import Pegging, peg_nodes
from planning.pegs.requirement_source import sources_of
from planning.pegs.table import SUPPLY_KINDS, USES, SupplyNames, given_quantity, leftover_use

# Less than this is neither left of a supply nor short of a requirement.
NOISE = 1e-9
_NEGATIVE_STOCK, _SHORT = "negative_stock", "short"


class PegFlow:
    """One question of a plan: where supplies end, or what serves requirements in the end.

    Parameters
    ----------
    result
        The plan.

    Notes
    -----
    Nothing depends on the number of threads: nodes are pegged on all, quantities are added up on one.
    """

    def __init__(self, result: MrpResult) -> None:
        self.result = result
        orders, netting, n_nodes = result.plan.orders, result.netting, result.model.nodes.n_nodes
        n_orders, n_receipts = orders.rows.shape[0], netting.receipts.shape[0]
        self.flows = Flows(
            np.zeros(n_orders),
            np.zeros(n_receipts),
            np.zeros(netting.demands.shape[0]),
            np.zeros(n_orders, np.bool_),
            np.zeros(n_receipts, np.bool_),
        )
        self._listed = NodeList(np.zeros(n_nodes, np.bool_), np.empty(n_nodes, np.int32))
        self._n_listed = 0

    def add_node(self, node: int) -> None:
        """Come to a node, and to what it is made of when it is a phantom."""
        self._list(np.array([node], np.int32))

    def add_components(self, nodes: NDArray[np.int32]) -> None:
        """Come to all that orders of the nodes can need, behind phantoms too."""
        graph = self.result.model.structure.graph
        first, end = graph.component_indptr[nodes], graph.component_indptr[nodes + 1]
        self._list(graph.component_codes[ranges(first, end - first)])

    def add_taken(self, receipts: NDArray[np.int64]) -> None:
        """Come to what open orders take by allocations and firm planned transfers."""
        consumers = self.result.consumers
        taken = consumers.taken_demands[np.isin(consumers.demand_receipt[consumers.taken_demands], receipts)]
        self._list((np.searchsorted(self.result.netting.demand_indptr, taken, side="right") - 1).astype(np.int32))

    def ask_for(self, node: int, kind: SupplyKind, place: int) -> None:
        """Ask for all that an order or a receipt needs."""
        row = np.zeros(1, SUPPLY_DTYPE)
        row["kind"], row["source"] = kind, place
        self._pass_down(np.array([node], np.int32), row, np.ones(1))

    def _list(self, codes: NDArray[np.int32]) -> None:
        """List nodes that are not listed yet."""
        graph = self.result.model.structure.graph
        self._n_listed = list_nodes(
            codes, graph.component_indptr, graph.component_codes, self.result.netting.nodes, self._listed,
            self._n_listed,
        )  # fmt: skip

    def _peg_level(self, level: int) -> Pegging | None:
        """Return the pegging of the listed nodes of a level, none when there are none."""
        nodes = self._listed.nodes[: self._n_listed]
        nodes = np.sort(nodes[self.result.model.structure.graph.item_to_level[nodes] == level])
        return peg_nodes(self.result, nodes) if nodes.size else None

    def upward(self) -> pl.DataFrame:
        """Return where the supplies end that ``flows`` asks for so much of: rows as :func:`merged_ends` has them."""
        model, netting, orders = self.result.model, self.result.netting, self.result.plan.orders
        consumers = self.result.consumers
        takers = Takers(
            model.level_nodes, self.result.order_index.starts, consumers.firm_receipt, consumers.demand_receipt
        )
        needed, owed, left = _Rows(REQUIREMENT_DTYPE), _Rows(SUPPLY_DTYPE), _Rows(SUPPLY_DTYPE)
        for level in reversed(range(model.level_indptr.shape[0] - 1)):
            pegging = self._peg_level(level)
            if pegging is None:
                continue
            amounts, given = self._of_supplies(pegging.supplies), given_quantity(self.result, pegging)
            needs = np.zeros(pegging.requirements.shape[0])
            share_supplies(pegging.links, pegging.supply_link_indptr, amounts, given, needs)
            self._n_listed = hand_up(
                netting, orders, takers, pegging.requirements, needs, self.flows, self._listed, self._n_listed
            )
            at = np.flatnonzero(needs)
            needed.add(_owners(pegging.nodes, pegging.requirement_indptr, at), pegging.requirements[at], needs[at])
            _add_left_over(pegging, amounts, given, owed, left)
        return merged_ends([self._needed(needed), self._owed(owed), self._left(left)])

    def _of_supplies(self, supplies: Records) -> NDArray[np.float64]:
        """Return what is asked of each supply."""
        amounts = np.zeros(supplies.shape[0])
        kinds = (
            (SupplyKind.PLANNED_ORDER, self.flows.of_order),
            (SupplyKind.SCHEDULED_RECEIPT, self.flows.of_receipt),
        )
        for kind, asked in kinds:
            at = np.flatnonzero(supplies["kind"] == kind)
            amounts[at] = asked[supplies["source"][at]]
        return amounts

    def _needed(self, needed: _Rows) -> pl.DataFrame:
        """Return what ends at requirements: demands, safety stock, orders that the plan does not have."""
        node, rows, amount = needed.joined()
        kind, name = sources_of(self.result, rows)
        return ends_frame(kind, name, node, rows["day"], amount)

    def _owed(self, owed: _Rows) -> pl.DataFrame:
        """Return what goes to a negative stock, which is there on day 0."""
        node, _, amount = owed.joined()
        return ends_frame([_NEGATIVE_STOCK] * node.size, None, node, np.zeros(node.size, np.int32), amount)

    def _left(self, left: _Rows) -> pl.DataFrame:
        """Return what serves nothing."""
        node, supplies, amount = left.joined()
        return ends_frame(USES[leftover_use(self.result, supplies)], None, node, _arrival(supplies), amount)

    def downward(self) -> pl.DataFrame:
        """Return what serves, in the end, the parts of orders, receipts and demands that ``flows`` asks for."""
        reached, short = _Rows(SUPPLY_DTYPE), _Rows(REQUIREMENT_DTYPE)
        for level in range(self.result.model.level_indptr.shape[0] - 1):
            pegging = self._peg_level(level)
            if pegging is not None:
                amounts = np.zeros(pegging.supplies.shape[0])
                self._serve(pegging, amounts, short)
                at = np.flatnonzero(amounts)
                node = _owners(pegging.nodes, pegging.supply_indptr, at)
                reached.add(node, pegging.supplies[at], amounts[at])
                self._pass_down(node, pegging.supplies[at], amounts[at] / given_quantity(self.result, pegging)[at])
        node, rows, amount = short.joined()
        return merged_ends([self._bottom(reached), ends_frame([_SHORT] * node.size, None, node, rows["day"], amount)])

    def _serve(self, pegging: Pegging, out_supplies: NDArray[np.float64], out_short: _Rows) -> None:
        """Fill what is asked of each supply; add what is short."""
        requirements = pegging.requirements
        needs, short = np.zeros((2, requirements.shape[0]))
        take_parts(requirements, self.result.consumers.demand_receipt, self.flows, needs)
        share_requirements(
            requirements, pegging.links, pegging.requirement_link_indptr, pegging.requirement_links, needs, NOISE,
            out_supplies, short,
        )  # fmt: skip
        at = np.flatnonzero(short)
        node = _owners(pegging.nodes, pegging.requirement_indptr, at)
        is_short = ~self.result.netting.nodes["is_phantom"][node]  # what a phantom lacks is blown through
        out_short.add(node[is_short], requirements[at[is_short]], short[at[is_short]])

    def _pass_down(self, node: NDArray[np.int32], supplies: Records, part: NDArray[np.float64]) -> None:
        """Ask for the parts of orders and receipts, and come to what they need."""
        kind, source = supplies["kind"], supplies["source"].astype(np.int64)
        is_planned, is_receipt = kind == SupplyKind.PLANNED_ORDER, kind == SupplyKind.SCHEDULED_RECEIPT
        self.flows.of_order[source[is_planned]] = part[is_planned]
        receipts = source[is_receipt]
        self.flows.of_receipt[receipts] = part[is_receipt]
        orders = self.result.consumers.receipt_order[receipts]
        is_firm = orders != NO_CODE
        self.flows.of_order[orders[is_firm]] = part[is_receipt][is_firm]
        self.add_components(np.unique(np.concatenate([node[is_planned], node[is_receipt][is_firm]])))
        self.add_taken(receipts)

    def _bottom(self, reached: _Rows) -> pl.DataFrame:
        """Return the supplies that need nothing: stock, by-products, orders without components."""
        node, supplies, amount = reached.joined()
        flows = self.flows
        kind, source = supplies["kind"], supplies["source"].astype(np.int64)
        is_bottom = np.ones(kind.shape[0], np.bool_)
        at = np.flatnonzero(kind == SupplyKind.PLANNED_ORDER)
        is_bottom[at] = ~flows.has_parts[source[at]]
        at = np.flatnonzero(kind == SupplyKind.SCHEDULED_RECEIPT)
        firm = self.result.consumers.receipt_order[source[at]]
        is_bottom[at] = ~flows.receipt_has_parts[source[at]]
        is_bottom[at[firm != NO_CODE]] &= ~flows.has_parts[firm[firm != NO_CODE]]
        node, rows, amount = node[is_bottom], supplies[is_bottom], amount[is_bottom]
        names = SupplyNames(self.result, self.result.order_index.names).of(node, rows)
        return ends_frame(SUPPLY_KINDS[rows["kind"]], names, node, _arrival(rows), amount)


class _Rows:
    """Requirements or supplies of several levels, with the node of each and the quantity that ends there."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._node = [np.zeros(0, np.int32)]
        self._rows: list[Records] = [np.zeros(0, dtype)]
        self._amount = [np.zeros(0)]

    def add(self, node: NDArray[np.int32], rows: Records, amount: NDArray[np.float64]) -> None:
        """Add those of one level."""
        self._node.append(node)
        self._rows.append(rows)
        self._amount.append(amount)

    def joined(self) -> tuple[NDArray[np.int32], Records, NDArray[np.float64]]:
        """Return those of all levels."""
        return np.concatenate(self._node), np.concatenate(self._rows), np.concatenate(self._amount)


def _add_left_over(
    pegging: Pegging, amounts: NDArray[np.float64], given: NDArray[np.float64], owed: _Rows, left: _Rows
) -> None:
    """Add what of the supplies goes to a negative stock, and what serves nothing."""
    at = np.flatnonzero(amounts)
    supplies, share = pegging.supplies[at], amounts[at] / given[at]
    node = _owners(pegging.nodes, pegging.supply_indptr, at)
    rest = given[at] - supplies["quantity"]
    is_any = rest > NOISE
    owed.add(node[is_any], supplies[is_any], (rest * share)[is_any])
    rest = supplies["quantity"] - pegging.pegged_supply[at]
    is_any = rest > NOISE
    left.add(node[is_any], supplies[is_any], (rest * share)[is_any])


def ends_frame(
    kind: pl.Series | Sequence[str],
    name: pl.Series | None,
    node: NDArray[np.int32],
    day: NDArray[np.int32],
    quantity: NDArray[np.float64],
) -> pl.DataFrame:
    """Return ends as a frame: ``kind``, ``id``, ``node``, ``day`` and ``quantity``."""
    return pl.DataFrame(
        {
            "kind": pl.Series(kind, dtype=pl.String),
            "id": pl.Series([""] * len(kind), dtype=pl.String) if name is None else name,
            "node": pl.Series(node, dtype=pl.Int32),
            "day": pl.Series(np.ascontiguousarray(day), dtype=pl.Int32),
            "quantity": pl.Series(quantity, dtype=pl.Float64),
        }
    )


def merged_ends(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return ends with those added up that have the same kind, id, node and day, in the order of the first of each."""
    ends = pl.concat(parts)
    keys = ["kind", "id", "node", "day"]
    first = ends.select(keys).unique(maintain_order=True, keep="first").with_row_index("end")
    end = ends.join(first, on=keys, how="left", maintain_order="left")["end"].to_numpy()
    total = np.bincount(end, weights=ends["quantity"].to_numpy(), minlength=first.height)
    return first.drop("end").with_columns(quantity=pl.Series(total, dtype=pl.Float64))


def _owners(nodes: NDArray[np.int32], indptr: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the node of each row."""
    owners: NDArray[np.int32] = nodes[np.searchsorted(indptr, at, side="right") - 1]
    return owners


def _arrival(supplies: Records) -> NDArray[np.int32]:
    """Return the day on which each supply is there; stock is there on day 0."""
    days: NDArray[np.int32] = np.where(supplies["arrival"] == ALWAYS, 0, supplies["arrival"]).astype(np.int32)
    return days
