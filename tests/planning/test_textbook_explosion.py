"""Worked examples from the literature over several levels, planned by the engine.

Each test names its source. "Published" says that the answer stands there; "our arithmetic" that only the data does.
Numbers with a case id come from tests/data/textbook_cases.json.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.planning.textbook import CASES, LOT_FOR_LOT, NAHMIAS_NET, by_week, fixed, plan

HEIZER_ITEMS = {item: {"weeks": weeks} for item, weeks in CASES["heizer_gross"]["input"]["lead_times"].items()}
HEIZER_BOM = {parent: dict(lines) for parent, lines in CASES["heizer_gross"]["input"]["bom"].items()}


@pytest.mark.parametrize("case_id", ["heizer_gross", "heizer_net"])
def test_heizer_awesome_speakers(case_id):
    """Heizer & Render, Operations Management, ch. MRP, examples 1-4: 50 A in week 8, gross and net. Published."""
    given, answer = CASES[case_id]["input"], CASES[case_id]["answer"]
    grid = plan(HEIZER_ITEMS, given["demand"], HEIZER_BOM, on_hand=given.get("on_hand"))
    for item in HEIZER_ITEMS:
        assert grid.releases(item) == by_week(answer["planned_releases"][item]), item
        if "gross_requirements" in answer:
            assert grid.gross_requirements(item) == by_week(answer["gross_requirements"][item]), item
            assert sum(grid.gross_requirements(item).values()) == answer["totals"][item]


@pytest.mark.parametrize(
    ("on_hand", "releases"),
    [
        ({}, {"Alpha": {5: 10}, "D": {4: 30}, "F": {3: 20}}),
        ({"Alpha": 2, "D": 4}, {"Alpha": {5: 8}, "D": {4: 20}, "F": {3: 16}}),
    ],
    ids=["gross", "net"],
)
def test_heizer_alpha(on_hand, releases):
    """Heizer & Render, 7th ed., additional homework 14.28 and 14.29: 10 Alphas in 6 weeks. Our arithmetic."""
    items = {"Alpha": {"weeks": 1}, "D": {"weeks": 1}, "F": {"weeks": 2}}
    grid = plan(items, {"Alpha": {6: 10}}, {"Alpha": {"D": 3, "F": 2}}, on_hand=on_hand)
    assert {item: grid.releases(item) for item in items} == releases


def test_heizer_ultima_steppers():
    """Heizer & Render, 7th ed., additional homework 14.30: 50 steppers in week 8. Our arithmetic.

    30 steppers net; A 30 - 10, B 90 - 30, C 60 - 10; E: 3 x 50 - 5 for C in week 3, 60 for B in week 4.
    """
    weeks = {"Stepper": 2, "A": 1, "B": 2, "C": 3, "D": 1, "E": 2, "F": 2}
    bom = {"Stepper": {"A": 1, "B": 3, "C": 2}, "A": {"D": 1, "F": 2}, "B": {"E": 1, "F": 3}, "C": {"D": 2, "E": 3}}
    on_hand = {"Stepper": 20, "A": 10, "B": 30, "C": 10, "D": 15, "E": 5, "F": 20}
    grid = plan({item: {"weeks": time} for item, time in weeks.items()}, {"Stepper": {8: 50}}, bom, on_hand=on_hand)
    assert {item: grid.releases(item) for item in weeks} == {
        "Stepper": {6: 30},
        "A": {5: 20},
        "B": {4: 60},
        "C": {3: 50},
        "D": {2: 85, 4: 20},
        "E": {1: 145, 2: 60},
        "F": {2: 160, 3: 40},
    }


@pytest.mark.parametrize(
    ("frame_rule", "section_rule", "frames", "sections"),
    [
        (LOT_FOR_LOT, LOT_FOR_LOT, {1: 200, 5: 300}, {2: 330, 6: 600}),
        (fixed(320), fixed(70), {1: 320, 5: 320}, {2: 350, 6: 630}),
    ],
    ids=["l4l", "lots"],
)
def test_stevenson_shutters(frame_rule, section_rule, frames, sections):
    """Stevenson, Operations Management, ch. MRP, the shutter example: 100 in week 4, 150 in week 8. Published.

    A shutter takes 2 frames and 4 wood sections; 70 sections arrive in week 1. Lots of 70: 5 for 330, 9 for 580.
    """
    items = {"shutter": {"weeks": 1}, "frame": {"weeks": 2, **frame_rule}, "section": {"weeks": 1, **section_rule}}
    bom = {"shutter": {"frame": 2, "section": 4}}
    grid = plan(items, {"shutter": {4: 100, 8: 150}}, bom, scheduled={"section": {1: 70}})
    assert grid.releases("shutter") == {3: 100, 7: 150}
    assert grid.releases("frame") == frames
    assert grid.releases("section") == sections


def test_orlicky_explosion_over_three_levels():
    """Orlicky's MRP, 3rd ed., ch. 7, figure 7-10: A takes B takes C, 2 periods each. Published.

    The balances on hand 12, 28 and 8 run out in periods 4, 3 and 4; C's two orders stand in the figure without periods.
    """
    items = {"A": {"weeks": 2}, "B": {"weeks": 2}, "C": {}}
    gross = [10, 0, 15, 10, 20, 5, 0, 10, 15]
    on_hand = {"A": 12, "B": 28, "C": 8}
    grid = plan(items, {"A": gross}, {"A": {"B": 1}, "B": {"C": 1}}, on_hand=on_hand, scheduled={"A": {3: 14}})
    assert grid.projected("A", 3) == [2, 2, 1]
    assert grid.releases("A") == {2: 9, 3: 20, 4: 5, 6: 10, 7: 15}
    assert grid.gross_requirements("B") == {2: 9, 3: 20, 4: 5, 6: 10, 7: 15}
    assert grid.releases("B") == {1: 1, 2: 5, 4: 10, 5: 15}
    assert grid.gross_requirements("C") == {1: 1, 2: 5, 4: 10, 5: 15}
    assert grid.receipts("C") == {4: 8, 5: 15}


@pytest.mark.parametrize(("is_phantom", "needed"), [(False, 18), (True, 18)])
def test_orlicky_transient_subassembly(is_phantom, needed):
    """Orlicky's MRP, 3rd ed., ch. 11, figures 11-2 to 11-5: 20 A take B takes C. Published: C falls from 30 to 12.

    Two B are in stock. As a subassembly B is ordered (18); as a phantom its stock is used first, and 18 C go to A.
    """
    items = {"A": {}, "B": {"is_phantom": is_phantom}, "C": {}}
    bom = {"A": {"B": 1}, "B": {"C": 1}}
    grid = plan(items, {"A": {1: 20}}, bom, on_hand={"B": 2, "C": 30}, phantom_stock="net")
    assert grid.gross_requirements("C") == {1: needed}
    assert grid.projected("C", 2) == [12, 12]
    assert grid.releases("B") == ({} if is_phantom else {1: 18})


def test_nahmias_valves():
    """Nahmias, Production and Operations Analysis, ch. MRP, Harmon Music: 3 valves a casing. Published.

    Casings are started in weeks 4 to 13; 186 valves are on hand and 96 come in week 5. Here week 1 is week 1 there.
    """
    casings = dict(enumerate(NAHMIAS_NET, start=8))
    items = {"casing": {"weeks": 4}, "valve": {"weeks": 3}}
    grid = plan(
        items, {"casing": casings}, {"casing": {"valve": 3}}, on_hand={"valve": 186}, scheduled={"valve": {5: 96}}
    )
    assert grid.releases("casing") == dict(enumerate(NAHMIAS_NET, start=4))
    assert grid.projected("valve", 6) == [186, 186, 186, 60, 30, 0]
    assert grid.receipts("valve") == by_week([0] * 5 + [66, 36, 78, 336, 135, 42, 228, 114])
    assert grid.releases("valve") == by_week([0, 0, 66, 36, 78, 336, 135, 42, 228, 114])


@pytest.mark.parametrize(
    ("expedite_window_days", "receipts"),
    [(0, NAHMIAS_NET), ("unlimited", [27, 42, 38, 21, *NAHMIAS_NET[4:]])],
    ids=["published", "receipts_moved_up"],
)
def test_nahmias_trumpets_net_of_returns(expedite_window_days, receipts):
    """Nahmias, same example: 23 trumpets at the end of week 7, 12, 6 and 9 expected back in weeks 8, 10, 11. Published.

    The book nets with the receipts on their dates. Our default moves them up first: 77 - 23 - 12 - 6 - 9 = 27.
    """
    grid = plan(
        {"trumpet": {}},
        {"trumpet": [77, 42, 38, 21, 26, 112, 45, 14, 76, 38]},
        on_hand={"trumpet": 23},
        scheduled={"trumpet": [12, 0, 6, 9]},
        expedite_window_days=expedite_window_days,
    )
    assert grid.receipts("trumpet") == by_week(receipts)


def test_chase_multiples():
    """Chase, Jacobs & Aquilano, ch. MRP, problem: D, E, F in multiples of 50, 100, 100. Published."""
    items = {
        **{"A": {"weeks": 1}, "B": {"weeks": 1}, "C": {"weeks": 2}},
        **{"D": {"weeks": 1, "order_multiple": 50.0}, "E": {"weeks": 2, "order_multiple": 100.0}},
        **{"F": {"weeks": 2, "order_multiple": 100.0}},
    }
    bom = {"A": {"B": 2, "C": 3}, "B": {"F": 1}, "C": {"D": 1, "E": 1, "F": 2}}
    on_hand = {"A": 20, "B": 50, "C": 60, "D": 25}
    grid = plan(items, {"A": [20, 20, 0, 0, 0, 60, 0, 50]}, bom, on_hand=on_hand, scheduled={"B": {1: 30}})
    assert {item: grid.releases(item) for item in items} == {
        "A": {1: 20, 5: 60, 7: 50},
        "B": {4: 80, 6: 100},
        "C": {3: 180, 5: 150},
        "D": {2: 200, 4: 150},
        "E": {1: 200, 3: 200},
        "F": {1: 400, 2: 100, 3: 300, 4: 100},
    }


def test_chase_minimum_and_multiples():
    """Chase, Jacobs & Aquilano, ch. MRP, problem: C at least 50, D and E in multiples of 100 and 50. Published."""
    items = {
        **{"A": {"weeks": 1}, "B": {"weeks": 1}, "C": {"weeks": 1, "minimum_order_quantity": 50.0}},
        **{"D": {"weeks": 2, "order_multiple": 100.0}, "E": {"weeks": 2, "order_multiple": 50.0}},
    }
    bom = {"A": {"B": 1, "C": 2, "D": 1}, "C": {"D": 2, "E": 3}}
    on_hand = {"A": 20, "C": 10, "D": 20, "E": 10}
    grid = plan(items, {"A": {2: 30, 5: 30, 8: 40}}, bom, on_hand=on_hand, scheduled={"B": {1: 10}, "C": {1: 50}})
    assert {item: grid.releases(item) for item in items} == {
        "A": {1: 10, 4: 30, 7: 40},
        "B": {3: 30, 6: 40},
        "C": {3: 50, 6: 50},
        "D": {1: 100, 2: 100, 4: 100},
        "E": {1: 150, 4: 150},
    }


def test_chase_lots_and_low_level_codes():
    """Chase, Jacobs & Aquilano, ch. MRP, problem: 20 A in week 10, lots of 20, 40, 160 for A, B, D. Our arithmetic.

    B is in A and in C, D in B and in C, E in C and in D: planned at codes 2, 3 and 4.
    """
    items = {
        **{"A": {"weeks": 2, **fixed(20)}, "B": {"weeks": 2, **fixed(40)}, "C": {"weeks": 1}},
        **{"D": {"weeks": 3, **fixed(160)}, "E": {"weeks": 2}, "F": {"weeks": 2}},
    }
    bom = {"A": {"B": 1, "C": 1}, "B": {"D": 3, "F": 1}, "C": {"B": 3, "D": 1, "E": 4}, "D": {"E": 1}}
    on_hand = {"A": 5, "B": 10, "D": 100, "E": 100}
    scheduled = {"A": {3: 10}, "B": {7: 20}, "F": {5: 40}, "E": {2: 60}}
    grid = plan(items, {"A": {10: 20}}, bom, on_hand=on_hand, scheduled=scheduled)
    assert {item: grid.releases(item) for item in items} == {
        "A": {8: 20},
        "C": {7: 20},
        "B": {5: 40, 6: 40},
        "D": {2: 160},
        "E": {5: 80},
        "F": {4: 40},
    }
    codes = {item: grid.orders(item)["low_level_code"].unique().to_list() for item in items}
    assert codes == {"A": [0], "C": [1], "B": [2], "D": [3], "F": [3], "E": [4]}


def test_cma_gross_to_net_over_two_levels():
    """CMA examination question on MRP: 100 X ordered, 20 X, 100 B and 50 E in stock, 550 E to buy. Published."""
    bom = {"X": {"A": 2, "B": 5}, "A": {"C": 1, "D": 3}, "B": {"E": 2}}
    items: dict[str, dict[str, Any]] = {item: {} for item in "XABCDE"}
    grid = plan(items, {"X": {1: 100}}, bom, on_hand={"X": 20, "B": 100, "E": 50})
    assert grid.receipts("B") == {1: 300}
    assert grid.receipts("E") == {1: 550}


@pytest.mark.parametrize(("scrap_convention", "needed"), [("divide", 125), ("multiply", 120)])
def test_infor_scrap_factor(scrap_convention, needed):
    """Infor CloudSuite Industrial, help on the scrap factor: 100 good ones with 20 % scrap take 125. Published.

    The page names 120 = 100 x 1.2 as what people often expect: the other convention.
    """
    bom = {"A": {"B": {"quantity_per": 1.0, "scrap_fraction": 0.2}}}
    grid = plan({"A": {}, "B": {}}, {"A": {1: 100}}, bom, scrap_convention=scrap_convention)
    assert grid.receipts("B") == pytest.approx({1: needed})


@pytest.mark.parametrize(
    ("item", "line"),
    [({"yield_fraction": 0.7}, {}), ({}, {"scrap_fraction": 0.3})],
    ids=["yield_of_the_item", "scrap_of_the_component"],
)
def test_apics_scrap_factor(item, line):
    """APICS Dictionary, scrap factor: 50 wanted with a yield of 70 %, 50 / 0.7 = 71.4, so 72 are started. Published."""
    bom = {"A": {"B": {"quantity_per": 1.0, **line}}}
    grid = plan({"A": item, "B": {"quantity_decimals": 0}}, {"A": {1: 50}}, bom)
    assert grid.receipts("A") == {1: 50}
    assert grid.orders("A")["start_quantity"].to_list() == pytest.approx([50 / item.get("yield_fraction", 1)])
    assert grid.receipts("B") == {1: 72}
