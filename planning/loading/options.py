"""The choices of capacity requirements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from planning.option_set import OptionSet


@dataclass(frozen=True, slots=True)
class CapacityOptions(OptionSet):
    """The options of :func:`planning.capacity.run_capacity`; each default stands first among its values.

    Parameters
    ----------
    period
        Loads are added up by ``week``, ``day`` or ``month``.
    due_at
        An order is to be done by the ``start`` of its due day, or by its ``end``.
    receipt_dates
        Open orders are due as ``given``, or on the day that netting assumed when it moved them (``netted``).

    Examples
    --------
    >>> CapacityOptions.from_mapping({"period": "day"}).period
    'day'
    """

    SECTION: ClassVar[str] = "capacity"

    period: Literal["week", "day", "month"] = "week"
    due_at: Literal["start", "end"] = "start"
    receipt_dates: Literal["given", "netted"] = "given"
