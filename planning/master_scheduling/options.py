"""The choices of the master schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from planning.option_set import OptionSet

Policy = Literal["free", "level", "chase", "fixed"]


@dataclass(frozen=True, slots=True)
class MasterScheduleOptions(OptionSet):
    """The options of :func:`scheduling.master_schedule_plan.run_master_schedule_plan`; each default stands first.

    Parameters
    ----------
    by
        One plan for each ``family`` of items, or for each ``item`` that is sold.
    period
        Its periods: ``month`` or ``week``.
    horizon_periods
        Sales in the first so many periods are planned; 0: all.
    form
        All of the sales plan is sold for the least ``cost``, late if need be; or the plan chooses what to sell for the
        largest ``profit``.
    strategy
        People are hired and laid off and stock is built as it costs least (``free``); nobody is hired or laid off after
        the first period (``level``), or at all (``fixed``); or no stock is built, and people follow sales (``chase``).
    use_overtime, use_subcontract, use_open_orders
        What may be used beside making in working time; open orders of what is planned arrive and take their hours.
    initial_workers
        People before the first period; empty: as many as man the work centers.
    hours_per_worker_day
        Hours that one of them works on a working day.
    overtime_hours_per_worker_day
        At most so many more; empty: in the proportion in which the work centers have overtime.
    wage_per_hour, overtime_wage_per_hour
        What their hours cost; empty: what the hours of the work centers cost on average.
    hiring_cost, layoff_cost
        Of one worker; empty: 80 and 120 hours of the wage.
    are_workers_whole
        Workers are whole numbers; then hours have no prices.
    holding_rate_per_year
        Holding cost as part of the unit cost, for items without one.
    overtime_factor
        An overtime hour costs so many usual ones, where nothing else says it.
    backlog_rate_per_week
        Being a week late costs so much of the price (of the cost where that is more).
    final_backlog_weeks
        What is late at the end counts as late for so many weeks more.
    below_minimum_rate_per_week
        A week below the safety stock costs so much of the price.
    solver
        ``highs``, or ``pulp:NAME`` with the name of a solver that PuLP knows.
    time_limit_seconds, threads, seed
        Those of the solver; 0 seconds: no limit, 0 threads: its own choice.

    Examples
    --------
    >>> MasterScheduleOptions.from_mapping({"by": "item", "wage_per_hour": "25"}).wage_per_hour
    25.0
    """

    SECTION: ClassVar[str] = "master_schedule"

    by: Literal["family", "item"] = "family"
    period: Literal["month", "week"] = "month"
    horizon_periods: int = 0
    form: Literal["cost", "profit"] = "cost"
    strategy: Policy = "free"
    use_overtime: bool = True
    use_subcontract: bool = True
    use_open_orders: bool = True
    initial_workers: float | None = None
    hours_per_worker_day: float = 8.0
    overtime_hours_per_worker_day: float | None = None
    wage_per_hour: float | None = None
    overtime_wage_per_hour: float | None = None
    hiring_cost: float | None = None
    layoff_cost: float | None = None
    are_workers_whole: bool = False
    holding_rate_per_year: float = 0.2
    overtime_factor: float = 1.5
    backlog_rate_per_week: float = 0.1
    final_backlog_weeks: float = 12.0
    below_minimum_rate_per_week: float = 0.02
    solver: str = "highs"
    time_limit_seconds: float = 0.0
    threads: int = 0
    seed: int = 0
