"""The choices of finite schedules of plans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from bom.errors import OptionError
from planning.option_set import OptionSet
from scheduling.objective import Measure, Objective


@dataclass(frozen=True, slots=True)
class ScheduleOptions(OptionSet):
    """The options of :func:`scheduling.from_plan.plan_shop`; each default stands first among its values.

    Parameters
    ----------
    horizon_days
        Orders that are released before so many days from ``as_of`` are scheduled, to their ends.
    objective
        Measures of :class:`scheduling.objective.Measure`. With ``+`` between them they are added up, each with a weight
        such as ``0.5*makespan``; with ``>`` the first one decides, then the second.
    weight_by
        What a day late counts: the same for each ``order``, or by ``value``: quantity x unit cost / mean of all.
    chain_orders
        An order starts when the orders of its components that pegging names are done.
    solver
        ``auto``, ``dispatch``, ``local_search`` or ``cpsat``, as :func:`scheduling.solve.solve` has them.
    time_limit
        Seconds for the search.
    seed
        Of random choices.

    Examples
    --------
    >>> ScheduleOptions.from_mapping({"horizon_days": "7"}).horizon_days
    7
    """

    SECTION: ClassVar[str] = "schedule"

    horizon_days: int = 14
    objective: str = "weighted_tardiness+setup_time"
    weight_by: Literal["order", "value"] = "order"
    chain_orders: bool = True
    solver: Literal["auto", "dispatch", "local_search", "cpsat"] = "auto"
    time_limit: float = 60.0
    seed: int = 0

    def __post_init__(self) -> None:
        read_objective(self.objective)
        if self.horizon_days < 1:
            raise OptionError("invalid_option", "schedule.horizon_days must be 1 or more")


def read_objective(text: str) -> Objective:
    """Return the objective that a text names.

    Raises
    ------
    OptionError
        When it names no measure, or weights are not numbers above 0.

    Examples
    --------
    >>> read_objective("weighted_tardiness>setup_time").is_lexicographic
    True
    >>> [weight for _, weight in read_objective("makespan + 0.5*setup_time").terms]
    [1.0, 0.5]
    """
    separator = ">" if ">" in text else "+"
    terms = tuple(_term(part.strip(), text) for part in text.split(separator))
    if len({measure for measure, _ in terms}) < len(terms):
        raise OptionError("invalid_option", f"schedule.objective {text!r} names a measure twice")
    return Objective(terms, separator == ">")


def _term(part: str, text: str) -> tuple[Measure, float]:
    """Return one measure and its weight."""
    weight, star, name = part.rpartition("*")
    try:
        measure, number = Measure(name.strip()), float(weight) if star else 1.0
    except ValueError:
        number = 0.0
    if not 0.0 < number < float("inf"):
        names = ", ".join(Measure)
        reason = f"schedule.objective {text!r} must be measures with + or > between them, such as 0.5*makespan: {names}"
        raise OptionError("invalid_option", reason)
    return measure, number
