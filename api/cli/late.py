"""The command ``lotwright late``: which demands come late or short, what they wait for, and what they earn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from api.cli.exits import exit_on_error
from api.cli.frames import FrameFormat, print_frame
from api.stored_plan import open_plan
from planning.demand_margins import demand_margins
from planning.late_demands import late_demands

_SHOWN = (
    *("demand_id", "item_id", "customer_id", "due_date", "quantity", "days_late", "late_date", "short_quantity"),
    *("revenue", "margin", "binding_kind", "binding_id"),
)


def late(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A folder that lotwright plan has written.")],
    by_margin: Annotated[bool, typer.Option("--by-margin", help="The largest margin first.")] = False,
    customer: Annotated[str | None, typer.Option(help="Only the demands of this customer.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows that a table shows.")] = 30,
    form: Annotated[FrameFormat, typer.Option("--format", help="How the rows are written.")] = FrameFormat.TABLE,
) -> None:
    """List the demands that come late or short: what is short first, then the latest, with revenue and margin."""
    with exit_on_error():
        result = open_plan(plan).result
        found = late_demands(result)
        if customer is not None:
            found = found.filter(pl.col("customer_id") == customer)
        margins = demand_margins(result).select("demand_id", "revenue", "material_cost", "margin")
        found = found.join(margins, on="demand_id", how="left", maintain_order="left")
        if by_margin:
            found = found.sort("margin", descending=True, nulls_last=True, maintain_order=True)
        shown = found.head(limit).select(_SHOWN).with_columns(pl.col("revenue", "margin").round(2))
        print_frame(found, form, late_title(found, limit), shown=shown)


def late_title(found: pl.DataFrame, limit: int) -> str:
    """Return the line above the list: how many, of how many customers, for how much money.

    Examples
    --------
    >>> row = {"customer_id": "ACME", "days_late": 3, "short_quantity": 0.0, "revenue": 1200.0, "margin": 1128.0}
    >>> late_title(pl.DataFrame([row, row | {"customer_id": None, "days_late": 0, "short_quantity": 2.0}]), 1)
    '2 demands are late or short (1 short), 1 customers; revenue 2,400.00, margin 2,256.00; 1 of 2 rows'
    """
    short = found.filter(pl.col("short_quantity") > 0).height
    customers = found["customer_id"].drop_nulls().n_unique()
    more = f"; {limit} of {found.height:,} rows" if found.height > limit else ""
    return (
        f"{found.height:,} demands are late or short ({short:,} short), {customers:,} customers; "
        f"revenue {found['revenue'].sum():,.2f}, margin {found['margin'].sum():,.2f}{more}"
    )
