"""Explanations of single orders: what needs them, and the steps to their quantity and dates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planning.decoding.order_index import OrderPlace
from planning.explaining.explanation import Explanation, Step, StepKind, number
from planning.explaining.ledger import Ledger, read_ledger
from planning.explaining.order_steps import OrderSteps
from planning.explaining.sourcing_choices import choice_steps
from planning.kernels.netting_arrays import NEVER
from planning.kernels.supply_rows import SupplyKind
from planning.mrp import MrpResult
from planning.pegs.requirement_source import name_of_demand, source_of
from planning.pegs.walk import Link, PegWalk

_MOST_LISTED = 10


class OrderExplainer:
    """Explains orders of one plan; keeps the ledgers that it has read."""

    def __init__(self, result: MrpResult) -> None:
        self._result, self._index = result, result.order_index
        self.walk = PegWalk(result)
        self._ledgers: dict[int, Ledger] = {}
        self._told: set[OrderPlace] = set()

    def ledger(self, node: int) -> Ledger:
        """Return the ledger of a node."""
        if node not in self._ledgers:
            self._ledgers[node] = read_ledger(self._result.netting, self._result.plan, node)
        return self._ledgers[node]

    def planned_order(self, place: OrderPlace, depth: int = 1) -> Explanation:
        """Return why a planned order is as it is; from depth 2 on with the orders that serve its components."""
        told = OrderSteps(self._result, self.ledger(place.node), place)
        dated = self._result.plan.dated_orders[place.order]
        self._told.add(place)
        components, parts = self._components(place, depth - 1) if depth > 1 else ((), ())
        steps = (
            *self._requirements(place),
            *self._receipts(place.node, told.need),
            *told.sizes(),
            self._source(place.node, int(told.order["offer"])),
            *choice_steps(self._result, place.order),
            *told.days(),
            *components,
            *self._end_demands(place),
        )
        item_id, site_id = self._ids(place.node)
        supply_type = self._result.model.sourcing.parameters["supply_type"][place.node]
        release, due = self._index.date_of(int(dated["release"])), self._index.date_of(int(dated["due"]))
        quantity = float(dated["quantity"])
        text = f"{supply_type} {number(quantity)} of {item_id} at {site_id}, release {release}, due {due}"
        name = self._index.name(place)
        return Explanation("planned_order", name, text, item_id, site_id, quantity, release, due, steps, parts)

    def open_order(self, row: int) -> Explanation:
        """Return what an open order is needed for, and when."""
        frame = self._result.model.data.table("scheduled_receipts")
        given = frame.row(row, named=True)
        site_id = given.get("site_id") or self._result.model.nodes.site_ids[0]
        node = self._index.node(given["item_id"], site_id)
        quantity, due = float(given["quantity"]), given["due_date"]
        text = f"open order of {number(quantity)} of {given['item_id']} at {site_id}, due {due}"
        steps = [Step(StepKind.GIVEN, f"an order of the data set, due {due}", None, quantity, None, due)]
        steps += self._needed(node, row)
        release = given.get("release_date")
        name = str(given["order_id"])
        return Explanation("open_order", name, text, given["item_id"], site_id, quantity, release, due, tuple(steps))

    def _components(self, place: OrderPlace, depth: int) -> tuple[tuple[Step, ...], tuple[Explanation, ...]]:
        """Return what serves the order's components, and the explanations of those orders."""
        needs = list(self.walk.component_needs(place.node, place.order))
        links = [link for need in needs for link in self.walk.supplies(need)]
        steps = []
        for need in needs:
            item_id, _ = self._ids(need.node)
            day, quantity = self._index.date_of(int(need.row["day"])), float(need.row["quantity"])
            text = f"needs {number(quantity)} of {item_id} on {day}"
            steps.append(Step(StepKind.COMPONENT, text, None, quantity, None, day))
            steps += [self.served(link, with_item=True) for link in links if link.need == need]
        return tuple(steps), self.supplies_of(links, depth)

    def supplies_of(self, links: list[Link], depth: int) -> tuple[Explanation, ...]:
        """Return the explanations of the orders that serve, each order once and the first few only."""
        if depth < 1:
            return ()
        parts: list[Explanation] = []
        for link in links:
            if len(parts) == _MOST_LISTED:
                break
            if link.is_planned and link.place not in self._told:
                parts.append(self.planned_order(link.place, depth))
            elif link.supply["kind"] == SupplyKind.SCHEDULED_RECEIPT:
                parts.append(self.open_order(int(self._receipt_row(link))))
        return tuple(parts)

    def served(self, link: Link, with_item: bool) -> Step:
        """Return how much a supply serves of a need, and when it is there."""
        kind, source = SupplyKind(int(link.supply["kind"])), int(link.supply["source"])
        arrival = None if kind in (SupplyKind.ON_HAND, SupplyKind.LOT) else int(link.supply["arrival"])
        name = None
        if link.is_planned:
            name = self._index.name(link.place)
            what = f"by planned order {name}"
        elif kind is SupplyKind.SCHEDULED_RECEIPT:
            name = str(self._result.model.data.table("scheduled_receipts")["order_id"][self._receipt_row(link)])
            what = f"by open order {name}"
        elif kind is SupplyKind.BY_PRODUCT:
            name = (
                self._index.name(self._index.place(source))
                if source >= 0
                else name_of_demand(self._result, -1 - source)
            )
            what = f"by what {name} gives besides"
        else:
            what = "from stock"
        item = f" of {self._ids(link.need.node)[0]}" if with_item else ""
        there = None if arrival is None else self._index.date_of(arrival)
        day = self._index.date_of(int(link.need.row["day"]))
        text = f"{number(link.quantity)}{item} {what}" + ("" if there is None else f", there on {there}")
        return Step(StepKind.SERVED, text, float(link.need.row["quantity"]), link.quantity, day, there or day, name)

    def _receipt_row(self, link: Link) -> int:
        """Return the row of scheduled_receipts of an open order that serves."""
        return int(self._result.model.event_table.receipt_row[int(link.supply["source"])])

    def lead_time(self, place: OrderPlace) -> str:
        """Return the lead time of a planned order."""
        return OrderSteps(self._result, self.ledger(place.node), place).lead_time

    def _ids(self, node: int) -> tuple[str, str]:
        """Return the item and site of a node."""
        nodes = self._result.model.nodes
        return str(nodes.item_ids[int(nodes.item[node])]), str(nodes.site_ids[int(nodes.site[node])])

    def _requirements(self, place: OrderPlace) -> Iterator[Step]:
        """Yield the requirements that the order serves, and what of it serves none."""
        links = self.walk.uses(place.node, SupplyKind.PLANNED_ORDER, place.order)
        yield from self._uses(links)
        quantity = float(self._result.plan.orders.rows["quantity"][place.order])
        free = quantity - sum(link.quantity for link in links)
        if free > 1e-9 * max(1.0, quantity):
            text = f"{number(free)} serve nothing: the order is larger than the requirements"
            yield Step(StepKind.SURPLUS, text, None, free)

    def _uses(self, links: list[Link]) -> Iterator[Step]:
        """Yield what a supply serves, the first few one by one."""
        for link in links[:_MOST_LISTED]:
            row = link.need.row
            kind, name = source_of(self._result, row)
            day, whole = self._index.date_of(int(row["day"])), float(row["quantity"])
            part = number(link.quantity) if link.quantity == whole else f"{number(link.quantity)} of {number(whole)}"
            text = f"{part} needed on {day} by {kind} {name}".rstrip()
            yield Step(StepKind.REQUIREMENT, text, None, link.quantity, None, day, name)
        if rest := links[_MOST_LISTED:]:
            quantity = sum(link.quantity for link in rest)
            yield Step(StepKind.REQUIREMENT, f"{number(quantity)} needed by {len(rest)} more", None, quantity)

    def _receipts(self, node: int, need: int) -> Iterator[Step]:
        """Yield the open orders that are assumed to be moved up to the need, and those that could not be (rule 6)."""
        netting, plan, table = self._result.netting, self._result.plan, self._result.model.event_table
        for k in range(int(netting.receipt_indptr[node]), int(netting.receipt_indptr[node + 1])):
            needed, netted = int(plan.needed_day[k]), int(plan.netted_day[k])
            given, quantity = int(netting.receipts["day"][k]), float(netting.receipts["quantity"][k])
            name = str(self._result.model.data.table("scheduled_receipts")["order_id"][int(table.receipt_row[k])])
            before, after = self._index.date_of(given), self._index.date_of(netted)
            if netted <= need < given:
                text = f"open order {name} of {number(quantity)} is counted on {after}, moved in from {before}"
                yield Step(StepKind.RECEIPT_MOVED, text, None, quantity, before, after, name)
            elif needed <= need < netted < given:
                text = f"open order {name} of {number(quantity)} covers it; the planning fence lets it in on {after}"
                yield Step(StepKind.RECEIPT_MOVED, text, None, quantity, before, after, name)
            elif needed <= need < netted:
                text = f"open order {name} of {number(quantity)} stays on {before}: beyond expedite_window_days"
                yield Step(StepKind.RECEIPT_NOT_MOVED, text, None, quantity, before, before, name)

    def _needed(self, node: int, row: int) -> Iterator[Step]:
        """Yield when an open order is needed, and what netting made of that (rule 6)."""
        netting, plan, table = self._result.netting, self._result.plan, self._result.model.event_table
        first, end = int(netting.receipt_indptr[node]), int(netting.receipt_indptr[node + 1])
        at = np.flatnonzero(table.receipt_row[first:end] == row)
        if not at.size:
            return
        k = first + int(at[0])
        needed, netted, given = int(plan.needed_day[k]), int(plan.netted_day[k]), int(netting.receipts["day"][k])
        before = self._index.date_of(given)
        if needed == NEVER:
            yield Step(StepKind.NEEDED, "no requirement needs it: cancel", None, None, before, None)
            return
        after = self._index.date_of(needed)
        if needed == given:
            text = f"needed on {after}, its date"
        elif needed > given:
            text = f"needed on {after} only: defer"
        elif netted == needed:
            text = f"needed on {after} already: expedite; netting counts on it then"
        elif netted < given:
            inside, after = after, self._index.date_of(netted)
            text = f"needed on {inside} already, inside the planning fence: expedite to {after}, the first day after it"
        else:
            text = f"needed on {after} already, further than expedite_window_days: it stays"
        yield Step(StepKind.NEEDED, text, None, None, before, after)
        yield from self._uses(self.walk.uses(node, SupplyKind.SCHEDULED_RECEIPT, k))

    def _source(self, node: int, offer: int) -> Step:
        """Return who makes, supplies or sends it."""
        sourcing, nodes = self._result.model.sourcing, self._result.model.nodes
        supply_type = sourcing.parameters["supply_type"][node]
        taken = sourcing.offers.frame.row(int(sourcing.offers.indptr[node]) + offer, named=True) if offer >= 0 else {}
        if supply_type == "transfer":
            name = str(nodes.site_ids[taken["source"]])
            return Step(StepKind.SOURCE, f"transferred from {name}", source_id=name)
        if supply_type == "buy":
            supplier = taken.get("supplier_id")
            return Step(StepKind.SOURCE, f"bought from {supplier}" if supplier else "bought", source_id=supplier)
        return Step(StepKind.SOURCE, "made")

    def _end_demands(self, place: OrderPlace) -> Iterator[Step]:
        """Yield the demands at the top and how much of the order is for each, the earliest first."""
        uses = self.walk.end_uses(place)
        days = self._result.netting.demands["day"]
        found = sorted(uses.demands.items(), key=lambda entry: (int(days[entry[0]]), entry[0]))
        for k, quantity in found[:_MOST_LISTED]:
            name = name_of_demand(self._result, k)
            needed = self._index.date_of(int(days[k]))
            text = f"{number(quantity)} of it for {name}, due {needed}"
            yield Step(StepKind.END_DEMAND, text, None, quantity, None, needed, name)
        if rest := found[_MOST_LISTED:]:
            quantity = sum(share for _, share in rest)
            yield Step(StepKind.END_DEMAND, f"{number(quantity)} of it for {len(rest)} more demands", None, quantity)
        for quantity, what in ((uses.safety_stock, "safety stock"), (uses.elsewhere, "other orders, not followed")):
            if quantity > 1e-9:
                yield Step(StepKind.END_DEMAND, f"{number(quantity)} of it for {what}", None, quantity)
