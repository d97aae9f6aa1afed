"""The data set that a plan is made from: frozen, validated frames and settings."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

import polars as pl

from planning.tables import INPUT_TABLES


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``settings.toml`` says beside the tables.

    Parameters
    ----------
    as_of
        The planning date.
    horizon_end
        The last due date of the demands that are planned; ``None``: all.
    currency
        The one currency of all money.
    holding_rate_per_year
        Part of an item's unit cost that it costs to hold it for a year.
    mrp, capacity, levelling, schedule, master_schedule, constrained, closed_loop
        The option tables, as given.
    """

    as_of: date
    horizon_end: date | None = None
    currency: str = ""
    holding_rate_per_year: float = 0.0
    mrp: Mapping[str, Any] = field(default_factory=dict)
    capacity: Mapping[str, Any] = field(default_factory=dict)
    levelling: Mapping[str, Any] = field(default_factory=dict)
    schedule: Mapping[str, Any] = field(default_factory=dict)
    master_schedule: Mapping[str, Any] = field(default_factory=dict)
    constrained: Mapping[str, Any] = field(default_factory=dict)
    closed_loop: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlanningData:
    """A validated data set; made by :func:`planning.checks.validate`.

    Parameters
    ----------
    settings
        The planning date and the options that come with the data.
    tables
        The frames by table name, in the dtypes of ``docs/tables.md``. An absent table is not in it; an absent
        optional column is not in its frame: :meth:`filled` gives the defaults.
    """

    settings: Settings
    tables: Mapping[str, pl.DataFrame]

    def __post_init__(self) -> None:
        object.__setattr__(self, "tables", MappingProxyType(dict(self.tables)))

    def table(self, name: str) -> pl.DataFrame:
        """Return the frame of one table, empty with all columns when the data set does not have it.

        Raises
        ------
        KeyError
            When there is no such input table.
        """
        frame = self.tables.get(name)
        return INPUT_TABLES[name].empty() if frame is None else frame

    def filled(self, name: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return the named columns of one table, absent columns and empty cells filled with their defaults."""
        return INPUT_TABLES[name].filled(self.table(name), columns)

    def replace(self, settings: Settings | None = None, **tables: pl.DataFrame) -> PlanningData:
        """Return a data set in which the named tables are others; the rest is shared, the whole is validated.

        Raises
        ------
        DataError
            When the new data set has errors.
        """
        from planning.checks import validate  # the check makes data sets and so must import this module

        return validate({**self.tables, **tables}, settings or self.settings).data

    def fingerprint(self) -> str:
        """Return a hash of the tables and settings: equal data gives an equal text, whatever file it came from."""
        digest = hashlib.sha256(repr(self.settings).encode())
        for name in sorted(self.tables):
            frame = self.tables[name]
            digest.update(f"{name} {frame.height} {frame.schema!r}".encode())
            if frame.height:
                digest.update(frame.hash_rows(seed=0).to_numpy().tobytes())
        return digest.hexdigest()
