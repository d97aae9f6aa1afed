"""Full pegging: every unit of an order reaches an end, and what is carried over all levels agrees with the walk."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from bom.errors import PlanningError
from planning.demand_margins import demand_margins
from planning.encoding.demands import demand_priorities
from planning.full_pegging import bottom_sources, end_uses, find_start, peg_tree
from planning.kernels.netting_arrays import NEVER
from planning.late_demands import late_demands
from planning.mrp import MrpResult
from planning.options import MrpOptions
from planning.pegs.all_ends import all_end_uses
from planning.pegs.order_priority import order_priorities
from planning.pegs.start import find_asked
from planning.pegs.trace import PegTrace, Place
from tests.asserts import plan_rows, run_mrp_checked
from tests.reference.cases import generate
from tests.reference.compare import data_of

AS_OF = date(2026, 1, 5)
SEEDS = range(30)


def bikes(**more: Any) -> dict[str, list[dict[str, Any]]]:
    """Two demands for bikes, frames in lots of 15, a tube bought in tens; 4 bikes and 6 frames are there."""
    return {
        "items": [
            {"item_id": "bike", "unit_price": 100.0, "lead_time_days": 1},
            {"item_id": "frame", "order_multiple": 15.0, "lead_time_days": 1, "unit_cost": 9.0},
            {"item_id": "tube", "order_multiple": 10.0, "lead_time_days": 2, "unit_cost": 2.0},
        ],
        "bom_lines": [
            {"parent_item_id": "bike", "component_item_id": "frame", "quantity_per": 1.0},
            {"parent_item_id": "frame", "component_item_id": "tube", "quantity_per": 3.0},
        ],
        "on_hand": [{"item_id": "bike", "quantity": 4.0}, {"item_id": "frame", "quantity": 6.0}],
        "demands": [
            {"demand_id": "SO1", "item_id": "bike", "due_date": date(2026, 1, 15), "quantity": 10.0, "priority": 3},
            {"demand_id": "SO2", "item_id": "bike", "due_date": date(2026, 1, 20), "quantity": 12.0, "priority": 1},
        ],
        **more,
    }


def random_plan(seed: int, **options: Any) -> MrpResult:
    case = generate(seed)
    return run_mrp_checked(data_of(case), MrpOptions(**{**case.options, **options}))


def by_end(frame: pl.DataFrame) -> dict[tuple[str, str], float]:
    return {(kind, name): quantity for kind, name, quantity in frame.select("kind", "id", "quantity").rows()}


def test_an_order_is_traced_up_to_its_demands_and_what_is_left_of_its_lot() -> None:
    result = plan_rows(bikes(), {"as_of": AS_OF})
    # frames: 6 in stock for SO1's 6 bikes, a lot of 15 for SO2's 12 bikes; the tubes: 45 in a lot of 50
    order = result.table("planned_orders").filter(item_id="tube")["order_id"].item()
    found = end_uses(result, order).select("kind", "id", "item_id", "quantity").rows()
    assert sorted(found) == [
        ("sales_order", "SO2", "bike", 36.0),
        ("surplus", "", "frame", 9.0),
        ("surplus", "", "tube", 5.0),
    ]
    tree = peg_tree(result, order, is_up=True)
    assert tree["depth"].to_list() == [0, 1, 2, 3, 2, 1]
    assert tree["quantity"].to_list() == pytest.approx([50.0, 45.0, 36.0, 36.0, 9.0, 5.0])


def test_a_demand_is_traced_down_to_stock_and_purchases() -> None:
    result = plan_rows(bikes(), {"as_of": AS_OF})
    assert by_end(bottom_sources(result, "SO1")) == {
        ("on_hand", "bike@MAIN/on_hand"): 4.0,
        ("on_hand", "frame@MAIN/on_hand"): 6.0,
    }
    [(kind, name, quantity)] = bottom_sources(result, "SO2").select("kind", "item_id", "quantity").rows()
    assert (kind, name, quantity) == ("planned_order", "tube", 36.0)


def test_margins_take_what_really_serves_the_demand() -> None:
    result = plan_rows(bikes(), {"as_of": AS_OF})
    margins = demand_margins(result).select("demand_id", "revenue", "material_cost", "margin").rows()
    # SO1: 4 bikes at unit_cost 0 and 6 frames at 9; SO2: 36 tubes at 2
    assert margins == [("SO1", 1000.0, 54.0, 946.0), ("SO2", 1200.0, 72.0, 1128.0)]


def test_a_late_purchase_binds_the_demand_that_waits_for_it() -> None:
    tables = bikes()
    tables["items"][2]["lead_time_days"] = 20
    [row] = late_demands(plan_rows(tables, {"as_of": AS_OF})).to_dicts()
    # released on 5 January, the tubes come on the 25th, the frame on the 26th, the bikes on the 27th
    assert (row["demand_id"], row["late_date"], row["days_late"]) == ("SO2", date(2026, 1, 27), 7)
    assert (row["late_quantity"], row["binding_kind"], row["binding_item_id"]) == (12.0, "planned_order", "tube")


def test_a_shortage_below_is_carried_up_by_its_part() -> None:
    tables = bikes()
    tables["items"][2]["is_planned"] = False
    tables["on_hand"].append({"item_id": "tube", "quantity": 9.0})
    [row] = late_demands(plan_rows(tables, {"as_of": AS_OF})).to_dicts()
    # 9 of 45 tubes: four fifths of the frames, and of the 12 bikes, are short
    assert (row["demand_id"], row["binding_kind"], row["binding_item_id"]) == ("SO2", "shortage", "tube")
    assert row["short_quantity"] == pytest.approx(12.0 * 0.8)


def test_every_unit_of_every_order_reaches_an_end() -> None:
    for seed in SEEDS:
        result = random_plan(seed)
        for order_id, quantity in result.table("planned_orders").select("order_id", "quantity").rows()[:15]:
            ends = end_uses(result, order_id)
            assert ends["quantity"].sum() == pytest.approx(quantity, rel=1e-6, abs=1e-6), (seed, order_id)


def walked_up(result: MrpResult, order_id: str) -> dict[tuple[str, str, int, int], float]:
    """The end uses of an order, path by path."""
    trace, asked = PegTrace(result), find_asked(result, order_id)
    assert asked.supply is not None
    start = trace.supply(asked.node, asked.supply, asked.place)
    assert start is not None
    ends: dict[tuple[str, str, int, int], float] = defaultdict(float)

    def walk(place: Place, quantity: float) -> None:
        for flow in trace.uses(place, quantity):
            if flow.place is None:
                ends[flow.kind, flow.name, flow.node, flow.day] += flow.quantity
            else:
                walk(flow.place, flow.quantity)

    walk(start, float(trace.at(asked.node).nodes.given[start.number]))
    return ends


def walked_down(result: MrpResult, name: str) -> dict[tuple[str, str, int, int], float]:
    """The sources of a demand or order, path by path."""
    trace = PegTrace(result)
    ends: dict[tuple[str, str, int, int], float] = defaultdict(float)

    def walk(place: Place, quantity: float) -> None:
        for flow in trace.sources(place, quantity):
            parts = list(trace.components(flow.place, flow.quantity)) if flow.place is not None else []
            for part, needed in parts:
                walk(part, needed)
            if not parts:
                ends[flow.kind, flow.name, flow.node, flow.day] += flow.quantity

    for place, quantity in find_start(trace, name).requirements:
        walk(place, quantity)
    return ends


def as_walked(result: MrpResult, ends: pl.DataFrame) -> dict[tuple[str, str, int, int], float]:
    index, as_of = result.order_index, result.model.as_of
    assert not ends.select(pl.exclude("quantity")).is_duplicated().any()
    return {
        (kind, name, index.node(item, site), (day - as_of).days): quantity
        for kind, name, item, site, quantity, day in ends.rows()
    }


def test_ends_are_those_of_a_walk_along_every_path() -> None:
    """Level by level, each node once, comes out where following every link by itself does."""
    kinds: set[str] = set()
    for seed in SEEDS[:16]:
        result = random_plan(seed)
        orders = result.table("planned_orders")["order_id"].to_list()
        receipts = [
            name for name in result.model.data.table("scheduled_receipts")["order_id"] if supplies(result, name)
        ]
        for name in orders[:8] + receipts[:3]:
            found, expected = as_walked(result, end_uses(result, name)), walked_up(result, name)
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), (seed, name)
            kinds |= {kind for kind, *_ in found}
        demands = [f"demands:{n}" for n in range(1, 20)] + result.model.data.filled("demands", ["demand_id"])[
            "demand_id"
        ].drop_nulls().to_list()
        planned = [name for name in demands if is_planned(result, name)]
        for name in planned[:6] + orders[-3:] + receipts[:3]:
            found, expected = as_walked(result, bottom_sources(result, name)), walked_down(result, name)
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), (seed, name)
            kinds |= {kind for kind, *_ in found}
    assert kinds >= {
        "sales_order",
        "safety_stock",
        "surplus",
        "free",
        "on_hand",
        "planned_order",
        "short",
        "by_product",
    }


def test_the_ends_of_all_orders_are_those_of_each() -> None:
    for seed in SEEDS[:16]:
        result = random_plan(seed)
        table = all_end_uses(result).table()
        orders = result.table("planned_orders")
        assert set(table["order_id"]) == set(orders["order_id"])
        sums = orders.join(table.group_by("order_id").agg(whole=pl.col("quantity").sum()), on="order_id")
        assert sums["whole"].to_list() == pytest.approx(sums["quantity"].to_list(), rel=1e-6, abs=1e-6), seed
        for order_id in orders["order_id"].to_list()[-12:]:
            expected = end_uses(result, order_id)
            found = table.filter(order_id=order_id)
            is_demand = pl.col("id") != ""  # what came through a phantom has the kind dependent there
            parts = [summed(frame.filter(is_demand), "id") for frame in (found, expected)]
            assert parts[0] == pytest.approx(parts[1], rel=1e-9, abs=1e-9), (seed, order_id)
            parts = [summed(frame.filter(~is_demand), "kind", "item_id", "site_id") for frame in (found, expected)]
            assert parts[0] == pytest.approx(parts[1], rel=1e-9, abs=1e-9), (seed, order_id)


def summed(frame: pl.DataFrame, *keys: str) -> dict[tuple[str, ...], float]:
    return {tuple(row[:-1]): row[-1] for row in frame.group_by(keys).agg(pl.col("quantity").sum()).rows()}


def test_room_for_the_ends_of_all_orders_is_made_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    result = plan_rows(bikes(), {"as_of": AS_OF})
    expected = all_end_uses(result)
    monkeypatch.setattr("planning.pegs.all_ends.ROOM_PER_ORDER", 0)
    found = all_end_uses(result)
    assert found.end.tolist() == expected.end.tolist()
    assert found.quantity.tolist() == expected.quantity.tolist()
    monkeypatch.setattr("planning.pegs.all_ends.ROOM_PER_ORDER", 1)
    with pytest.raises(PlanningError, match="more than 1 ends"):
        all_end_uses(result, most=1)


def is_planned(result: MrpResult, name: str) -> bool:
    row = result.order_index.demand_row(name)
    return bool((result.model.event_table.demand_row == row).any()) if row >= 0 else False


def supplies(result: MrpResult, name: str) -> bool:
    asked = find_asked(result, name) if is_open(result, name) else None
    if asked is None or asked.supply is None:
        return False
    return PegTrace(result).supply(asked.node, asked.supply, asked.place) is not None


def is_open(result: MrpResult, name: str) -> bool:
    row = result.order_index.receipt_row(name)
    return bool((result.model.event_table.receipt_row == row).any())


def test_margins_agree_with_the_walk_down() -> None:
    for seed in SEEDS:
        result = random_plan(seed, phantom_stock="ignore")
        costs = result.model.sourcing.parameters["unit_cost"].to_list()
        nodes = result.model.nodes
        keys = [(nodes.item_ids[int(i)], nodes.site_ids[int(s)]) for i, s in zip(nodes.item, nodes.site, strict=True)]
        unit_cost = dict(zip(keys, costs, strict=True))
        released = set(released_with_allocations(result))
        for name, cost in demand_margins(result).select("demand_id", "material_cost").rows()[:8]:
            sources = bottom_sources(result, name).filter(~pl.col("kind").is_in(["by_product", "short"]))
            tree = peg_tree(result, name, is_up=False)
            if released & set(tree["id"].to_list()) or tree.filter(kind="by_product").height:
                continue  # an open order costs its unit_cost, whatever it still takes; a by-product nothing
            rows = sources.select("item_id", "site_id", "quantity").rows()
            expected = sum(unit_cost[item, site] * quantity for item, site, quantity in rows)
            assert cost == pytest.approx(expected, rel=1e-6, abs=1e-6), (seed, name)


def released_with_allocations(result: MrpResult) -> list[str]:
    return result.model.data.filled("allocations", ["order_id"])["order_id"].to_list()


def test_lateness_carried_up_is_that_of_the_pushed_plan() -> None:
    for seed in SEEDS:
        result = random_plan(seed, past_release="push")
        if (result.netting.lots["expiry"] != NEVER).any():
            continue  # pushing adds the lots up
        table = result.model.event_table
        is_demand = table.demand_row < table.n_demands
        expected = result.plan.demand_lateness[is_demand & (result.plan.demand_lateness > 0)]
        found = late_demands(result).filter(pl.col("days_late") > 0)["days_late"]
        assert sorted(found.to_list()) == sorted(expected.tolist()), seed


def test_the_priority_of_an_order_is_the_best_of_its_end_demands() -> None:
    for seed in SEEDS:
        result = random_plan(seed)
        data = result.model.data
        names = data.filled("demands", ["demand_id"])["demand_id"].to_list()
        priority = dict(zip(names, demand_priorities(data).tolist(), strict=True))
        ranks = order_priorities(result)
        for order_id in result.table("planned_orders")["order_id"].to_list()[:15]:
            place = result.order_index.planned(order_id)
            assert place is not None
            found = [priority[name] for name in end_uses(result, order_id)["id"].to_list() if name in priority]
            assert ranks.priority[place.order] == min(found, default=NEVER), (seed, order_id)


def test_an_unknown_id_gives_the_near_ones() -> None:
    with pytest.raises(PlanningError, match="no order or demand SO9"):
        peg_tree(plan_rows(bikes(), {"as_of": AS_OF}), "SO9", is_up=True)


def test_a_demand_has_no_end_uses() -> None:
    with pytest.raises(PlanningError, match="is a demand"):
        end_uses(plan_rows(bikes(), {"as_of": AS_OF}), "SO1")


def test_tree_and_ends_agree() -> None:
    result = plan_rows(bikes(), {"as_of": AS_OF})
    for order_id in result.table("planned_orders")["order_id"].to_list():
        tree = peg_tree(result, order_id, is_up=True)
        leaves = tree.filter(pl.col("depth").shift(-1, fill_value=0) <= pl.col("depth"))
        assert leaves["quantity"].sum() == pytest.approx(float(end_uses(result, order_id)["quantity"].sum()))
        assert np.all(tree["quantity"].to_numpy() > 0)
