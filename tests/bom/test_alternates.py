"""Alternates: the first effective one of a group is used on each day."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from bom.alternates import resolve_alternates
from bom.tables import BOM_LINES

START = date(2026, 1, 1)
SITES = ("MAIN", "NORTH", "SOUTH")
COLUMNS = [*BOM_LINES.column_names, "line"]


def make_lines(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Return bom_lines with every column and a line number, from what matters to a test."""
    schema = {column.name: column.dtype.polars for column in BOM_LINES.columns}
    named = [{"parent_item_id": "P", "component_item_id": f"C{i}", **row} for i, row in enumerate(rows)]
    return pl.DataFrame(named, schema=schema).with_row_index("line").select(COLUMNS)


def in_force(lines: list[dict], day: date, site: str) -> list[dict]:
    """Return the lines of one site in force on one day."""
    return [
        row
        for row in lines
        if row["site_id"] in (None, site)
        and (row["effective_from"] or date.min) <= day < (row["effective_to"] or date.max)
    ]


def first_by_brute_force(lines: list[dict], day: date, site: str) -> list[int]:
    """Return the numbers of the lines used on one day: of each group the lowest (priority, row)."""
    used: list[int] = []
    best: dict[tuple[str, str], tuple[int, int]] = {}
    for row in in_force(lines, day, site):
        if row["alternate_group"] is None:
            used.append(row["line"])
            continue
        key = (row["parent_item_id"], row["alternate_group"])
        rank = (row["alternate_priority"] or 1, row["line"])
        best[key] = min(best.get(key, rank), rank)
    return sorted([*used, *(line for _, line in best.values())])


days = st.none() | st.integers(0, 12).map(lambda n: START + timedelta(days=n))
rows = st.fixed_dictionaries(
    {
        "parent_item_id": st.sampled_from(["P", "Q"]),
        "site_id": st.none() | st.sampled_from(["MAIN", "NORTH"]),
        "alternate_group": st.none() | st.sampled_from(["g", "h"]),
        "alternate_priority": st.none() | st.integers(1, 3),
        "effective_from": days,
        "effective_to": days,
    }
)


@settings(max_examples=150, deadline=None)
@given(st.lists(rows, min_size=1, max_size=8))
def test_on_each_day_and_site_the_resolved_lines_are_the_first_of_their_groups(rows):
    lines = make_lines(rows)
    resolved = resolve_alternates(lines, SITES)
    assert resolved.schema == lines.schema
    assert resolved["line"].is_sorted()
    before, after = lines.rows(named=True), resolved.rows(named=True)
    for day in [START + timedelta(days=n) for n in range(-1, 14)]:
        for site in SITES:
            used = [row["line"] for row in in_force(after, day, site)]
            assert used == first_by_brute_force(before, day, site), (day, site)


def test_lines_without_any_group_are_handed_back_as_they_are():
    lines = make_lines([{}, {}])
    assert resolve_alternates(lines) is lines


def test_two_alternates_always_in_force_leave_only_the_first_without_dates():
    lines = make_lines([{"alternate_group": "g", "alternate_priority": 2}, {"alternate_group": "g"}])
    resolved = resolve_alternates(lines)
    assert resolved.select("line", "site_id", "effective_from", "effective_to").rows() == [(1, None, None, None)]


def test_a_line_that_touches_its_own_period_again_stays_one_row():
    """The boundaries of a worse alternate do not cut a better one."""
    lines = make_lines([{"alternate_group": "g"}, {"alternate_group": "g", "effective_from": START}])
    assert resolve_alternates(lines)["line"].to_list() == [0]
