"""One frame against its declaration."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from bom.checks import check_values, conform, duplicate_keys
from bom.findings import DETAIL_LIMIT, Problem, findings_of
from bom.hints import cell_hint, did_you_mean, nearest_id_hint
from bom.schema import Dtype
from bom.tables import BOM_LINES, ITEM_SITES, ITEMS, SITES


def test_conform_keeps_what_is_right_as_it_is():
    frame = pl.DataFrame({"item_id": ["A"], "lead_time_days": [3], "unit_cost": [1.5]})
    conformed = conform(frame, ITEMS)
    assert conformed.problems == ()
    # the declared order, and nothing added
    assert conformed.frame.columns == ["item_id", "unit_cost", "lead_time_days"]
    assert conformed.frame.select(frame.columns).equals(frame)


def test_conform_does_not_change_its_argument():
    frame = pl.DataFrame({"item_id": [" A "], "lead_time_days": ["3"]})
    conform(frame, ITEMS)
    assert frame.rows() == [(" A ", "3")]


def test_unknown_columns_of_items_are_carried_and_others_dropped():
    items = conform(pl.DataFrame({"colour": ["red"], "item_id": ["A"]}), ITEMS)
    sites = conform(pl.DataFrame({"colour": ["red"], "site_id": ["A"]}), SITES)
    assert items.frame.rows(named=True) == [{"item_id": "A", "colour": "red"}]
    assert sites.frame.columns == ["site_id"]
    assert [problem.code for problem in (*items.problems, *sites.problems)] == ["unknown_column"] * 2


def test_a_bad_cell_is_not_told_as_missing_too():
    lines = pl.DataFrame({"parent_item_id": ["A"], "component_item_id": [[1]]})
    assert [problem.code for problem in conform(lines, BOM_LINES).problems] == ["unreadable_string"]


def test_an_empty_required_cell_with_a_default_means_the_default():
    overrides = pl.DataFrame({"item_id": ["A"], "site_id": [None]})
    assert conform(overrides, ITEM_SITES).problems == ()


def test_keys_with_an_empty_site_are_those_of_main():
    overrides = pl.DataFrame({"item_id": ["A", "A"], "site_id": [None, "MAIN"]})
    (problem,) = duplicate_keys(overrides, ITEM_SITES)
    assert (problem.rows.tolist(), problem.details) == ([1], ("A, MAIN is there already, in row 1",))


def test_empty_optional_keys_are_not_duplicates():
    lines = pl.DataFrame({"line_id": [None, None, "1", "1"]}, schema={"line_id": pl.String})
    (problem,) = duplicate_keys(lines, BOM_LINES)
    assert problem.rows.tolist() == [3]


def test_the_third_row_of_a_key_names_the_first():
    (problem,) = duplicate_keys(pl.DataFrame({"site_id": ["B", "A", "A", "A"]}), SITES)
    assert problem.details == ("A is there already, in row 2",) * 2


@pytest.mark.parametrize("rows", [1, DETAIL_LIMIT, DETAIL_LIMIT + 1, 5 * DETAIL_LIMIT])
def test_every_bad_row_is_counted_and_the_first_thousand_are_told(rows):
    frame = pl.DataFrame({"item_id": [f"I{k}" for k in range(rows)], "lead_time_days": [-1] * rows})
    problems = check_values(frame, ITEMS)
    findings = findings_of(problems, ["items"])
    assert len(problems[0].rows) == rows
    assert [finding.row for finding in findings[:DETAIL_LIMIT]] == list(range(1, min(rows, DETAIL_LIMIT) + 1))
    if rows > DETAIL_LIMIT:
        assert len(findings) == DETAIL_LIMIT + 1
        assert sum(finding.count for finding in findings) == rows
        assert findings[-1].message.startswith(f"{rows - DETAIL_LIMIT} more rows")


def test_the_limit_counts_all_problems_of_a_kind_together():
    problems = [Problem("c", "t", "x", "bad", np.arange(first, first + 700)) for first in (0, 700)]
    findings = findings_of(problems, ["t"])
    assert len(findings) == DETAIL_LIMIT + 1
    assert findings[-1].message == "400 more rows have the same: bad"


def test_findings_are_sorted_by_table_row_and_column():
    problems = [
        Problem("c", "b", "x", "bad", np.array([0])),
        Problem("c", "a", "y", "bad", np.array([1])),
        Problem("c", "a", "x", "bad", np.array([1, 0])),
        Problem("c", "elsewhere", "", "bad"),
    ]
    places = [(f.table, f.row, f.column) for f in findings_of(problems, ["b", "a"])]
    assert places == [("b", 1, "x"), ("a", 1, "x"), ("a", 2, "x"), ("a", 2, "y"), ("elsewhere", 0, "")]


def test_a_nan_is_not_told_as_out_of_range_too():
    frame = pl.DataFrame({"item_id": ["A", "B"], "yield_fraction": [float("nan"), float("-inf")]})
    assert [(p.code, p.rows.tolist()) for p in check_values(frame, ITEMS)] == [("not_finite", [0, 1])]


def test_a_frame_without_rows_or_columns_breaks_no_rule():
    assert check_values(ITEMS.empty(), ITEMS) == []
    assert [problem.code for problem in conform(pl.DataFrame(), ITEMS).problems] == ["missing_column"]


def test_hints_name_the_nearest_and_stay_silent_when_nothing_is_near():
    assert did_you_mean("itmes", ["sites", "items"]) == "; did you mean items?"
    assert did_you_mean("zebra", ["sites", "items"]) == ""
    hint = nearest_id_hint(pl.Series(["00042", "AB-1", "frame"]))
    assert [hint(text) for text in ("42", "ab1", "fraem", "zebra")] == [
        "; did you mean 00042?",
        "; did you mean AB-1?",
        "; did you mean frame?",
        "",
    ]


def test_hints_stop_before_they_take_long():
    hint = nearest_id_hint(pl.Series([f"item {k}" for k in range(150_000)]))
    assert hint("itme 7") != ""
    assert hint("itme 8") == ""
    assert hint("ITEM-9") == "; did you mean item 9?"


@pytest.mark.parametrize(
    ("dtype", "text", "piece"),
    [
        (Dtype.FLOAT, "1,5", "Write 1.5"),
        (Dtype.FLOAT, "1.234,5", "Write 1234.5"),
        (Dtype.FLOAT, "1,234.5", "thousands"),
        (Dtype.FLOAT, "1'234'567", "thousands"),
        (Dtype.DATE, "22.11.2026", "year-month-day"),
        (Dtype.DATE, "2026/11/22", "year-month-day"),
        (Dtype.DATE, "2026-02-29", "no such day"),
        (Dtype.DATE, "46040", "spreadsheet"),
    ],
)
def test_a_cell_hint_says_how_to_write_it(dtype, text, piece):
    hint = cell_hint(dtype)
    assert hint is not None
    assert piece in hint(text)
