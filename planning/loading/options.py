"""The choices of capacity requirements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from planning.options import read_options


@dataclass(frozen=True, slots=True)
class CapacityOptions:
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

    period: Literal["week", "day", "month"] = "week"
    due_at: Literal["start", "end"] = "start"
    receipt_dates: Literal["given", "netted"] = "given"

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> CapacityOptions:
        """Return the options with the given values, as a settings file or a command line gives them.

        Raises
        ------
        OptionError
            When a name is not an option, or a value is not one that the option can have; all at once.
        """
        return read_options(cls, values, "capacity")

    def as_dict(self) -> dict[str, Any]:
        """Return every option in force."""
        return asdict(self)
