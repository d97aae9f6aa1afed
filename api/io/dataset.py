"""Data sets on disk: a folder of CSV and Parquet files, or a workbook."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from bom.errors import Finding, PlanningError
from bom.findings import Problem, findings_of
from planning.tables import INPUT_TABLES


@dataclass(frozen=True, slots=True)
class RawDataset:
    """What the files of a data set hold, before it is checked.

    Parameters
    ----------
    tables
        The frames by table name, as read.
    settings
        What ``settings.toml`` says.
    problems
        What was wrong with the files.
    """

    tables: dict[str, pl.DataFrame]
    settings: dict[str, Any]
    problems: tuple[Problem, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was wrong with the files, one by one."""
        return findings_of(self.problems, ["settings", *INPUT_TABLES])


class DatasetError(PlanningError):
    """A path is not a data set."""


def read_dataset(path: Path) -> RawDataset:
    """Return the tables and settings of a data set: a folder of ``<table>.csv`` or ``<table>.parquet``.

    Raises
    ------
    DatasetError
        When the path is not a data set.
    """
    tables: dict[str, pl.DataFrame] = {}
    if not path.is_dir():
        raise DatasetError("not_a_data_set", "this is not a folder with tables", [str(path)])
    for name in INPUT_TABLES:
        if (path / f"{name}.parquet").exists():
            tables[name] = pl.read_parquet(path / f"{name}.parquet")
        elif (path / f"{name}.csv").exists():
            tables[name] = pl.read_csv(path / f"{name}.csv", infer_schema=False)
    settings_file = path / "settings.toml"
    settings = tomllib.loads(settings_file.read_text(encoding="utf-8")) if settings_file.exists() else {}
    return RawDataset(tables, settings)
