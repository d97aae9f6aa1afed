"""Profiles: worked cases from the documentation and the tests of the systems whose numbers they give.

Figures only; where they are from stands with each case.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bom.errors import OptionError
from planning.options import MrpOptions
from planning.profiles import PROFILES
from tests.asserts import plan_rows

MONDAY = date(2026, 1, 5)
WEEK = {"calendar_id": "week", "saturday": 0.0, "sunday": 0.0}


def plan(profile, tables, as_of=MONDAY, **options):
    """Return the plan of tables by a profile, with other options over it."""
    read = MrpOptions.from_mapping({"profile": profile, **options}).as_dict()
    return plan_rows({name: rows for name, rows in tables.items() if rows}, {"as_of": as_of}, **read)


def ordered(result, item):
    """Return quantities of an item's planned orders by need date."""
    orders = result.table("planned_orders").filter(item_id=item)
    return orders.select("need_date", "quantity").rows()


def kinds(result):
    """Return the kinds of messages about open orders."""
    found = result.table("messages")["kind"].to_list()
    return [kind for kind in found if kind in ("expedite", "defer", "cancel", "increase", "decrease")]


# ---- options


def test_a_profile_sets_its_options_and_other_keys_go_over_it():
    assert MrpOptions.from_mapping({}) == MrpOptions()
    options = MrpOptions.from_mapping({"profile": "oca_mrp_multi_level", "net_per": "date"})
    assert (options.net_per, options.window_need, options.profile) == ("date", "end", "oca_mrp_multi_level")


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_can_be_read_and_gives_a_reason_for_each_option(name):
    options = MrpOptions.from_mapping({"profile": name}).as_dict()
    defaults = MrpOptions().as_dict()
    changed = {option for option in options if options[option] != defaults[option]} - {"profile"}
    assert changed == set(PROFILES[name].options) == set(PROFILES[name].reasons)


def test_a_profile_that_there_is_not_is_an_option_error():
    with pytest.raises(OptionError, match="sap_mrp"):
        MrpOptions.from_mapping({"profile": "sap"})


# ---- Odoo: OCA/manufacture, mrp_multi_level/tests/test_mrp_multi_level.py and common.py, mrp_multi_level/demo


def workday(n):
    """Return the n-th working day after the planning date."""
    day = MONDAY
    while n > 0:
        day += timedelta(days=1)
        n -= day.weekday() < 5
    return day


def odoo(tables, **options):
    """Return the plan of a site with a working week."""
    site = {"calendars": [WEEK], "sites": [{"site_id": "MAIN", "calendar_id": "week"}]}
    return plan("oca_mrp_multi_level", {**site, **tables}, **options)


def by_day(result, item):
    """Return what is to be procured by the number of the working day."""
    days = {workday(n): n for n in range(30)}
    found: dict[int, float] = {}
    for need, quantity in ordered(result, item):
        found[days[need]] = found.get(days[need], 0) + quantity
    return found


def test_odoo_two_end_products_share_parts_over_three_levels():
    """test_03 and test_04: demands of 100 FP-1 and 15 FP-2 on day 7, an order of 12 FP-2 started on day 9."""
    lead_times = {"FP-1": 2, "FP-2": 1, "SF-1": 1, "SF-2": 3, "PP-1": 0, "PP-2": 0}
    bom = {
        "FP-1": {"PP-1": 2, "PP-2": 3},
        "FP-2": {"SF-1": 2, "SF-2": 3},
        "SF-1": {"PP-1": 3, "PP-2": 2},
        "SF-2": {"PP-2": 3},
    }
    tables = {
        "items": [{"item_id": item, "lead_time_days": days} for item, days in lead_times.items()],
        "bom_lines": [
            {"parent_item_id": parent, "component_item_id": component, "quantity_per": float(quantity)}
            for parent, lines in bom.items()
            for component, quantity in lines.items()
        ],
        "demands": [
            {"item_id": "FP-1", "due_date": workday(7), "quantity": 100.0},
            {"item_id": "FP-2", "due_date": workday(7), "quantity": 15.0},
        ],
        "on_hand": [{"item_id": item, "quantity": q} for item, q in (("PP-1", 10.0), ("PP-2", 20.0), ("SF-2", 15.0))],
        "scheduled_receipts": [
            {"order_id": "PO", "item_id": "PP-2", "due_date": workday(1), "quantity": 5.0, "status": "released"},
            {
                "order_id": "MO",
                "item_id": "FP-2",
                "due_date": workday(10),
                "release_date": workday(9),
                "quantity": 12.0,
                "status": "firm_planned",
            },
        ],
    }
    result = odoo(tables)
    assert {item: by_day(result, item) for item in lead_times} == {
        "FP-1": {7: 100},
        "FP-2": {7: 15},
        "SF-1": {6: 30, 9: 24},
        "SF-2": {6: 30, 9: 36},
        "PP-1": {5: 280, 8: 72},
        "PP-2": {3: 65, 5: 360, 6: 108, 8: 48},
    }
    assert len(ordered(result, "PP-1")) == 3  # each demand its own order


def one_item(parameters, demands, receipts=()):
    """Return a data set of one item; demands and receipts are (working day, quantity)."""
    return {
        "items": [{"item_id": "A", **parameters}],
        "demands": [{"item_id": "A", "due_date": workday(n), "quantity": float(q)} for n, q in demands],
        "scheduled_receipts": [
            {"order_id": f"R{n}", "item_id": "A", "due_date": workday(n), "quantity": float(q)} for n, q in receipts
        ],
    }


def test_odoo_groups_demand_over_nbr_days():
    """test_08: 8 days; the days 8, 9 and 10 make one order, 20 and 22 another."""
    group = {"lot_sizing_rule": "period_of_supply", "period_of_supply_days": 8}
    demands = [(8, 80), (9, 50), (10, 70), (20, 46), (22, 33)]
    assert by_day(odoo(one_item(group, demands)), "A") == {8: 200, 20: 79}


def test_odoo_a_group_nets_what_comes_in_on_its_day():
    """test_10: 124 + 90 - 87 = 127, 130 by the multiple of 5; then 18 less the 3 that are left."""
    group = {"lot_sizing_rule": "period_of_supply", "period_of_supply_days": 8, "order_multiple": 5.0}
    tables = one_item(group, [(3, 124), (3, 90), (10, 18)], [(3, 87)])
    assert by_day(odoo(tables), "A") == {3: 130, 10: 15}


@pytest.mark.parametrize(
    ("minimum", "maximum", "multiple", "wanted", "orders"),
    [(50, None, 1, 16, [50]), (50, 100, 1, 140, [100, 50]), (50, 500, 25, 112, [125])],
)
def test_odoo_adjusts_quantities(minimum, maximum, multiple, wanted, orders):
    """test_07."""
    limits = {"minimum_order_quantity": float(minimum), "order_multiple": float(multiple)}
    if maximum:
        limits["maximum_order_quantity"] = float(maximum)
    result = odoo(one_item(limits, [(7, wanted)]))
    assert [quantity for _, quantity in ordered(result, "A")] == orders


# ---- Dynamics 365 Supply Chain Management: learn.microsoft.com, "Negative days and dynamic negative days"

JANUARY = date(2026, 1, 1)


def january(day):
    return date(2026, 1, day)


def negative_days(demand_day, receipt_day, **options):
    """Return need, release and due date of the planned order for 10 wanted, with 10 on the way and a lead time of 6."""
    tables = {
        "items": [{"item_id": "DemoProduct", "lead_time_days": 6, "lead_time_unit": "calendar"}],
        "demands": [{"item_id": "DemoProduct", "due_date": january(demand_day), "quantity": 10.0}],
        "scheduled_receipts": [
            {"order_id": "PO", "item_id": "DemoProduct", "due_date": january(receipt_day), "quantity": 10.0}
        ],
    }
    orders = plan("d365_planning_optimization", tables, JANUARY, **options).table("planned_orders")
    return [(release.day, due.day) for release, due in orders.select("release_date", "due_date").rows()]


@pytest.mark.parametrize(
    ("demand_day", "receipt_day", "days", "orders"),
    [
        (5, 8, 2, [(1, 7)]),  # scenario 2, case A: a new order, delayed by the lead time
        (5, 8, 7, []),  # case B: the purchase order is waited for
        (8, 11, 2, [(2, 8)]),  # scenario 3, case A: a new order, just in time
        (8, 11, 7, []),  # case B
    ],
)
def test_d365_waits_for_a_receipt_within_the_negative_days(demand_day, receipt_day, days, orders):
    found = negative_days(demand_day, receipt_day, expedite_window_days=days, expedite_window_from="shortage")
    assert found == orders


@pytest.mark.parametrize(
    ("demand_day", "receipt_day", "days", "orders"),
    [
        (1, 7, 2, []),  # scenario 1, case C: 6 + 2 + 0 = 8 days
        (5, 8, 2, []),  # scenario 2, case C: 6 + 2 - 4 = 4 days
        (5, 8, 0, [(1, 7)]),  # case D: 6 + 0 - 4 = 2 days
        (8, 11, 2, [(2, 8)]),  # scenario 3, case C: 6 + 2 - 7 = 1 day, at least 2
    ],
)
def test_d365_dynamic_negative_days_wait_for_what_cannot_be_had_sooner(demand_day, receipt_day, days, orders):
    assert negative_days(demand_day, receipt_day, expedite_window_days=days) == orders


def test_d365_increases_an_order_by_the_multiple():
    """learn.microsoft.com, "Action messages": 60 ordered, 90 wanted, multiple 20: 40 more, over a maximum of 90."""
    tables = {
        "items": [{"item_id": "A", "order_multiple": 20.0}],
        "demands": [{"item_id": "A", "due_date": january(20), "quantity": 90.0}],
        "scheduled_receipts": [{"order_id": "PO", "item_id": "A", "due_date": january(20), "quantity": 60.0}],
    }
    messages = plan("d365_planning_optimization", tables, JANUARY).table("messages").filter(kind="increase")
    assert messages.select("current_quantity", "suggested_quantity").rows() == [(60.0, 100.0)]


# ---- SAP: help.sap.com


def test_sap_adds_component_scrap_to_assembly_scrap():
    """help.sap.com, "Component Scrap": yield 200, assembly scrap 10 %, component scrap 10 %: 242 are required."""
    tables = {
        "items": [{"item_id": "assembly", "yield_fraction": 1 / 1.1}, {"item_id": "component"}],
        "bom_lines": [
            {"parent_item_id": "assembly", "component_item_id": "component", "quantity_per": 1.0, "scrap_fraction": 0.1}
        ],
        "demands": [{"item_id": "assembly", "due_date": workday(9), "quantity": 200.0}],
    }
    result = plan("sap_mrp", tables)
    order = result.table("planned_orders").filter(item_id="assembly").row(0, named=True)
    assert (order["quantity"], pytest.approx(order["start_quantity"])) == (200.0, 220.0)
    assert [quantity for _, quantity in ordered(result, "component")] == [pytest.approx(242.0)]


def test_sap_switches_to_forward_scheduling_when_the_start_lies_in_the_past():
    """help.sap.com, "Calculating Basic Dates": starts today, is finished a production time later."""
    tables = {
        "items": [{"item_id": "A", "lead_time_days": 5, "lead_time_unit": "calendar"}],
        "demands": [{"item_id": "A", "due_date": MONDAY + timedelta(days=2), "quantity": 1.0}],
    }
    orders = plan("sap_mrp", tables).table("planned_orders")
    assert orders.select("release_date", "due_date").rows() == [(MONDAY, MONDAY + timedelta(days=5))]


def test_sap_brings_a_firmed_receipt_forward_and_orders_only_what_it_does_not_cover():
    """help.sap.com, "Rescheduling Check"."""
    result = plan("sap_mrp", one_item({}, [(5, 10)], [(9, 6)]))
    assert kinds(result) == ["expedite"]
    assert ordered(result, "A") == [(workday(5), 4.0)]


# ---- Business Central: learn.microsoft.com, "Lot Accumulation Period", "Design Details: Planning Parameters"


@pytest.mark.parametrize(("days", "orders"), [(8, [(0, 30.0)]), (7, [(0, 10.0), (7, 20.0)])])
def test_business_central_accumulates_a_lot_from_its_first_demand(days, orders):
    """A lot accumulation period of 1W is eight days, the first day included; 6D or 1W-1D are seven."""
    lot = {"lot_sizing_rule": "period_of_supply", "period_of_supply_days": days}
    first = MONDAY + timedelta(days=14)
    tables = {
        "items": [{"item_id": "A", **lot}],
        "demands": [
            {"item_id": "A", "due_date": first + timedelta(days=n), "quantity": q} for n, q in ((0, 10.0), (7, 20.0))
        ],
    }
    found = ordered(plan("business_central", tables), "A")
    assert [((need - first).days, quantity) for need, quantity in found] == orders


@pytest.mark.parametrize(("period", "is_damped"), [(3, False), (4, True)])
def test_business_central_leaves_supply_within_the_dampener_period_where_it_is(period, is_damped):
    """A change from the supply date until one dampener period from it gives no action message."""
    result = plan(
        "business_central", one_item({}, [(8, 10)], [(4, 10)]), defer_tolerance_days=6, expedite_window_days=9
    )
    assert result.table("messages").select("kind", "days", "is_damped").rows() == [("defer", 6, True)]
    shorter = plan("business_central", one_item({}, [(4, 10)], [(0, 10)]), defer_tolerance_days=period)
    assert shorter.table("messages").select("kind", "days", "is_damped").rows() == [("defer", 4, is_damped)]


# ---- frePPLe: frepple.org, model reference, "Parameter"


def test_frepple_waits_for_a_confirmed_replenishment():
    """plan.autoFenceOperations: 999 days in new data sets; 0 proposes an order all the same."""
    tables = one_item({}, [(5, 10)], [(20, 10)])
    assert ordered(plan("frepple_unconstrained", tables), "A") == []
    assert ordered(plan("frepple_unconstrained", tables, await_receipts_days=0), "A") == [(workday(5), 10.0)]
