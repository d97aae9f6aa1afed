"""How a shortage becomes order quantities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tests.reference.facts import Facts


def next_order(facts: Facts, options: Mapping[str, Any], rest: Fraction) -> Fraction:
    """Return the next order for what is left of a quantity."""
    if facts.rule == "fixed_order_quantity":
        return facts.fixed_order_quantity or Fraction(0)
    maximum = facts.maximum
    if maximum is not None and facts.multiple > 0:
        maximum = max(1, math.floor(maximum / facts.multiple)) * facts.multiple
    order = rest
    is_raised = order < facts.minimum
    if is_raised:
        order = facts.minimum
    is_raw = is_raised and options["minimum_rounding"] == "raw"
    if facts.multiple > 0 and not is_raw:
        order = math.ceil(order / facts.multiple) * facts.multiple
    return order if maximum is None else min(order, maximum)


def share_net_requirement(orders: list[Fraction], answered: Fraction) -> list[Fraction]:
    """Return each order's part of what the orders answer: at most its quantity, and what those before it left."""
    shares: list[Fraction] = []
    for order in orders:
        shares.append(min(order, answered))
        answered -= shares[-1]
    return shares
