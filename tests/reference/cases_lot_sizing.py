"""Lot-sizing rules with costs, over the items of some cases."""

from __future__ import annotations

from random import Random

from tests.reference.builder import Builder
from tests.reference.cost_lots import COST_RULES

ORDERING_COSTS = (0.0, 1.0, 5.0, 12.5, 20.0, 40.0, 100.0, 17.3)
HOLDING_COSTS = (0.0, 0.01, 0.1, 0.25, 0.5, 0.03, 1.0)


def add_cost_rules(builder: Builder, seed: int) -> float:
    """Give some items of every other case a rule with costs; return the holding rate of the case.

    The draws are those of a generator of its own: the rest of the case is what it was.
    """
    random = Random(f"{seed} cost rules")
    if random.random() < 0.5:
        return 0.0
    share = random.choice((0.3, 0.7, 1.0))
    rules = random.choice((COST_RULES, COST_RULES, [random.choice(COST_RULES)]))
    for row in builder.tables["items"]:
        if random.random() < share:
            row["lot_sizing_rule"] = random.choice(rules)
        row["ordering_cost"] = random.choice((*ORDERING_COSTS, None))
        row["holding_cost_per_unit_day"] = random.choice((*HOLDING_COSTS, None, None))
        for name in ("minimum_order_quantity", "order_multiple", "maximum_order_quantity"):
            if random.random() < 0.5:
                row[name] = None
    for row in builder.tables.get("item_sites", []):
        if random.random() < share / 2:
            row["lot_sizing_rule"] = random.choice(rules)
            row["ordering_cost"] = random.choice((*ORDERING_COSTS, None))
            row["holding_cost_per_unit_day"] = random.choice((*HOLDING_COSTS, None))
    return random.choice((0.0, 0.2, 0.365, 73.0))
