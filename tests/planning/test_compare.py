"""Two plans compared: by hand with every kind of change, and on random data against the plans' own tables."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import polars as pl
import pytest

from bom.errors import OptionError
from planning.compare import PlanComparison, compare
from planning.comparing.tables import CHANGE_KINDS, COMPARISON_TABLES
from planning.edits import Change, Condition
from planning.mrp import MrpResult, run_mrp
from planning.net_change import replan
from planning.options import MrpOptions
from tests.asserts import plan_rows
from tests.reference.cases import generate
from tests.reference.compare import data_of
from tests.reference.merge import merged

AS_OF = date(2026, 1, 5)
MIRRORED = {"created": "cancelled", "cancelled": "created"}
EDITS = (
    Change("demands", (), "quantity", "multiply", 1.5),
    Change("items", (), "lead_time_days", "add", 2),
    Change("on_hand", (), "quantity", "set", 0.0),
    Change("demands", (), "due_date", "add", -3),
)


def on(days: int) -> date:
    return AS_OF + timedelta(days=days)


def plan_of(demands: dict[str, list[tuple[int, float]]], as_of: date = AS_OF, **items: dict) -> MrpResult:
    """Return the plan of items with demands as (days after 5 January, quantity)."""
    parameters = {"unit_cost": 10.0, "lead_time_days": 2}
    tables = {
        "items": [{"item_id": name, **parameters, **items.get(name, {})} for name in demands],
        "demands": [
            {"demand_id": f"{name}-{days}", "item_id": name, "due_date": on(days), "quantity": quantity}
            for name, rows in demands.items()
            for days, quantity in rows
        ],
    }
    return plan_rows(tables, {"as_of": as_of})


@cache
def random_pair(seed: int) -> tuple[MrpResult, MrpResult]:
    """Return the plan of five merged random cases, and the plan of the same data edited."""
    case = merged([generate(number) for number in range(5 * seed, 5 * seed + 5)])
    before = run_mrp(data_of(case), MrpOptions(**case.options))
    return before, replan(before, [EDITS[seed % len(EDITS)]])


def test_every_kind_of_change_is_told():
    before = plan_of({"A": [(10, 5), (20, 5), (30, 5)], "B": [(10, 5)], "C": [(12, 4)], "D": [(9, 3)], "E": [(9, 3)]})
    after = plan_of(
        {"A": [(10, 5), (20, 8), (33, 5), (40, 1)], "C": [(15, 6)], "D": [(9, 3)], "E": [(9, 3)]},
        D={"lead_time_days": 4},
        E={"supply_type": "make"},
    )
    found = compare(before, after)
    rows = found.orders().select("change", "item_id", "quantity_before", "quantity_after", "value_change").rows()
    assert sorted(rows, key=str) == [
        ("cancelled", "B", 5.0, None, -50.0),
        ("created", "A", None, 1.0, 10.0),
        ("moved", "A", 5.0, 5.0, 0.0),
        ("moved", "D", 3.0, 3.0, 0.0),
        ("moved_and_resized", "C", 4.0, 6.0, 20.0),
        ("rerouted", "E", 3.0, 3.0, 0.0),
        ("resized", "A", 5.0, 8.0, 30.0),
    ]
    assert found.counts == {
        "created": 1, "cancelled": 1, "moved": 2, "resized": 1, "moved_and_resized": 1, "rerouted": 1,
    }  # fmt: skip


def test_a_moved_order_has_both_ids_dates_and_the_days_between():
    found = compare(plan_of({"A": [(30, 5)]}), plan_of({"A": [(33, 5)]})).orders().row(0, named=True)
    assert (found["order_id_before"], found["order_id_after"]) == ("A@MAIN/2026-02-04/1", "A@MAIN/2026-02-07/1")
    assert (found["release_date_before"], found["release_date_after"]) == (on(28), on(31))
    assert (found["days"], found["value_touched"], found["is_near"]) == (3, 50.0, False)


@pytest.mark.parametrize(
    ("days", "moved", "alone"),
    [
        ([11, 21, 31, 60], [(10, 11), (20, 21), (30, 31)], 60),  # the surplus is the last one
        ([2, 12, 22, 32], [(10, 12), (20, 22), (30, 32)], 2),  # the surplus is the first one
    ],
)
def test_orders_without_a_partner_are_matched_in_need_order_so_that_they_move_little(days, moved, alone):
    before, after = plan_of({"A": [(d, 5.0) for d in (10, 20, 30)]}), plan_of({"A": [(d, 5.0) for d in days]})
    orders = compare(before, after).orders()
    pairs = orders.filter(change="moved").sort("due_date_before").select("due_date_before", "due_date_after").rows()
    assert pairs == [(on(a), on(b)) for a, b in moved]
    assert orders.filter(change="created")["due_date_after"].to_list() == [on(alone)]


def test_orders_of_one_day_are_matched_by_their_number():
    lots = {"lot_sizing_rule": "fixed_order_quantity", "fixed_order_quantity": 5.0}
    before, after = plan_of({"A": [(10, 10)]}, A=lots), plan_of({"A": [(10, 15)]}, A=lots)
    assert compare(before, after).orders()["order_id_after"].to_list() == ["A@MAIN/2026-01-15/3"]


def test_plans_of_different_planning_dates_are_matched_by_date():
    found = compare(plan_of({"A": [(10, 5), (20, 5)]}), plan_of({"A": [(10, 5), (21, 5)]}, as_of=on(3)))
    assert found.orders().select("order_id_before", "order_id_after", "days").rows() == [
        ("A@MAIN/2026-01-25/1", "A@MAIN/2026-01-26/1", 1)
    ]
    assert found.table("period_changes")["period_start"].to_list()[:2] == [on(0), on(7)]


def test_plans_of_different_items_are_all_created_and_cancelled():
    found = compare(plan_of({"A": [(10, 5)], "C": [(4, 1)]}), plan_of({"C": [(4, 1)], "B": [(10, 5)]}))
    assert found.orders().select("change", "item_id").sort("item_id").rows() == [("cancelled", "A"), ("created", "B")]


def test_rows_can_be_limited_to_the_most_money_and_to_some_kinds_and_items():
    found = compare(plan_of({"A": [(10, 5), (20, 5)], "B": []}), plan_of({"A": [(10, 6), (20, 9)], "B": [(5, 7)]}))
    assert found.orders(limit=2)["value_touched"].to_list() == [70.0, 40.0]
    assert found.orders(kinds=["resized"])["item_id"].to_list() == ["A", "A"]
    assert found.orders(item_ids=["B"])["change"].to_list() == ["created"]


def test_changes_before_near_days_count_as_near():
    before, after = plan_of({"A": [(15, 5), (16, 5)]}), plan_of({"A": [(15, 6), (16, 6)]})
    assert compare(before, after, near_days=14).orders()["is_near"].to_list() == [True, False]
    totals = compare(before, after, near_days=14).table("change_totals").row(0, named=True)
    assert (totals["changed"], totals["changed_near"], totals["value_touched_near"]) == (2, 1, 10.0)


def test_orders_that_the_planning_fence_has_moved_do_not_count_inside_it():
    """A fence of 5 days: what A would have had inside it is due after it (rule 12)."""
    fence = {"A": {"planning_time_fence_days": 5, "lead_time_days": 0}, "B": {"lead_time_days": 0}}
    before = plan_of({"A": [(5, 1), (6, 1)], "B": [(5, 1)]}, **fence)
    found = compare(before, plan_of({"A": [(5, 2), (6, 2)], "B": [(5, 2)]}, **fence)).orders()
    inside = found.filter("is_in_fence").select("item_id", "due_date_after").rows()
    assert inside == []


def test_each_change_names_the_edits_that_reached_it():
    before = plan_of({"A": [(10, 5)], "B": [(10, 5)], "C": [(10, 5)]})
    edits = [
        Change("demands", (Condition("item_id", "=", "A"),), "quantity", "multiply", 2),
        Change("demands", (Condition("item_id", "in", ("A", "B")),), "due_date", "add", 1),
    ]
    after = replan(before, edits)
    assert compare(before, after).orders().select("item_id", "edits").sort("item_id").rows() == [
        ("A", "1, 2"),
        ("B", "2"),
    ]
    full = run_mrp(after.data, before.options)
    assert compare(before, full).orders()["edits"].to_list() == [None, None]


def test_service_counts_what_is_there_on_its_day():
    """Five in stock for 4 on 7 January and 4 on 8 January; the rest takes 10 days from today on."""
    demands = [
        {"demand_id": f"D{n}", "item_id": "A", "customer_id": f"C{n}", "due_date": on(1 + n), "quantity": 4.0}
        for n in (1, 2)
    ]
    items = [{"item_id": "A", "lead_time_days": 10, "unit_price": 3.0}]
    tables = {"items": items, "customers": [{"customer_id": "C1"}, {"customer_id": "C2"}]}
    stock = {"on_hand": [{"item_id": "A", "quantity": 5.0}]}
    late = plan_rows({**tables, "demands": demands, **stock}, {"as_of": AS_OF})
    enough = plan_rows({**tables, "demands": demands, "on_hand": [{"item_id": "A", "quantity": 8.0}]}, {"as_of": AS_OF})
    service = compare(late, enough).table("service_changes")
    columns = ("level", "id", "demands_before", "on_time_before", "on_time_after", "fill_rate_before")
    assert service.filter(pl.col("level").is_in(["plan", "customer"])).select(columns).rows() == [
        ("plan", None, 2, 1, 2, 5 / 8),
        ("customer", "C1", 1, 1, 1, 1.0),
        ("customer", "C2", 1, 0, 1, 1 / 4),
    ]
    kpis = {row[0]: row[2:] for row in compare(late, enough).table("kpi_changes").rows()}
    assert kpis["demands_late_or_short"] == (1.0, 0.0, -1.0)
    assert kpis["value_fill_rate"] == (5 / 8, 1.0, 3 / 8)


def test_purchase_spend_takes_the_suppliers_price():
    tables = {
        "items": [{"item_id": "A", "unit_cost": 9.0}, {"item_id": "B", "unit_cost": 2.0}],
        "suppliers": [{"supplier_id": "S"}],
        "item_suppliers": [{"item_id": "A", "supplier_id": "S", "unit_price": 7.0}],
        "demands": [{"item_id": name, "due_date": on(8), "quantity": 10.0} for name in "AB"],
        "scheduled_receipts": [{"order_id": "PO", "item_id": "A", "due_date": on(1), "quantity": 4.0}],
    }
    plan = plan_rows(tables, {"as_of": AS_OF})
    assert compare(plan, plan).table("period_changes")["purchase_spend_before"].to_list()[:2] == [28.0, 42.0 + 20.0]


def test_an_unknown_period_is_refused():
    plan = plan_of({"A": [(10, 5)]})
    with pytest.raises(OptionError, match="must be one of day, week, month"):
        compare(plan, plan, period="year")


@pytest.mark.parametrize("seed", range(6))
class TestRandomPlans:
    def test_a_plan_does_not_differ_from_itself(self, seed):
        before, _ = random_pair(seed)
        same = compare(before, run_mrp(before.model.data, before.options))
        assert same.is_empty
        assert all(same.table(name).is_empty() for name in ("order_changes", "message_changes"))
        for name, table in COMPARISON_TABLES.items():
            assert same.table(name).schema == table.empty().schema, name

    def test_the_other_way_round_is_the_mirror(self, seed):
        there, back = (mirror_rows(compare(*pair)) for pair in (random_pair(seed), random_pair(seed)[::-1]))
        swapped = [
            (MIRRORED.get(kind, kind), second, first, -change, touched, near)
            for kind, first, second, change, touched, near in back
        ]
        assert sorted(there, key=str) == sorted(swapped, key=str)

    def test_every_order_that_is_not_the_same_stands_in_one_row(self, seed):
        before, after = random_pair(seed)
        found = compare(before, after).orders()
        columns = ["order_id", "supply_type", "supplier_id", "source_site_id", "release_date", "due_date", "quantity"]
        plans = [result.table("planned_orders").select(columns) for result in (before, after)]
        for plan, other, name in ((*plans, "order_id_before"), (*plans[::-1], "order_id_after")):
            changed = plan.join(other, on=columns, how="anti", nulls_equal=True)["order_id"]
            assert sorted(changed) == sorted(found[name].drop_nulls())

    def test_looking_at_what_net_change_reached_finds_the_same(self, seed):
        before, after = random_pair(seed)
        full = run_mrp(after.model.data, after.options)
        found, expected = (compare(before, plan).orders().drop("edits") for plan in (after, full))
        assert found.sort(pl.all()).equals(expected.sort(pl.all()))

    def test_counts_and_values_add_up(self, seed):
        before, after = random_pair(seed)
        found = compare(before, after)
        counts, orders = found.counts, found.orders()
        plans = [result.table("planned_orders") for result in (before, after)]
        assert counts["created"] - counts["cancelled"] == plans[1].height - plans[0].height
        assert sum(counts.values()) == orders.height
        totals = found.table("change_totals")
        plan = totals.filter(level="plan").row(0, named=True)
        assert {kind: plan[kind] for kind in CHANGE_KINDS} == counts
        items = totals.filter(level="item")
        for name in ("changed", "value_change", "value_touched", "changed_near", "value_touched_near"):
            assert items[name].sum() == pytest.approx(plan[name])

    def test_messages_that_came_less_those_that_went_are_the_difference(self, seed):
        before, after = random_pair(seed)
        changes = compare(before, after).table("message_changes")
        n = [result.table("messages").height for result in (before, after)]
        came, went = (changes.filter(change=change).height for change in ("came", "went"))
        assert came - went == n[1] - n[0]

    def test_inventory_is_the_balances_of_the_records(self, seed):
        before, after = random_pair(seed)
        periods = compare(before, after, period="month").table("period_changes")
        costs = before.model.data.filled("items", ["item_id", "unit_cost"])
        records = before.table("mrp_records", "month").join(costs, on="item_id")
        # a balance stands until the last period
        grid = records.select("item_id", "site_id").unique().join(periods.select("period_start"), how="cross")
        balances = grid.join(records, on=["item_id", "site_id", "period_start"], how="left").sort("period_start")
        cells = pl.col("projected_available_balance", "unit_cost").forward_fill().over("item_id", "site_id")
        value = pl.col("projected_available_balance") * pl.col("unit_cost")
        sums = balances.with_columns(cells).group_by("period_start").agg(
            stock=value.clip(lower_bound=0).sum(), backlog=(-value).clip(lower_bound=0).sum()
        )  # fmt: skip
        both = periods.join(sums, on="period_start").sort("period_start")
        assert both["inventory_value_before"].to_list() == pytest.approx(both["stock"].to_list())
        assert both["backlog_value_before"].to_list() == pytest.approx(both["backlog"].to_list())


def mirror_rows(found: PlanComparison) -> list[tuple]:
    return found.orders().select(
        "change", "order_id_before", "order_id_after", "value_change", "value_touched", "is_near"
    ).rows()  # fmt: skip
