"""The choices of the constrained plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from bom.errors import OptionError
from planning.option_set import OptionSet


@dataclass(frozen=True, slots=True)
class ConstrainedOptions(OptionSet):
    """The options of :func:`scheduling.constrained_plan.run_constrained_plan`; each default stands first.

    Parameters
    ----------
    split
        A demand that would be late is promised as a whole (``none``), as what stock and open orders give on its day and
        the rest (``stock_and_rest``), or as what can be had on its day at all and the rest (``any``).
    sequence
        Demands are promised by ``priority``, due date and id, or ``first_come``: by due date and id.
    keep_safety_stock
        Order up to the safety stocks when all demands are promised.
    join_orders
        New orders of an item and site by the same source that are due on the same day become one order.
    compare
        Make a first-come plan too, for the figures beside.
    smallest_day_fraction
        A day with less free than this part of what one unit can do takes no more work.
    tries
        How many alternates (suppliers, lanes, BOM lines) are tried for one demand at most.
    evaluations
        How many other sequences of the demands are tried to lower the cost; 0: none.
    holding_rate_per_year
        What it costs to hold an item's unit cost for a year, where sequences are compared.
    late_rate_per_week
        What a week late costs as part of the demand's value, divided by its priority.

    Examples
    --------
    >>> ConstrainedOptions.from_mapping({"split": "any", "evaluations": "20"}).evaluations
    20
    """

    SECTION: ClassVar[str] = "constrained"

    split: Literal["none", "stock_and_rest", "any"] = "none"
    sequence: Literal["priority", "first_come"] = "priority"
    keep_safety_stock: bool = True
    join_orders: bool = True
    compare: bool = True
    smallest_day_fraction: float = 0.05
    tries: int = 50
    evaluations: int = 0
    holding_rate_per_year: float = 0.2
    late_rate_per_week: float = 0.1

    def __post_init__(self) -> None:
        if self.smallest_day_fraction > 1.0:
            raise OptionError("invalid_option", "constrained.smallest_day_fraction must be 1 or less")
