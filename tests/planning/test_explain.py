"""Explanations: their steps, replayed, give the order; what they say is what the plan's tables say."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from bom.errors import PlanningError
from planning.checks import validate
from planning.explain import explain, explain_demand
from planning.explaining.explanation import Explanation, StepKind
from planning.explaining.ledger import read_ledger
from planning.kernels.netting_arrays import NODE_DTYPE
from planning.kernels.offers import fill_offered
from planning.mrp import MrpResult, run_mrp
from planning.options import MrpOptions
from tests.asserts import plan_rows
from tests.reference.cases import generate
from tests.reference.compare import data_of

QUANTITY_STEPS = (
    StepKind.BALANCE,
    StepKind.SHORTAGE,
    StepKind.LOT_SIZING,
    StepKind.EARLIER_ORDERS,
    StepKind.FIXED_LOT,
    StepKind.MINIMUM,
    StepKind.MULTIPLE,
    StepKind.MAXIMUM,
)
DAY_STEPS = (StepKind.SAFETY_LEAD_TIME, StepKind.WORKING_DAY, StepKind.PLANNING_FENCE, StepKind.LEAD_TIME)
N_CASES = 80
AS_OF = date(2026, 3, 2)


@pytest.fixture(scope="module")
def random_plans() -> list[MrpResult]:
    cases = [generate(seed) for seed in range(N_CASES)]
    return [run_mrp(data_of(case), MrpOptions(**case.options)) for case in cases]


def explained(plans: list[MrpResult]) -> Iterator[tuple[MrpResult, dict[str, Any], Explanation]]:
    for result in plans:
        for row in result.table("planned_orders").iter_rows(named=True):
            yield result, row, explain(result, row["order_id"])


def test_replayed_steps_give_every_order_exactly(random_plans):
    """From the stock to the quantity, from the need to the release: each step takes up where the one before ended."""
    n_orders = 0
    for _, row, told in explained(random_plans):
        n_orders += 1
        assert told.subject_id == row["order_id"]
        sizes = [step for step in told.steps if step.kind in QUANTITY_STEPS]
        assert [step.kind for step in sizes[:3]] == list(QUANTITY_STEPS[:3])
        for before, after in itertools.pairwise(sizes):
            assert after.quantity_before == before.quantity_after
        assert sizes[-1].quantity_after == row["quantity"] == told.quantity
        replay_dates(told, row)
    assert n_orders > 300


def replay_dates(told: Explanation, row: dict[str, Any]) -> None:
    """Follow the days from the need to the release, then the pushes."""
    steps = [step for step in told.steps if step.kind in DAY_STEPS]
    day = row["need_date"]
    for step in steps:
        assert step.date_before == day
        day = step.date_after
    dates = {"release": day, "due": steps[-1].date_before}
    for step in told.of_kind(StepKind.PUSH):
        name = step.text.split()[1]
        assert step.date_before == dates[name]
        dates[name] = step.date_after
    assert (dates["release"], dates["due"]) == (row["release_date"], row["due_date"])
    assert (told.release_date, told.due_date) == (row["release_date"], row["due_date"])


def test_each_step_does_what_its_rule_says(random_plans):
    """The arithmetic of every step, computed again from the parameters of the item."""
    kinds = set()
    for result, row, told in explained(random_plans):
        facts = parameters_of(result, row)
        for step in told.steps:
            kinds.add(step.kind)
            if step.kind is StepKind.SHORTAGE and not is_buffered(result, row) and not has_changes(result, row):
                trigger = step.quantity_before + step.quantity_after
                floor = facts["safety_stock"] if row["need_date"] >= result.model.as_of else 0.0
                assert trigger == pytest.approx(max(floor, facts["order_point"]))
            elif step.kind is StepKind.EARLIER_ORDERS:
                assert step.quantity_before > step.quantity_after
            elif step.kind is StepKind.MINIMUM:
                assert step.quantity_after == facts["minimum_order_quantity"]
            elif step.kind is StepKind.MULTIPLE:
                lots = step.quantity_before / facts["order_multiple"]
                assert step.quantity_after == pytest.approx(math.ceil(lots - 1e-9) * facts["order_multiple"])
            elif step.kind is StepKind.MAXIMUM:
                assert step.quantity_after == facts["maximum_order_quantity"] < step.quantity_before
            elif step.kind is StepKind.YIELD:
                assert (step.quantity_before, step.quantity_after) == (row["quantity"], row["start_quantity"])
    assert {*QUANTITY_STEPS, *DAY_STEPS, StepKind.YIELD, StepKind.PUSH, StepKind.RECEIPT_MOVED, StepKind.OFFER} <= kinds


def is_buffered(result: MrpResult, row: dict[str, Any]) -> bool:
    return result.order_index.node(row["item_id"], row["site_id"]) in result.model.buffers.nodes


def has_changes(result: MrpResult, row: dict[str, Any]) -> bool:
    """Whether the floor of an order's item may be another on the day of need than on the due date."""
    node = result.order_index.node(row["item_id"], row["site_id"])
    return result.netting.change_indptr[node + 1] > result.netting.change_indptr[node]


def parameters_of(result: MrpResult, row: dict[str, Any]) -> dict[str, float]:
    """The parameters of an order's item, the order point -inf where it does not count."""
    node = result.order_index.node(row["item_id"], row["site_id"])
    place = result.order_index.planned(row["order_id"])
    rows = np.empty(1, NODE_DTYPE)
    order = result.plan.orders.rows[place.order]
    fill_offered(result.netting, node, int(order["offer"]), int(order["due"]), rows)
    facts = {name: float(rows[name][0]) for name in rows.dtype.names}
    is_order_up_to = result.model.sourcing.parameters["lot_sizing_rule"][node] == "order_up_to"
    facts["order_point"] = facts["order_point"] if is_order_up_to and facts["order_point"] >= 0 else -math.inf
    return facts


def test_what_an_order_could_have_taken_is_told():
    tables = {
        "items": pl.DataFrame({"item_id": ["bike", "steel", "alloy"]}),
        "bom_lines": pl.DataFrame(
            {
                "parent_item_id": ["bike", "bike"],
                "component_item_id": ["steel", "alloy"],
                "alternate_group": ["frame", "frame"],
                "quantity_per": [1.0, 1.0],
            }
        ),
        "on_hand": pl.DataFrame({"item_id": ["alloy"], "quantity": [3.0]}),
        "demands": pl.DataFrame({"item_id": ["bike"], "due_date": [date(2026, 3, 20)], "quantity": [4.0]}),
        "suppliers": pl.DataFrame({"supplier_id": ["near", "far"]}),
        "item_suppliers": pl.DataFrame(
            {"item_id": ["steel", "steel"], "supplier_id": ["near", "far"], "split_fraction": [0.25, 0.75]}
        ),
    }
    result = run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data)
    bike, steel = (explain(result, f"{item}@MAIN/2026-03-20/1") for item in ("bike", "steel"))
    assert [step.text for step in bike.of_kind(StepKind.ALTERNATE)] == [
        "frame: steel does 25.0% of it: 0 free on 2026-03-20, 4 would do all",
        "frame: alloy does 75.0% of it: 3 free on 2026-03-20, 4 would do all",
    ]
    assert [step.text for step in steel.of_kind(StepKind.OFFER)] == [
        "far is taken: given 0 so far, 0.75 behind its share 0.75",
        "near is not taken: given 0 so far, 0.25 behind its share 0.25",
    ]
    assert bike.of_kind(StepKind.OFFER) == steel.of_kind(StepKind.ALTERNATE) == []


def test_the_balance_of_an_explanation_adds_up(random_plans):
    """Stock, supplies and earlier orders less requirements give the balance that the look found."""
    for result in random_plans:
        for node in range(result.model.nodes.n_nodes):
            ledger = read_ledger(result.netting, result.plan, node)
            first, count = result.plan.orders.first[node], result.plan.orders.counts[node]
            np.testing.assert_array_equal(ledger.made, result.plan.orders.rows[first : first + count])
            if result.netting.nodes["is_phantom"][node] or node in result.model.buffers.nodes:
                continue
            for position in np.flatnonzero(ledger.looks["day"] != np.iinfo(np.int32).max):
                look = ledger.looks[position]
                rows = ledger.requirements
                is_needed = (rows["day"] <= look["day"]) & (rows["source"] != np.iinfo(np.int64).min)
                n_firm = result.order_index.planned_range(node)[0] - first
                expected = (
                    ledger.stock
                    + ledger.supplies_until(int(look["day"]))
                    + ledger.made["quantity"][n_firm:position].sum()
                    - rows["quantity"][is_needed].sum()
                    + look["rest_of_day"]
                )
                assert look["projected"] == pytest.approx(expected, abs=1e-6)


def test_an_open_order_says_when_it_is_needed(random_plans):
    """The day in the explanation is the one that the message suggests."""
    n_moved = 0
    for result in random_plans:
        messages = result.table("messages").filter(pl.col("kind").is_in(["expedite", "defer", "cancel"]))
        for row in messages.iter_rows(named=True):
            (needed,) = explain(result, row["order_id"]).of_kind(StepKind.NEEDED)
            assert needed.date_after == row["suggested_date"]
            n_moved += 1
    assert n_moved > 20


def test_requirements_of_an_explanation_are_those_of_the_pegging_table(random_plans):
    """What an order serves, with quantities, is what the whole plan's pegging says; the rest is surplus."""
    for result in random_plans:
        pegging = result.table("pegging").filter(pl.col("supply_kind") == "planned_order")
        served = {key[0]: rows for key, rows in pegging.group_by("supply_id")}
        for row in result.table("planned_orders").iter_rows(named=True):
            told = explain(result, row["order_id"])
            steps = told.of_kind(StepKind.REQUIREMENT)
            if len(steps) > 10:
                continue
            expected = served.get(row["order_id"], pegging.clear()).filter(pl.col("requirement_id").is_not_null())
            assert [step.quantity_after for step in steps] == pytest.approx(expected["quantity"].to_list())
            free = sum(step.quantity_after for step in told.of_kind(StepKind.SURPLUS))
            assert free == pytest.approx(row["quantity"] - expected["quantity"].sum(), abs=1e-6)


def test_end_demands_share_out_what_serves_requirements(random_plans):
    """What goes to demands, safety stock and other orders is at most the order."""
    for _, row, told in explained(random_plans):
        total = sum(step.quantity_after for step in told.of_kind(StepKind.END_DEMAND))
        assert total <= row["quantity"] * (1 + 1e-9)


def test_an_order_is_traced_up_to_its_demands():
    """Bike, wheel and rim: of 50 rims 10 are for the first demand and 14 for the second; 26 are over."""
    result = bike_plan()
    (order,) = result.table("planned_orders").filter(pl.col("item_id") == "rim")["order_id"]
    told = explain(result, order)
    ends = [(step.source_id, step.quantity_after) for step in told.of_kind(StepKind.END_DEMAND)]
    assert ends == [("D1", 10.0), ("D2", 14.0)]
    assert [step.quantity_after for step in told.of_kind(StepKind.SURPLUS)] == [26.0]
    assert told.of_kind(StepKind.REQUIREMENT)[0].source_id == "wheel@MAIN/2026-03-17/1"


def test_every_demand_is_served_late_or_missing(random_plans):
    """The parts of a demand's supplies and what is missing add up to it; the late ones are those of the messages."""
    n_late = 0
    for result in random_plans:
        late = result.table("messages").filter(pl.col("kind") == "shortage", pl.col("order_id").is_not_null())
        dates = dict(late.select("order_id", "suggested_date").rows())
        for name in result.model.data.table("demands")["demand_id"].to_list() if demands_of(result) else []:
            told = explain_demand(result, name, depth=0)
            node = result.order_index.node(told.item_id, told.site_id)
            served = sum(step.quantity_after for step in told.of_kind(StepKind.SERVED) if step.quantity_after)
            missing = sum(step.quantity_after for step in told.of_kind(StepKind.NOT_SERVED))
            missing += sum(step.quantity_before - step.quantity_after for step in told.of_kind(StepKind.FORECAST))
            if not result.netting.nodes["is_phantom"][node] and result.model.data.settings.horizon_end is None:
                assert served + missing == pytest.approx(told.quantity, abs=1e-6)
            if result.options.past_release == "push" and name in dates:
                (step,) = told.of_kind(StepKind.LATE)
                assert step.date_after == dates[name]
                n_late += 1
    assert n_late > 5


def demands_of(result: MrpResult) -> bool:
    return result.model.data.table("demands").height > 0


def test_a_late_demand_names_the_order_that_holds_it_up():
    """Demand on bikes in a week; rims take 20 days: the bike waits for the wheel, the wheel for the rim."""
    result = bike_plan(rim_days=20, options={"past_release": "push"})
    (late,) = explain_demand(result, "D1").of_kind(StepKind.LATE)
    assert late.source_id is not None
    assert late.source_id.startswith("rim@MAIN")
    assert late.text.splitlines()[1:3] == ["bike@MAIN/2026-03-18/1 waits for", "wheel@MAIN/2026-03-17/1 waits for"]
    kept = bike_plan(rim_days=20)
    (risk,) = explain_demand(kept, "D1").of_kind(StepKind.LATE)
    assert "7 calendar days ago" in risk.text


def test_depth_says_how_many_levels_of_orders_are_explained():
    result = bike_plan()
    told = explain_demand(result, "D1", depth=3)
    names = []
    while told.parts:
        (told,) = told.parts
        names.append(told.item_id)
    assert names == ["bike", "wheel", "rim"]
    assert explain_demand(result, "D1", depth=0).parts == ()
    (bike,) = explain_demand(result, "D1", depth=1).parts
    assert bike.parts == ()


def test_a_demand_on_a_phantom_is_served_by_its_components():
    tables = {
        "items": [{"item_id": "kit", "is_phantom": True}, {"item_id": "bolt"}],
        "bom_lines": [{"parent_item_id": "kit", "component_item_id": "bolt", "quantity_per": 4.0}],
        "on_hand": [{"item_id": "bolt", "quantity": 3.0}],
        "demands": [{"demand_id": "D1", "item_id": "kit", "due_date": date(2026, 3, 18), "quantity": 5.0}],
    }
    told = explain_demand(plan_rows(tables, {"as_of": AS_OF}), "D1")
    served = [step.text for step in told.of_kind(StepKind.SERVED)]
    assert served[1:] == [
        "3 of bolt from stock",
        "17 of bolt by planned order bolt@MAIN/2026-03-18/1, there on 2026-03-18",
    ]


def bike_plan(rim_days: int = 3, options: dict[str, Any] | None = None) -> MrpResult:
    tables: dict[str, list[dict[str, Any]]] = {
        "items": [
            {"item_id": "bike", "lead_time_days": 1},
            {"item_id": "wheel", "lead_time_days": 2, "lot_sizing_rule": "period_of_supply"},
            {"item_id": "rim", "lead_time_days": rim_days, "order_multiple": 50.0},
        ],
        "bom_lines": [
            {"parent_item_id": "bike", "component_item_id": "wheel", "quantity_per": 2.0},
            {"parent_item_id": "wheel", "component_item_id": "rim", "quantity_per": 1.0},
        ],
        "demands": [
            {"demand_id": "D1", "item_id": "bike", "due_date": date(2026, 3, 18), "quantity": 5.0},
            {"demand_id": "D2", "item_id": "bike", "due_date": date(2026, 3, 20), "quantity": 7.0},
        ],
    }
    for row in tables["items"]:
        row.setdefault("period_of_supply_days", 7)
    return plan_rows(tables, {"as_of": AS_OF}, **(options or {}))


def test_ids_with_marks_of_their_own_are_found():
    """Slashes and ``@`` in ids; an id that begins with ``@`` beside one that ends with it."""
    items = ["a/b", "a@", "@a", "a@@b"]
    tables = {
        "items": [{"item_id": item} for item in items],
        "sites": [{"site_id": "S/1"}, {"site_id": "@S"}],
        "demands": [
            {"item_id": item, "site_id": site, "due_date": date(2026, 3, 18), "quantity": 5.0}
            for item in items
            for site in ("S/1", "@S")
        ],
    }
    result = plan_rows(tables, {"as_of": AS_OF})
    names = result.table("planned_orders").select("order_id", "item_id", "site_id").rows()
    assert len(names) == 8
    for name, item, site in names:
        told = explain(result, name)
        assert (told.item_id, told.site_id) == (item, site)


def test_an_unknown_order_is_refused_with_ids_that_look_like_it():
    result = bike_plan()
    with pytest.raises(PlanningError, match="wheel@MAIN/2026-03-17/1"):
        explain(result, "wheel@MAIN/2026-03-16/1")
    with pytest.raises(PlanningError, match="is no order"):
        explain(result, "")
