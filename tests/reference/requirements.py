"""Requirement lines from outside: demands and allocations."""

from __future__ import annotations

from fractions import Fraction

from tests.reference.forecast import ForecastPlan
from tests.reference.inputs import Inputs, Node, Row, cell, day_number, exact
from tests.reference.orders import Lateness, Line


def external_lines(inputs: Inputs, node: Node, forecast: ForecastPlan) -> list[Line]:
    """Return the demands and allocations of a node, of a forecast what is planned of it."""
    lines: list[Line] = []
    for number, row in enumerate(inputs.rows("demands")):
        if inputs.node_of(row) == node and is_within_horizon(inputs, row):
            place = (0, demand_priority(inputs, row), number)
            kind = cell(row, "kind", "sales_order")
            quantity = forecast.planned(number) if kind == "forecast" else exact(row["quantity"])
            if quantity != 0:
                day = day_number(row["due_date"])
                lines.append(external_line(inputs, day, quantity, kind, row["demand_id"], place))
    for number, row in enumerate(inputs.rows("allocations")):
        if inputs.node_of(row) == node and exact(row["quantity"]) != 0:
            day = day_number(row["required_date"])
            quantity = exact(row["quantity"])
            lines.append(external_line(inputs, day, quantity, "allocation", row["order_id"], (1, number)))
    return lines


def is_within_horizon(inputs: Inputs, row: Row) -> bool:
    """Return whether a demand is due within the horizon."""
    return inputs.horizon_end is None or day_number(row["due_date"]) <= inputs.horizon_end


def demand_priority(inputs: Inputs, row: Row) -> int:
    """Return the demand's priority, else its customer's, else 5."""
    customer = inputs.customers.get(row.get("customer_id"), {})
    return int(cell(row, "priority", cell(customer, "priority", 5)))


def external_line(
    inputs: Inputs, own_day: int, quantity: Fraction, kind: str, source_id: str, place: tuple[int, ...]
) -> Line:
    """Return the line of a demand or an allocation."""
    day = own_day if inputs.options["past_demand"] == "keep" else max(own_day, inputs.as_of)
    return Line(day, own_day, quantity, kind, source_id, place, day, day, lateness=Lateness())
