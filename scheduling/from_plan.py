"""From a plan to the scheduling problem of its near term: who waits for what, on which machine, for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.encoding.codes import dates_of
from planning.kernels.capacity_arrays import SECONDS_PER_DAY
from planning.loading.encode import LoadingModel, encode_loading
from planning.loading.options import CapacityOptions
from planning.mrp import MrpResult
from scheduling.finite.make import make_problem
from scheduling.objective import Measure, Objective
from scheduling.problem import NONE, SchedulingProblem
from scheduling.schedule import Schedule
from scheduling.shop_floor.floor_orders import FloorOrders, find_floor_orders
from scheduling.shop_floor.floor_work import FloorWork, Steps, due_seconds, find_steps, find_work, mode_seconds
from scheduling.shop_floor.locks import Locks, find_started, pin
from scheduling.shop_floor.options import ScheduleOptions, read_objective
from scheduling.shop_floor.order_chains import NO_CHAINS, OrderChains, find_chains
from scheduling.shop_floor.places import Places, find_places, open_intervals
from scheduling.shop_floor.setups import Setups, find_setups

__all__ = ["ScheduleOptions", "ShopFloor", "order_ends", "plan_shop"]


@dataclass(frozen=True, slots=True)
class ShopFloor:
    """The near term of a plan as a scheduling problem, and what its numbers stand for.

    Times of ``problem`` are seconds from the start of ``as_of`` on. Its jobs are the rows of ``orders``, its operations
    those of ``operations``, its machines the work centers in the order of their table, its modes those of ``work``.

    Parameters
    ----------
    plan, options
        The plan, and the choices.
    problem
        What is solved.
    orders
        One row per job: ``order_id``, ``order_kind`` (scheduled_receipt or planned_order), ``item_id``, ``site_id``,
        ``quantity``, ``release_date``, ``due_date``, ``weight``.
    operations
        One row per operation: ``order_id``, ``operation_sequence``, ``item_id``, ``site_id``, ``quantity`` (units that
        are left to start), ``required_minutes`` (standard minutes, as loading counts them).
    unscheduled
        The orders that are released within the horizon but cannot be scheduled: ``order_id``, ``item_id``, ``site_id``,
        ``quantity``, ``reason`` (no_routing, finished, no_capacity, no_finite_work_center).
    loading, places, floor_orders, work, setups, mode_setup_seconds
        The same as arrays: routings and working time, work centers as machines, orders, operations with alternates,
        setups, and the part of each mode's duration that is setup.
    """

    plan: MrpResult
    options: ScheduleOptions
    problem: SchedulingProblem
    orders: pl.DataFrame
    operations: pl.DataFrame
    unscheduled: pl.DataFrame
    loading: LoadingModel
    places: Places
    floor_orders: FloorOrders
    work: FloorWork
    setups: Setups
    mode_setup_seconds: NDArray[np.int64]

    @property
    def as_of(self) -> date:
        """The planning date: second 0 is its midnight."""
        return self.plan.model.as_of


def plan_shop(plan: MrpResult, options: ScheduleOptions | None = None, pins: pl.DataFrame | None = None) -> ShopFloor:
    """Return the scheduling problem of the orders to make that are released within the horizon.

    Parameters
    ----------
    plan
        A plan. Its dates may come from any lead times: orders are released on their release dates, not before.
    options
        The choices; without them, the data set's own (``[schedule]`` in its settings), else the defaults.
    pins
        What a planner has fixed: ``order_id``, ``operation_sequence``, and of ``work_center_id``, ``unit``,
        ``setup_start``, ``start`` what holds; rows of ``scheduled_operations`` will do.

    Raises
    ------
    PlanningError
        When pins name what is not scheduled, or what cannot be.

    Notes
    -----
    Orders without a routing or a finite work center are in ``unscheduled``; none of this is an error. Solve the problem
    with :func:`scheduling.solve.solve`; :func:`order_ends` gives the dates that come of it.

    Examples
    --------
    >>> from datetime import date
    >>> from planning.checks import validate
    >>> from planning.mrp import run_mrp
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["bike"], "supply_type": ["make"], "lead_time_days": [2]}),
    ...     "demands": pl.DataFrame({"item_id": ["bike"], "due_date": [date(2026, 3, 20)], "quantity": [10.0]}),
    ...     "work_centers": pl.DataFrame({"work_center_id": ["bench"], "utilization_fraction": [0.5]}),
    ...     "operations": pl.DataFrame({
    ...         "item_id": ["bike"], "operation_sequence": [10], "work_center_id": ["bench"],
    ...         "setup_minutes": [30.0], "run_minutes_per_unit": [6.0],
    ...     }),
    ... }
    >>> floor = plan_shop(run_mrp(validate(tables, {"as_of": date(2026, 3, 16)}).data))
    >>> floor.orders["order_id"].to_list(), floor.problem.mode_duration.tolist()
    (['bike@MAIN/2026-03-20/1'], [10800])
    """
    options = _own_options(plan) if options is None else options
    loading = encode_loading(plan, CapacityOptions.from_mapping(plan.model.data.settings.capacity))
    places = find_places(plan.model.data, loading)
    orders, work, others = find_work(plan, loading, places, find_floor_orders(plan, loading, options.horizon_days))
    steps = find_steps(loading, orders, work)
    setups = find_setups(plan.model.data, loading, places, work)
    durations, mode_setups = mode_seconds(loading, places, work, setups.is_by_matrix)
    table = _order_table(plan, orders, options)
    operations = _operation_table(table, work)
    locks = find_started(plan, loading, places, orders, work, steps)
    if pins is not None:
        inside = np.ones(work.n_operations, np.bool_)
        inside[work.mode_operation[setups.is_by_matrix]] = False
        moment = datetime.combine(plan.model.as_of, datetime.min.time())
        locks = pin(
            locks, pins, operations.select("order_id", "operation_sequence"), loading, places, work, moment, inside
        )
    chains = find_chains(plan, orders, options.horizon_days) if options.chain_orders else NO_CHAINS
    problem = _problem(loading, places, orders, work, steps, setups, durations, locks, chains, table, options)
    return ShopFloor(
        plan, options, problem, table, operations, _unscheduled(plan, others, orders.n_receipts), loading, places,
        orders, work, setups, mode_setups,
    )  # fmt: skip


def _own_options(plan: MrpResult) -> ScheduleOptions:
    """Return the options of the data set."""
    return ScheduleOptions.from_mapping(plan.model.data.settings.schedule)


def order_ends(floor: ShopFloor, schedule: Schedule) -> pl.DataFrame:
    """Return the orders with ``start``, ``end`` and ``days_late`` of a schedule.

    Notes
    -----
    An order starts when its first operation does (setup that depends on the machine left out) and ends when its last
    operation has ended and what it made has waited and moved. ``days_late`` are days after the moment at which it was
    to be there, as a fraction; 0 when it is not late.
    """
    problem = floor.problem
    start = np.full(problem.n_jobs, np.iinfo(np.int64).max)
    end, after = np.full(problem.n_jobs, np.iinfo(np.int64).min), np.zeros(problem.n_jobs, np.int64)
    np.minimum.at(start, problem.operation_job, schedule.operation_start)
    np.maximum.at(end, problem.operation_job, schedule.operation_end)
    after[problem.operation_job] = floor.loading.routings.rows["after_seconds"][floor.work.row]
    late = np.maximum(end - problem.job_due, 0)
    return floor.orders.with_columns(
        start=moments(start, floor.as_of), end=moments(end + after, floor.as_of), days_late=late / SECONDS_PER_DAY
    )


def moments(seconds: NDArray[np.int64], as_of: date) -> pl.Series:
    """Return seconds from the start of ``as_of`` on as date-times."""
    midnight = datetime.combine(as_of, datetime.min.time())
    epoch = int((midnight - datetime(1970, 1, 1)).total_seconds())
    return pl.Series((seconds + epoch) * 1_000_000).cast(pl.Datetime("us"))


def _order_table(plan: MrpResult, orders: FloorOrders, options: ScheduleOptions) -> pl.DataFrame:
    """Return the orders by job."""
    nodes, as_of = plan.model.nodes, plan.model.as_of
    value = plan.model.sourcing.parameters["unit_cost"].to_numpy()[orders.node] * orders.quantity
    weight = np.ones(orders.n_orders)
    if options.weight_by == "value" and value.any():
        weight = value / value.mean()
    return pl.DataFrame(
        {
            "order_id": _order_ids(plan, orders.key, orders.n_receipts),
            "order_kind": pl.Series(["planned_order", "scheduled_receipt"])[orders.is_open.astype(np.int64)],
            "item_id": nodes.item_ids[nodes.item[orders.node]],
            "site_id": nodes.site_ids[nodes.site[orders.node]],
            "quantity": orders.quantity,
            "release_date": dates_of(orders.release_day, as_of),
            "due_date": dates_of(orders.due_day, as_of),
            "weight": weight,
        }
    )


def _order_ids(plan: MrpResult, key: NDArray[np.int64], n_receipts: int) -> pl.Series:
    """Return the ids of orders by key, which is ascending."""
    row = plan.model.event_table.receipt_row[key[key < n_receipts]]
    opened = plan.model.data.table("scheduled_receipts")["order_id"][row].cast(pl.String)
    place = key[key >= n_receipts] - n_receipts
    planned = plan.order_ids.of(place) if place.size else pl.Series([], dtype=pl.String)
    return pl.concat([opened.alias("order_id"), planned.alias("order_id")])


def _operation_table(orders: pl.DataFrame, work: FloorWork) -> pl.DataFrame:
    """Return the operations."""
    named = orders.select("order_id", "item_id", "site_id")[work.order]
    return named.with_columns(
        operation_sequence=work.sequence, quantity=work.units, required_minutes=work.minutes
    ).select("order_id", "operation_sequence", "item_id", "site_id", "quantity", "required_minutes")


def _unscheduled(plan: MrpResult, others: pl.DataFrame, n_receipts: int) -> pl.DataFrame:
    """Return the orders that are not scheduled."""
    nodes, node = plan.model.nodes, others["node"].to_numpy()
    names = _order_ids(plan, others["key"].to_numpy(), n_receipts)
    return others.select(
        names,
        nodes.item_ids[nodes.item[node]].alias("item_id"),
        nodes.site_ids[nodes.site[node]].alias("site_id"),
        "quantity",
        "reason",
    )


def _problem(
    loading: LoadingModel,
    places: Places,
    orders: FloorOrders,
    work: FloorWork,
    steps: Steps,
    setups: Setups,
    durations: NDArray[np.int64],
    locks: Locks,
    chains: OrderChains,
    table: pl.DataFrame,
    options: ScheduleOptions,
) -> SchedulingProblem:
    """Return the problem."""
    center = loading.routings.rows["work_center"][work.mode_row].astype(np.int32)
    # what takes no time, or runs where nothing is a limit at any time, needs no machine
    is_free = (durations == 0) | (~places.is_finite & (places.calendar < 0))[center]
    released = np.maximum(orders.release_day, 0).astype(np.int64) * SECONDS_PER_DAY
    released[work.order[work.has_begun]] = 0
    first = np.where(steps.is_first & ~locks.is_started, steps.queue, 0)
    last = np.zeros(orders.n_orders, np.int64)
    last[work.order] = steps.after
    calendars, center_calendar = _calendars(loading, places)
    return make_problem(
        job_indptr=np.concatenate([[0], np.cumsum(np.bincount(work.order, minlength=orders.n_orders))]),
        mode_indptr=work.mode_indptr,
        mode_machine=np.where(is_free & ~_is_locked(work, locks), NONE, center),
        mode_duration=durations,
        n_machines=int(places.units.shape[0]),
        job_release=released,
        job_due=due_seconds(loading, orders) - last,
        job_weight=table["weight"].to_numpy(),
        operation_release=released[work.order] + first,
        **_locks(places, locks),
        **_people(places, center, locks),
        **_setups(setups),
        **_arcs(steps, locks, chains),
        machine_units=places.units,
        machine_pauses=True,
        machine_calendar=center_calendar,
        calendars=calendars,
        objective=_objective(options, setups.seconds.size > 0),
        time_unit="second",
        job_ids=table["order_id"].to_list(),
        operation_ids=[
            f"{name}/{sequence}"
            for name, sequence in zip(table["order_id"][work.order].to_list(), work.sequence.tolist(), strict=True)
        ],
        machine_ids=loading.centers.ids.to_list(),
    )


def _locks(places: Places, locks: Locks) -> dict[str, Any]:
    """Return the locks, with units by their code."""
    first = np.cumsum(places.units) - places.units
    return {
        "operation_lock_machine": locks.center,
        "operation_lock_unit": np.where(locks.unit == NONE, NONE, first[locks.center] + locks.unit),
        "operation_lock_start": locks.start,
        "operation_is_started": locks.is_started,
    }


def _people(places: Places, center: NDArray[np.int32], locks: Locks) -> dict[str, Any]:
    """Return the people that alternates need; what runs already has its own."""
    skill = places.skill[center]
    needs = np.flatnonzero(skill >= 0)
    running = np.bincount(places.skill[locks.center[locks.is_started]] + 1, minlength=places.people.shape[0] + 1)[1:]
    return {
        "needs": np.column_stack([needs, skill[needs], np.ones(needs.shape[0], np.int64)]),
        "resource_capacity": np.maximum(places.people, running),
        "resource_ids": places.skill_ids,
    }


def _setups(setups: Setups) -> dict[str, Any]:
    """Return groups and matrices, where there are any; at first nobody knows what machines are set up for."""
    if not setups.seconds.size:
        return {}
    return {
        "operation_setup_group": setups.group,
        "machine_setup_matrix": setups.center_matrix,
        "unit_initial_group": 0,
        "setup_time": setups.seconds,
    }


def _is_locked(work: FloorWork, locks: Locks) -> NDArray[np.bool_]:
    """Return the modes of operations that are locked to a machine: they keep it."""
    found: NDArray[np.bool_] = (locks.center != NONE)[work.mode_operation]
    return found


def _objective(options: ScheduleOptions, has_setups: bool) -> Objective:
    """Return the objective; setups count only where there are any."""
    objective = read_objective(options.objective)
    setup = (Measure.SETUP_TIME, Measure.SETUP_COST)
    terms = tuple((measure, weight) for measure, weight in objective.terms if has_setups or measure not in setup)
    return Objective(terms, objective.is_lexicographic) if terms else objective


def _arcs(steps: Steps, locks: Locks, chains: OrderChains) -> dict[str, Any]:
    """Return the precedences within orders and between them; what runs already waits for nothing."""
    before = np.flatnonzero(~steps.is_last)
    lag = steps.after[before] + steps.queue[before + 1]
    first, last = np.flatnonzero(steps.is_first), np.flatnonzero(steps.is_last)
    waits = np.where(chains.is_at_end, last[chains.after], first[chains.after])
    ends = last[chains.before]
    between = steps.after[ends] + chains.lag + steps.queue[waits]
    arcs = np.column_stack([np.concatenate([before, ends]), np.concatenate([before + 1, waits])])
    keep = ~locks.is_started[arcs[:, 1]]
    return {
        "arcs": arcs[keep],
        "arc_minimum_lag": np.concatenate([lag, between])[keep],
        "arc_overlap": np.concatenate([steps.overlap[before], np.zeros(ends.shape[0])])[keep],
    }


def _calendars(loading: LoadingModel, places: Places) -> tuple[list[list[tuple[int, int]]], NDArray[np.int32]]:
    """Return the working time of the calendars in use, and the one of each work center."""
    used = np.unique(places.calendar[(places.calendar >= 0) & places.is_open])
    number = np.full(int(places.calendar.max(initial=-1)) + 2, NONE, np.int32)
    number[used] = np.arange(used.shape[0])
    return [open_intervals(loading, int(one)) for one in used], np.where(
        places.is_open, number[places.calendar], NONE
    ).astype(np.int32)
