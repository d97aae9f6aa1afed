"""Rule 13: orders consume forecasts, one order after the other, one forecast after the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.reference.calendars import EVERY_DAY, Calendar, read_calendars
from tests.reference.inputs import Inputs, Row, cell, day_number, exact, optional_day

ZERO = Fraction(0)
FOREVER = date.max.toordinal()


@dataclass
class Link:
    """What one order took of one forecast."""

    order_id: str
    forecast_id: str
    quantity: Fraction
    step: str
    level: str


@dataclass
class ForecastRow:
    """One forecast: what is left of it, and the days that it covers, both included."""

    number: int
    row: Row
    due: int
    first: int
    last: int
    left: Fraction


@dataclass
class ForecastPlan:
    """What became of the forecasts, by row number."""

    left: dict[int, Fraction]
    ignored: dict[int, Fraction]
    links: list[Link]

    def planned(self, number: int) -> Fraction:
        """Return what is planned of a forecast."""
        return ZERO if number in self.ignored else self.left[number]


def plan_forecast(inputs: Inputs) -> ForecastPlan:
    """Return what is left of each forecast."""
    forecasts = read_forecasts(inputs)
    links: list[Link] = []
    if inputs.options["consume_by"] != "none":
        for _, row in sorted(enumerate(inputs.rows("demands")), key=lambda entry: order_key(inputs, *entry)):
            if cell(row, "kind", "sales_order") in ("sales_order", "service"):
                consume(inputs, row, forecasts, links)
    left = {forecast.number: forecast.left for forecast in forecasts}
    ignored = {f.number: f.left for f in forecasts if is_ignored(inputs, f)}
    return ForecastPlan(left, ignored, links)


def order_key(inputs: Inputs, number: int, row: Row) -> tuple[int, int, int]:
    """Return the place of an order among those that consume."""
    customer = inputs.customers.get(row.get("customer_id"), {})
    return day_number(row["due_date"]), int(cell(row, "priority", cell(customer, "priority", 5))), number


def read_forecasts(inputs: Inputs) -> list[ForecastRow]:
    """Return the forecasts with their buckets, by date, then row."""
    rows = [(n, row) for n, row in enumerate(inputs.rows("demands")) if cell(row, "kind", "") == "forecast"]
    found = []
    for number, row in rows:
        due = day_number(row["due_date"])
        first, last = bucket(inputs, due, [day_number(r["due_date"]) for _, r in rows if same_series(inputs, r, row)])
        end = optional_day(row.get("bucket_end_date"))
        if end is not None:
            first, last = due, end
        found.append(ForecastRow(number, row, due, first, last, exact(row["quantity"])))
    return sorted(found, key=lambda forecast: (forecast.due, forecast.number))


def same_series(inputs: Inputs, a: Row, b: Row) -> bool:
    """Return whether two forecasts are of one item at one site for the same customers."""
    return inputs.node_of(a) == inputs.node_of(b) and audience(a) == audience(b)


def audience(row: Row) -> tuple[str, Any]:
    """Return whom a forecast is for."""
    if row.get("customer_id") is not None:
        return "customer", row["customer_id"]
    if row.get("segment") is not None:
        return "segment", row["segment"]
    return "general", None


def bucket(inputs: Inputs, due: int, dates: list[int]) -> tuple[int, int]:
    """Return the first and last day of a forecast's bucket by the option forecast_bucket."""
    length, day = inputs.options["forecast_bucket"], date.fromordinal(due)
    if length == "day":
        return due, due
    if length == "week":
        return due - day.weekday(), due - day.weekday() + 6
    if length == "month":
        first = day.replace(day=1)
        return first.toordinal(), (first + timedelta(days=31)).replace(day=1).toordinal() - 1
    later = [other for other in dates if other > due]
    return due, min(later) - 1 if later else FOREVER


def consume(inputs: Inputs, order: Row, forecasts: list[ForecastRow], links: list[Link]) -> None:
    """Let one order consume: its own item's forecasts, then those of the items above, the nearest audience first."""
    rest = exact(order["quantity"])
    if inputs.options["consume_by"] == "open_and_shipped":
        rest += exact(cell(order, "shipped_quantity", 0))
    day, calendar = day_number(order["due_date"]), site_calendar(inputs, inputs.site_of(order))
    earliest = calendar.back(day, inputs.options["consume_backward_days"])
    latest = calendar.forward(day, inputs.options["consume_forward_days"])
    item: str | None = order["item_id"]
    while item is not None:
        for level, wanted in audiences(inputs, order):
            here = [
                f
                for f in forecasts
                if inputs.node_of(f.row) == (item, inputs.site_of(order)) and audience(f.row) == (level, wanted)
            ]
            own = [f for f in reversed(here) if f.first <= day <= f.last]
            before = [f for f in reversed(here) if earliest <= f.last < day]
            after = [f for f in here if day < f.first <= latest]
            steps = [("own", own), ("backward", before), ("forward", after)]
            if inputs.options["consume_first"] == "forward":
                steps = [steps[0], steps[2], steps[1]]
            for step, candidates in steps:
                for forecast in candidates:
                    taken = min(rest, forecast.left)
                    if taken > 0:
                        forecast.left -= taken
                        rest -= taken
                        name = order["demand_id"], forecast.row["demand_id"]
                        links.append(Link(*name, taken, step, level))
        item = inputs.items[item].get("forecast_item_id")


def audiences(inputs: Inputs, order: Row) -> list[tuple[str, Any]]:
    """Return whom the forecasts may be for that an order consumes, in turn."""
    customer = order.get("customer_id")
    segment = order.get("segment") or inputs.customers.get(customer, {}).get("segment")
    found: list[tuple[str, Any]] = []
    if customer is not None:
        found.append(("customer", customer))
    if segment is not None:
        found.append(("segment", segment))
    return [*found, ("general", None)]


def site_calendar(inputs: Inputs, site: str) -> Calendar:
    """Return the calendar of a site, every day when it has none."""
    named = {row["site_id"]: row.get("calendar_id") for row in inputs.rows("sites")}
    return read_calendars(inputs).get(named.get(site) or "", EVERY_DAY)


def is_ignored(inputs: Inputs, forecast: ForecastRow) -> bool:
    """Return whether a forecast is left out: inside the demand fence, or its time is over."""
    if inputs.options["past_forecast"] == "ignore" and forecast.last < inputs.as_of:
        return True
    days = inputs.parameter(inputs.node_of(forecast.row), "demand_time_fence_days") or 0
    calendar = site_calendar(inputs, inputs.site_of(forecast.row))
    return days > 0 and forecast.due <= calendar.forward(inputs.as_of, days)
