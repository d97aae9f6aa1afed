"""Several cases as one data set: their ids get a prefix, their dates the first one's planning date."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.reference.cases import Case

ID_COLUMNS = {
    "item_id",
    "forecast_item_id",
    "parent_item_id",
    "component_item_id",
    "site_id",
    "from_site_id",
    "to_site_id",
    "source_site_id",
    "supplier_id",
    "calendar_id",
    "customer_id",
    "demand_id",
    "order_id",
    "work_center_id",
}
EVERY_SITE = ("bom_lines", "item_suppliers", "parameter_changes")  # an empty site means every one there, elsewhere MAIN


def merged(cases: list[Case]) -> Case:
    """Return the cases as one, with the planning date, the horizon and the options of the first.

    No item, site, supplier or calendar is shared, so the plan is the plans of the cases side by side.
    """
    first = cases[0]
    tables: dict[str, list[dict[str, Any]]] = {}
    for number, case in enumerate(cases):
        for table, rows in with_all_nodes(case).items():
            prefixed = [prefixed_row(table, row, f"{number}.", first.as_of - case.as_of) for row in rows]
            tables.setdefault(table, []).extend(prefixed)
    return Case(
        first.seed, first.as_of, first.horizon_end, first.options, tables, len(cases), first.holding_rate_per_year
    )


def with_all_nodes(case: Case) -> dict[str, list[dict[str, Any]]]:
    """Return the tables with what goes without saying where there is one site: the site, and every item there."""
    tables = {name: list(rows) for name, rows in case.tables.items()}
    sites = tables.setdefault("sites", [{"site_id": "MAIN"}])
    if len(sites) == 1:
        there = tables.setdefault("item_sites", [])
        known = {row["item_id"] for row in there}
        there += [
            {"item_id": row["item_id"], "site_id": sites[0]["site_id"]}
            for row in tables["items"]
            if row["item_id"] not in known
        ]
    return tables


def prefixed_row(table: str, row: dict[str, Any], prefix: str, shift: timedelta) -> dict[str, Any]:
    """Return a row with a prefix before its ids and its dates shifted."""
    cells = dict(row)
    if table not in EVERY_SITE and "site_id" in cells and cells["site_id"] is None:
        cells["site_id"] = "MAIN"
    return {column: moved_cell(column, value, prefix, shift) for column, value in cells.items()}


def moved_cell(column: str, value: Any, prefix: str, shift: timedelta) -> Any:
    """Return a cell with its prefix, or its date shifted."""
    if value is not None and column in ID_COLUMNS:
        return prefix + value
    return value + shift if isinstance(value, date) else value
