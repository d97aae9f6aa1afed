"""Explanations of single orders: what needs them, and the steps to their quantity and dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from planning.codes import NO_CODE
from planning.explanation import Explanation, Step, StepKind, number
from planning.kernels.netting_arrays import NEVER, Records
from planning.kernels.requirement_rows import SAFETY_STOCK
from planning.ledger import Ledger, read_ledger
from planning.mrp import MrpResult
from planning.order_index import OrderPlace
from planning.order_steps import OrderSteps
from planning.requirement_source import source_of

_MOST_LISTED = 10
_MOST_VISITED = 200


@dataclass(slots=True)
class _Walk:
    """What has been seen on the way up to the demands."""

    orders: set[int] = field(default_factory=set)
    demands: dict[int, int] = field(default_factory=dict)


class OrderExplainer:
    """Explains orders of one plan; keeps the ledgers that it has read."""

    def __init__(self, result: MrpResult) -> None:
        self._result, self._index = result, result.order_index
        self._ledgers: dict[int, Ledger] = {}

    def ledger(self, node: int) -> Ledger:
        """Return the ledger of a node."""
        if node not in self._ledgers:
            self._ledgers[node] = read_ledger(self._result.netting, self._result.plan, node)
        return self._ledgers[node]

    def planned_order(self, place: OrderPlace) -> Explanation:
        """Return why a planned order is as it is."""
        told = OrderSteps(self._result, self.ledger(place.node), place)
        dated = self._result.plan.dated_orders[place.order]
        steps = (
            *self._requirements(told),
            *self._receipts(place.node, told.need),
            *told.sizes(),
            self._source(place.node),
            *told.days(),
            *self._end_demands(place),
        )
        item_id, site_id = self._ids(place.node)
        supply_type = self._result.model.sourcing.parameters["supply_type"][place.node]
        release, due = self._index.date_of(int(dated["release"])), self._index.date_of(int(dated["due"]))
        quantity = float(dated["quantity"])
        text = f"{supply_type} {number(quantity)} of {item_id} at {site_id}, release {release}, due {due}"
        name = self._index.name(place)
        return Explanation("planned_order", name, text, item_id, site_id, quantity, release, due, steps)

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

    def _ids(self, node: int) -> tuple[str, str]:
        """Return the item and site of a node."""
        nodes = self._result.model.nodes
        return str(nodes.item_ids[int(nodes.item[node])]), str(nodes.site_ids[int(nodes.site[node])])

    def _covered(self, node: int, day: int, until: int, rest_of_day: float = 0.0) -> Records:
        """Return the requirement rows from a look's day up to the end of what it covers."""
        rows = self.ledger(node).requirements
        rows = rows[(rows["day"] >= day) & (rows["day"] < until) & (rows["source"] != SAFETY_STOCK)]
        if not self._result.netting.choices[0]["is_netted_per_line"]:
            return rows
        # net_per = line: the look comes after one line of its day; what is left of the day says which
        today = np.flatnonzero(rows["day"] == day)
        rest = rows["quantity"][today].sum() - np.cumsum(rows["quantity"][today])
        at = today[rest > rest_of_day + 1e-6 * max(1.0, rest_of_day)]
        is_later = np.ones(rows.shape[0], np.bool_)
        is_later[at] = False
        if until == day + 1 and (keep := np.flatnonzero(is_later)).size:
            return rows[keep[:1]]
        return rows[is_later]

    def _requirements(self, told: OrderSteps) -> Iterator[Step]:
        """Yield the requirements that the order's look covers."""
        look = told.look
        rows = self._covered(told.place.node, int(look["day"]), int(look["until"]), float(look["rest_of_day"]))
        for row in rows[:_MOST_LISTED]:
            kind, name = source_of(self._result, row)
            day = self._index.date_of(int(row["day"]))
            quantity = float(row["quantity"])
            text = f"{number(quantity)} needed on {day} by {kind} {name}"
            yield Step(StepKind.REQUIREMENT, text, None, quantity, None, day, name)
        if (rest := rows[_MOST_LISTED:]).size:
            quantity = float(rest["quantity"].sum())
            yield Step(StepKind.REQUIREMENT, f"{number(quantity)} needed by {rest.size} more", None, quantity)

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
        else:
            text = f"needed on {after} already, further than expedite_window_days: it stays"
        yield Step(StepKind.NEEDED, text, None, None, before, after)
        for line in self._covered(node, needed, needed + 1)[:_MOST_LISTED]:
            kind, name = source_of(self._result, line)
            text = f"{number(line['quantity'])} needed on {after} by {kind} {name}"
            yield Step(StepKind.REQUIREMENT, text, None, float(line["quantity"]), None, after, name)

    def _source(self, node: int) -> Step:
        """Return who makes, supplies or sends it."""
        sourcing, nodes = self._result.model.sourcing, self._result.model.nodes
        supply_type = sourcing.parameters["supply_type"][node]
        if supply_type == "transfer":
            source = int(sourcing.source_site[node])
            name = str(nodes.site_ids[source]) if source != NO_CODE else None
            return Step(StepKind.SOURCE, f"transferred from {name}", source_id=name)
        if supply_type == "buy":
            name = sourcing.supplier_id[node]
            return Step(StepKind.SOURCE, f"bought from {name}" if name else "bought", source_id=name)
        return Step(StepKind.SOURCE, "made")

    def _end_demands(self, place: OrderPlace) -> Iterator[Step]:
        """Yield the demands at the top that the order's look covers, the earliest first."""
        walk = _Walk()
        self._climb(place, walk)
        found = sorted(walk.demands.items(), key=lambda entry: (entry[1], entry[0]))
        for row, day in found[:_MOST_LISTED]:
            name, needed = self._index.demand_name(row), self._index.date_of(day)
            yield Step(StepKind.END_DEMAND, f"{name} needs it on {needed}", date_after=needed, source_id=name)
        if len(found) > _MOST_LISTED:
            yield Step(StepKind.END_DEMAND, f"{len(found) - _MOST_LISTED} more demands")

    def _climb(self, place: OrderPlace, walk: _Walk) -> None:
        """Note the demands that an order's requirements lead to, level by level, up to a bound of orders."""
        table = self._result.model.event_table
        above = [place]
        while above and len(walk.orders) < _MOST_VISITED:
            place = above.pop(0)
            if place.order in walk.orders or self._index.firm_row(place) != NO_CODE:
                continue
            walk.orders.add(place.order)
            look = OrderSteps(self._result, self.ledger(place.node), place).look
            for row in self._covered(place.node, int(look["day"]), int(look["until"]), float(look["rest_of_day"])):
                source = int(row["source"])
                if source >= 0:
                    above.append(self._index.place(source))
                elif table.demand_row[-1 - source] < table.n_demands:
                    walk.demands[int(table.demand_row[-1 - source])] = int(row["day"])
