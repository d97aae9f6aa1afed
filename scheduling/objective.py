"""What makes one schedule better than another: measures, in weights or one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Measure(StrEnum):
    """A measure of a schedule; less is better.

    ``weighted_tardiness`` is the sum of weight x (end - due) over late jobs, ``earliness`` that of weight x (due - end)
    over early ones, ``flow_time`` that of weight x (end - release) over all; ``makespan`` is the last end;
    ``setup_time`` and ``setup_cost`` are sums over setups.
    """

    WEIGHTED_TARDINESS = "weighted_tardiness"
    MAKESPAN = "makespan"
    SETUP_TIME = "setup_time"
    SETUP_COST = "setup_cost"
    FLOW_TIME = "flow_time"
    EARLINESS = "earliness"


@dataclass(frozen=True, slots=True)
class MeasureValues:
    """The value of every measure.

    Parameters
    ----------
    weighted_tardiness, makespan, setup_time, setup_cost, flow_time, earliness
        As in :class:`Measure`.
    n_late_jobs
        Jobs that end after their due date.
    """

    weighted_tardiness: float
    makespan: int
    setup_time: int
    setup_cost: float
    flow_time: float
    earliness: float
    n_late_jobs: int

    def of(self, measure: Measure) -> float:
        """Return the value of one measure."""
        return float(getattr(self, measure.value))


@dataclass(frozen=True, slots=True)
class Objective:
    """Measures with weights.

    Parameters
    ----------
    terms
        Measures and their weights, each above 0; the most important first when they count one after the other.
    is_lexicographic
        The first measure decides, the second where the first is equal, and so on; else the weighted sum decides.

    Examples
    --------
    >>> objective = Objective(((Measure.WEIGHTED_TARDINESS, 1.0), (Measure.SETUP_TIME, 0.5)))
    >>> values = MeasureValues(10.0, 100, 40, 0.0, 0.0, 0.0, 1)
    >>> objective.value(values), objective.key(values)
    (30.0, (30.0,))
    """

    terms: tuple[tuple[Measure, float], ...] = ((Measure.MAKESPAN, 1.0),)
    is_lexicographic: bool = False

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures that count."""
        return tuple(measure for measure, _ in self.terms)

    def weight(self, measure: Measure) -> float:
        """Return the weight of a measure, 0 when it does not count."""
        return dict(self.terms).get(measure, 0.0)

    def key(self, values: MeasureValues) -> tuple[float, ...]:
        """Return what is compared: the weighted sum, or the measures in turn; the lesser is better."""
        if self.is_lexicographic:
            return tuple(values.of(measure) for measure, _ in self.terms)
        return (sum(weight * values.of(measure) for measure, weight in self.terms),)

    def value(self, values: MeasureValues) -> float:
        """Return the first number of what is compared: the weighted sum, or the most important measure."""
        return self.key(values)[0]


MAKESPAN = Objective()
