"""The random cases are the same for a seed, and reach every option and feature."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from tests.reference.cases import OPTION_VALUES, generate
from tests.reference.compare import RECEIPT_MESSAGES, plan_of
from tests.reference.cost_lots import COST_RULES
from tests.reference.explosion import is_by_product
from tests.reference.mrp import ReferencePlan

N_SEEDS = 400


@cache
def plans() -> list[ReferencePlan]:
    return [plan_of(generate(seed)) for seed in range(N_SEEDS)]


def test_a_seed_gives_the_same_case_again() -> None:
    assert [generate(seed) for seed in range(20)] == [generate(seed) for seed in range(20)]


def test_cases_reach_every_value_of_every_option() -> None:
    seen = {(name, value) for case in map(generate, range(N_SEEDS)) for name, value in case.options.items()}
    assert {(name, value) for name, values in OPTION_VALUES.items() for value in values} <= seen
    assert "grid_anchor" in {name for name, _ in seen}


def test_cases_reach_every_rule_and_supply_type() -> None:
    rules = Counter(order.facts.rule for result in plans() for order in result.planned_orders)
    assert set(rules) == {"lot_for_lot", "fixed_order_quantity", "order_up_to", "period_of_supply", *COST_RULES}
    types = Counter(order.facts.supply_type for result in plans() for order in result.planned_orders)
    assert set(types) == {"make", "buy", "transfer"}
    assert min(*rules.values(), *types.values()) >= 40


def test_cases_reach_every_kind_of_requirement_and_message() -> None:
    kinds = Counter(row.kind for result in plans() for row in result.requirements)
    assert set(kinds) == {
        "sales_order",
        "forecast",
        "independent",
        "service",
        "dependent",
        "allocation",
        "safety_stock",
    }
    messages = Counter((m.kind, m.is_damped) for result in plans() for m in result.messages)
    assert {kind for kind, _ in messages} == {*RECEIPT_MESSAGES}
    assert {("expedite", True), ("defer", True), ("cancel", True)} <= set(messages)
    assert any(result.past_due_demands for result in plans())
    assert any(result.expired_stock for result in plans())
    assert any(result.late_demands for result in plans())


def test_cases_reach_every_feature_of_a_bill() -> None:
    lines = [row for seed in range(N_SEEDS) for row in generate(seed).tables.get("bom_lines", [])]
    optional = ("scrap_fraction", "site_id", "effective_from", "effective_to", "offset_days", "at_end")
    for column in (*optional, "alternate_group", "usage_fraction", "quantity_fixed"):
        assert sum(1 for row in lines if row[column]) >= 10, column
    assert sum(map(is_by_product, lines)) >= 10
    assert max(code for result in plans() for code in result.low_level_codes.values()) >= 5


@pytest.mark.parametrize("name", [*OPTION_VALUES, "grid_anchor"])
def test_every_option_changes_some_plan(name: str) -> None:
    """Otherwise the comparison with the engine could not tell whether the option is there."""
    n_changed = 0
    for seed in range(N_SEEDS):
        case, result = generate(seed), plans()[seed]
        if name in case.options:
            others = {option: value for option, value in case.options.items() if option != name}
            other = plan_of(replace(case, options=others))
            n_changed += outcome(result) != outcome(other)
    assert n_changed


def outcome(result: ReferencePlan) -> object:
    orders = [(o.order_id, o.quantity, o.release, o.due) for o in result.planned_orders]
    return orders, result.requirements, result.messages
