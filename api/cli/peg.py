"""The command ``lotwright peg``: which supply serves what, up to the demands or down to what is bought."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from api.cli.exits import exit_on_error
from api.cli.frames import FrameFormat, cell, print_frame
from api.stored_plan import open_plan
from bom.errors import PlanningError
from planning.full_pegging import bottom_sources, end_uses, is_order, peg_item, peg_tree
from planning.mrp import MrpResult

_WORDS = {
    "planned_order": "planned order",
    "scheduled_receipt": "open order",
    "on_hand": "stock",
    "by_product": "by-product of",
    "sales_order": "sales order",
    "dependent": "order",
    "safety_stock": "safety stock",
    "negative_stock": "negative stock",
    "short": "SHORT",
}


def peg(
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="A folder that lotwright plan has written.")],
    name: Annotated[str, typer.Argument(metavar="ORDER|DEMAND|ITEM", help="A planned or open order, demand or item.")],
    up: Annotated[bool, typer.Option("--up", help="What it is for, up to the demands (default for orders).")] = False,
    down: Annotated[bool, typer.Option("--down", help="What serves it, down to stock and purchases.")] = False,
    depth: Annotated[int | None, typer.Option(min=1, help="Levels of the tree; without it all.")] = None,
    ends: Annotated[bool, typer.Option("--ends", help="Only where it ends: demands or sources, added up.")] = False,
    form: Annotated[FrameFormat, typer.Option("--format", help="Text, or rows for a program.")] = FrameFormat.TABLE,
) -> None:
    """Show which supply serves which requirement: a tree from an order or a demand, or all rows of an item."""
    with exit_on_error():
        if up and down:
            raise PlanningError("invalid_option", "--up and --down exclude each other")
        result = open_plan(plan).result
        if result.model.nodes.item_ids.index_of(name) is not None:
            print_frame(peg_item(result, name), form, f"Pegging of {name}")
            return
        is_up = up or (not down and is_order(result, name))
        if ends:
            title = f"{name} is for" if is_up else f"{name} comes from"
            print_frame(end_uses(result, name) if is_up else bottom_sources(result, name), form, title)
        else:
            _print_tree(result, name, is_up, depth, form)


def _print_tree(result: MrpResult, name: str, is_up: bool, depth: int | None, form: FrameFormat) -> None:
    """Print the tree as indented lines, or its rows."""
    rows = peg_tree(result, name, is_up, depth)
    if form is FrameFormat.TABLE:
        typer.echo("\n".join(tree_lines(rows)))
    else:
        print_frame(rows, form)


def tree_lines(rows: pl.DataFrame) -> list[str]:
    """Return one line per row: quantity, what it is, its item and date; indented by depth.

    Examples
    --------
    >>> from datetime import date
    >>> row = {"depth": 1, "kind": "sales_order", "id": "SO1", "item_id": "bike", "site_id": "MAIN"}
    >>> tree_lines(pl.DataFrame([row | {"quantity": 2.0, "date": date(2026, 3, 2)}]))
    ['  2 sales order SO1, bike at MAIN, 2026-03-02']
    """
    return [
        f"{'  ' * depth}{cell(quantity)} {' '.join(part for part in (_WORDS.get(kind, kind), name) if part)}, "
        f"{item} at {site}, {day}"
        for depth, kind, name, item, site, quantity, day in rows.iter_rows()
    ]
