"""Scenarios: branches, their plans, merges and the files' texts."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.checks import validate
from planning.data import PlanningData
from planning.editing.table_cells import cell_changes, edits_between, is_same_table
from planning.editing.text import parse_edits
from planning.edits import apply_edits
from planning.merge import MERGE_CONFLICTS, MergeConflictError
from planning.mrp import run_mrp
from planning.scenario import Scenario, ScenarioError, ScenarioTree
from planning.tables import INPUT_TABLES

AS_OF = date(2026, 1, 5)
ITEMS = ["A", "B", "C"]


def data_of(demand_ids: bool = True) -> PlanningData:
    """Return three items, two of which are bought and go into the first; three demands, stock with duplicates."""
    tables = {
        "items": pl.DataFrame({"item_id": ITEMS, "family": ["X", "Y", "Y"], "lead_time_days": [1, 2, 3]}),
        "bom_lines": pl.DataFrame({"parent_item_id": ["A", "A"], "component_item_id": ["B", "C"]}),
        "demands": pl.DataFrame(
            {
                "demand_id": ["D1", "D2", "D3"] if demand_ids else [None] * 3,
                "item_id": ITEMS,
                "due_date": [AS_OF + timedelta(days=20 + n) for n in range(3)],
                "quantity": [10.0, 20.0, 30.0],
            },
            schema_overrides={"demand_id": pl.String},
        ),
        "on_hand": pl.DataFrame({"item_id": ["B", "B", "C"], "quantity": [3.0, 4.0, 5.0]}),
        "scheduled_receipts": pl.DataFrame(
            {"order_id": ["P1", "P2"], "item_id": ["B", "C"], "due_date": [AS_OF] * 2, "quantity": [1.0, 2.0]}
        ),
    }
    return validate(tables, {"as_of": AS_OF}).data


def tree_of(demand_ids: bool = True, **texts: str) -> ScenarioTree:
    """Return scenarios by name, each a branch of the base."""
    base = run_mrp(data_of(demand_ids))
    return ScenarioTree.of(base, [Scenario(name, parse_edits(text)) for name, text in texts.items()])


def is_same_data(first: PlanningData, second: PlanningData) -> bool:
    return all(is_same_table(table, first.table(name), second.table(name)) for name, table in INPUT_TABLES.items())


def test_a_branch_of_a_branch_has_the_edits_of_both():
    tree = tree_of(more="demands: quantity * 2")
    tree = tree.with_scenario(Scenario("later", parse_edits("demands: due_date + 7"), parent="more"))
    assert [scenario.name for scenario in tree.chain("later")] == ["more", "later"]
    found = tree.plan("later")
    assert found.model.data.table("demands")["quantity"].to_list() == [20.0, 40.0, 60.0]
    full = run_mrp(apply_edits(tree.base.model.data, tree.edits("later")))
    assert found.table("planned_orders").equals(full.table("planned_orders"))


def test_what_has_been_planned_is_not_planned_again():
    tree = tree_of(more="demands: quantity * 2")
    planned = tree.plan("more")
    assert tree.with_scenario(Scenario("same", parent="more")).plan("same") is planned
    assert tree.plan("") is tree.base


def test_the_promoted_data_is_that_of_the_plan():
    tree = tree_of(more="demands: quantity * 2")
    before = tree.data("more")
    tree.plan("more")
    assert is_same_data(before, tree.data("more"))


@pytest.mark.parametrize(
    ("scenarios", "told"),
    [
        ([Scenario("a", parent="c")], "there is no such scenario: c"),
        ([Scenario("a", parent="b"), Scenario("b", parent="a")], "each other's ancestors"),
        ([Scenario("a"), Scenario("a")], "two scenarios have the name"),
    ],
)
def test_a_tree_that_does_not_stand_is_refused(scenarios, told):
    with pytest.raises(ScenarioError, match=told):
        ScenarioTree.of(run_mrp(data_of()), scenarios)


def test_a_name_is_given_once():
    with pytest.raises(ScenarioError, match="there is a scenario of that name: a"):
        tree_of(a="demands: quantity = 1").with_scenario(Scenario("a"))


def test_a_scenario_is_read_back_from_its_texts():
    scenario = Scenario(
        "s", parse_edits("demands: quantity * 2\ndelete demands where demand_id = 'D1'"), "p", "me", "n"
    )
    texts = scenario.as_mapping()
    assert texts["edits"] == ["demands: quantity * 2", "delete demands where demand_id = 'D1'"]
    assert Scenario.from_mapping(texts).as_mapping() == texts


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "needs a name"),
        ({"name": "a", "edit": []}, "did you mean edits?"),
        ({"name": "a", "edits": "demands: quantity = 1"}, "edits a list of texts"),
        ({"name": "a", "note": 1}, "must be a text"),
    ],
)
def test_a_broken_file_is_refused(values, told):
    with pytest.raises(ScenarioError) as caught:
        Scenario.from_mapping(values)
    assert told in str(caught.value)


def test_a_merge_of_disjoint_edits_has_both_as_they_are_written():
    tree = tree_of(a="demands where item_id = 'A': quantity * 2", b="items: lead_time_days + 1").merge("a", "b", "ab")
    assert tree.scenarios["ab"].as_mapping()["edits"] == [
        "demands where item_id = 'A': quantity * 2", "items: lead_time_days + 1",
    ]  # fmt: skip
    assert tree.data("ab").table("demands")["quantity"].to_list() == [20.0, 20.0, 30.0]


def test_a_merge_in_which_one_edit_would_select_what_the_other_changes_goes_cell_by_cell():
    """Written one after the other, the second edit would find A's quantity at 20 and make it urgent."""
    tree = tree_of(a="demands where item_id = 'A': quantity * 2", b="demands where quantity >= 20: priority = 1").merge(
        "a", "b", "ab"
    )
    demands = tree.data("ab").table("demands")
    assert demands.select("quantity", "priority").rows() == [(20.0, None), (20.0, 1), (30.0, 1)]


def test_conflicts_are_listed_cell_by_cell():
    tree = tree_of(
        a="demands: quantity * 2\nitems where item_id = 'A': lead_time_days = 9",
        b="demands where demand_id = 'D2': quantity = 21\ndelete demands where demand_id = 'D3'\n"
        "items where item_id = 'A': lead_time_days = 9",
    )
    with pytest.raises(MergeConflictError, match="demands D2 quantity") as caught:
        tree.merge("a", "b", "ab")
    assert caught.value.conflicts.rows() == [
        ("demands", "D2", "quantity", "changed", "changed", "20.0", "40.0", "21.0"),
        ("demands", "D3", "", "changed", "deleted", "", "", ""),
    ]
    assert caught.value.conflicts.schema == MERGE_CONFLICTS.empty().schema


@pytest.mark.parametrize(
    ("choices", "quantities"),
    [
        ("a", {"D1": 20.0, "D2": 40.0, "D3": 60.0}),
        ("b", {"D1": 20.0, "D2": 21.0}),
        ({("demands", "D2", "quantity"): "b", ("demands", "D3", ""): "a"}, {"D1": 20.0, "D2": 21.0, "D3": 60.0}),
    ],
)
def test_a_conflict_is_resolved_by_choosing_a_side(choices, quantities):
    tree = tree_of(
        a="demands: quantity * 2",
        b="demands where demand_id = 'D2': quantity = 21\ndelete demands where demand_id = 'D3'",
    ).merge("a", "b", "ab", choices)
    assert dict(tree.data("ab").table("demands").select("demand_id", "quantity").rows()) == quantities


def test_one_choice_of_two_is_not_enough():
    tree = tree_of(a="demands: quantity * 2", b="demands: quantity * 3")
    with pytest.raises(MergeConflictError) as caught:
        tree.merge("a", "b", "ab", {("demands", "D2", "quantity"): "b"})
    assert caught.value.conflicts["key"].to_list() == ["D1", "D3"]


def test_the_same_row_inserted_twice_conflicts_only_where_it_differs():
    texts = [
        f"insert scheduled_receipts order_id = 'P9', item_id = 'B', due_date = 2026-02-01, quantity = {n}"
        for n in (5, 6)
    ]
    tree = tree_of(a=texts[0], b=texts[1])
    with pytest.raises(MergeConflictError) as caught:
        tree.merge("a", "b", "ab")
    assert caught.value.conflicts.select("key", "column", "change_a", "change_b").rows() == [
        ("P9", "quantity", "inserted", "inserted")
    ]
    for side, quantity in (("a", 5.0), ("b", 6.0)):
        receipts = tree.merge("a", "b", "ab", side).data("ab").table("scheduled_receipts")
        assert receipts.filter(order_id="P9").select("due_date", "quantity").rows() == [(date(2026, 2, 1), quantity)]


def test_new_rows_without_an_id_are_two_rows():
    tree = tree_of(
        False,
        a="insert demands item_id = 'A', due_date = 2026-02-01, quantity = 5",
        b="insert demands item_id = 'B', due_date = 2026-02-02, quantity = 6",
    ).merge("a", "b", "ab")
    assert tree.data("ab").table("demands")["quantity"].to_list() == [10.0, 20.0, 30.0, 5.0, 6.0]


def test_a_row_that_both_delete_is_gone():
    both = "delete scheduled_receipts where order_id = 'P1'"
    assert tree_of(a=both, b=both).merge("a", "b", "ab").data("ab").table("scheduled_receipts").height == 1


def test_a_merge_hangs_on_the_common_ancestor():
    tree = tree_of(root="demands: quantity * 2")
    tree = tree.with_scenario(Scenario("a", parse_edits("demands where item_id = 'A': quantity = 1"), "root"))
    tree = tree.with_scenario(Scenario("b", parse_edits("demands where item_id = 'B': quantity = 2"), "root"))
    merged = tree.merge("a", "b", "ab", author="me", note="both")
    scenario = merged.scenarios["ab"]
    assert (scenario.parent, scenario.author, scenario.note) == ("root", "me", "both")
    assert merged.data("ab").table("demands")["quantity"].to_list() == [1.0, 2.0, 60.0]


# Edits of which each touches one row; two lists without a common row do not meet.
TOUCHES = {
    "demands D1": ("demands where demand_id = 'D1': quantity + {}", "delete demands where demand_id = 'D1'"),
    "demands D2": ("demands where demand_id = 'D2': due_date + {}",),
    "items B": ("items where item_id = 'B': lead_time_days = {}", "items where item_id = 'B': safety_stock = {}"),
    "receipts P1": ("scheduled_receipts where order_id = 'P1': quantity = {}",),
    "receipts P2": ("delete scheduled_receipts where order_id = 'P2'",),
    "on_hand C": ("on_hand where item_id = 'C': quantity = {}",),
    "new": ("insert demands demand_id = 'N{}', item_id = 'A', due_date = 2026-02-01, quantity = 5",),
    "bom": ("bom_lines where component_item_id = 'C': quantity_per = {}",),
}


@st.composite
def disjoint(draw):
    rows = draw(st.permutations(list(TOUCHES)))
    cut = draw(st.integers(0, len(rows)))
    number = draw(st.integers(1, 9))
    return [
        "\n".join(draw(st.sampled_from(TOUCHES[row])).format(number) for row in part)
        for part in (rows[:cut], rows[cut:])
    ]


@settings(max_examples=10, deadline=None)
@given(disjoint())
def test_a_merge_of_disjoint_edits_is_both_in_either_order(texts):
    base = run_mrp(data_of())
    tree = ScenarioTree.of(base, [Scenario(name, parse_edits(text)) for name, text in zip("ab", texts, strict=True)])
    one, other = tree.merge("a", "b", "ab").data("ab"), tree.merge("b", "a", "ba").data("ba")
    assert is_same_data(one, other)
    assert is_same_data(one, apply_edits(base.model.data, parse_edits("\n".join(texts))))
    assert is_same_data(one, apply_edits(base.model.data, parse_edits("\n".join(texts[::-1]))))


@settings(max_examples=10, deadline=None)
@given(disjoint(), st.booleans())
def test_the_edits_between_two_versions_make_one_the_other(texts, demand_ids):
    base = data_of(demand_ids)
    text = texts[0] if demand_ids else texts[0].replace("'D1'", "'demands:1'").replace("'D2'", "'demands:2'")
    side = apply_edits(base, parse_edits(text))
    nothing = pl.DataFrame(schema={"key": pl.String, "column": pl.String})
    edits = [
        edit
        for name, table in INPUT_TABLES.items()
        for edit in edits_between(table, base.table(name), side.table(name), "a", nothing)
    ]
    assert is_same_data(apply_edits(base, edits), side)
    changed = [
        name for name, t in INPUT_TABLES.items() if cell_changes(t, base.table(name), side.table(name), "a").height
    ]
    assert sorted(changed) == sorted({edit.table for edit in edits})
