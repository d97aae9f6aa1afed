"""Explanations of demands: what serves them, what is late or missing, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from planning.decoding.order_index import OrderPlace
from planning.encoding.codes import NO_CODE
from planning.explaining.explanation import Explanation, Step, StepKind, days_text, number
from planning.explaining.late_cause import earliest_release_chain, latest_chain
from planning.explaining.orders import OrderExplainer
from planning.mrp import MrpResult
from planning.pegs.walk import Link, Need


class DemandExplainer:
    """Explains one demand.

    Parameters
    ----------
    result
        The plan.
    row
        Its row in the table demands.
    """

    def __init__(self, result: MrpResult, row: int) -> None:
        self._result, self._index = result, result.order_index
        self._orders = OrderExplainer(result)
        self._walk = self._orders.walk
        self._row = row
        self._given = result.model.data.table("demands").row(row, named=True)
        self._site_id = str(self._given.get("site_id") or result.model.nodes.site_ids[0])
        self._node = self._index.node(str(self._given["item_id"]), self._site_id)
        self._k = self._position()

    def _position(self) -> int:
        """Return where the demand stands among those of the model, -1 when it is not planned."""
        table = self._result.model.event_table
        first, end = table.demand_indptr[self._node : self._node + 2].tolist()
        at = np.flatnonzero(table.demand_row[first:end] == self._row)
        return first + int(at[0]) if at.size else NO_CODE

    def explanation(self, depth: int) -> Explanation:
        """Return how the demand is served, with ``depth`` levels of the orders that serve it."""
        given = self._given
        kind, quantity, due = given.get("kind") or "sales_order", float(given["quantity"]), given["due_date"]
        item_id, name = str(given["item_id"]), self._index.demand_name(self._row)
        text = f"{kind} of {number(quantity)} of {item_id} at {self._site_id}, due {due}"
        if self._k == NO_CODE:
            step = Step(StepKind.NOT_SERVED, self._unplanned_text(quantity, due), quantity, 0.0)
            return Explanation("demand", name, text, item_id, self._site_id, quantity, None, due, (step,))
        needs = list(self._walk.needs(self._node, -1 - self._k))
        links = [link for need in needs for link in self._walk.supplies(need)]
        steps = (*self._day(due), *self._forecast(quantity), *self._served(needs, links), *self._late(needs))
        parts = self._orders.supplies_of(links, depth)
        return Explanation("demand", name, text, item_id, self._site_id, quantity, None, due, steps, parts)

    def _unplanned_text(self, quantity: float, due: date) -> str:
        """Return why the plan leaves the demand out."""
        horizon_end = self._result.model.data.settings.horizon_end
        if horizon_end is not None and due > horizon_end:
            return f"not planned: due after horizon_end {horizon_end}"
        return "not planned: nothing is open" if quantity <= 0 else "not planned"

    def _day(self, due: date) -> Iterator[Step]:
        """Yield that a past date counts on the planning date, when it does."""
        if due < (as_of := self._result.model.as_of):
            is_kept = self._result.options.past_demand == "keep"
            day = due if is_kept else as_of
            text = f"due {days_text((as_of - due).days, 'calendar')} before {as_of}: counts on {day}"
            yield Step(StepKind.PAST_DUE, text, date_before=due, date_after=day)

    def _forecast(self, quantity: float) -> Iterator[Step]:
        """Yield what is planned of a forecast, when that is not all of it (rules 12 and 13)."""
        planned = float(self._result.netting.demands["quantity"][self._k])
        if planned == quantity:
            return
        if self._result.netting.demands["day"][self._k] <= self._result.model.demand_fence_day[self._node]:
            text = "inside the demand fence: not planned"
        else:
            text = f"{number(planned)} of {number(quantity)} are planned: the rest is consumed, or its time is over"
        yield Step(StepKind.FORECAST, text, quantity, planned)

    def _served(self, needs: list[Need], links: list[Link]) -> Iterator[Step]:
        """Yield each supply with its part, and what is missing."""
        is_blown_through = bool(self._result.netting.nodes["is_phantom"][self._node])
        if is_blown_through:
            yield Step(StepKind.SERVED, "a phantom: its components are needed in its place")
        for link in links:
            yield self._orders.served(link, with_item=is_blown_through)
        for need in needs:
            wanted = float(need.row["quantity"])
            missing = wanted - sum(link.quantity for link in links if link.need == need)
            if missing > 1e-9 * max(1.0, wanted):
                yield Step(StepKind.NOT_SERVED, self._missing_text(need, missing), wanted, missing)

    def _missing_text(self, need: Need, missing: float) -> str:
        """Return how much is missing, and why nothing is ordered for it."""
        nodes, sourcing = self._result.netting.nodes, self._result.model.sourcing
        text = f"{number(missing)} of {self._index.node_key(need.node)} are missing"
        if nodes["can_order"][need.node]:
            return text
        is_planned = bool(sourcing.parameters["is_planned"][need.node])
        return text + (": no lane or source_site_id says from where" if is_planned else ": is_planned is false")

    def _late(self, needs: list[Need]) -> Iterator[Step]:
        """Yield whether the demand comes late, or would, and which order is the reason."""
        lateness = self._result.plan.demand_lateness
        days = int(lateness[self._k]) if lateness.size else 0
        day = int(self._result.netting.demands["day"][self._k])
        before, after = self._index.date_of(day), self._index.date_of(day + days)
        if days > 0:
            chain = latest_chain(self._walk, needs)
            text = f"{days_text(days, 'calendar')} late, on {after}"
        elif not lateness.size:
            chain = earliest_release_chain(self._result, self._walk, needs)
            text = "in time only if what is past due is made up"
        else:
            return
        if days > 0 or chain:
            names = [self._index.name(place) for place in chain]
            lines = [text, *self._waits(chain, names)]
            last = names[-1] if names else None
            yield Step(StepKind.LATE, "\n".join(lines), None, None, before, after, last)

    def _waits(self, chain: list[OrderPlace], names: list[str]) -> Iterator[str]:
        """Yield a line for each order that waits for the next, the last one with its lead time."""
        for name in names[:-1]:
            yield f"{name} waits for"
        for place, name in zip(chain[-1:], names[-1:], strict=True):
            release = int(self._result.plan.orders.rows["release"][place.order])
            ago = f", {days_text(-release, 'calendar')} ago" if release < 0 else ""
            yield f"{name}: release {self._index.date_of(release)}{ago}, lead time {self._orders.lead_time(place)}"
