"""The options of a call: texts such as ``levelling.scope=all``, over the settings of the data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bom.errors import OptionError
from planning.loading.options import CapacityOptions
from planning.options import MrpOptions
from scheduling.constraining.options import ConstrainedOptions
from scheduling.leveller.options import LevellingOptions
from scheduling.looping.options import ClosedLoopOptions
from scheduling.shop_floor.options import ScheduleOptions

_READERS = {
    "mrp": MrpOptions.from_mapping,
    "capacity": CapacityOptions.from_mapping,
    "levelling": LevellingOptions.from_mapping,
    "constrained": ConstrainedOptions.from_mapping,
    "schedule": ScheduleOptions.from_mapping,
    "closed_loop": ClosedLoopOptions.from_mapping,
}


def by_section(assignments: Sequence[str], *sections: str) -> dict[str, dict[str, str]]:
    """Return the options of a call by the section of the settings that they belong to, each of them checked.

    Parameters
    ----------
    assignments
        Texts such as ``levelling.scope=all``.
    sections
        The sections that the command reads.

    Raises
    ------
    OptionError
        When a text is no option of a section, or its value not one that it can have.

    Examples
    --------
    >>> by_section(["mrp.net_per=line", "levelling.scope=all"], "mrp", "levelling")
    {'mrp': {'net_per': 'line'}, 'levelling': {'scope': 'all'}}
    """
    given: dict[str, dict[str, str]] = {section: {} for section in sections}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        section, dot, key = name.strip().partition(".")
        if not separator or not dot or section not in given:
            reason = f"--set {assignment} must look like mrp.net_per=line; the sections are {', '.join(sections)}"
            raise OptionError("invalid_option", reason)
        given[section][key] = value.strip()
    for section, values in given.items():
        if values:
            _READERS[section](values)
    return given


def settings_of(given: Mapping[str, Any], as_of: str | None, assignments: Sequence[str]) -> dict[str, Any]:
    """Return the settings of the data set with those of the call over them."""
    settings: dict[str, Any] = dict(given)
    if as_of is not None:
        settings["as_of"] = as_of
    for section, assigned in by_section(assignments, "mrp", "capacity", "levelling", "closed_loop").items():
        own = settings.get(section, {})
        # what is no table of options stays as it is: the check of the settings reports it
        if assigned and isinstance(own, Mapping):
            settings[section] = {**own, **assigned}
    return settings
