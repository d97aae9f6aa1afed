"""The choices of the closed loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from bom.errors import OptionError
from planning.option_set import OptionSet


@dataclass(frozen=True, slots=True)
class ClosedLoopOptions(OptionSet):
    """The options of :func:`scheduling.closed_loop.run_closed_loop`; each default stands first.

    Parameters
    ----------
    make_feasible
        Orders are released as netted and scheduled by dispatching rules (``schedule``), or done first come, first
        served (``queue``); or they are levelled, and then done first come, first served (``level``).
    rounds
        So many rounds at most; the first one is the plan as it is.
    tolerance_days
        Lead times that differ by so many days from those planned with are equal.
    lead_times_by
        One lead time for each ``item``, or one for the orders due in each ``month``, ``week`` or ``day``.
    statistic
        The lead time planned with is a ``quantile`` of those measured, weighted by quantity, or their ``mean``.
    quantile
        The part of the quantity that is to be done within the lead time.
    damping
        What is planned with moves from round to round: to the average of all that was measured (``averages``), by
        ``damping_fraction`` of the difference (``fixed``), or all the way (``none``).
    damping_fraction
        See ``damping``.
    can_shorten
        Lead times may become shorter than the data set gives them.
    keep
        The least of which round is kept when no fixed point is reached: ``weighted_lateness``, ``late_demand_days``,
        ``inventory_value_days`` or ``lead_time_gap``, how far lead times are from those measured.

    Examples
    --------
    >>> ClosedLoopOptions.from_mapping({"make_feasible": "level", "quantile": "0.8"}).quantile
    0.8
    """

    SECTION: ClassVar[str] = "closed_loop"

    make_feasible: Literal["schedule", "queue", "level"] = "schedule"
    rounds: int = 10
    tolerance_days: int = 0
    lead_times_by: Literal["item", "month", "week", "day"] = "item"
    statistic: Literal["quantile", "mean"] = "quantile"
    quantile: float = 0.9
    damping: Literal["averages", "fixed", "none"] = "averages"
    damping_fraction: float = 0.5
    can_shorten: bool = True
    keep: Literal["weighted_lateness", "late_demand_days", "inventory_value_days", "lead_time_gap"] = (
        "weighted_lateness"
    )

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise OptionError("invalid_option", "closed_loop.rounds must be 1 or more")
        for name in ("quantile", "damping_fraction"):
            if not 0.0 < getattr(self, name) <= 1.0:
                raise OptionError("invalid_option", f"closed_loop.{name} must be above 0 and at most 1")
