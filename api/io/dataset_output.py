"""Data sets written to disk: a folder with one file per table and ``settings.toml``, complete or not there at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import tomlkit

from api.io.dataset import SETTINGS_FILE
from api.io.output import FileFormat, OutputError
from planning.data import PlanningData, Settings


def write_dataset(out: Path, data: PlanningData, form: FileFormat = FileFormat.CSV) -> None:
    """Write a data set into a new folder, with the columns that its tables have, custom ones included.

    Parameters
    ----------
    out
        A folder that is not there yet, or is empty.
    data
        The data set.
    form
        How tables are written.

    Raises
    ------
    OutputError
        When the folder holds something, or cannot be written.
    """
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise OutputError("not_empty", "holds something; name a new folder for the data set", [str(out)])
    temporary = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        temporary.mkdir(parents=True)
        for name, frame in data.tables.items():
            _write_table(temporary / f"{name}.{form}", frame, form)
        (temporary / SETTINGS_FILE).write_text(settings_text(data.settings))
        if out.exists():
            out.rmdir()
        temporary.rename(out)
    except OSError as error:
        raise OutputError("cannot_write", f"the data set cannot be written ({error.strerror})", [str(out)]) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write_table(path: Path, frame: pl.DataFrame, form: FileFormat) -> None:
    """Write one table."""
    frame.write_csv(path) if form is FileFormat.CSV else frame.write_parquet(path)


def settings_text(settings: Settings) -> str:
    """Return settings as the text of ``settings.toml``.

    Examples
    --------
    >>> from datetime import date
    >>> print(settings_text(Settings(date(2026, 11, 22), currency="EUR", mrp={"net_per": "line"})), end="")
    as_of = 2026-11-22
    currency = "EUR"
    <BLANKLINE>
    [mrp]
    net_per = "line"
    """
    document = tomlkit.document()
    values: dict[str, Any] = {
        "as_of": settings.as_of,
        "horizon_end": settings.horizon_end,
        "currency": settings.currency,
        "holding_rate_per_year": settings.holding_rate_per_year,
    }
    for name, value in values.items():
        if value:
            document[name] = value
    for name in ("mrp", "capacity", "schedule", "master_schedule"):
        if section := getattr(settings, name):
            document[name] = dict(section)
    return tomlkit.dumps(document)
