"""The closed loop: plan, see how long orders take in the shop, plan again with these lead times, to a fixed point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from planning.capacity import CapacityOptions, CapacityResult, run_capacity
from planning.compare import compare
from planning.data import PlanningData
from planning.edits import Edit, made_edits
from planning.encoding.codes import dates_of
from planning.mrp import MrpResult, run_mrp
from planning.options import MrpOptions
from scheduling.levelled_plan import level_plan
from scheduling.leveller.options import LevellingOptions
from scheduling.looping.figures import service_figures
from scheduling.looping.lead_times import (
    LeadTimes,
    OrderDays,
    group_statistics,
    lead_time_edits,
    measured_orders,
    next_lead_times,
    order_days,
    planned_with,
)
from scheduling.looping.options import ClosedLoopOptions
from scheduling.looping.plan_orders import PlanOrders, plan_orders
from scheduling.looping.scheduled_shop import run_schedule
from scheduling.looping.shop_flow import ShopTimes, run_shop
from scheduling.looping.tables import ACTUAL_LEAD_TIMES, CLOSED_LOOP_ROUNDS, CLOSED_LOOP_TABLES, ORDER_TIMES

__all__ = ["ClosedLoopOptions", "ClosedLoopResult", "LoopRound", "StopReason", "run_closed_loop"]


class StopReason(StrEnum):
    """Why there is no further round.

    ``no_capacity``: no order has an operation at a work center with a limit. ``fixed_point``: the shop takes what is
    planned with. ``settled``: the averages do not move any more, though the shop takes more or less. ``cycle``: an
    earlier round had the lead times that would be next (with damping: two of them). ``round_limit``, and ``stopped`` by
    the caller.
    """

    NO_CAPACITY = "no_capacity"
    FIXED_POINT = "fixed_point"
    SETTLED = "settled"
    CYCLE = "cycle"
    ROUND_LIMIT = "round_limit"
    STOPPED = "stopped"


@dataclass(frozen=True)
class LoopRound:
    """One round.

    Parameters
    ----------
    number
        From 1 on.
    netted, feasible
        The plan as netted with its loads, and the one that the shop gets: the same, or levelled.
    orders, times
        Its orders, and when the shop does them.
    lead_times
        What was planned with, by item, site and first due day.
    statistics, days
        What was measured, by group and by order.
    figures
        The row of ``closed_loop_rounds``, ``is_kept`` aside.
    """

    number: int
    netted: CapacityResult
    feasible: CapacityResult
    orders: PlanOrders
    times: ShopTimes
    lead_times: LeadTimes
    statistics: pl.DataFrame
    days: OrderDays
    figures: dict[str, Any]


Watch = Callable[[LoopRound], bool]
"""Told of every round; the loop ends when it returns ``True``."""


@dataclass(frozen=True)
class ClosedLoopResult:
    """What the loop ends with.

    Parameters
    ----------
    base, options
        The plan that it began with, and the choices.
    kept
        The round whose plan is the result.
    figures
        The rows of ``closed_loop_rounds``.
    reason, cycle_length
        Why it ended; the rounds of a cycle, else 0.
    """

    base: MrpResult
    options: ClosedLoopOptions
    kept: LoopRound
    figures: tuple[dict[str, Any], ...]
    reason: StopReason
    cycle_length: int = 0

    @property
    def plan(self) -> MrpResult:
        """The final plan; levelled, where the orders are levelled."""
        return self.kept.feasible.plan

    @property
    def data(self) -> PlanningData:
        """The data set of the final plan: with its lead times, and its levelled orders as firm planned ones."""
        return self.plan.model.data

    @cached_property
    def edits(self) -> tuple[Edit, ...]:
        """The lead times as edits of the first data set; empty when they are as given."""
        return () if self.kept.number == 1 else lead_time_edits(self.base, self.kept.lead_times)

    @property
    def table_names(self) -> tuple[str, ...]:
        """The tables that :meth:`table` gives."""
        return tuple(CLOSED_LOOP_TABLES)

    def table(self, name: str) -> pl.DataFrame:
        """Return ``closed_loop_rounds``, ``actual_lead_times`` or ``order_times``; ``KeyError`` for another name."""
        if name == "closed_loop_rounds":
            rows = [{**row, "is_kept": row["round"] == self.kept.number} for row in self.figures]
            schema = {column.name: column.dtype.polars for column in CLOSED_LOOP_ROUNDS.columns}
            return pl.DataFrame(rows, schema=schema)
        if name == "actual_lead_times":
            return _actual_lead_times(self)
        if name == "order_times":
            return _order_times(self.kept)
        raise KeyError(name)


def run_closed_loop(
    plan: MrpResult,
    options: ClosedLoopOptions = ClosedLoopOptions(),  # noqa: B008 - frozen
    capacity: CapacityOptions | None = None,
    levelling: LevellingOptions = LevellingOptions(),  # noqa: B008 - frozen
    on_round: Watch = lambda _: False,
) -> ClosedLoopResult:
    """Return the plan whose lead times are those that its orders take in the shop (docs/concepts/closed_loop.md).

    Parameters
    ----------
    plan
        The plan to begin with.
    options
        The choices.
    capacity
        How loads are counted; without it as the data set says.
    levelling
        How orders are levelled, with ``make_feasible`` = level.
    on_round
        Told of every round; the loop ends when it returns ``True``.

    Examples
    --------
    Three orders of a day's work each, all due on one day, at one machine; planned with a lead time of a day:

    >>> from datetime import date
    >>> from planning.checks import validate
    >>> names = ["red", "green", "blue"]
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": names, "supply_type": ["make"] * 3, "lead_time_days": [1] * 3}),
    ...     "demands": pl.DataFrame({"item_id": names, "due_date": [date(2026, 3, 12)] * 3, "quantity": [1.0] * 3}),
    ...     "work_centers": pl.DataFrame({"work_center_id": ["saw"]}),
    ...     "operations": pl.DataFrame({"item_id": names, "operation_sequence": [10] * 3,
    ...                                 "work_center_id": ["saw"] * 3, "run_minutes_per_unit": [1440.0] * 3}),
    ... }
    >>> loop = run_closed_loop(run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data))
    >>> loop.reason.value, loop.table("closed_loop_rounds").select("round", "late_demand_days").rows()
    ('fixed_point', [(1, 3), (2, 0)])
    """
    loop = _Loop(plan, options, capacity, levelling)
    n_given = plan.model.data.table("scheduled_receipts").height
    now = loop.round(plan, {}, n_given, None)
    best, rounds = now, [now.figures]
    seen = [_whole_days(now.lead_times)]
    while True:
        is_told_to_stop = on_round(now)
        best = now if _cost(now, options) < _cost(best, options) else best
        reason, length = _stop(now, seen, options)
        if reason is None and is_told_to_stop:
            reason = StopReason.STOPPED
        if reason is not None:
            kept = now if reason in (StopReason.FIXED_POINT, StopReason.NO_CAPACITY) else best
            return ClosedLoopResult(plan, options, kept, tuple(rounds), reason, length)
        lead_times = next_lead_times(now.lead_times, now.statistics, options)
        seen.append(_whole_days(lead_times))
        now = loop.round(loop.replanned(lead_times), lead_times, n_given, now)
        rounds.append(now.figures)


@dataclass(frozen=True, slots=True)
class _Loop:
    """What does not change from round to round."""

    base: MrpResult
    options: ClosedLoopOptions
    capacity: CapacityOptions | None
    levelling: LevellingOptions

    def replanned(self, lead_times: LeadTimes) -> MrpResult:
        """Return the plan with other lead times."""
        options: MrpOptions = replace(self.base.options, lead_time_from="item")
        return run_mrp(made_edits(self.base.model.data, lead_time_edits(self.base, lead_times)), options)

    def round(self, plan: MrpResult, lead_times: LeadTimes, n_given: int, before: LoopRound | None) -> LoopRound:
        """Return a round: loads, levelled where wanted, through the shop, measured, compared with the one before."""
        netted = run_capacity(plan, self.capacity)
        feasible = level_plan(netted, self.levelling).after if self.options.make_feasible == "level" else netted
        orders, times = _through_the_shop(feasible, n_given, self.options.make_feasible == "schedule")
        days = order_days(feasible, orders, times)
        statistics = group_statistics(measured_orders(feasible.plan, orders, days, self.options), self.options)
        known = planned_with(lead_times, statistics)
        number = 1 if before is None else before.number + 1
        figures: dict[str, Any] = {
            "round": number,
            **_order_changes(None if before is None else before.netted.plan, plan),
            **_lead_time_changes({} if before is None else before.lead_times, known),
            **_gap(known, statistics, self.options),
            "overload_minutes": float(netted.overload_minutes.sum()),
            "overload_minutes_left": float(feasible.overload_minutes.sum()),
            **service_figures(feasible, orders, times),
        }
        return LoopRound(number, netted, feasible, orders, times, known, statistics, days, figures)


def _through_the_shop(capacity: CapacityResult, n_given: int, is_scheduled: bool) -> tuple[PlanOrders, ShopTimes]:
    """Return the orders of a plan, and when the shop does them."""
    orders = plan_orders(capacity, n_given)
    return run_schedule(capacity, orders) if is_scheduled else (orders, run_shop(capacity, orders))


def _order_changes(before: MrpResult | None, plan: MrpResult) -> dict[str, int]:
    """Return how many planned orders there are, and how many are others than in the round before."""
    orders = plan.plan.orders.counts[~plan.netting.nodes["is_phantom"]].sum() - plan.netting.firm_orders.shape[0]
    counts = {} if before is None else compare(before, plan).counts
    both = counts.get("moved_and_resized", 0)
    return {
        "planned_orders": int(orders),
        "orders_added": counts.get("created", 0),
        "orders_removed": counts.get("cancelled", 0),
        "orders_moved": counts.get("moved", 0) + both,
        "orders_resized": counts.get("resized", 0) + both,
    }


def _lead_time_changes(before: LeadTimes, now: LeadTimes) -> dict[str, int]:
    """Return how many lead times are others than in the round before, by how many days in all, and at most."""
    changes = [abs(now[key].whole_days - before[key].whole_days) for key in now if key in before]
    return {
        "lead_times_changed": sum(change > 0 for change in changes),
        "lead_time_days_changed": sum(changes),
        "most_days_changed": max(changes, default=0),
    }


def _gap(lead_times: LeadTimes, statistics: pl.DataFrame, options: ClosedLoopOptions) -> dict[str, float]:
    """Return how far what was measured is from what was planned with."""
    apart = [
        abs(_wanted(lead_times[item, site, day].given, needed, options) - lead_times[item, site, day].whole_days)
        for item, site, day, needed in statistics.select("item_id", "site_id", "group_day", "needed").iter_rows()
    ]
    weight = statistics["quantity"].to_numpy()
    return {
        "lead_times_apart": sum(days > options.tolerance_days for days in apart),
        "lead_time_gap": float(np.average(apart, weights=weight)) if weight.sum() > 0 else 0.0,
        "most_days_apart": max(apart, default=0),
    }


def _wanted(given: int, needed: int, options: ClosedLoopOptions) -> int:
    """Return the lead time that a measured one asks for."""
    return needed if options.can_shorten else max(needed, given)


def _whole_days(lead_times: LeadTimes) -> dict[tuple[str, str, int], int]:
    """Return what netting gets."""
    return {key: one.whole_days for key, one in lead_times.items()}


def _stop(
    now: LoopRound, seen: list[dict[tuple[str, str, int], int]], options: ClosedLoopOptions
) -> tuple[StopReason | None, int]:
    """Return why a round is the last one, and the length of a cycle; ``None`` when it is not."""
    if not now.statistics.height:
        return StopReason.NO_CAPACITY, 0
    if not now.figures["lead_times_apart"]:
        return StopReason.FIXED_POINT, 0
    following = _whole_days(next_lead_times(now.lead_times, now.statistics, options))
    if following == _whole_days(now.lead_times):
        return StopReason.SETTLED, 0
    # averages go on from another place each time, so they may come back once
    if seen.count(following) >= (1 if options.damping == "none" else 2):
        return StopReason.CYCLE, len(seen) - _last_index(seen, following)
    return (StopReason.ROUND_LIMIT, 0) if now.number >= options.rounds else (None, 0)


def _last_index(seen: list[dict[tuple[str, str, int], int]], wanted: dict[tuple[str, str, int], int]) -> int:
    """Return the last place of lead times among those of all rounds."""
    return max(place for place, one in enumerate(seen) if one == wanted)


def _cost(found: LoopRound, options: ClosedLoopOptions) -> tuple[float, ...]:
    """Return what a round is kept for, the least: the wanted figure, the gap, what lies in stock and process."""
    figures = found.figures
    stock = figures["inventory_value_days"] + figures["work_in_process_value_days"]
    return figures[options.keep], figures["lead_time_gap"], stock


def _actual_lead_times(loop: ClosedLoopResult) -> pl.DataFrame:
    """Return the table ``actual_lead_times``."""
    kept, as_of = loop.kept, loop.base.model.as_of
    rows = [(item, site, day, one.given, one.whole_days) for (item, site, day), one in sorted(kept.lead_times.items())]
    keys = {"item_id": pl.String, "site_id": pl.String, "group_day": pl.Int64}
    frame = pl.DataFrame(rows, schema={**keys, "given_days": pl.Int64, "lead_time_days": pl.Int64}, orient="row")
    joined = frame.join(kept.statistics.rename({"needed": "needed_days"}), on=list(keys), how="left").sort(list(keys))
    dates = dates_of(joined["group_day"].to_numpy().astype(np.int32), as_of)
    is_dated = loop.options.lead_times_by != "item"
    return joined.with_columns(effective_from=dates if is_dated else pl.lit(None, pl.Date)).select(
        ACTUAL_LEAD_TIMES.column_names
    )


def _order_times(kept: LoopRound) -> pl.DataFrame:
    """Return the table ``order_times``."""
    plan, orders, times = kept.feasible.plan, kept.orders, kept.times
    n_rows, nodes, as_of = plan.plan.dated_orders.shape[0], plan.model.nodes, plan.model.as_of
    is_open = orders.place >= n_rows
    names = pl.concat(
        [
            plan.order_ids.of(orders.place[~is_open]).cast(pl.String),
            plan.model.data.table("scheduled_receipts")["order_id"][
                plan.model.event_table.receipt_row[orders.place[is_open] - n_rows]
            ].cast(pl.String),
        ]
    )
    columns = {
        "order_id": names,
        "item_id": nodes.item_ids[nodes.item[orders.node]],
        "site_id": nodes.site_ids[nodes.site[orders.node]],
        "quantity": orders.quantity,
        **{
            name: dates_of(days.astype(np.int32), as_of)
            for name, days in (
                ("release_date", orders.release),
                ("due_date", orders.due),
                ("start_date", times.start),
                ("completion_date", times.completion),
            )
        },
        "planned_days": kept.days.planned,
        "actual_days": kept.days.actual,
        "needed_days": kept.days.needed,
        "days_late": times.completion - orders.due,
    }
    return pl.DataFrame(columns).select(ORDER_TIMES.column_names)
