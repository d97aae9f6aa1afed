"""The ways from an edit to a plan that do not encode the whole data set: which edits take them, and what they give."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from planning.checks import validate
from planning.edits import Change, Condition, Delete, Edit, Upsert, apply_edits
from planning.encoding.node_inputs import node_fields
from planning.kernels.netting_arrays import NettingModel
from planning.mrp import MrpResult, run_mrp
from planning.net_change import replan
from planning.options import MrpOptions
from planning.replanning import work_list
from planning.replanning.demand_edits import demand_patch
from planning.replanning.node_edits import node_patch
from planning.replanning.row_index import RowIndex
from planning.replanning.workspace import NodePatch
from tests.planning.random_edits import random_edits
from tests.planning.test_net_change import assert_delta_tells, assert_same_plan, is_short_way
from tests.reference.cases import Case, generate
from tests.reference.compare import data_of
from tests.reference.merge import merged

AS_OF = date(2026, 1, 5)


@pytest.fixture
def base() -> MrpResult:
    """Sixty end items over twenty parts over four raw materials, with stock, receipts and a supplier."""
    ends, parts, raws = ([f"{kind}{n}" for n in range(count)] for kind, count in (("E", 60), ("P", 20), ("R", 4)))
    random = np.random.default_rng(3)
    days = [AS_OF + timedelta(days=int(day)) for day in random.integers(1, 60, 300)]
    tables = {
        "items": pl.DataFrame(
            {"item_id": [*ends, *parts, *raws], "lead_time_days": [2] * 84, "safety_stock": [1.0] * 84}
        ),
        "bom_lines": pl.DataFrame(
            {
                "parent_item_id": [*ends, *ends, *parts],
                "component_item_id": [
                    *random.choice(parts[:10], 60).tolist(),
                    *random.choice(parts[10:], 60).tolist(),
                    *random.choice(raws, 20).tolist(),
                ],
                "quantity_per": random.integers(1, 5, 140).astype(float),
            }
        ),
        "demands": pl.DataFrame(
            {
                "demand_id": [f"D{n}" if n % 3 else None for n in range(300)],
                "item_id": random.choice(ends, 300),
                "due_date": days,
                "quantity": random.integers(1, 20, 300).astype(float),
                "priority": random.integers(1, 4, 300),
            }
        ),
        "on_hand": pl.DataFrame({"item_id": parts, "quantity": random.integers(0, 40, 20).astype(float)}),
        "scheduled_receipts": pl.DataFrame(
            {"order_id": [f"O{n}" for n in range(4)], "item_id": raws, "due_date": days[:4], "quantity": [50.0] * 4}
        ),
        "suppliers": pl.DataFrame({"supplier_id": ["S"]}),
        "item_suppliers": pl.DataFrame({"item_id": raws, "supplier_id": ["S"] * 4, "lead_time_days": [9] * 4}),
    }
    return run_mrp(validate(tables, {"as_of": AS_OF}).data)


SHORT: list[list[Edit]] = [
    [Upsert("demands", pl.DataFrame({"demand_id": ["D1", "demands:1"], "quantity": [99.0, 0.0]}))],
    [Upsert("demands", pl.DataFrame({"demand_id": ["D2"], "due_date": ["2026-02-20"]}))],
    [Delete("demands", pl.DataFrame({"demand_id": ["D4", "demands:4"]}))],
    [Change("demands", (Condition("item_id", "in", ["E1", "E7"]),), "quantity", "multiply", 1.5)],
    [Change("demands", (Condition("quantity", ">", 17),), "due_date", "add", -3)],
    [Upsert("demands", pl.DataFrame({"item_id": ["E3"], "due_date": ["2026-01-20"], "quantity": [500.0]}))],
    [Upsert("on_hand", pl.DataFrame({"item_id": ["P3", "R1"], "quantity": [0.0, 7.0]}))],
    [Change("items", (Condition("item_id", "=", "P4"),), "lead_time_days", "add", 4)],
    [Change("item_suppliers", (Condition("supplier_id", "=", "S"),), "lead_time_days", "add", 10)],
    [
        Upsert("scheduled_receipts", pl.DataFrame({"order_id": ["O2"], "quantity": [5.0]})),
        Delete("scheduled_receipts", pl.DataFrame({"order_id": ["O3"]})),
        Upsert("items", pl.DataFrame({"item_id": ["R0"], "yield_fraction": [0.5], "safety_stock": [60.0]})),
    ],
]


@pytest.mark.parametrize("edits", SHORT)
def test_edits_of_single_rows_take_a_short_way(base, edits):
    found = replan(base, edits)
    assert is_short_way(found)
    assert_same_plan(found, run_mrp(apply_edits(base.model.data, edits)), str(edits))
    assert_delta_tells(found, str(edits))
    assert found.delta.nodes.size < base.model.nodes.n_nodes


@pytest.mark.parametrize("edits", [*SHORT, [edit for edits in SHORT for edit in edits]])
def test_levels_on_all_threads_and_a_full_room_give_the_same(base, edits, monkeypatch):
    monkeypatch.setattr(work_list, "LARGE_LEVEL", 0)
    monkeypatch.setattr(work_list, "_MANY_ROWS", 0)
    monkeypatch.setattr("planning.replanning.workspace.whole_buffer", lambda rows: rows)
    found = replan(base, edits)
    assert_same_plan(found, run_mrp(apply_edits(base.model.data, edits)), str(edits))
    monkeypatch.setattr(work_list, "LARGE_LEVEL", 2_000)
    assert_same_plan(replan(base, edits), found, str(edits))


def test_a_change_of_the_structure_is_encoded_whole(base):
    line = {"parent_item_id": ["E1"], "component_item_id": ["R0"], "quantity_per": [2.0]}
    found = replan(base, [Upsert("bom_lines", pl.DataFrame(line))])
    assert not is_short_way(found)
    assert base.model.nodes.item_ids[found.delta.nodes].to_list() == ["R0"]


def test_threads_plan_scenarios_on_one_base_at_once(base):
    before = base.table("planned_orders")
    edits = [
        Upsert("demands", pl.DataFrame({"demand_id": [f"D{number}"], "quantity": [float(number)]}))
        for number in range(1, 200)
        if number % 3
    ]
    one_by_one = [replan(base, [edit]).delta for edit in edits]
    with ThreadPoolExecutor(4) as pool:
        at_once = [found.delta for found in pool.map(lambda edit: replan(base, [edit]), edits)]
    for one, other in zip(one_by_one, at_once, strict=True):
        assert one.nodes.tolist() == other.nodes.tolist()
        assert one.rows.tolist() == other.rows.tolist()
    assert base.table("planned_orders").equals(before)


def test_root_edits_name_the_edits_that_reach_a_node(base):
    lines = base.model.data.table("bom_lines")
    edits: list[Edit] = [
        Change("demands", (Condition("item_id", "=", "E5"),), "quantity", "add", 30),
        Upsert("on_hand", pl.DataFrame({"item_id": ["R2"], "quantity": [1000.0]})),
    ]
    delta = replan(base, edits).delta
    items, bits = base.model.nodes.item_ids, delta.root_edits.tolist()
    reached = {
        items[int(node)]: [edit for edit in (0, 1) if bits[at] >> edit & 1] for at, node in enumerate(delta.nodes)
    }
    parts = lines.filter(pl.col("parent_item_id") == "E5")["component_item_id"].to_list()
    assert reached["E5"] == [0]
    assert all(reached[part] == [0] for part in parts)
    assert 1 in reached["R2"]


def patched_rows(
    patch: NodePatch, place: int, model: NettingModel, node: int
) -> list[tuple[str, list[object], list[object]]]:
    """Return what a patch says of one node beside what the encoded data set says, field by field."""
    rows = [(name, patch.by_node[name][place].tolist(), getattr(model, name)[node].tolist()) for name in patch.by_node]
    for indptr, (counts, arrays) in patch.ragged.items():
        end = int(np.cumsum(counts)[place])
        begin, stop = getattr(model, indptr)[node : node + 2].tolist()
        for name, array in arrays.items():
            own, encoded = array[end - int(counts[place]) : end], getattr(model, name)[begin:stop]
            if name == "demands":  # what is no longer planned stays as a row of 0
                own, encoded = own[own["quantity"] != 0], encoded[encoded["quantity"] != 0]
            rows.append((name, own.tolist(), encoded.tolist()))
    return rows


def without_buffers(case: Case) -> Case:
    items = [{**row, "planning_method": None} for row in case.tables["items"]]
    return replace(case, tables={**case.tables, "items": items})


def test_a_patch_holds_the_rows_that_encoding_the_edited_data_gives():
    """Of data sets without buffers: what reads a buffer's zones is encoded as a whole."""
    n_patches = 0
    for seed in range(0, 48, 4):
        case = without_buffers(merged([generate(seed + k) for k in range(3)]))
        result = run_mrp(data_of(case), MrpOptions(**case.options))
        index = RowIndex(result.model)
        for edit_seed in range(seed, seed + 3):
            edits = random_edits(result.model.data, edit_seed)
            for find in (demand_patch, node_patch):
                found = find(result, index, edits)
                if found is None:
                    continue
                n_patches += 1
                edited = run_mrp(apply_edits(result.model.data, edits), result.options).netting
                assert set(found[0].ragged) <= set(node_fields(edited).ragged)
                for place, node in enumerate(found[0].nodes.tolist()):
                    for name, own, encoded in patched_rows(found[0], place, edited, node):
                        assert repr(own) == repr(encoded), f"seed {edit_seed}: {name} of node {node}\n{edits}"
    assert n_patches > 8
