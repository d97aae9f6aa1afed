"""How a shortage becomes order quantities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tests.reference.facts import Facts


def apply_modifiers(facts: Facts, options: Mapping[str, Any], wanted: Fraction) -> tuple[list[Fraction], bool]:
    """Return the orders that cover a quantity, and whether the maximum left a part of it uncovered."""
    maximum = facts.maximum
    if maximum is not None and facts.multiple > 0:
        maximum = math.floor(maximum / facts.multiple) * facts.multiple
    orders: list[Fraction] = []
    rest = wanted
    while rest > 0:
        order = rest
        is_raised = order < facts.minimum
        if is_raised:
            order = facts.minimum
        is_raw = is_raised and options["minimum_rounding"] == "raw"
        if facts.multiple > 0 and not is_raw:
            order = math.ceil(order / facts.multiple) * facts.multiple
        if maximum is not None and order > maximum:
            order = maximum
        orders.append(order)
        rest -= order
        if options["maximum_split"] == "cap":
            break
    return orders, rest > 0


def share_net_requirement(orders: list[Fraction], answered: Fraction) -> list[Fraction]:
    """Return each order's part of what the orders answer: at most its quantity, and what those before it left."""
    shares: list[Fraction] = []
    for order in orders:
        shares.append(min(order, answered))
        answered -= shares[-1]
    return shares
