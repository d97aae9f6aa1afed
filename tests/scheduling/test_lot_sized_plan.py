"""Lots of a plan sized together: what the problem is, what goes back, what it costs."""

from __future__ import annotations

import polars as pl
import pytest

from planning.capacity import run_capacity
from planning.mrp import run_mrp
from scheduling.levelled_plan import levelled_data
from scheduling.lot_sized_plan import size_lots
from scheduling.lot_sizing.from_plan import PlanLotsOptions
from scheduling.lot_sizing.schedule import check, cost_of
from scheduling.lot_sizing_mip import LotSizingOptions, LotSizingStatus
from tests.asserts import run_mrp_checked
from tests.scheduling.test_levelling import shop

EXACT = LotSizingOptions(time_limit=None)


def costly(**changes):
    """The shop of levelling, with setups of two hours and 50 an order."""
    operations = (
        shop().table("operations").select("item_id", "operation_sequence", "work_center_id", "run_minutes_per_unit")
    )
    items = shop().table("items").select("item_id", "unit_cost", "supply_type", "lead_time_days", "quantity_decimals")
    return shop(
        operations=operations.with_columns(setup_minutes=pl.lit(120.0)),
        items=items.with_columns(ordering_cost=pl.lit(50.0)),
        **changes,
    )


@pytest.fixture(scope="module")
def sized():
    return size_lots(run_capacity(run_mrp_checked(costly())), PlanLotsOptions(scope="all"), EXACT)


def test_the_problem_is_what_the_plan_says(sized):
    problem = sized.lots.problem
    assert problem.item_ids == ("bike", "trike", "frame")
    assert problem.setup_time.tolist() == [120.0] * 3
    assert problem.run_time.tolist() == pytest.approx([60.0, 60.0, 20.0])
    # two hours at 30 or 40, and 50 for the order
    assert problem.setup_cost.tolist() == pytest.approx([110.0, 110.0, 130.0])
    assert problem.bom_quantity.tolist() == [1.0, 2.0]
    assert problem.demand[:2, :4].tolist() == [[0, 10, 30, 9], [0, 8, 24, 0]]


def test_the_plans_own_lots_keep_every_rule_but_capacity_and_cost_their_setups(sized):
    lots = sized.lots
    assert all(sentence.startswith("resource") for sentence in check(lots.problem, lots.start))
    planned = run_mrp(costly()).table("planned_orders").filter(pl.col("item_id") != "tube")
    assert lots.start.production.sum() == pytest.approx(planned["quantity"].sum())
    assert cost_of(lots.problem, lots.start).setup == pytest.approx(5 * 110.0 + 3 * 130.0)
    assert sized.costs()["before"][-1] == pytest.approx(cost_of(lots.problem, lots.start).total)


def test_lots_overload_less_than_those_of_mrp(sized):
    before, after = sized.overload_hours
    assert before > 5
    assert after == pytest.approx(0.0, abs=0.1)
    assert sized.overloads().filter(pl.col("overload_before") > 0)["work_center_id"].unique().to_list() == ["assembly"]


def test_where_there_are_hours_enough_lots_cost_less_than_those_of_mrp():
    centers = shop().table("work_centers").select("work_center_id", "calendar_id", "cost_per_hour")
    data = costly(work_centers=centers.with_columns(units=pl.lit(3.0), utilization_fraction=pl.lit(1.0)))
    found = size_lots(run_capacity(run_mrp(data)), PlanLotsOptions(scope="all"), EXACT)
    assert found.result.status is LotSizingStatus.OPTIMAL
    assert found.overload_hours == (0.0, 0.0)
    costs = {kind: (before, after) for kind, before, after, _ in found.costs().iter_rows()}
    assert costs["setup"][1] < costs["setup"][0]
    assert costs["holding"][1] > costs["holding"][0]
    assert costs["total"][1] == pytest.approx(found.result.objective)
    assert costs["total"][1] < costs["total"][0]


def test_as_much_is_made_as_was_planned(sized):
    planned = run_mrp(costly()).table("planned_orders").filter(pl.col("item_id") != "tube")
    expected = dict(planned.group_by("item_id").agg(pl.sum("quantity")).iter_rows())
    assert dict(sized.orders.group_by("item_id").agg(pl.sum("quantity")).iter_rows()) == pytest.approx(expected)


def test_a_plan_with_the_lots_in_it_keeps_every_identity(sized):
    again = run_mrp_checked(levelled_data(costly(), sized.orders))
    assert not again.table("planned_orders")["item_id"].is_in(["bike", "trike", "frame"]).any()
    assert again.table("planned_orders").equals(sized.plan.table("planned_orders"))


def test_only_items_at_overloaded_work_centers_are_concerned_unless_all_are_asked_for():
    found = size_lots(run_capacity(run_mrp(costly())), PlanLotsOptions(), EXACT)
    assert found.lots.problem.item_ids == ("bike", "trike")
    without = size_lots(run_capacity(run_mrp(shop(demands=shop().table("demands").head(1)))), PlanLotsOptions(), EXACT)
    assert without.lots is None
    assert without.after is without.before
    assert without.costs().is_empty()
