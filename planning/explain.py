"""Explanations: why an order is as it is, and how a demand is served (rule 16)."""

from __future__ import annotations

from bom.errors import PlanningError
from planning.encoding.codes import NO_CODE
from planning.explaining.demands import DemandExplainer
from planning.explaining.explanation import Explanation
from planning.explaining.orders import OrderExplainer
from planning.kernels.threads import one_thread
from planning.mrp import MrpResult


def explain(result: MrpResult, order_id: str, depth: int = 1) -> Explanation:
    """Return why a planned or open order is as it is: each step with its numbers before and after.

    Parameters
    ----------
    result
        The plan.
    order_id
        An id of ``planned_orders`` or ``scheduled_receipts``.
    depth
        From 2 on also the orders that serve its components, so many levels of orders in all.

    Raises
    ------
    PlanningError
        When the plan has no such order; it names ids that look like it.

    Notes
    -----
    Nothing is stored: the order's item is netted once more by the kernel that planned it, and the look that made the
    order is noted this time.

    Examples
    --------
    >>> from datetime import date
    >>> import polars as pl
    >>> from planning.checks import validate
    >>> from planning.mrp import run_mrp
    >>> items = {"item_id": ["wheel"], "lead_time_days": [5], "order_multiple": [12.0]}
    >>> demands = {"demand_id": ["D1"], "item_id": ["wheel"], "due_date": [date(2026, 3, 18)], "quantity": [20.0]}
    >>> tables = {"items": pl.DataFrame(items), "demands": pl.DataFrame(demands)}
    >>> plan = run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data)
    >>> print(explain(plan, "wheel@MAIN/2026-03-18/1"))
    wheel@MAIN/2026-03-18/1: buy 24 of wheel at MAIN, release 2026-03-13, due 2026-03-18
      requirement  20 needed on 2026-03-18 by sales_order D1
      surplus      4 serve nothing: the order is larger than the requirements
      balance      0 in stock, less 20 needed up to 2026-03-18: the balance is -20
      shortage     -20 is below the floor 0 on 2026-03-18: 20 short
      lot sizing   lot_for_lot: what is short: 20
      multiple     rounded up to a multiple of 12: 24
      source       bought
      lead time    5 working days: 2026-03-13
      end demand   20 of it for D1, due 2026-03-18
    """
    with one_thread():
        place = result.order_index.planned(order_id)
        if place is not None:
            return OrderExplainer(result).planned_order(place, depth)
        row = result.order_index.receipt_row(order_id)
        if row != NO_CODE:
            return OrderExplainer(result).open_order(row)
    raise unknown(result, order_id, "order")


def explain_demand(result: MrpResult, demand_id: str, depth: int = 1) -> Explanation:
    """Return how a demand is served, what of it is missing or late and why, and the orders that serve it explained.

    Parameters
    ----------
    result
        The plan.
    demand_id
        An id of ``demands``; ``demands:3`` for its third row, when that has none.
    depth
        How many levels of orders are explained below the demand; 0: none.

    Raises
    ------
    PlanningError
        When the data set has no such demand; it names ids that look like it.

    Examples
    --------
    >>> from datetime import date
    >>> import polars as pl
    >>> from planning.checks import validate
    >>> from planning.mrp import run_mrp
    >>> demands = {"demand_id": ["D1"], "item_id": ["wheel"], "due_date": [date(2026, 3, 18)], "quantity": [20.0]}
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["wheel"], "lead_time_days": [20]}),
    ...     "on_hand": pl.DataFrame({"item_id": ["wheel"], "quantity": [8.0]}),
    ...     "demands": pl.DataFrame(demands),
    ... }
    >>> plan = run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data)
    >>> print(explain_demand(plan, "D1", depth=0))
    D1: sales_order of 20 of wheel at MAIN, due 2026-03-18
      served  8 from stock
      served  12 by planned order wheel@MAIN/2026-03-18/1, there on 2026-03-18
      late    in time only if what is past due is made up
              wheel@MAIN/2026-03-18/1: release 2026-02-26, 4 calendar days ago, lead time 20 working days
    """
    row = result.order_index.demand_row(demand_id)
    if row == NO_CODE:
        raise unknown(result, demand_id, "demand")
    with one_thread():
        return DemandExplainer(result, row).explanation(depth)


def explain_any(result: MrpResult, name: str, depth: int = 1) -> Explanation:
    """Return the explanation of the order with an id, else of the demand.

    Raises
    ------
    PlanningError
    When neither is there; it names ids that look like it.
    """
    index = result.order_index
    is_order = index.planned(name) is not None or index.receipt_row(name) != NO_CODE
    if not is_order and index.demand_row(name) == NO_CODE:
        raise unknown(result, name, "order or demand")
    return explain(result, name, depth) if is_order else explain_demand(result, name, depth)


def unknown(result: MrpResult, name: str, what: str) -> PlanningError:
    """Return the error that says that an id is none of the plan, and which ids look like it."""
    near = result.order_index.near(name)
    reason = f"is no {what} of this plan" + ("; did you mean one of those after it?" if near else "")
    return PlanningError(f"unknown_{what.replace(' ', '_')}", reason, [name, *near])
