"""A replanned result equals a full run on the edited data, byte for byte, whatever is edited.

`pytest tests/planning/test_net_change.py --net-change-cases 5000` runs 5,000 sequences of edits.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest

from bom.errors import PlanningError
from planning.edits import Edit, apply_edits
from planning.encoding.node_inputs import difference
from planning.mrp import MrpResult, run_mrp
from planning.net_change import ReplannedResult, replan
from planning.options import MrpOptions
from planning.plan_tables import OUTPUT_TABLES
from tests.planning.random_edits import random_edits
from tests.reference.cases import generate
from tests.reference.compare import data_of
from tests.reference.merge import merged

CASES_PER_TEST = 25
SEQUENCES_PER_CASE = 5


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seeds" in metafunc.fixturenames:
        n_cases = metafunc.config.getoption("net_change_cases")
        batches = [range(start, min(start + CASES_PER_TEST, n_cases)) for start in range(0, n_cases, CASES_PER_TEST)]
        metafunc.parametrize("seeds", batches, ids=[f"{batch.start}-{batch.stop - 1}" for batch in batches])


def bases(seeds: range) -> Iterator[tuple[MrpResult, range]]:
    """Yield plans to edit, and the seeds of their edits: a case alone, or three in one data set."""
    for start in range(seeds.start, seeds.stop, SEQUENCES_PER_CASE):
        case = generate(start) if start % 2 else merged([generate(start + k) for k in range(3)])
        yield (
            run_mrp(data_of(case), MrpOptions(**case.options)),
            range(start, min(start + SEQUENCES_PER_CASE, seeds.stop)),
        )


def planned(base: MrpResult, edits: list[Edit]) -> MrpResult | str:
    """Return the full run on the edited data, or why there is none."""
    try:
        return run_mrp(apply_edits(base.model.data, edits), base.options)
    except PlanningError as error:
        return error.code


def assert_same_plan(found: MrpResult, expected: MrpResult, label: str, is_with_tables: bool = True) -> None:
    """Assert that the data, all arrays and, when wanted, all tables of two plans are the same.

    Tables are made of the data, the options and these arrays alone, by the same code.
    """
    assert found.model.data.fingerprint() == expected.model.data.fingerprint(), label
    assert {name: frame.schema for name, frame in found.model.data.tables.items()} == {
        name: frame.schema for name, frame in expected.model.data.tables.items()
    }, label
    same = difference(found.netting, expected.netting, np.arange(found.model.nodes.n_nodes, dtype=np.int32))
    assert not same.is_other.any(), label
    for name in ("first", "counts"):
        assert np.array_equal(getattr(found.plan.orders, name), getattr(expected.plan.orders, name)), f"{label}: {name}"
    if expected.plan.orders.source.shape[0]:
        owner = np.repeat(found.model.level_nodes, found.plan.orders.counts[found.model.level_nodes])
        is_blown = found.netting.nodes["is_phantom"][owner]
        assert np.array_equal(found.plan.orders.source[is_blown], expected.plan.orders.source[is_blown]), label
    for name in ("needed_day", "netted_day", "is_short", "demand_lateness"):
        assert np.array_equal(getattr(found.plan, name), getattr(expected.plan, name)), f"{label}: {name}"
    for name in OUTPUT_TABLES if is_with_tables else ():
        one, other = found.table(name, "day"), expected.table(name, "day")
        assert one.equals(other, null_equal=True), f"{label}: {name}\n{differing_rows(one, other)}"


def differing_rows(one: pl.DataFrame, other: pl.DataFrame) -> str:
    """Return the first rows that are not in both."""
    sides = [{str(row) for row in frame.rows()} for frame in (one, other)]
    return f"only replanned: {sorted(sides[0] - sides[1])[:3]}\nonly full: {sorted(sides[1] - sides[0])[:3]}"


def assert_delta_tells(found: ReplannedResult, label: str) -> None:
    """Assert that the delta holds the orders before and now, and that what it does not name is as before."""
    base, plan, delta = found.base, found.plan, found.delta
    named = set()
    for place, node in enumerate(delta.nodes.tolist()):
        first, count = int(plan.orders.first[node]), int(plan.orders.counts[node])
        assert delta.new_orders(place).tolist() == plan.dated_orders[first : first + count].tolist(), label
        is_other = delta.new_orders(place).tolist() != delta.old_orders(place).tolist()
        assert is_other == bool(delta.is_changed[place]), label
        assert delta.root_edits[place] != 0, label
        named.add(node)
    at = np.arange(found.model.nodes.n_nodes) if delta.base_nodes is None else delta.base_nodes
    for node, before in enumerate(at.tolist()):
        if node not in named:
            first, count = int(plan.orders.first[node]), int(plan.orders.counts[node])
            old = int(base.plan.orders.first[before]), int(base.plan.orders.counts[before])
            was = base.plan.dated_orders[old[0] : old[0] + old[1]]
            assert plan.dated_orders[first : first + count].tolist() == was.tolist(), label


def is_short_way(found: MrpResult) -> bool:
    """Return whether a plan was made without encoding the whole data set; before its tables are asked for."""
    return "model" not in vars(found)


def test_a_replanned_result_equals_a_full_run(seeds: range) -> None:
    """All arrays after random edits, every table of one sequence per case, some edits of the edited plan again."""
    n_compared = n_short = 0
    for base, own in bases(seeds):
        before = base.table("planned_orders")
        for seed in own:
            edits = random_edits(base.model.data, seed)
            expected = planned(base, edits)
            label = f"seed {seed}: {edits}"
            if isinstance(expected, str):
                with pytest.raises(PlanningError) as refused:
                    replan(base, edits)
                assert refused.value.code == expected, label
                continue
            found = replan(base, edits)
            n_short += is_short_way(found)
            assert_same_plan(found, expected, label, seed % SEQUENCES_PER_CASE == 0)
            assert_delta_tells(found, label)
            n_compared += 1
            if seed % 4 == 1:
                more = random_edits(expected.model.data, seed + 1)
                again = planned(expected, more)
                if not isinstance(again, str):
                    assert_same_plan(replan(found, more), again, f"{label}, then {more}", seed % 3 == 0)
        assert base.table("planned_orders").equals(before, null_equal=True)
    assert n_compared > len(seeds) / 4
    assert n_short > n_compared / 10
