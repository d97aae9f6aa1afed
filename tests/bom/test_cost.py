"""The cost roll-up, by hand and against plain recursion."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bom.cost import break_down_cost, roll_up_costs, standard_lots
from bom.graph import CycleError
from bom.routing_tables import OPERATIONS, WORK_CENTERS
from tests.bom.conftest import frame
from tests.bom.random_bills import ITEM_IDS, bills

NO_ROUTING = (OPERATIONS.empty(), WORK_CENTERS.empty())


@settings(max_examples=100, deadline=None)
@given(bills())
def test_the_roll_up_is_the_cost_of_one_lot_by_recursion(bill):
    costs = roll_up_costs(bill.structure(), *bill.operation_frames())
    for item, lot, total in costs.select("item_id", "standard_lot_quantity", "total_cost").iter_rows():
        assert lot == bill.lot(item)
        assert total * lot == pytest.approx(bill.cost(item, lot), rel=1e-12, abs=1e-12)


@settings(max_examples=100, deadline=None)
@given(bills(), st.sampled_from(ITEM_IDS), st.sampled_from([None, 1.0, 5.0]))
def test_the_levels_of_an_items_cost_add_up_to_it(bill, item, lot):
    structure, frames = bill.structure(), bill.operation_frames()
    total = roll_up_costs(structure, *frames, lot).filter(item_id=item).row(0, named=True)
    levels = break_down_cost(structure, *frames, item, lot)
    for part, whole in (("material", "material_cost"), ("routing", "routing_cost"), ("total", "total_cost")):
        assert levels[part].sum() == pytest.approx(total[whole], rel=1e-12, abs=1e-12)
    own = levels.filter(level=0).row(0, named=True)
    assert own["material"] == total["material_this_level"]
    assert own["routing"] == pytest.approx(total["routing_this_level"], rel=1e-12)


@pytest.fixture
def table(make_structure):
    """A table of a bought top and four legs, made in lots of 10 at a yield of 0.8; a leg is turned in lots of 100."""
    items = {
        "table": {"yield_fraction": 0.8, "fixed_order_quantity": 10.0},
        "top": {"unit_cost": 40.0},
        "leg": {"minimum_order_quantity": 100.0},
        "wood": {"unit_cost": 2.0},
        "glue": {"unit_cost": 5.0},
    }
    lines = [
        ("table", "top", {"quantity_per": 1.0}),
        ("table", "leg", {"quantity_per": 4.0}),
        ("table", "glue", {"quantity_per": 0.0, "quantity_fixed": 2.0}),
        ("leg", "wood", {"quantity_per": 0.9, "scrap_fraction": 0.1}),
    ]
    return make_structure(items, lines)


@pytest.fixture
def shop():
    """The routing: turning on the lathe at 60 an hour, assembly at the bench at 30 an hour and an efficiency of 0.5."""
    operations = [
        {"item_id": "leg", "operation_sequence": 10, "work_center_id": "lathe", "setup_minutes": 50.0,
         "run_minutes_per_unit": 3.0},
        {"item_id": "table", "operation_sequence": 10, "work_center_id": "bench", "setup_minutes": 10.0,
         "run_minutes_per_unit": 12.0},
    ]  # fmt: skip
    work_centers = [
        {"work_center_id": "lathe", "cost_per_hour": 60.0},
        {"work_center_id": "bench", "cost_per_hour": 30.0, "efficiency_fraction": 0.5},
    ]
    return frame(OPERATIONS, operations), frame(WORK_CENTERS, work_centers)


def test_a_hand_checked_roll_up(table, shop):
    """Leg: 0.9 / (1 - 0.1) = 1 wood = 2.00 material; 50 / 100 + 3 = 3.5 minutes = 3.50 routing.

    Table, per good unit: (40 + 4 x 2.00) / 0.8 + 2 x 5 / 10 = 61.00 material below, 4 x 3.50 / 0.8 = 17.50 routing
    below; (10 / 10 + 12 / 0.8) minutes / 0.5 = 32 minutes = 16.00 routing here; 94.50 in all.
    """
    rows = {row["item_id"]: row for row in roll_up_costs(table, *shop).iter_rows(named=True)}
    leg = rows["leg"]
    assert (leg["material_this_level"], leg["material_lower_levels"]) == (0.0, pytest.approx(2.0))
    assert (leg["routing_this_level"], leg["total_cost"]) == (pytest.approx(3.5), pytest.approx(5.5))
    assert rows["table"] == {
        "item_id": "table",
        "supply_type": "make",
        "is_phantom": False,
        "low_level_code": 0,
        "standard_lot_quantity": 10.0,
        "material_this_level": 0.0,
        "routing_this_level": pytest.approx(16.0),
        "material_lower_levels": pytest.approx(61.0),
        "routing_lower_levels": pytest.approx(17.5),
        "material_cost": pytest.approx(61.0),
        "routing_cost": pytest.approx(33.5),
        "total_cost": pytest.approx(94.5),
        "unit_cost": 0.0,
    }
    assert (rows["top"]["material_this_level"], rows["top"]["total_cost"]) == (40.0, 40.0)


def test_the_cost_by_level_of_the_hand_checked_table(table, shop):
    levels = break_down_cost(table, *shop, "table")
    assert levels.select("level", "item_id", "quantity", "total").rows() == [
        (0, "table", 1.0, pytest.approx(16.0)),
        (1, "top", 1.25, pytest.approx(50.0)),
        (1, "leg", 5.0, pytest.approx(17.5)),
        (1, "glue", pytest.approx(0.2), pytest.approx(1.0)),
        (2, "wood", pytest.approx(5.0), pytest.approx(10.0)),
    ]


def test_a_given_lot_takes_the_place_of_the_items_own(table, shop):
    """One table, four legs one by one: setup of 50 minutes per leg, 10 per table, 2 glue per table."""
    row = roll_up_costs(table, *shop, lot_quantity=1.0).row(0, named=True)
    assert standard_lots(table, 1.0).tolist() == [1.0] * 5
    assert row["material_cost"] == pytest.approx(60.0 + 10.0)
    assert row["routing_cost"] == pytest.approx(4 * 53 / 0.8 + 10 + 12 / 0.8)


def test_a_phantoms_fixed_cost_is_spread_over_the_order_that_it_joins(make_structure):
    """The kit's label (3.00 per order) is spread over the lamp's lot of 6, not over the kit's own of 1: 0.50."""
    items = {"lamp": {"fixed_order_quantity": 6.0}, "kit": {"is_phantom": True}, "label": {"unit_cost": 3.0}}
    lines = [("lamp", "kit", {"quantity_per": 2.0}), ("kit", "label", {"quantity_per": 0.0, "quantity_fixed": 1.0})]
    structure = make_structure(items, lines)
    assert roll_up_costs(structure, *NO_ROUTING)["total_cost"].to_list() == [0.5, 3.0, 3.0]


def test_a_by_product_is_a_credit(make_structure):
    items = {"board": {}, "plank": {"unit_cost": 10.0}, "chips": {"unit_cost": 2.0}}
    structure = make_structure(items, [("board", "plank", {}), ("board", "chips", {"quantity_per": -0.5})])
    assert roll_up_costs(structure, *NO_ROUTING)["total_cost"].to_list() == [9.0, 10.0, 2.0]


def test_bought_items_and_made_ones_without_bill_and_routing_keep_their_unit_cost(make_structure):
    items = {
        "kit": {"supply_type": "buy", "unit_cost": 7.0},
        "part": {"unit_cost": 1.0},
        "casting": {"supply_type": "make", "unit_cost": 4.0},
    }
    costs = roll_up_costs(make_structure(items, [("kit", "part", {})]), *NO_ROUTING)
    assert costs["total_cost"].to_list() == [7.0, 1.0, 4.0]


def test_a_cycle_stops_the_roll_up(make_structure):
    structure = make_structure({"a": {}, "b": {}}, [("a", "b", {}), ("b", "a", {})])
    with pytest.raises(CycleError, match="a -> b -> a"):
        roll_up_costs(structure, *NO_ROUTING)
    with pytest.raises(CycleError, match="a -> b -> a"):
        break_down_cost(structure, *NO_ROUTING, "a")
