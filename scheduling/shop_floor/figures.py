"""A schedule in a few numbers, beside that of the best rule."""

from __future__ import annotations

import numpy as np
import polars as pl

from planning.kernels.capacity_arrays import SECONDS_PER_DAY
from scheduling.from_plan import ShopFloor, order_ends
from scheduling.problem import NEVER
from scheduling.result import ScheduleResult
from scheduling.shop_floor.tables import SCHEDULE_FIGURES


def figure_rows(floor: ShopFloor, rule: ScheduleResult, found: ScheduleResult) -> pl.DataFrame:
    """Return the table ``schedule_figures``."""
    by_rule, by_search = _figures(floor, rule), _figures(floor, found)
    rows = [(name, by_rule[name][0], value, unit) for name, (value, unit) in by_search.items()]
    return pl.DataFrame(rows, schema=SCHEDULE_FIGURES.column_names, orient="row")


def _figures(floor: ShopFloor, result: ScheduleResult) -> dict[str, tuple[float, str]]:
    """Return the numbers of one schedule with their units."""
    schedule, values, problem = result.schedule, result.values, floor.problem
    if schedule is None or values is None:
        return {}
    late = order_ends(floor, schedule)["days_late"].to_numpy()
    # what would be late even if nothing else were made: due before it can be ready
    is_due = problem.job_due < NEVER
    return {
        "orders": (float(problem.n_jobs), "orders"),
        "late_orders": (float((late > 0).sum()), "orders"),
        "late_on_as_of": (float((is_due & (problem.job_due < 0)).sum()), "orders"),
        "days_late": (float(late.sum()), "order days"),
        "most_days_late": (float(late.max(initial=0.0)), "days"),
        "weighted_days_late": (values.weighted_tardiness / SECONDS_PER_DAY, "days x weight"),
        "mean_days_in_shop": (_mean_days(floor, result), "days"),
        "last_end": (values.makespan / SECONDS_PER_DAY, "days from as_of"),
        "setup_hours": (values.setup_time / 3600.0, "hours"),
    }


def _mean_days(floor: ShopFloor, result: ScheduleResult) -> float:
    """Return the mean time between the start of an order's first and the end of its last operation."""
    schedule, problem = result.schedule, floor.problem
    if schedule is None or problem.n_jobs == 0:
        return 0.0
    start = np.full(problem.n_jobs, NEVER)
    end = np.zeros(problem.n_jobs, np.int64)
    np.minimum.at(start, problem.operation_job, schedule.operation_start)
    np.maximum.at(end, problem.operation_job, schedule.operation_end)
    return float((end - start).mean() / SECONDS_PER_DAY)
