"""Pegging: the engine against the exact reference, and what holds for its arrays."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pytest

from planning.mrp import MrpResult
from planning.options import MrpOptions
from planning.pegging import peg, peg_nodes
from planning.pegs.table import pegging_frame
from tests.asserts import run_mrp_checked
from tests.reference.cases import Case, generate
from tests.reference.compare import data_of
from tests.reference.inputs import Inputs
from tests.reference.mrp import Planner
from tests.reference.pegging import pegging_rows


def rows_of_engine(result: MrpResult) -> dict[tuple[Any, ...], float]:
    frame = result.table("pegging").filter(pl.col("requirement_id").is_not_null())
    is_order = pl.col("supply_kind").is_in(["planned_order", "scheduled_receipt"])
    frame = frame.with_columns(supply_id=pl.when(is_order).then("supply_id").otherwise(pl.lit("")))
    keys = ["requirement_id", "supply_kind", "supply_id", "supply_date"]
    sums = frame.group_by(keys).agg(pl.col("quantity").sum())
    return {row[:4]: row[4] for row in sums.select(*keys, "quantity").rows()}


def rows_of_reference(case: Case, result: MrpResult) -> dict[tuple[Any, ...], float]:
    planner = Planner(Inputs(case.tables, case.as_of, case.options, case.horizon_end, case.holding_rate_per_year))
    planner.run()
    sums: dict[tuple[Any, ...], Fraction] = defaultdict(Fraction)
    for key, quantity in pegging_rows(planner):
        sums[key] += quantity
    nodes = result.model.nodes
    phantoms = set(np.flatnonzero(result.netting.nodes["is_phantom"]).tolist())
    names = [f"{nodes.item_ids[int(nodes.item[n])]}@{nodes.site_ids[int(nodes.site[n])]}/" for n in phantoms]
    return {key: float(q) for key, q in sums.items() if not any(key[0].startswith(name) for name in names)}


def without_phantoms(found: dict[tuple[Any, ...], float], result: MrpResult) -> dict[tuple[Any, ...], float]:
    nodes = result.model.nodes
    phantoms = np.flatnonzero(result.netting.nodes["is_phantom"]).tolist()
    names = tuple(f"{nodes.item_ids[int(nodes.item[n])]}@{nodes.site_ids[int(nodes.site[n])]}/" for n in phantoms)
    return {key: quantity for key, quantity in found.items() if not names or not key[0].startswith(names)}


@pytest.mark.parametrize("seeds", [range(40), range(5000, 5040)], ids=str)
def test_pegging_agrees_with_the_reference(seeds: range) -> None:
    for seed in seeds:
        case = generate(seed)
        result = run_mrp_checked(data_of(case), MrpOptions(**case.options))
        found, expected = without_phantoms(rows_of_engine(result), result), rows_of_reference(case, result)
        assert found.keys() == expected.keys(), seed
        for key, quantity in expected.items():
            assert found[key] == pytest.approx(quantity, rel=1e-9, abs=1e-9), (seed, key)


def test_the_pegging_of_some_nodes_is_that_of_the_plan() -> None:
    for seed in range(20):
        case = generate(seed)
        result = run_mrp_checked(data_of(case), MrpOptions(**case.options))
        whole = result.table("pegging")
        nodes = result.model.level_nodes[::2][::-1].copy()
        some = pegging_frame(result, peg_nodes(result, nodes))
        keys = ["item_id", "site_id"]
        expected = whole.join(some.select(keys).unique(), on=keys, how="semi", maintain_order="left")
        assert expected.sort(keys, maintain_order=True).equals(some.sort(keys, maintain_order=True)), seed


def test_both_directions_hold_the_same_links() -> None:
    for seed in range(20):
        case = generate(seed)
        pegging = peg(run_mrp_checked(data_of(case), MrpOptions(**case.options)))
        n_links = pegging.links.shape[0]
        by_supply = np.repeat(np.arange(pegging.supplies.shape[0]), np.diff(pegging.supply_link_indptr))
        assert (pegging.links["supply"] == by_supply).all()
        by_requirement = np.repeat(np.arange(pegging.requirements.shape[0]), np.diff(pegging.requirement_link_indptr))
        assert (pegging.links["requirement"][pegging.requirement_links] == by_requirement).all()
        assert sorted(pegging.requirement_links.tolist()) == list(range(n_links))
