"""Worked examples of one item from the literature, planned by the engine.

Each test names its source. "Published" says that the answer stands there; "our arithmetic" that only the data does.
Numbers with a case id come from tests/data/textbook_cases.json.
"""

from __future__ import annotations

import pytest

from tests.planning.textbook import CASES, LOT_FOR_LOT, NAHMIAS_NET, by_week, fixed, plan, weeks_of_supply

ORLICKY_NET = [35, 10, 0, 40, 0, 20, 5, 10, 30]


@pytest.mark.parametrize(
    ("case_id", "rule"), [("krajewski_foq", fixed(230)), ("krajewski_l4l", LOT_FOR_LOT)], ids=["foq", "l4l"]
)
def test_krajewski_seat_subassembly(case_id, rule):
    """Krajewski, Ritzman & Malhotra, Operations Management, ch. Resource Planning, item C. Published."""
    given, answer = CASES[case_id]["input"], CASES[case_id]["answer"]
    grid = plan(
        {"C": {"weeks": given["lead_time"], **rule}},
        {"C": given["gross"]},
        on_hand={"C": given["on_hand"]},
        scheduled={"C": given["scheduled"]},
    )
    assert grid.projected("C", 8) == answer["projected_on_hand"]
    assert grid.receipts("C") == by_week(answer["planned_receipts"])
    assert grid.releases("C") == by_week(answer["planned_releases"])


def krajewski_seat(**rule):
    given = CASES["krajewski_foq"]["input"]
    scheduled = {"C": given["scheduled"]}
    return plan({"C": {"weeks": 2, **rule}}, {"C": given["gross"]}, on_hand={"C": 37}, scheduled=scheduled)


def test_krajewski_seat_subassembly_by_period_order_quantity():
    """Krajewski, same item, POQ of 3 weeks: 120 + 150 - 117 = 153 in week 4, 120 in week 7. Our arithmetic."""
    grid = krajewski_seat(**weeks_of_supply(3))
    assert grid.receipts("C") == {4: 153, 7: 120}
    assert grid.releases("C") == {2: 153, 5: 120}
    assert grid.projected("C", 8) == [117, 117, 117, 150, 150, 0, 0, 0]


def test_krajewski_seat_subassembly_with_safety_stock():
    """Krajewski, same item, lots of 230 over a safety stock of 80: 227 - 150 = 77 < 80 in week 6. Our arithmetic."""
    grid = krajewski_seat(**fixed(230), safety_stock=80.0)
    assert grid.receipts("C") == {4: 230, 6: 230}
    assert grid.projected("C", 8) == [117, 117, 117, 227, 227, 307, 187, 187]


@pytest.mark.parametrize(
    ("rule", "receipts", "projected"),
    [
        (fixed(60), {4: 60, 5: 60, 7: 60, 8: 60}, [50, 30, 10, 45, 55, 5, 10, 15]),
        (LOT_FOR_LOT, {4: 15, 5: 50, 6: 50, 7: 55, 8: 55}, [50, 30, 10, 0, 0, 0, 0, 0]),
    ],
    ids=["foq", "l4l"],
)
def test_krajewski_driveshaft_subassembly(rule, receipts, projected):
    """Krajewski, ch. Resource Planning, problem on the driveshaft subassembly, lead time 3. Published for the FOQ."""
    gross = [30, 20, 20, 25, 50, 50, 55, 55]
    grid = plan({"D": {"weeks": 3, **rule}}, {"D": gross}, on_hand={"D": 10}, scheduled={"D": {1: 70}})
    assert grid.receipts("D") == receipts
    assert grid.releases("D") == {week - 3: quantity for week, quantity in receipts.items()}
    assert grid.projected("D", 8) == projected


@pytest.mark.parametrize(
    ("rule", "receipts", "setups", "holding"),
    [
        (LOT_FOR_LOT, [0, 30, 40, 0, 10, 40, 30, 0, 30, 55], 7, 0),
        (fixed(73), "eoq_plan", 4, 375),
        (weeks_of_supply(3), "poq3_plan", 3, 195),
    ],
    ids=["l4l", "eoq", "poq"],
)
def test_heizer_speaker_kits(rule, receipts, setups, holding):
    """Heizer & Render, Operations Management, ch. MRP, lot-sizing examples. Published, with the costs."""
    given, answer = CASES["heizer_lot"]["input"], CASES["heizer_lot"]["answer"]
    grid = plan({"kit": {"weeks": 1, **rule}}, {"kit": given["gross_requirements"]}, on_hand={"kit": 35})
    published = answer[receipts] if isinstance(receipts, str) else receipts
    assert grid.receipts("kit") == by_week(published)
    assert grid.releases("kit") == {week - 1: quantity for week, quantity in by_week(published).items()}
    assert grid.orders("kit").height == setups
    assert sum(grid.projected("kit", 10)) == holding
    cost = {0: "l4l_cost", 375: "eoq_cost", 195: "poq3_cost"}[holding]
    assert setups * given["setup_cost"] + holding * given["holding_cost"] == answer[cost]


@pytest.mark.parametrize("rule", [fixed(351), LOT_FOR_LOT], ids=["eoq", "l4l"])
def test_chase_lot_sizing_exhibits(rule):
    """Chase, Aquilano & Jacobs, Operations Management, ch. MRP, lot-sizing exhibits. Published, with the costs."""
    given, answer = CASES["chase_lot"]["input"], CASES["chase_lot"]["answer"]
    grid = plan({"item": rule}, {"item": given["net_requirements"]})
    published, cost = (answer["eoq_plan"], "eoq_cost") if rule else (given["net_requirements"], "l4l_cost")
    assert grid.receipts("item") == by_week(published)
    holding = given["holding_cost"] * sum(grid.projected("item", 8))
    assert given["setup_cost"] * grid.orders("item").height + holding == pytest.approx(answer[cost])


@pytest.mark.parametrize(
    ("rule", "receipts"),
    [
        (fixed(60), {1: 60, 4: 60, 9: 60}),
        (fixed(58), {1: 58, 4: 58, 8: 58}),
        (LOT_FOR_LOT, by_week(ORLICKY_NET)),
        (weeks_of_supply(2), {1: 45, 4: 40, 6: 25, 8: 40}),
    ],
    ids=["foq", "eoq", "l4l", "fixed_period"],
)
def test_orlicky_lot_sizing(rule, receipts):
    """Ptak & Smith, Orlicky's MRP, 3rd ed., ch. 8, figures 8-1 to 8-4. Published (8-4 prints 40 for the first 45).

    Figure 8-1 is an FOQ of 60: 35 + 10 leave 15, 40 + 20 + 5 + 10 leave 0, 30 leave 30.
    """
    grid = plan({"item": rule}, {"item": ORLICKY_NET})
    assert grid.receipts("item") == receipts


def test_orlicky_fixed_order_quantity_below_a_net_requirement():
    """Orlicky's MRP, ch. 8: an FOQ of 60 for a need of 75 becomes 75, which is our minimum; our FOQ gives two lots."""
    assert plan({"item": {"minimum_order_quantity": 60.0}}, {"item": {1: 75}}).receipts("item") == {1: 75}
    two_lots = plan({"item": fixed(60)}, {"item": {1: 75}})
    assert two_lots.orders("item")["quantity"].to_list() == [60, 60]


def test_orlicky_net_requirements():
    """Orlicky's MRP, ch. 7, figures 7-2 to 7-7: 23 on hand, 30 due in period 3. Published: net 7 and 12."""
    gross = [0, 20, 0, 25, 0, 15, 12, 0]
    grid = plan({"item": {}}, {"item": gross}, on_hand={"item": 23}, scheduled={"item": {3: 30}})
    assert grid.receipts("item") == {6: 7, 7: 12}
    assert grid.projected("item", 8) == [23, 3, 33, 8, 8, 0, 0, 0]


@pytest.mark.parametrize(("safety_stock", "net"), [(0, 45), (20, 65)])
def test_orlicky_net_requirement_with_safety_stock(safety_stock, net):
    """Orlicky's MRP, ch. 5: gross 120, on hand 25, on order 50, net 45. Published; safety stock: our arithmetic."""
    item = {"safety_stock": float(safety_stock)}
    grid = plan({"item": item}, {"item": {3: 120}}, on_hand={"item": 25}, scheduled={"item": {2: 50}})
    assert grid.receipts("item") == {3: net}


def test_orlicky_time_phased_order_point():
    """Orlicky's MRP, ch. 7, figure 7-16: 17 a period, safety stock 100, lead time 2, lots of 50. Published.

    170 falls to 85 in period 5, so an order is released in period 3; to 84 in period 8, released in period 6.
    """
    item = {"weeks": 2, "safety_stock": 100.0, **fixed(50)}
    grid = plan({"item": item}, {"item": [17] * 8}, on_hand={"item": 170})
    assert grid.releases("item") == {3: 50, 6: 50}
    assert grid.projected("item", 8) == [153, 136, 119, 102, 135, 118, 101, 134]


def test_orlicky_allocations_do_not_change_the_balance():
    """Orlicky's MRP, ch. 9, figure 9-2: two parent orders are released, their needs become allocations. Published.

    Without planned orders the balance is 30, 18, -7, -27 in both cases. The figure orders 27 at once, for two periods.
    """
    item = {"item": weeks_of_supply(2)}
    before = plan(item, {"item": [30, 12, 25, 20]}, on_hand={"item": 60})
    after = plan(item, {"item": [20, 12, 10, 20]}, on_hand={"item": 60}, allocated={"item": [10, 0, 15, 0]})
    assert before.receipts("item") == after.receipts("item") == {3: 27}
    assert before.projected("item", 4) == after.projected("item", 4) == [30, 18, 20, 0]


def test_vollmann_basic_record():
    """Vollmann, Berry & Whybark, Manufacturing Planning and Control, ch. MRP, the basic record. Published."""
    item = {"weeks": 1, **fixed(50)}
    grid = plan({"item": item}, {"item": [0, 10, 0, 40, 10]}, on_hand={"item": 4}, scheduled={"item": {1: 50}})
    assert grid.projected("item", 5) == [54, 44, 44, 4, 44]
    assert grid.releases("item") == {4: 50}


def test_nahmias_valve_casings_by_economic_order_quantity():
    """Nahmias, Production and Operations Analysis, ch. MRP, Harmon Music: lots of 139 for the casings. Published."""
    grid = plan({"casing": fixed(139)}, {"casing": NAHMIAS_NET})
    assert grid.receipts("casing") == {1: 139, 5: 139, 7: 139, 10: 139}
    assert grid.projected("casing", 10) == [97, 55, 23, 11, 124, 12, 106, 92, 16, 117]
