"""The table ``lot_sizing_costs`` and the comparison of rules, on random data."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import polars as pl
import pytest

from bom.tables import COST_RULES
from planning.lot_sizing_comparison import RULE_NAMES, compare_lot_sizing
from planning.mrp import MrpResult, run_mrp
from planning.options import MrpOptions
from planning.plan_tables import LOT_SIZING_COSTS
from tests.reference.cases import Case, generate
from tests.reference.compare import data_of, plan_of
from tests.reference.cost_lots import optimal_cost
from tests.reference.facts import Facts
from tests.reference.inputs import Inputs
from tests.reference.mrp import ReferencePlan
from tests.reference.netting import Netting

N_CASES = 120
NODE = ["item_id", "site_id"]


@pytest.fixture(scope="module")
def plans() -> list[tuple[Case, MrpResult]]:
    """Random cases of which every item with costs has a rule with costs."""
    cases = [case for case in map(generate, range(N_CASES)) if "ordering_cost" in case.tables["items"][0]]
    return [(case, run_mrp(data_of(case), MrpOptions(**case.options))) for case in cases]


def without_modifiers(case: Case, **item: str) -> Case:
    """Leave lots to the rules alone: no modifiers, buffers, fences, changes or suppliers, and no options."""
    unset = (
        "minimum_order_quantity",
        "order_multiple",
        "maximum_order_quantity",
        "planning_method",
        "planning_time_fence_days",
    )
    gone = ("item_sites", "parameter_changes", "item_suppliers")
    tables = {name: rows for name, rows in case.tables.items() if name not in gone}
    tables["items"] = [{**row, **dict.fromkeys(unset), **item} for row in tables["items"]]
    return replace(case, tables=tables, options={})


def test_orders_and_costs_are_those_of_the_planned_orders(plans):
    n_rows = 0
    for _, result in plans:
        costs, orders = result.table("lot_sizing_costs"), result.table("planned_orders")
        assert costs.columns == LOT_SIZING_COSTS.column_names
        counts = orders.group_by(NODE).len("made")
        joined = costs.join(counts, on=NODE, how="left").with_columns(pl.col("made").fill_null(0))
        assert joined["orders"].to_list() == joined["made"].to_list()
        assert costs["total_cost"].to_list() == pytest.approx(
            (costs["ordering_cost"] + costs["holding_cost"]).to_list()
        )
        assert set(costs["lot_sizing_rule"]) <= set(COST_RULES)
        assert costs.filter(pl.col("gap_fraction") < 0).is_empty()
        n_rows += costs.height
    assert n_rows > 100


def test_orders_that_cover_the_net_requirements_cost_no_less_than_the_optimum(plans):
    n_compared, n_above = 0, 0
    for _, result in plans:
        compared = result.table("lot_sizing_costs").filter(pl.col("gap_fraction").is_not_null())
        assert (compared["total_cost"] >= compared["optimal_cost"] * (1 - 1e-9) - 1e-9).all()
        n_compared += compared.height
        n_above += compared.filter(pl.col("gap_fraction") > 0).height
    assert n_compared > 50
    assert n_above > 5


def test_wagner_whitin_without_modifiers_has_no_gap(plans):
    n_optimal = 0
    for case, _ in plans:
        plain = without_modifiers(case, lot_sizing_rule="wagner_whitin")
        gaps = run_mrp(data_of(plain)).table("lot_sizing_costs")["gap_fraction"].drop_nulls()
        assert (gaps == 0).all()
        n_optimal += gaps.len()
    assert n_optimal > 50


def test_the_optimum_is_that_of_the_exact_reference(plans):
    n_compared = 0
    for case, result in plans:
        reference = plan_of(case)
        facts = {order.facts.node: order.facts for order in reference.planned_orders}
        for row in result.table("lot_sizing_costs").iter_rows(named=True):
            node = (row["item_id"], row["site_id"])
            if node in facts:
                expected = least_cost(case, reference, facts[node])
                assert row["optimal_cost"] == pytest.approx(float(expected)), f"seed {case.seed} {node}"
                n_compared += 1
    assert n_compared > 50


def least_cost(case: Case, reference: ReferencePlan, facts: Facts) -> Fraction:
    """What the net requirements of a node cost at the least."""
    stock, events = reference.events[facts.node]
    inputs = Inputs(case.tables, case.as_of, case.options, case.horizon_end, case.holding_rate_per_year)
    netting = Netting(inputs, facts, stock, events, [])
    balance = stock
    for day in netting.days:
        balance += events.opening(day) - events.needed(day)
        if netting.floor(day) > balance:
            series = netting.net_requirements(day, netting.floor(day) - balance)
            return optimal_cost(facts.ordering_cost, facts.holding_cost, series)
    return Fraction(0)


def test_comparison_adds_up_and_names_the_best(plans):
    rates = (25.0, 0.3)
    for _, result in plans:
        comparison = compare_lot_sizing(result, *rates)
        by_rule, by_item = comparison.by_rule(), comparison.by_item()
        assert by_rule["lot_sizing_rule"].to_list() == [*RULE_NAMES, "as planned"]
        for name, total in zip(RULE_NAMES, by_rule["total_cost"], strict=False):
            assert by_item[name].sum() == pytest.approx(total)
        costs = by_item.select(RULE_NAMES).to_numpy()
        assert (costs[:, -1:] <= costs * (1 + 1e-9) + 1e-9).all()
        best = [costs[row, RULE_NAMES.index(name)] for row, name in enumerate(by_item["best_rule"])]
        assert best == pytest.approx(costs.min(axis=1))
        assert by_rule["best_items"].sum() == by_item.height
        heuristics = [RULE_NAMES.index(name) for name in by_item["best_heuristic"]]
        assert costs[np.arange(len(heuristics)), heuristics] == pytest.approx(costs[:, :-1].min(axis=1))


def test_comparison_leaves_out_what_no_rule_sizes(plans):
    n_buffers = 0
    for _, result in plans:
        buffered = result.model.buffers.nodes
        n_buffers += buffered.shape[0]
        assert not np.isin(buffered, compare_lot_sizing(result).nodes).any()
    assert n_buffers > 5


def test_comparison_says_what_the_rule_in_force_costs(plans):
    """Of items without order modifiers, planned by date, that are ordered when they are short."""
    n_compared = 0
    for case in (without_modifiers(case) for case, _ in plans):
        result = run_mrp(data_of(case))
        for row in compare_lot_sizing(result).by_item().iter_rows(named=True):
            if len(result.model.nodes.site_ids) == 1 and row["lot_sizing_rule"] in RULE_NAMES:
                assert row["planned_cost"] == pytest.approx(row[row["lot_sizing_rule"]]), f"seed {case.seed} {row}"
                n_compared += 1
    assert n_compared > 20
