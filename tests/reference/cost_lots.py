"""The lot-sizing rules that weigh ordering against holding: what one order covers, from the definitions alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from tests.reference.facts import Facts

ZERO = Fraction(0)
ECONOMIC_RULES = ("economic_order_quantity", "period_order_quantity")
DYNAMIC_RULES = (
    "least_unit_cost",
    "least_total_cost",
    "part_period_balancing",
    "silver_meal",
    "groff",
    "wagner_whitin",
)
COST_RULES = (*ECONOMIC_RULES, *DYNAMIC_RULES)
Series = Sequence[tuple[int, Fraction]]  # day and quantity of each net requirement, the first one first


def exact_root(value: Fraction) -> Fraction:
    """Return a square root: the exact one where it is a fraction, else one with 40 digits."""
    top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if top * top == value.numerator and bottom * bottom == value.denominator:
        return Fraction(top, bottom)
    scale = 10**40
    return Fraction(math.isqrt(value.numerator * value.denominator * scale * scale), value.denominator * scale)


def economic_order_quantity(facts: Facts, rate: Fraction) -> Fraction | None:
    """Return the lot that weighs both costs; none when there is nothing to weigh."""
    if facts.ordering_cost == 0 or facts.holding_cost == 0 or rate == 0:
        return None
    return exact_root(2 * facts.ordering_cost * rate / facts.holding_cost)


def economic_lot(facts: Facts, rate: Fraction) -> Fraction | None:
    """Return that lot in the item's decimals, half up, at least one of the last decimal."""
    lot = economic_order_quantity(facts, rate)
    if lot is None or facts.quantity_decimals is None:
        return lot
    power = 10**facts.quantity_decimals
    return Fraction(max(1, math.floor(lot * power + Fraction(1, 2))), power)


def economic_days(facts: Facts, rate: Fraction) -> int:
    """Return how many days that lot lasts, half up, at least 1 and at most 100,000."""
    lot = economic_order_quantity(facts, rate)
    return 1 if lot is None else max(1, math.floor(min(lot / rate, Fraction(100_000)) + Fraction(1, 2)))


def covered(rule: str, ordering_cost: Fraction, holding_cost: Fraction, series: Series) -> int:
    """Return how many of the net requirements an order on the first one's day covers."""
    if rule == "wagner_whitin":
        return optimal_windows(ordering_cost, holding_cost, series)[0]
    if ordering_cost == 0:
        return 1
    count = 1
    while count < len(series) and is_worth_covering(rule, ordering_cost, holding_cost, series, count):
        count += 1
    if rule == "least_total_cost" and count < len(series):
        below = ordering_cost - holding_cost * unit_days(series[:count])
        above = holding_cost * unit_days(series[: count + 1]) - ordering_cost
        count += above < below
    return count


def is_worth_covering(rule: str, ordering_cost: Fraction, holding_cost: Fraction, series: Series, count: int) -> bool:
    """Return whether an order that covers so many requirements covers the next one too."""
    day, quantity = series[count]
    until = day - series[0][0]
    before = ordering_cost + holding_cost * unit_days(series[:count])
    after = ordering_cost + holding_cost * unit_days(series[: count + 1])
    if rule in ("least_total_cost", "part_period_balancing"):
        return after - ordering_cost <= ordering_cost
    if rule == "least_unit_cost":
        units = sum((other for _, other in series[:count]), ZERO)
        return after / (units + quantity) <= before / units
    next_day = series[count + 1][0] if count + 1 < len(series) else 2 * day - series[count - 1][0]
    longer = next_day - series[0][0]
    if rule == "silver_meal":
        return after / longer <= before / until
    if rule == "groff":
        return holding_cost * quantity / 2 <= ordering_cost * (Fraction(1, until) - Fraction(1, longer))
    raise ValueError(f"the reference does not know the rule {rule}")


def unit_days(series: Series) -> Fraction:
    """Return units x days held when all is there on the first day."""
    return sum((quantity * (day - series[0][0]) for day, quantity in series), ZERO)


def optimal_windows(ordering_cost: Fraction, holding_cost: Fraction, series: Series) -> list[int]:
    """Return how many requirements each order of the cheapest plan covers; of equal plans, the smaller lots first."""
    least = [ZERO] * (len(series) + 1)
    ends = [len(series)] * (len(series) + 1)
    for first in range(len(series) - 1, -1, -1):
        costs = {
            end: ordering_cost + holding_cost * unit_days(series[first:end]) + least[end]
            for end in range(first + 1, len(series) + 1)
        }
        least[first] = min(costs.values())
        ends[first] = min(end for end, cost in costs.items() if cost == least[first])
    windows, first = [], 0
    while first < len(series):
        windows.append(ends[first] - first)
        first = ends[first]
    return windows


def optimal_cost(ordering_cost: Fraction, holding_cost: Fraction, series: Series) -> Fraction:
    """Return what the cheapest plan costs."""
    total, first = ZERO, 0
    for window in optimal_windows(ordering_cost, holding_cost, series):
        total += ordering_cost + holding_cost * unit_days(series[first : first + window])
        first += window
    return total
