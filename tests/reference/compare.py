"""The engine and the reference on one case, side by side: what differs, and the smallest case that still differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl

from bom.errors import PlanningError
from planning.checks import validate
from planning.data import PlanningData, Settings
from planning.mrp import MrpResult, run_mrp
from planning.options import MrpOptions
from planning.tables import INPUT_TABLES
from tests.reference.cases import Case
from tests.reference.mrp import ReferencePlan, plan
from tests.reference.records import daily_records

RELATIVE_TOLERANCE = 1e-9
Facet = list[tuple[tuple[Any, ...], tuple[float | Fraction, ...]]]  # what must be equal, what must be close

RECEIPT_MESSAGES = ("expedite", "defer", "cancel", "increase", "decrease", "past_due_receipt", "time_fence_conflict")


def frames_of(tables: Mapping[str, list[dict[str, Any]]]) -> dict[str, pl.DataFrame]:
    """Return rows as frames in the declared dtypes."""
    frames = {}
    for name, rows in ((name, rows) for name, rows in tables.items() if rows):
        columns = list(dict.fromkeys(column for row in rows for column in row))
        schema = {column: INPUT_TABLES[name].column(column).dtype.polars for column in columns}
        frames[name] = pl.DataFrame(rows, schema=schema)
    return frames


def data_of(case: Case) -> PlanningData:
    """Return a case as the engine takes it."""
    settings = Settings(case.as_of, case.horizon_end, holding_rate_per_year=case.holding_rate_per_year)
    return validate(frames_of(case.tables), settings).data


def plan_of(case: Case) -> ReferencePlan:
    """Return the reference's plan of a case."""
    return plan(case.tables, case.as_of, case.options, case.horizon_end, case.holding_rate_per_year)


def day(ordinal: int | None) -> date | None:
    """Return a day number as a date."""
    return None if ordinal is None else date.fromordinal(ordinal)


def orders_of_reference(case: Case, reference: ReferencePlan) -> Facet:
    """Return the planned orders of the reference."""
    return [
        (
            (
                order.order_id,
                *order.facts.node,
                order.facts.supply_type,
                order.facts.supplier_id,
                order.facts.source_site_id,
                day(order.release),
                day(order.due),
                day(order.need),
                order.facts.low_level_code,
                order.release < case.as_of.toordinal(),
            ),
            (order.quantity, order.start_quantity, order.net_requirement),
        )
        for order in reference.planned_orders
    ]


def orders_of_engine(result: MrpResult) -> Facet:
    """Return the planned orders of the engine."""
    exact = (
        "order_id,item_id,site_id,supply_type,supplier_id,source_site_id,"
        "release_date,due_date,need_date,low_level_code,is_past_due"
    )
    return facet(result.table("planned_orders"), exact.split(","), ["quantity", "start_quantity", "net_requirement"])


def facet(frame: pl.DataFrame, exact: list[str], close: list[str]) -> Facet:
    """Return the rows of a frame, split into what must be equal and what must be close."""
    return list(zip(frame.select(exact).rows(), frame.select(close).rows(), strict=True))


def requirements_of_reference(reference: ReferencePlan) -> Facet:
    """Return the requirement rows of the reference."""
    return [
        ((r.item_id, r.site_id, day(r.day), r.kind, r.source_id, day(r.original_day)), (r.quantity,))
        for r in reference.requirements
    ]


def requirements_of_engine(result: MrpResult) -> Facet:
    """Return the requirement rows of the engine."""
    exact = ["item_id", "site_id", "date", "kind", "source_id", "original_date"]
    return facet(result.table("requirements"), exact, ["quantity"])


def messages_of_reference(case: Case, reference: ReferencePlan) -> Facet:
    """Return the messages of the reference."""
    about_receipts: Facet = [
        (
            (m.kind, m.item_id, m.site_id, m.order_id, day(m.current), day(m.suggested), m.is_damped),
            (m.suggested_quantity,),
        )
        for m in reference.messages
    ]
    past_due: Facet = [(("past_due_demand", demand), ()) for demand in reference.past_due_demands]
    expired: Facet = [
        (("expired_stock", item, site, day(number)), (quantity,))
        for item, site, number, quantity in reference.expired_stock
    ]
    released: Facet = [
        (("release" if order.release == reference.as_of else "release_past_due", order.order_id), ())
        for order in reference.planned_orders
        if order.release <= reference.as_of
    ]
    released += [
        (("no_source", order.order_id), ())
        for order in reference.planned_orders
        if order.facts.supply_type == "buy" and order.facts.offers and order.facts.supplier_id is None
    ]
    demands = case.tables.get("demands", [])
    ignored: Facet = [
        (("forecast_ignored", demands[number]["demand_id"]), (quantity,))
        for number, quantity in reference.forecast.ignored.items()
        if quantity > 0 and (case.horizon_end is None or demands[number]["due_date"] <= case.horizon_end)
    ]
    fenced: Facet = [
        (("time_fence_conflict", *o.facts.node, o.order_id, day(o.due), day(o.moved_from), False), (o.quantity,))
        for o in reference.planned_orders
        if o.moved_from is not None
    ]
    late: Facet = [(("late_demand", demand, day(number)), ()) for demand, number in reference.late_demands]
    of_stock: Facet = [
        ((m.kind, m.item_id, m.site_id, day(m.current), day(m.suggested)), (m.quantity, m.suggested_quantity))
        for m in reference.stock_messages
    ]
    return about_receipts + past_due + expired + released + ignored + fenced + late + of_stock


def messages_of_engine(result: MrpResult) -> Facet:
    """Return all messages of the engine; the quantities of those about stock."""
    frame = result.table("messages")
    of_receipts = frame.filter(pl.col("kind").is_in(RECEIPT_MESSAGES))
    exact = ["kind", "item_id", "site_id", "order_id", "current_date", "suggested_date", "is_damped"]
    is_named = pl.col("kind").is_in(["past_due_demand", "release", "release_past_due", "no_source"])
    named = frame.filter(is_named & pl.col("order_id").is_not_null())
    expired = (
        frame.filter(pl.col("kind") == "expired_stock")
        .group_by("kind", "item_id", "site_id", "current_date")
        .agg(pl.col("current_quantity").sum())
    )
    rows = facet(of_receipts, exact, ["suggested_quantity"])
    rows += [(key, ()) for key in named.select("kind", "order_id").rows()]
    rows += facet(frame.filter(kind="forecast_ignored"), ["kind", "order_id"], ["current_quantity"])
    rows += facet(expired, ["kind", "item_id", "site_id", "current_date"], ["current_quantity"])
    is_late = (pl.col("kind") == "shortage") & pl.col("order_id").is_not_null()
    late = frame.filter(is_late)
    rows += [(("late_demand", *key), ()) for key in late.select("order_id", "suggested_date").rows()]
    seen = [*RECEIPT_MESSAGES, "past_due_demand", "release", "release_past_due", "expired_stock", "forecast_ignored"]
    is_of_order = ((pl.col("kind") == "no_source") & pl.col("order_id").is_not_null()) | (pl.col("kind") == "data")
    others = frame.filter(~pl.col("kind").is_in(seen) & ~is_late & ~is_of_order)
    exact = ["kind", "item_id", "site_id", "current_date", "suggested_date"]
    return rows + facet(others, exact, ["current_quantity", "suggested_quantity"])


def consumption_of_reference(reference: ReferencePlan) -> Facet:
    """Return which order consumed how much of which forecast, by the reference."""
    return [((k.order_id, k.forecast_id, k.step, k.level), (k.quantity,)) for k in reference.forecast.links]


def consumption_of_engine(result: MrpResult) -> Facet:
    """Return which order consumed how much of which forecast, by the engine."""
    exact = ["order_demand_id", "forecast_demand_id", "step", "level"]
    return facet(result.table("forecast_consumption"), exact, ["quantity"])


def records_of_engine(result: MrpResult) -> Facet:
    """Return the daily records of the engine."""
    close = [
        "gross_requirements",
        "scheduled_receipts",
        "projected_available_balance",
        "net_requirements",
        "planned_order_receipts",
        "planned_order_releases",
    ]
    return facet(result.table("mrp_records", "day"), ["item_id", "site_id", "period_start"], close)


def records_of_reference(case: Case, reference: ReferencePlan, engine: Facet) -> Facet:
    """Return the daily records of the reference, for each node until the engine's last day."""
    days = {(item, site): last.toordinal() for (item, site, last), _ in engine}
    last_days = {node: last for node, last in days.items() if node in reference.events}
    rows: Facet = []
    for node, last in last_days.items():
        for number, row in daily_records(reference, node, case.as_of.toordinal(), last).items():
            rows.append(((*node, day(number)), row.cells))
    missing = [node for node in reference.events if node not in last_days and has_events(reference, node)]
    return rows + [((*node, None), ()) for node in missing]


def has_events(reference: ReferencePlan, node: tuple[str, str]) -> bool:
    """Return whether anything happens at a node."""
    _, events = reference.events[node]
    return bool(events.lines or events.supplies or events.write_offs)


BUFFER_COLUMNS = (
    "average_daily_usage",
    "decoupled_lead_time_days",
    "red_base",
    "red_safety",
    "yellow",
    "green",
    "spike_threshold",
    "on_hand",
    "open_supply",
    "qualified_demand",
    "net_flow_position",
    "order_recommendation",
)


def buffers_of_engine(result: MrpResult) -> Facet:
    """Return the buffers of the engine."""
    return facet(result.table("buffers"), ["item_id", "site_id"], list(BUFFER_COLUMNS))


def buffers_of_reference(reference: ReferencePlan) -> Facet:
    """Return the buffers of the reference."""
    return list(reference.buffers.items())


def differing_rows(name: str, reference: Facet, engine: Facet) -> list[str]:
    """Return the rows that only one side has, or has otherwise."""
    by_key: dict[tuple[Any, ...], tuple[list[Any], list[Any]]] = {}
    for side, rows in enumerate((reference, engine)):
        for key, numbers in rows:
            by_key.setdefault(key, ([], []))[side].append(tuple(float(number) for number in numbers))
    differences = []
    for key, (expected, found) in sorted(by_key.items(), key=lambda entry: str(entry[0])):
        expected.sort()
        found.sort()
        if len(expected) != len(found) or not all(map(are_close, expected, found)):
            text = ", ".join("-" if cell is None else str(cell) for cell in key)
            differences.append(f"{name} ({text}): reference {expected or 'none'}, engine {found or 'none'}")
    return differences


def are_close(expected: tuple[float, ...], found: tuple[float, ...]) -> bool:
    """Return whether numbers agree, relative to the larger of 1 and the number."""
    return all(abs(a - b) <= RELATIVE_TOLERANCE * max(1.0, abs(a)) for a, b in zip(expected, found, strict=True))


def differences_of(case: Case) -> list[str]:
    """Return everything in which engine and reference differ on a case."""
    result = run_mrp(data_of(case), MrpOptions(**case.options))
    return differences_of_result(case, result)


def differences_of_result(case: Case, result: MrpResult) -> list[str]:
    """Return everything in which a result of the engine differs from the reference's."""
    reference = plan_of(case)
    records = records_of_engine(result)
    return [
        *differing_rows("planned_orders", orders_of_reference(case, reference), orders_of_engine(result)),
        *differing_rows("requirements", requirements_of_reference(reference), requirements_of_engine(result)),
        *differing_rows("mrp_records", records_of_reference(case, reference, records), records),
        *differing_rows("consumption", consumption_of_reference(reference), consumption_of_engine(result)),
        *differing_rows("messages", messages_of_reference(case, reference), messages_of_engine(result)),
        *differing_rows("buffers", buffers_of_reference(reference), buffers_of_engine(result)),
    ]


def shrink(case: Case, is_failing: Callable[[Case], bool], attempts: int = 400) -> Case:
    """Return a smaller case that still fails: options, rows and cells dropped one by one, until none can go."""
    is_smaller = True
    while is_smaller and attempts > 0:
        is_smaller = False
        for smaller in smaller_cases(case):
            attempts -= 1
            if attempts <= 0:
                break
            if still_fails(smaller, is_failing):
                case, is_smaller = smaller, True
                break
    return case


def still_fails(case: Case, is_failing: Callable[[Case], bool]) -> bool:
    """Return whether a smaller case fails in the same way: one that has become invalid does not count."""
    try:
        return is_failing(case)
    except (PlanningError, LookupError, ValueError):
        return False


def smaller_cases(case: Case) -> list[Case]:
    """Return the cases with one thing less: half a table, then a row, an option, a cell."""
    cases = [
        replace(case, tables={name: rows for name, rows in case.tables.items() if name != table})
        for table in case.tables
        if table != "items"
    ]
    for table, rows in case.tables.items():
        for start, end in [(0, len(rows) // 2), (len(rows) // 2, len(rows))] if len(rows) > 3 else []:
            cases.append(with_rows(case, table, rows[:start] + rows[end:]))
        for number in range(len(rows)):
            cases.append(with_rows(case, table, rows[:number] + rows[number + 1 :]))
    for name in case.options:
        cases.append(replace(case, options={k: v for k, v in case.options.items() if k != name}))
    for table, rows in case.tables.items():
        required = {column.name for column in INPUT_TABLES[table].columns if column.is_required}
        for number, row in enumerate(rows):
            for column, value in row.items():
                if value is not None and column not in required | {"demand_id"}:
                    other = [*rows[:number], {**row, column: None}, *rows[number + 1 :]]
                    cases.append(with_rows(case, table, other))
    return cases


def with_rows(case: Case, table: str, rows: list[dict[str, Any]]) -> Case:
    """Return the case with other rows in one table."""
    return replace(case, tables={**case.tables, table: rows})


def report(case: Case, differences: list[str]) -> str:
    """Return what one needs to see: seed, options, the differing rows and the filled cells of the tables."""
    lines = [f"seed {case.seed}, {case.n_seeds} merged, as_of {case.as_of}, horizon_end {case.horizon_end}"]
    lines += [f"  holding_rate_per_year {case.holding_rate_per_year}"]
    lines += [f"  options {case.options}"]
    lines += [f"  {difference}" for difference in differences[:12]]
    lines += [f"  ... {len(differences)} differences in all"] if len(differences) > 12 else []
    for table, rows in case.tables.items():
        for row in rows:
            cells = {column: str(value) for column, value in row.items() if value is not None}
            lines.append(f"    {table}: {cells}")
    return "\n".join(lines)
