"""The commands ``lotwright bom explode | where-used | cost | compare | lead-time``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.exits import exit_on_error
from api.cli.frames import FrameFormat, cell, print_frame

if TYPE_CHECKING:
    import polars as pl

    from api.cli.bom_data import BomData
    from bom.structure import ProductStructure

bom_app = typer.Typer(
    no_args_is_help=True,
    help="Ask the bills of material. Exit 0: done; 1: the data set has errors; 2: a wrong call or an unknown item.",
)
# Columns of written-out bills that a table leaves out: they follow from the rows above, or name the line.
_IN_FILES_ONLY = ("parent_item_id", "component_item_id", "operation_sequence", "row", "quantity_per", "quantity_fixed")


class View(StrEnum):
    """How deep, and how added up."""

    INDENTED = "indented"
    SINGLE_LEVEL = "single-level"
    SUMMARISED = "summarised"


Dataset = Annotated[Path, typer.Argument(help="A folder of CSV or Parquet files, or an .xlsx file.")]
Item = Annotated[str, typer.Argument(help="The item_id.")]
On = Annotated[str | None, typer.Option(help="The day; unless given, as_of of settings.toml.")]
Site = Annotated[str | None, typer.Option(help="The site; unless given, the only one, else MAIN.")]
Indented = Annotated[bool, typer.Option("--indented", help="Every path, level by level; this is the default.")]
SingleLevel = Annotated[bool, typer.Option("--single-level", help="The next level only.")]
Summarised = Annotated[bool, typer.Option("--summarised", help="One row per item, added up over all paths.")]
Form = Annotated[FrameFormat, typer.Option("--format", help="How the rows are written.")]
AsJson = Annotated[bool, typer.Option("--json", help="The same as --format json.")]
Lot = Annotated[
    float | None,
    typer.Option(
        min=1e-9, help="Standard lot of every item; unless given, its fixed_order_quantity, else its minimum, else 1."
    ),
]


@bom_app.command()
def explode(
    dataset: Dataset,
    item: Item,
    on: On = None,
    site: Site = None,
    quantity: Annotated[float, typer.Option(min=1e-9, help="Good output of the order.")] = 1.0,
    indented: Indented = False,
    single_level: SingleLevel = False,
    summarised: Summarised = False,
    unrounded: Annotated[bool, typer.Option("--unrounded", help="Do not round to quantity_decimals.")] = False,
    form: Form = FrameFormat.TABLE,
    as_json: AsJson = False,
) -> None:
    """Print what goes into an item."""
    from api.cli.bom_data import read_bom_data
    from bom.explosion import explode_indented, explode_single_level, explode_summarised

    view = _view(indented, single_level, summarised)
    explosions = {
        View.INDENTED: explode_indented,
        View.SINGLE_LEVEL: explode_single_level,
        View.SUMMARISED: explode_summarised,
    }
    with exit_on_error():
        asked = read_bom_data(dataset, on, site)
        asked.check_item(item)
        structure = asked.structure()
        rows = explosions[view](structure, item, quantity, not unrounded)
    _note_unused_lines(structure, item, rows)
    title = f"{item}: components for {cell(quantity)}, {_where(asked)}"
    facts = {**_facts(asked, item), "quantity": quantity, "view": view}
    print_frame(rows, FrameFormat.JSON if as_json else form, title, facts, _shown(rows))


@bom_app.command()
def where_used(
    dataset: Dataset,
    item: Item,
    on: On = None,
    site: Site = None,
    indented: Indented = False,
    single_level: SingleLevel = False,
    summarised: Summarised = False,
    form: Form = FrameFormat.TABLE,
    as_json: AsJson = False,
) -> None:
    """Print what an item goes into, and how much of it per unit; summarised: the end items."""
    from api.cli.bom_data import read_bom_data
    from bom.where_used import where_used_indented, where_used_single_level, where_used_summarised

    view = _view(indented, single_level, summarised)
    views = {
        View.INDENTED: where_used_indented,
        View.SINGLE_LEVEL: where_used_single_level,
        View.SUMMARISED: where_used_summarised,
    }
    with exit_on_error():
        asked = read_bom_data(dataset, on, site)
        asked.check_item(item)
        rows = views[view](asked.structure(), item)
    title = f"{item}: where used, {_where(asked)}; quantity of {item} per unit"
    facts = {**_facts(asked, item), "view": view}
    print_frame(rows, FrameFormat.JSON if as_json else form, title, facts, _shown(rows))


@bom_app.command()
def cost(
    dataset: Dataset,
    item: Item,
    on: On = None,
    site: Site = None,
    lot: Lot = None,
    by_level: Annotated[bool, typer.Option("--by-level", help="Where the cost comes from, by level and item.")] = False,
    form: Form = FrameFormat.TABLE,
    as_json: AsJson = False,
) -> None:
    """Print the cost of one unit of an item, rolled up over its bill and routing."""
    import polars as pl

    from api.cli.bom_data import read_bom_data
    from bom.cost import break_down_cost, roll_up_costs

    with exit_on_error():
        asked = read_bom_data(dataset, on, site)
        asked.check_item(item)
        structure = asked.structure()
        routing = (asked.data.table("operations"), asked.data.table("work_centers"))
        total = roll_up_costs(structure, *routing, lot).filter(pl.col("item_id") == item)
        rows = break_down_cost(structure, *routing, item, lot) if by_level else total
    own_lot, amount = total["standard_lot_quantity"][0], total["total_cost"][0]
    currency = asked.data.settings.currency
    title = f"{item}: {cell(amount)} {currency}".rstrip() + f" per unit in lots of {cell(own_lot)}, {_where(asked)}"
    facts = {**_facts(asked, item), "currency": currency, "standard_lot_quantity": own_lot, "total_cost": amount}
    shown = _shown(rows) if by_level else _upright(_shown(total))
    print_frame(rows, FrameFormat.JSON if as_json else form, title, facts, shown)


@bom_app.command()
def lead_time(
    dataset: Dataset,
    item: Item,
    on: On = None,
    site: Site = None,
    lot: Lot = None,
    form: Form = FrameFormat.TABLE,
    as_json: AsJson = False,
) -> None:
    """Print the cumulative lead time of an item, along the longest path of its structure."""
    from api.cli.bom_data import read_bom_data
    from bom.lead_time import longest_path

    with exit_on_error():
        asked = read_bom_data(dataset, on, site)
        asked.check_item(item)
        rows = longest_path(asked.structure(), item, lot)
    days = rows["cumulative_lead_time_days"][0]
    title = f"{item}: {days} days with everything below it, {_where(asked)}"
    facts = {**_facts(asked, item), "cumulative_lead_time_days": days}
    print_frame(rows, FrameFormat.JSON if as_json else form, title, facts, _shown(rows))


@bom_app.command()
def compare(
    dataset: Dataset,
    item: Item,
    on: On = None,
    site: Site = None,
    to_date: Annotated[str | None, typer.Option(help="Compare with the bill of this day.")] = None,
    revision: Annotated[str | None, typer.Option(help="Take this revision in the place of the bill of --on.")] = None,
    to_revision: Annotated[str | None, typer.Option(help="Compare with this revision, not with a day.")] = None,
    other_item: Annotated[str | None, typer.Option(help="Compare with the bill of this item.")] = None,
    single_level: Annotated[
        bool, typer.Option("--single-level", help="The item's own lines; this is the default.")
    ] = False,
    summarised: Annotated[
        bool, typer.Option("--summarised", help="The totals per component over all levels, for one unit, unrounded.")
    ] = False,
    form: Form = FrameFormat.TABLE,
    as_json: AsJson = False,
) -> None:
    """Print what was added, removed and changed between two bills: of two days, two revisions or two items."""
    from api.cli.bom_compare import Side, compare_sides
    from api.cli.bom_data import read_bom_data, read_day

    view = View.SUMMARISED if summarised else View.SINGLE_LEVEL
    if single_level and summarised:
        raise typer.BadParameter("give one of --single-level and --summarised")
    if not (to_date or revision or to_revision or other_item):
        raise typer.BadParameter("say what to compare with: --to-date, --revision, --to-revision or --other-item")
    with exit_on_error():
        asked = read_bom_data(dataset, on, site)
        later = asked.on if to_date is None else read_day("--to-date", to_date)
        old, new = Side(item, asked.on, revision), Side(other_item or item, later, to_revision)
        rows = compare_sides(asked, old, new, is_summarised=summarised)
    facts = {**_facts(asked, item), "old": old.text, "new": new.text, "view": view}
    title = f"{old.text} -> {new.text} at {asked.site}"
    print_frame(rows, FrameFormat.JSON if as_json else form, title, facts, _shown(rows))


def _view(indented: bool, single_level: bool, summarised: bool) -> View:
    """Return the view that the flags ask for."""
    if indented + single_level + summarised > 1:
        raise typer.BadParameter("give one of --indented, --single-level and --summarised")
    if single_level:
        return View.SINGLE_LEVEL
    return View.SUMMARISED if summarised else View.INDENTED


def _where(asked: BomData) -> str:
    """Return the day and the site in words."""
    return f"on {asked.on} at {asked.site}"


def _facts(asked: BomData, item: str) -> dict[str, object]:
    """Return what JSON says beside the rows of every command."""
    return {"item_id": item, "on": asked.on, "site": asked.site}


def _shown(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that a table shows, items indented by their level, without columns that are empty."""
    import polars as pl

    shown = rows
    if "level" in rows.columns:
        depth = pl.col("level") - pl.col("level").min()
        indented = pl.lit("  ").repeat_by(depth).list.join("") + pl.col("item_id")
        shown = rows.with_columns(item_id=indented).drop(_IN_FILES_ONLY, strict=False)
    return shown.drop(column.name for column in shown if _says_nothing(column))


def _says_nothing(column: pl.Series) -> bool:
    """Return whether a column of a table can be left out: no flag set, no text, every occurrence the first."""
    import polars as pl

    if column.dtype.is_numeric():
        return column.name == "occurrence" and column.max() == 1
    return not column.any() if column.dtype.base_type() is pl.Boolean else column.count() == 0


def _upright(row: pl.DataFrame) -> pl.DataFrame:
    """Return one row as a column of names and one of values."""
    import polars as pl

    return pl.DataFrame({"column": row.columns, "value": [cell(value) for value in row.row(0)]})


def _note_unused_lines(structure: ProductStructure, item: str, rows: pl.DataFrame) -> None:
    """Say on stderr that the plan does not use the lines of an item that is not made."""
    code = structure.code_of(item)
    if not structure.is_exploded[code] and not rows.is_empty():
        how = {"buy": "bought", "transfer": "transferred"}[structure.items["supply_type"][code]]
        typer.echo(f"note: {item} is {how} at {structure.site}; the plan does not use its lines", err=True)
