"""Lines in force: day, site, alternates and revision."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bom.alternates import resolve_alternates
from bom.effectivity import lines_in_force, with_revision
from bom.errors import PlanningError
from bom.tables import BOM_LINES
from tests.bom.conftest import ON, frame
from tests.bom.test_alternates import SITES, START, in_force, make_lines, rows

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("effective_from", "effective_to", "is_in_force"),
    [
        (None, None, True),
        (ON, None, True),  # from: inclusive
        (ON + DAY, None, False),
        (None, ON, False),  # to: exclusive
        (None, ON + DAY, True),
        (ON, ON, False),  # empty
    ],
)
def test_a_line_is_in_force_from_its_first_day_until_before_its_end(effective_from, effective_to, is_in_force):
    row = {
        "parent_item_id": "P",
        "component_item_id": "C",
        "effective_from": effective_from,
        "effective_to": effective_to,
    }
    assert (lines_in_force(frame(BOM_LINES, [row]), ON).height == 1) == is_in_force


def test_a_line_without_site_is_used_at_every_site():
    lines = make_lines([{}, {"site_id": "NORTH"}])
    assert lines_in_force(lines, ON)["row"].to_list() == [1]
    assert lines_in_force(lines, ON, "NORTH")["row"].to_list() == [1, 2]


def test_absent_columns_have_their_defaults():
    lines = lines_in_force(pl.DataFrame({"parent_item_id": ["P"], "component_item_id": ["C"]}), ON)
    assert lines.select("quantity_per", "quantity_fixed", "scrap_fraction", "usage_fraction").row(0) == (
        1.0,
        0.0,
        0.0,
        1.0,
    )
    assert lines.columns == ["row", *BOM_LINES.column_names]


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, min_size=1, max_size=8), st.integers(-1, 13), st.sampled_from(SITES))
def test_the_first_alternates_of_a_day_are_those_of_the_resolved_lines(drawn, day_number, site):
    lines, day = make_lines(drawn), START + day_number * DAY
    resolved = in_force(resolve_alternates(lines, SITES).rows(named=True), day, site)
    assert [row - 1 for row in lines_in_force(lines, day, site)["row"]] == [row["line"] for row in resolved]
    every = in_force(lines.rows(named=True), day, site)
    assert lines_in_force(lines, day, site, alternates="all").height == len(every)


def test_a_revision_has_its_own_lines_and_those_without_revision_on_every_day():
    past = {"effective_to": date(2020, 1, 1)}
    lines = make_lines(
        [{"revision": "A", **past}, {"revision": "B"}, {}, {"parent_item_id": "Q", "revision": "B", **past}]
    )
    revised = with_revision(lines, "P", "A")
    assert revised["component_item_id"].to_list() == ["C0", "C2", "C3"]
    assert lines_in_force(revised, ON)["component_item_id"].to_list() == ["C0", "C2"]


@pytest.mark.parametrize(("revisions", "shown"), [(["B", "A"], "it has: A, B"), ([None], "it has: none")])
def test_an_unknown_revision_is_an_error_that_names_the_known_ones(revisions, shown):
    lines = make_lines([{"revision": revision} for revision in revisions])
    with pytest.raises(PlanningError, match=shown) as caught:
        with_revision(lines, "P", "C")
    assert caught.value.code == "unknown_revision"
