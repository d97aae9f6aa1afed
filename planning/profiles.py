"""Profiles: the options that give the numbers of the system a company comes from (rule 17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Profile:
    """A named set of options.

    Parameters
    ----------
    name
        What ``mrp.profile`` says.
    system
        Whose numbers it gives.
    options
        The options that are not the defaults.
    reasons
        For each of them the rule of that system.
    """

    name: str
    system: str
    options: Mapping[str, Any] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


def _profile(name: str, system: str, **options: tuple[Any, str]) -> Profile:
    """Return a profile; each option with its value and the reason."""
    values = {option: value for option, (value, _) in options.items()}
    return Profile(name, system, MappingProxyType(values), {option: reason for option, (_, reason) in options.items()})


_PROFILES = (
    _profile("apics", "the rules of netting as APICS texts have them"),
    _profile(
        "oca_mrp_multi_level",
        "Odoo with the module mrp_multi_level of the OCA",
        net_per=("line", "each move that falls short gets its own order"),
        expedite_window_days=(0, "receipts count on their dates; none is assumed to move"),
        safety_stock_at_start=(False, "a low stock is ordered when a move finds it short"),
        window_need=("end", "a group of Nbr. Days is netted as a whole, what comes in within it too"),
        minimum_rounding=("raw", "a quantity raised to the minimum is not rounded to the multiple"),
        due_on_working_day=(False, "the due date is the date of the move; the calendar counts the lead time only"),
    ),
    _profile(
        "frepple_unconstrained",
        "frePPLe, unconstrained plan",
        net_per=("line", "demands are planned one by one"),
        expedite_window_days=(0, "confirmed orders count on their dates; none is assumed to move"),
        await_receipts_days=(
            999,
            "plan.autoFenceOperations: wait for a confirmed replenishment, 999 days in new data sets",
        ),
    ),
    _profile(
        "sap_mrp",
        "SAP ERP and S/4HANA, MRP",
        past_release=("push", "a start date in the past switches to forward scheduling from today"),
        scrap_convention=("multiply", "component scrap of 10 % makes 110 of 100"),
    ),
    _profile(
        "d365_planning_optimization",
        "Dynamics 365 Supply Chain Management",
        expedite_window_days=(0, "negative days: how much later than it could be ordered a receipt may come"),
        expedite_window_from=(
            "lead_time",
            "dynamic negative days: lead time + negative days + today - requirement date",
        ),
        past_release=("push", "a planned order is delayed by its lead time from today, and what needs it with it"),
        resize_receipts=(True, "action messages increase and decrease"),
    ),
    _profile(
        "business_central",
        "Dynamics 365 Business Central",
        expedite_window_days=(0, "rescheduling period, blank: 0 days"),
        resize_receipts=(True, "action message Change Qty."),
        scrap_convention=("multiply", "scrap of 10 % makes 110 of 100"),
    ),
)
PROFILES: Mapping[str, Profile] = MappingProxyType({profile.name: profile for profile in _PROFILES})


def with_profile(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return option values over those of the profile that they name; unchanged when there is no such profile.

    Examples
    --------
    >>> with_profile({"profile": "sap_mrp", "past_release": "keep"})
    {'past_release': 'keep', 'scrap_convention': 'multiply', 'profile': 'sap_mrp'}
    """
    profile = PROFILES.get(str(values.get("profile", "apics")))
    return {**(profile.options if profile else {}), **values}
