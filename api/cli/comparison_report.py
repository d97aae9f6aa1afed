"""What differs between two plans, printed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import typer

from api.cli.frames import FrameFormat, print_frame


def print_comparison(run: Mapping[str, Any], title: str, out: Path | None, as_json: bool) -> None:
    """Print what a comparison says: edits, figures, orders, messages, seconds; or all of it as JSON."""
    if as_json:
        typer.echo(json.dumps(run, indent=2, default=str, ensure_ascii=False))
        return
    typer.echo(title)
    edits = run.get("edits", ())
    for number, edit in enumerate(edits, 1):
        mark = f"{number}  " if len(edits) > 1 else ""
        typer.echo(f"  {mark}{edit['edit']}  ({edit['rows']:,} row{'' if edit['rows'] == 1 else 's'})")
    _print("Figures", _figures(run))
    _print("Orders", _counts(run))
    _print(f"The {len(run['orders'])} orders with the most money", _orders(run))
    _print("Messages", _messages(run))
    typer.echo()
    for phase in run["phases"]:
        typer.echo(f"seconds: {phase['name']:<24} {phase['seconds']:.3f}")
    if out is not None:
        typer.echo(f"Tables: {os.path.relpath(out)}/")


def _print(title: str, frame: pl.DataFrame) -> None:
    typer.echo()
    print_frame(frame, FrameFormat.TABLE, title)


def _figures(run: Mapping[str, Any]) -> pl.DataFrame:
    """Return the figures, fractions with four decimals and money with two."""
    frame = pl.DataFrame(run["kpis"], infer_schema_length=None).select("name", "before", "after", "change", "unit")
    decimals = pl.when(pl.col("unit") == "fraction").then(4).otherwise(2)
    columns = [
        pl.when(decimals == 4)
        .then(pl.col(name).cast(pl.Float64).round(4))
        .otherwise(pl.col(name).cast(pl.Float64).round(2))
        for name in ("before", "after", "change")
    ]
    return frame.with_columns(columns)


def _counts(run: Mapping[str, Any]) -> pl.DataFrame:
    """Return the changed orders by kind, and how nervous they are."""
    totals = run["totals"]
    rows = [(name.replace("_", " "), count, None) for name, count in run["counts"].items() if count]
    rows.append(("all changes", totals["changed"], totals["value_touched"]))
    rows.append(("in the planning fence", totals["changed_in_fence"], totals["value_touched_in_fence"]))
    rows.append(("with a near release", totals["changed_near"], totals["value_touched_near"]))
    schema = {"change": pl.String, "orders": pl.Int64, "value touched": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col("value touched").round(2))


def _orders(run: Mapping[str, Any]) -> pl.DataFrame:
    """Return the orders with the most money."""
    if not run["orders"]:
        return pl.DataFrame()
    frame = pl.DataFrame(run["orders"], infer_schema_length=None)
    return frame.select(
        "change",
        pl.coalesce("order_id_after", "order_id_before").alias("order"),
        pl.col("quantity_before").cast(pl.Float64).alias("before"),
        pl.col("quantity_after").cast(pl.Float64).alias("after"),
        pl.col("release_date_before").alias("release before"),
        pl.col("release_date_after").alias("release after"),
        "days",
        pl.col("value_touched").round(2).alias("value touched"),
        *(["edits"] if len(run.get("edits", ())) > 1 else []),
    )


def _messages(run: Mapping[str, Any]) -> pl.DataFrame:
    """Return the messages that came and went, by kind."""
    if not run["messages"]:
        return pl.DataFrame()
    frame = pl.DataFrame(run["messages"])
    return (
        frame.select("kind", *(pl.when(change=change).then("messages").alias(change) for change in ("came", "went")))
        .group_by("kind", maintain_order=True)
        .sum()
        .sort("kind")
    )
