"""What an explanation is made of: steps with their numbers before and after, and the explanations below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class StepKind(StrEnum):
    """What a step of an explanation is about."""

    REQUIREMENT = "requirement"
    SURPLUS = "surplus"
    BALANCE = "balance"
    RECEIPT_MOVED = "receipt_moved"
    RECEIPT_NOT_MOVED = "receipt_not_moved"
    SHORTAGE = "shortage"
    LOT_SIZING = "lot_sizing"
    EARLIER_ORDERS = "earlier_orders"
    FIXED_LOT = "fixed_lot"
    MINIMUM = "minimum"
    MULTIPLE = "multiple"
    MAXIMUM = "maximum"
    YIELD = "yield"
    SOURCE = "source"
    OFFER = "offer"
    ALTERNATE = "alternate"
    DECOUPLED_LEAD_TIME = "decoupled_lead_time"
    SAFETY_LEAD_TIME = "safety_lead_time"
    WORKING_DAY = "working_day"
    PLANNING_FENCE = "planning_fence"
    LEAD_TIME = "lead_time"
    PAST_DUE = "past_due"
    PUSH = "push"
    GIVEN = "given"
    NEEDED = "needed"
    COMPONENT = "component"
    END_DEMAND = "end_demand"
    FORECAST = "forecast"
    SERVED = "served"
    NOT_SERVED = "not_served"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Step:
    """One step from what is needed to the order as it is.

    Parameters
    ----------
    kind
        What it is about.
    text
        The step in a sentence, or a line for each order on the way to a cause.
    quantity_before, quantity_after
        The quantity that the step takes up and the one it leaves; empty when it is about dates.
    date_before, date_after
        The same for the date.
    source_id
        The order, receipt, demand or supplier that it is about.
    """

    kind: StepKind
    text: str
    quantity_before: float | None = None
    quantity_after: float | None = None
    date_before: date | None = None
    date_after: date | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an order is as it is, or how a demand is served.

    Parameters
    ----------
    subject
        ``planned_order``, ``open_order`` or ``demand``.
    subject_id
        Its id.
    text
        What it is, in a sentence.
    item_id, site_id, quantity
        What it supplies, or needs.
    release_date, due_date
        Its dates; a demand has a due date only.
    steps
        What led to it, in order.
    parts
        The explanations below: of a demand, those of the supplies that serve it.
    """

    subject: str
    subject_id: str
    text: str
    item_id: str
    site_id: str
    quantity: float
    release_date: date | None
    due_date: date | None
    steps: tuple[Step, ...]
    parts: tuple[Explanation, ...] = field(default=())

    def of_kind(self, kind: StepKind) -> list[Step]:
        """Return the steps of one kind."""
        return [step for step in self.steps if step.kind is kind]

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation as plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self, depth: int = 0) -> Iterator[str]:
        """Yield the explanation as indented lines of text."""
        indent = "    " * depth
        yield f"{indent}{self.subject_id}: {self.text}"
        width = max((len(step.kind) for step in self.steps), default=0)
        for step in self.steps:
            first, *rest = step.text.splitlines()
            yield f"{indent}  {step.kind.replace('_', ' '):<{width}}  {first}"
            yield from (f"{indent}  {'':<{width}}  {line}" for line in rest)
        for part in self.parts:
            yield from part.lines(depth + 1)


def number(value: float) -> str:
    """Return a quantity as text: at most six decimals, no zeros at the end.

    Examples
    --------
    >>> number(12.0), number(0.1 + 0.2), number(-1e-13)
    ('12', '0.3', '0')
    """
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def days_text(days: int, unit: str) -> str:
    """Return a number of days as text.

    Examples
    --------
    >>> days_text(1, "working"), days_text(12, "calendar")
    ('1 working day', '12 calendar days')
    """
    return f"{days} {unit} day" + ("" if days == 1 else "s")
