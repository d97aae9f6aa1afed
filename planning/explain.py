"""Explanations: why an order is as it is (rule 16)."""

from __future__ import annotations

from bom.errors import PlanningError
from planning.codes import NO_CODE
from planning.explanation import Explanation
from planning.mrp import MrpResult
from planning.order_explanation import OrderExplainer


def explain(result: MrpResult, order_id: str) -> Explanation:
    """Return why a planned or open order is as it is: each step with its numbers before and after.

    Parameters
    ----------
    result
        The plan.
    order_id
        An id of ``planned_orders`` or ``scheduled_receipts``.

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
      balance      0 in stock, less 20 needed up to 2026-03-18: the balance is -20
      shortage     -20 is below the floor 0 on 2026-03-18: 20 short
      lot sizing   lot_for_lot: what is short: 20
      multiple     rounded up to a multiple of 12: 24
      source       bought
      lead time    5 working days: 2026-03-13
      end demand   D1 needs it on 2026-03-18
    """
    place = result.order_index.planned(order_id)
    if place is not None:
        return OrderExplainer(result).planned_order(place)
    row = result.order_index.receipt_row(order_id)
    if row != NO_CODE:
        return OrderExplainer(result).open_order(row)
    raise unknown(result, order_id, "order")


def unknown(result: MrpResult, name: str, what: str) -> PlanningError:
    """Return the error that says that an id is none of the plan, and which ids look like it."""
    near = result.order_index.near(name)
    reason = f"is no {what} of this plan" + ("; did you mean one of those after it?" if near else "")
    return PlanningError(f"unknown_{what}", reason, [name, *near])
