"""Plans on disk: a folder with one file per table and ``run.json``, complete or not there at all."""

from __future__ import annotations

import glob
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from bom.errors import PlanningError
from bom.schema import Table

RUN_FILE = "run.json"


class OutputError(PlanningError):
    """The plan cannot be written there."""


class FileFormat(StrEnum):
    """How tables are written."""

    CSV = "csv"
    PARQUET = "parquet"


@contextmanager
def plan_folder(out: Path) -> Iterator[Path]:
    """Give a temporary folder beside ``out`` that takes its place when all went well.

    A plan that is there already is replaced only then. When the run fails or is killed, ``out`` is as it was.

    Raises
    ------
    OutputError
        When ``out`` is there and is not a plan, is or holds the current folder, or its parent cannot be written to.
    """
    if Path.cwd().is_relative_to(out.resolve()):
        raise OutputError("current_folder", "holds the current folder; name another folder with --out", [str(out)])
    _clear_up(out)
    if out.exists() and not (out.is_dir() and ((out / RUN_FILE).exists() or not any(out.iterdir()))):
        raise OutputError("not_a_plan", "is there and is not a plan; name another folder with --out", [str(out)])
    temporary = out.with_name(f".{out.name}.{os.getpid()}.partial")
    try:
        temporary.mkdir(parents=True)
    except OSError as error:
        raise OutputError("cannot_write", f"the plan cannot be written ({error.strerror})", [str(out)]) from error
    try:
        yield temporary
        _replace(out, temporary)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _clear_up(out: Path) -> None:
    """Remove what killed runs have left beside ``out``; put an old plan back that one of them had moved away."""
    for left in sorted(out.parent.glob(f".{glob.escape(out.name)}.*.*")):
        pid, kind = left.name.removeprefix(f".{out.name}.").split(".", 1)
        if kind not in ("partial", "old") or not pid.isdigit() or _is_running(int(pid)):
            continue
        if kind == "old" and not out.exists():
            left.rename(out)
        else:
            shutil.rmtree(left, ignore_errors=True)


def _is_running(pid: int) -> bool:
    """Return whether there is a process with that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _replace(out: Path, temporary: Path) -> None:
    """Put the finished folder in the place of the old one."""
    old = out.with_name(f".{out.name}.{os.getpid()}.old")
    if out.exists():
        out.rename(old)
    temporary.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def write_table(folder: Path, table: Table, chunks: Iterator[pl.DataFrame], form: FileFormat) -> int:
    """Write one table chunk by chunk, so that memory stays flat; return its number of rows."""
    path = folder / f"{table.name}.{form}"
    counted = _Counted(chunks)
    if form is FileFormat.CSV:
        _write_csv(path, table, counted)
    else:
        schema = {column.name: column.dtype.polars for column in table.columns}
        source = register_io_source(lambda *_: iter(counted), schema=schema, is_pure=True)
        source.sink_parquet(path)
    return counted.n_rows


class _Counted:
    """Chunks that count their rows as they go by."""

    def __init__(self, chunks: Iterator[pl.DataFrame]) -> None:
        self._chunks = chunks
        self.n_rows = 0

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for chunk in self._chunks:
            self.n_rows += chunk.height
            yield chunk


def _write_csv(path: Path, table: Table, chunks: _Counted) -> None:
    """Write the chunks one behind the other under one header."""
    with path.open("wb") as file:
        table.empty().write_csv(file)
        for chunk in chunks:
            chunk.write_csv(file, include_header=False)


def write_run(folder: Path, run: dict[str, Any]) -> None:
    """Write what was run, with which options, and what it took."""
    (folder / RUN_FILE).write_text(json.dumps(run, indent=2, default=str) + "\n")
