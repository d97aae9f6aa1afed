"""Rule 12: the planning fence."""

from __future__ import annotations

from tests.reference.facts import Facts
from tests.reference.inputs import Inputs


def fence_end(inputs: Inputs, facts: Facts) -> int | None:
    """Return the last day inside the planning fence, None when there is none."""
    if facts.planning_time_fence_days == 0 or facts.is_phantom:
        return None
    return facts.site_calendar.forward(inputs.as_of, facts.planning_time_fence_days)


def first_day_after(inputs: Inputs, facts: Facts, end: int) -> int:
    """Return the first day after a fence on which an order can be due."""
    return facts.worker_calendar.on_or_after(end + 1) if inputs.options["due_on_working_day"] else end + 1


def is_inside(inputs: Inputs, facts: Facts, day: int) -> bool:
    """Return whether a day lies inside the planning fence."""
    end = fence_end(inputs, facts)
    return end is not None and day <= end


def arrival(inputs: Inputs, facts: Facts, needed: int, given: int) -> int:
    """Return when a receipt comes that is moved in from its day to the day on which it is needed."""
    end = fence_end(inputs, facts)
    if end is None or needed > end:
        return needed
    return min(given, first_day_after(inputs, facts, end))
