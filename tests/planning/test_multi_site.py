"""Transfers between sites: who needs what, where and when."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.asserts import plan_rows

AS_OF = date(2026, 1, 5)  # a Monday
DUE = date(2026, 1, 21)  # a Wednesday
WEEKEND_OFF = {"calendar_id": "FIVE", "saturday": 0.0, "sunday": 0.0}


def day(of_january):
    return date(2026, 1, of_january)


def demand(site="SHOP", quantity=10.0, due=DUE):
    return {"item_id": "A", "site_id": site, "due_date": due, "quantity": quantity}


def lane(source, days, item=None, to="SHOP", priority=None):
    return {
        "item_id": item,
        "from_site_id": source,
        "to_site_id": to,
        "lead_time_days": days,
        "priority": priority,
    }


def shop_and_plant(options=None, **changed):
    """Return the plan of a shop that gets A from a plant, which makes it in 3 days of two Bs, bought in 1 day."""
    tables = {
        "items": [{"item_id": "A", "lead_time_days": 3}, {"item_id": "B", "lead_time_days": 1}],
        "sites": [{"site_id": "PLANT"}, {"site_id": "SHOP"}],
        "item_sites": [{"item_id": "A", "site_id": "SHOP", "supply_type": "transfer"}],
        "bom_lines": [{"parent_item_id": "A", "component_item_id": "B", "quantity_per": 2.0}],
        "transfer_lanes": [lane("PLANT", 5)],
        "demands": [demand()],
    }
    return plan_rows({**tables, **changed}, {"as_of": AS_OF}, **(options or {}))


def orders(result):
    """Return (item, site, kind, source, quantity, release, due) of each order."""
    names = ("item_id", "site_id", "supply_type", "source_site_id", "quantity", "release_date", "due_date")
    return result.table("planned_orders").select(names).rows()


def test_a_transfer_is_required_of_its_source_on_the_day_it_leaves():
    result = shop_and_plant()
    assert orders(result) == [
        ("A", "SHOP", "transfer", "PLANT", 10.0, day(16), day(21)),
        ("A", "PLANT", "make", None, 10.0, day(13), day(16)),
        ("B", "PLANT", "buy", None, 20.0, day(12), day(13)),
    ]
    dependent = result.table("requirements").filter(pl.col("kind") == "dependent")
    assert dependent.select("item_id", "site_id", "date", "quantity", "source_id").rows() == [
        ("A", "PLANT", day(16), 10.0, "A@SHOP/2026-01-21/1"),
        ("B", "PLANT", day(13), 20.0, "A@PLANT/2026-01-16/1"),
    ]


def test_nothing_of_a_transferred_item_is_made_where_it_arrives():
    requirements = shop_and_plant().table("requirements")
    assert requirements.filter((pl.col("item_id") == "B") & (pl.col("site_id") == "SHOP")).is_empty()


def test_the_calendar_of_the_source_counts_the_days_of_the_lane():
    sites = [{"site_id": "PLANT", "calendar_id": "FIVE"}, {"site_id": "SHOP", "calendar_id": None}]
    assert orders(shop_and_plant(sites=sites, calendars=[WEEKEND_OFF])) == [
        ("A", "SHOP", "transfer", "PLANT", 10.0, day(14), day(21)),  # 20, 19, 16, 15, 14
        ("A", "PLANT", "make", None, 10.0, day(9), day(14)),  # 13, 12, 9
        ("B", "PLANT", "buy", None, 20.0, day(8), day(9)),
    ]


def test_the_calendar_of_the_site_of_arrival_does_not_count():
    sites = [{"site_id": "PLANT", "calendar_id": None}, {"site_id": "SHOP", "calendar_id": "FIVE"}]
    assert orders(shop_and_plant(sites=sites, calendars=[WEEKEND_OFF])) == orders(shop_and_plant())


def test_a_lane_without_days_takes_those_of_the_item():
    assert orders(shop_and_plant(transfer_lanes=[lane("PLANT", None)]))[0][5] == day(18)


def test_stock_at_the_source_is_not_stock_at_the_shop():
    stock = [{"item_id": "A", "site_id": "PLANT", "quantity": 4.0}]
    found = orders(shop_and_plant(on_hand=stock))
    assert [(order[1], order[4]) for order in found] == [("SHOP", 10.0), ("PLANT", 6.0), ("PLANT", 12.0)]


def test_the_shops_requirements_and_the_plants_own_add_up_by_day():
    demands = [demand(), demand("PLANT", 3.0, day(16))]
    found = orders(shop_and_plant(demands=demands))
    assert ("A", "PLANT", "make", None, 13.0, day(13), day(16)) in found


def test_each_site_has_its_own_parameters():
    item_sites = [
        {"item_id": "A", "site_id": "SHOP", "supply_type": "transfer", "order_multiple": 12.0, "lead_time_days": None},
        {"item_id": "A", "site_id": "PLANT", "supply_type": None, "order_multiple": None, "lead_time_days": 6},
    ]
    assert orders(shop_and_plant(item_sites=item_sites))[:2] == [
        ("A", "SHOP", "transfer", "PLANT", 12.0, day(16), day(21)),
        ("A", "PLANT", "make", None, 12.0, day(10), day(16)),
    ]


THREE_SITES = [{"site_id": "PLANT"}, {"site_id": "DC"}, {"site_id": "SHOP"}]


@pytest.mark.parametrize(
    ("lanes", "source"),
    [
        ([lane("PLANT", 5, priority=2), lane("DC", 5, priority=1)], "DC"),
        ([lane("PLANT", 5, priority=1), lane("DC", 5, priority=1)], "DC"),  # by id
        ([lane("PLANT", 5, priority=1), lane("DC", 5, priority=2)], "PLANT"),
        ([lane("DC", 5, priority=1), lane("PLANT", 5, "A", priority=9)], "PLANT"),  # names the item
    ],
)
def test_the_lane_is_chosen_by_item_then_priority_then_id(lanes, source):
    found = orders(shop_and_plant(sites=THREE_SITES, transfer_lanes=lanes))
    assert (found[0][3], found[1][1]) == (source, source)


def test_a_source_of_the_item_stands_above_the_lanes():
    item_sites = [{"item_id": "A", "site_id": "SHOP", "supply_type": "transfer", "source_site_id": "DC"}]
    lanes = [lane("PLANT", 5, "A"), lane("DC", 2)]
    found = orders(shop_and_plant(sites=THREE_SITES, item_sites=item_sites, transfer_lanes=lanes))
    assert found[0] == ("A", "SHOP", "transfer", "DC", 10.0, day(19), day(21))


def test_a_chain_of_transfers_adds_its_days():
    item_sites = [{"item_id": "A", "site_id": site, "supply_type": "transfer"} for site in ("SHOP", "DC")]
    lanes = [lane("DC", 2), lane("PLANT", 4, to="DC")]
    found = orders(shop_and_plant(sites=THREE_SITES, item_sites=item_sites, transfer_lanes=lanes))
    assert [(order[1], order[5], order[6]) for order in found[:3]] == [
        ("SHOP", day(19), day(21)),
        ("DC", day(15), day(19)),
        ("PLANT", day(12), day(15)),
    ]


@pytest.mark.parametrize(("status", "required"), [("firm_planned", [("PLANT", day(16), 10.0)]), ("released", [])])
def test_a_firm_planned_transfer_is_required_of_its_source_and_a_released_one_has_left(status, required):
    receipt = {"order_id": "T", "item_id": "A", "site_id": "SHOP", "due_date": DUE, "quantity": 10.0, "status": status}
    result = shop_and_plant(scheduled_receipts=[receipt])
    found = result.table("requirements").filter((pl.col("kind") == "dependent") & (pl.col("item_id") == "A"))
    assert found.select("site_id", "date", "quantity").rows() == required


def test_a_transfer_with_losses_needs_more_at_its_source():
    item_sites = [{"item_id": "A", "site_id": "SHOP", "supply_type": "transfer", "yield_fraction": 0.5}]
    found = orders(shop_and_plant(item_sites=item_sites))
    assert [(order[1], order[4]) for order in found[:2]] == [("SHOP", 10.0), ("PLANT", 20.0)]


def phantom_kit(effectivity_at, **supplies):
    """Return what the plant needs for a kit that is a phantom there: item, date, quantity."""
    line = {"parent_item_id": "A", "quantity_per": 1.0}
    result = shop_and_plant(
        items=[{"item_id": name, "lead_time_days": 1} for name in "ABCDE"],
        item_sites=[
            {"item_id": "A", "site_id": "SHOP", "supply_type": "transfer"},
            {"item_id": "A", "site_id": "PLANT", "is_phantom": True},
        ],
        bom_lines=[
            {**line, "component_item_id": "B"},
            {**line, "component_item_id": "C", "at_end": True},
            {**line, "component_item_id": "D", "effective_from": day(18)},
            {**line, "component_item_id": "E", "quantity_per": -1.0},
        ],
        options={"effectivity_at": effectivity_at},
        **supplies,
    )
    needed = result.table("requirements").filter(pl.col("site_id") == "PLANT").select("item_id", "date", "quantity")
    came = result.table("mrp_records").filter(pl.col("item_id") == "E", pl.col("scheduled_receipts") > 0)
    return needed.rows(), came.select("period_start", "scheduled_receipts").rows()


@pytest.mark.parametrize(("effectivity_at", "items"), [("release", "ABC"), ("due", "ABCD")])
def test_firming_the_transfer_of_a_phantom_changes_nothing_of_what_its_source_needs(effectivity_at, items):
    receipt = {"order_id": "R", "item_id": "A", "site_id": "SHOP", "due_date": DUE, "quantity": 10.0}
    planned = phantom_kit(effectivity_at)
    firm = phantom_kit(effectivity_at, scheduled_receipts=[{**receipt, "status": "firm_planned"}])
    assert planned == firm
    days = {"A": day(16), "B": day(16), "C": DUE, "D": day(16)}
    assert planned[0] == [(item, days[item], 10.0) for item in items]
    assert [quantity for _, quantity in planned[1]] == [10.0]


def test_the_source_of_a_firm_planned_transfer_is_planned_there_even_when_its_needs_are_allocated():
    receipt = {"order_id": "R", "item_id": "A", "site_id": "SHOP", "due_date": DUE, "quantity": 10.0}
    transfer = {**receipt, "status": "firm_planned", "supply_type": "transfer", "source_site_id": "PLANT"}
    allocation = {"order_id": "R", "item_id": "B", "site_id": "SHOP", "required_date": DUE, "quantity": 1.0}
    made_here = [{"item_id": "A", "site_id": "SHOP", "supply_type": "make"}]
    result = shop_and_plant(item_sites=made_here, scheduled_receipts=[transfer], allocations=[allocation])
    nodes = result.model.nodes
    names = zip(nodes.item_ids[nodes.item], nodes.site_ids[nodes.site], strict=True)
    assert list(names) == [("A", "PLANT"), ("A", "SHOP"), ("B", "PLANT"), ("B", "SHOP")]
