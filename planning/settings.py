"""The settings of a data set, read from what ``settings.toml`` says."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from bom.checks import FIRST_DATE, LAST_DATE
from bom.errors import OptionError, Severity
from bom.findings import Problem, Remedy
from bom.hints import did_you_mean
from planning.data import Settings
from planning.loading.options import CapacityOptions
from planning.master_scheduling.options import MasterScheduleOptions
from planning.options import MrpOptions

_SECTIONS = ("mrp", "capacity", "levelling", "schedule", "master_schedule", "constrained", "closed_loop")
_READERS: dict[str, Callable[[Mapping[str, Any]], object]] = {
    "mrp": MrpOptions.from_mapping,
    "capacity": CapacityOptions.from_mapping,
    "master_schedule": MasterScheduleOptions.from_mapping,
}
_NAMES = tuple(field.name for field in fields(Settings))


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """Settings, and what was wrong with them; ``None`` when there is no planning date."""

    settings: Settings | None
    problems: tuple[Problem, ...]


def read_settings(values: Settings | Mapping[str, Any]) -> ReadSettings:
    """Return the settings with every problem in them.

    Examples
    --------
    >>> read_settings({"as_of": "2026-11-22"}).settings.as_of
    datetime.date(2026, 11, 22)
    """
    if isinstance(values, Settings):
        values = {name: getattr(values, name) for name in _NAMES}
    problems: list[Problem] = [_unknown(name) for name in values if name not in _NAMES]
    as_of = _read_as_of(values, problems)
    horizon_end = _read_date(values, "horizon_end", problems)
    if as_of and horizon_end and horizon_end < as_of:
        problems.append(_problem("wrong_order", "horizon_end", horizon_end, "horizon_end is before as_of"))
        horizon_end = None
    sections = {name: _read_section(values, name, problems) for name in _SECTIONS}
    rate = _read_rate(values, problems)
    if as_of is None:
        return ReadSettings(None, tuple(problems))
    currency = str(values.get("currency") or "")
    return ReadSettings(Settings(as_of, horizon_end, currency, rate, **sections), tuple(problems))


def _read_as_of(values: Mapping[str, Any], problems: list[Problem]) -> date | None:
    """Return the planning date; ``problems`` gets what is wrong with it."""
    if values.get("as_of") in (None, ""):
        message = "the planning date is missing: write as_of = 2026-11-22 in settings.toml, or give --as-of 2026-11-22"
        problems.append(_problem("missing_as_of", "as_of", "", message, Remedy.STOP))
    return _read_date(values, "as_of", problems)


def _problem(code: str, column: str, value: object, message: str, remedy: Remedy = Remedy.CELL) -> Problem:
    return Problem(code, "settings", column, message, values=(str(value),), remedy=remedy)


def _unknown(name: str) -> Problem:
    """Return the warning about a setting that does not exist."""
    return Problem(
        "unknown_setting",
        "settings",
        name,
        f"{name} is not a setting; it is not read{did_you_mean(name, _NAMES)}",
        values=(name,),
        severity=Severity.WARNING,
        remedy=Remedy.NOTHING,
    )


def _read_date(values: Mapping[str, Any], name: str, problems: list[Problem]) -> date | None:
    """Return a date of the settings; ``problems`` gets what is wrong with it."""
    value = values.get(name)
    if value is None or value == "":
        return None
    remedy = Remedy.STOP if name == "as_of" else Remedy.CELL
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value).strip())
    except ValueError:
        message = f"{name} {value} is not a date such as 2026-11-22"
        problems.append(_problem("unreadable_date", name, value, message, remedy))
        return None
    day = day.date() if isinstance(day, datetime) else day
    if FIRST_DATE <= day <= LAST_DATE:
        return day
    message = f"{name} {value} is not between {FIRST_DATE} and {LAST_DATE}; a typing error?"
    problems.append(_problem("out_of_range", name, value, message, remedy))
    return None


def _read_rate(values: Mapping[str, Any], problems: list[Problem]) -> float:
    """Return the holding rate; ``problems`` gets what is wrong with it."""
    value = values.get("holding_rate_per_year")
    if value is None or value == "":
        return 0.0
    try:
        rate = float(value)
    except (TypeError, ValueError):
        rate = math.nan
    if math.isfinite(rate) and rate >= 0:
        return rate
    problems.append(
        _problem("out_of_range", "holding_rate_per_year", value, "holding_rate_per_year must be a number >= 0")
    )
    return 0.0


def _read_section(values: Mapping[str, Any], name: str, problems: list[Problem]) -> dict[str, Any]:
    """Return the options of one section that can be read; ``problems`` gets those that cannot."""
    section = values.get(name)
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        problems.append(_problem("unreadable_section", name, section, f"{name} must be a table of options: [{name}]"))
        return {}
    options = dict(section)
    if name not in _READERS:
        return options
    for option, value in section.items():
        try:
            _READERS[name]({option: value})
        except OptionError as error:
            problems.append(_problem(error.code, f"{name}.{option}", value, error.message))
            del options[option]
    return options
