"""The choices of the netting rules, so that a company coming from another system gets that system's numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal, Self

from planning.option_set import OptionSet
from planning.profiles import with_profile


@dataclass(frozen=True, slots=True)
class MrpOptions(OptionSet):
    """The options of :func:`planning.mrp.run_mrp`; each default stands first among its values.

    Parameters
    ----------
    profile
        The system whose numbers are wanted: sets the options that ``lotwright profiles`` lists, which others go over.
        Read by :meth:`from_mapping` only.
    net_per
        Net once per ``date``, or after each requirement ``line``, so that each short line gets its own order.
    on_cycle
        A cycle in the bills is an ``error``, or its items are left out (``quarantine``).
    past_demand
        A requirement before ``as_of`` counts ``today``, or on its own day (``keep``).
    safety_stock_at_start
        A shortage to the safety stock on ``as_of`` is ordered on ``as_of``, or once a later event finds it.
    expedite_window_days
        Open receipts due within so many calendar days after a shortage are assumed to be moved up to it; 0: none.
    expedite_window_from
        The window is counted from the ``shortage``, or from the day on which a new order could come when that is later
        (``lead_time``).
    expedite_tolerance_days, defer_tolerance_days, message_minimum_value
        Rescheduling messages up to so many days, or below that value, are damped.
    message_minimum_quantity, message_minimum_fraction
        Messages to change an open order by less than that quantity, or that part of the order, are damped.
    message_horizon_days
        Messages about open orders on days more than so many after ``as_of`` are damped.
    resize_receipts
        Give messages to decrease open orders that are needed in part, and to increase one instead of a new order.
    increase_window_days
        An open order is increased for shortages up to so many days after it.
    await_receipts_days
        While an open receipt lies within so many days after a shortage, no order is made.
    window_need
        An order of period_of_supply covers the window's worst balance (``max``) or its last one (``end``).
    grid_anchor
        Windows of period_of_supply start on a fixed grid from this day; ``None``: at the shortage.
    minimum_rounding
        An order raised to the minimum is rounded to the ``multiple``, or stays as it is (``raw``).
    maximum_split
        A quantity above the maximum becomes several orders, or one order of the maximum (``cap``).
    due_on_working_day
        Due dates are moved back to a working day.
    lead_time_from
        The lead time is the ``item``'s, or comes from its ``routing``.
    past_release
        A release before ``as_of`` is kept and flagged, or pushed to ``as_of`` and the lateness passed up.
    effectivity_at
        A BOM line must be effective on the parent order's ``release`` or ``due`` date.
    component_date
        A component's requirement before ``as_of`` counts on ``as_of`` (``clip``) or on its own day (``keep``).
    scrap_convention
        Scrap makes a quantity / (1 - scrap) (``divide``) or x (1 + scrap) (``multiply``).
    usage_window_days
        The average daily usage of a buffer (``planning_method`` = ddmrp) is that of the requirements in so many
        calendar days from ``as_of`` on.
    phantom_stock
        The stock of phantoms is ignored (``ignore``) or used up first (``net``).
    planning_fence
        An order inside the planning fence is moved to the first day after it, or not made (``block``).
    alternates
        Of alternate BOM lines what is there is used first, by priority (``main_first``) or the first one last
        (``alternates_first``), then the first is ordered; or each is used by its usage_fraction (``fixed_usage``).
    consume_by
        Forecast is consumed by the ``open`` quantity of orders, by ``open_and_shipped``, or not at all (``none``).
    consume_backward_days, consume_forward_days
        Orders consume earlier forecasts too that reach into so many working days before them, and later ones.
    consume_first
        Orders consume earlier forecasts first (``backward``), or later ones.
    forecast_bucket
        A forecast covers the days until the ``next`` one of the item, or its ``day``, ``week`` or ``month`` alone.
    past_forecast
        A forecast whose bucket is over is planned as other demands are (``keep``) or left out (``ignore``).

    Examples
    --------
    >>> MrpOptions.from_mapping({"net_per": "line", "expedite_window_days": "7"}).expedite_window_days
    7
    """

    SECTION: ClassVar[str] = "mrp"

    profile: Literal[
        "apics",
        "oca_mrp_multi_level",
        "frepple_unconstrained",
        "sap_mrp",
        "d365_planning_optimization",
        "business_central",
    ] = "apics"
    net_per: Literal["date", "line"] = "date"
    on_cycle: Literal["error", "quarantine"] = "error"
    past_demand: Literal["today", "keep"] = "today"
    safety_stock_at_start: bool = True
    expedite_window_days: Literal["unlimited"] | int = "unlimited"
    expedite_window_from: Literal["shortage", "lead_time"] = "shortage"
    expedite_tolerance_days: int = 0
    defer_tolerance_days: int = 0
    message_minimum_value: float = 0.0
    message_minimum_quantity: float = 0.0
    message_minimum_fraction: float = 0.0
    message_horizon_days: Literal["unlimited"] | int = "unlimited"
    resize_receipts: bool = False
    increase_window_days: int = 0
    await_receipts_days: int = 0
    window_need: Literal["max", "end"] = "max"
    grid_anchor: date | None = None
    minimum_rounding: Literal["multiple", "raw"] = "multiple"
    maximum_split: Literal["split", "cap"] = "split"
    due_on_working_day: bool = True
    lead_time_from: Literal["item", "routing"] = "item"
    past_release: Literal["keep", "push"] = "keep"
    effectivity_at: Literal["release", "due"] = "release"
    component_date: Literal["clip", "keep"] = "clip"
    scrap_convention: Literal["divide", "multiply"] = "divide"
    phantom_stock: Literal["ignore", "net"] = "ignore"
    planning_fence: Literal["move", "block"] = "move"
    alternates: Literal["main_first", "alternates_first", "fixed_usage"] = "main_first"
    usage_window_days: int = 90
    consume_by: Literal["open", "open_and_shipped", "none"] = "open"
    consume_backward_days: int = 0
    consume_forward_days: int = 0
    consume_first: Literal["backward", "forward"] = "backward"
    forecast_bucket: Literal["next", "day", "week", "month"] = "next"
    past_forecast: Literal["keep", "ignore"] = "keep"

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Return the options with the given values, over those of their profile; texts read as their field's type.

        Raises
        ------
        OptionError
            When a name is not an option, or a value is not one that the option can have; all at once.
        """
        # slots make the class anew, so that super() without arguments would look for the old one
        return super(MrpOptions, cls).from_mapping(with_profile(values))
