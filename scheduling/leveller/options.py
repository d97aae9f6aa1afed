"""The choices of levelling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from bom.errors import OptionError
from planning.option_set import OptionSet


@dataclass(frozen=True, slots=True)
class LevellingOptions(OptionSet):
    """The options of :func:`scheduling.levelling.run_levelling`.

    Parameters
    ----------
    horizon_periods
        Orders that are due in the first so many periods are decided about.
    scope
        ``bottlenecks``: the made items that touch an overloaded work center, and those between them in the bills;
        ``all``: every made item.
    rounds
        Levelling one work center may overload another one: then the items of both are levelled, so often at most.
    use_overtime, use_subcontract, use_alternates
        What may be used beside making earlier or later.
    backlog_rate_per_week
        Being a week late costs so much of an item's price (of its cost where it has no price).
    below_minimum_rate_per_week
        A week below the safety stock costs so much of it.
    final_backlog_weeks
        What is late at the end of the horizon counts as late for so many weeks more.
    holding_rate_per_year
        Holding cost as part of the unit cost, for items without one.
    overtime_factor
        An overtime hour costs so many usual ones, where a work center does not say.
    overload_cost_per_hour
        What an hour that is not there costs; empty: only open and firm orders may overload, and nothing else does.
    window_periods
        Solve so many periods at a time (rolling horizon); 0: all at once.
    solver
        ``highs``, or ``pulp:NAME`` with the name of a solver that PuLP knows.
    method
        How HiGHS solves it: ``simplex``, ``interior_point``, ``pdlp``, ``sifting`` (some of the columns at a time), or
        ``auto``: by size.
    time_limit_seconds
        For each solve; 0: none.
    threads, seed
        Those of the solver; 0 threads: its own choice.

    Examples
    --------
    >>> LevellingOptions.from_mapping({"scope": "all", "horizon_periods": "13"}).horizon_periods
    13
    """

    SECTION: ClassVar[str] = "levelling"

    horizon_periods: int = 26
    scope: Literal["bottlenecks", "all"] = "bottlenecks"
    rounds: int = 3
    use_overtime: bool = True
    use_subcontract: bool = True
    use_alternates: bool = True
    backlog_rate_per_week: float = 0.1
    below_minimum_rate_per_week: float = 0.02
    final_backlog_weeks: float = 12.0
    holding_rate_per_year: float = 0.2
    overtime_factor: float = 1.5
    overload_cost_per_hour: float | None = None
    window_periods: int = 0
    solver: str = "highs"
    method: Literal["auto", "simplex", "interior_point", "pdlp", "sifting"] = "auto"
    time_limit_seconds: float = 0.0
    threads: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.horizon_periods < 1 or self.rounds < 1:
            raise OptionError("invalid_option", "levelling.horizon_periods and levelling.rounds must be 1 or more")
        if self.method == "sifting" and self.solver != "highs":
            raise OptionError("invalid_option", "levelling.method sifting needs levelling.solver highs")
