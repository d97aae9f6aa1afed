"""The commands ``lotwright safety-stock propose | accept``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.exits import exit_on_error
from api.cli.frames import FrameFormat, print_frame

if TYPE_CHECKING:
    from planning.safety_stock import SafetyStockOptions

safety_stock_app = typer.Typer(
    no_args_is_help=True,
    help="Work out safety stock from demand_history and lead_time_history. "
    "Exit 0: done; 1: the data set has errors; 2: a wrong call.",
)
_SHOWN = (
    *("item_id", "site_id", "target", "daily_demand", "lead_time_days", "deviation", "safety_factor"),
    *("current_safety_stock", "safety_stock", "value_change"),
)

Dataset = Annotated[Path, typer.Argument(help="A folder of CSV or Parquet files, or an .xlsx file.")]


@safety_stock_app.command()
def propose(
    dataset: Dataset,
    service_level: Annotated[
        float | None, typer.Option(help="The chance of a cycle without shortage, such as 0.95; this is the default.")
    ] = None,
    fill_rate: Annotated[
        float | None, typer.Option(help="The part of the demand that is served from stock, such as 0.98.")
    ] = None,
    classes: Annotated[
        list[str] | None, typer.Option("--class", metavar="CLASS=TARGET", help="Another target for an abc_class.")
    ] = None,
    period_days: Annotated[int, typer.Option(min=1, help="Days over which demand is added up.")] = 7,
    review_days: Annotated[int, typer.Option(min=0, help="Days between two planning runs.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help="A CSV file for the planner to fill is_accepted in.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows that a table shows, the largest change in money first.")] = 20,
    form: Annotated[FrameFormat, typer.Option("--format", help="How the rows are written.")] = FrameFormat.TABLE,
) -> None:
    """Propose a safety stock for each item with demand history."""
    from api.cli.bom_data import read_bom_data
    from planning.safety_stock import propose_safety_stock

    with exit_on_error():
        options = _options(service_level, fill_rate, classes or (), period_days, review_days)
        proposals = propose_safety_stock(read_bom_data(dataset, None, None).data, options)
    if out is not None:
        proposals.write_csv(out)
    ranked = proposals.sort(proposals["value_change"].abs(), descending=True, maintain_order=True)
    total = f"{proposals.height} proposals; the safety stock's value changes by {proposals['value_change'].sum():+,.2f}"
    print_frame(proposals, form, total, shown=ranked.select(_SHOWN).head(limit))
    if out is not None and form is FrameFormat.TABLE:
        typer.echo(f"Fill is_accepted in {out}, then: lotwright safety-stock accept {dataset} {out} --out FOLDER")


@safety_stock_app.command()
def accept(
    dataset: Dataset,
    proposals: Annotated[Path, typer.Argument(help="The CSV file of propose, with is_accepted filled.")],
    out: Annotated[Path, typer.Option("--out", help="A new folder for the data set with the accepted values.")],
    is_all: Annotated[bool, typer.Option("--all", help="Accept every proposal, whatever is_accepted says.")] = False,
) -> None:
    """Write the data set anew with the accepted safety stocks, in item_sites."""
    import polars as pl

    from api.cli.bom_data import read_bom_data
    from api.io.csv_tables import read_csv_table
    from api.io.dataset_output import write_dataset
    from bom.errors import DataError
    from bom.findings import findings_of
    from planning.accept_safety_stock import accept_safety_stock
    from planning.safety_stock import SAFETY_STOCK_PROPOSALS

    with exit_on_error():
        data = read_bom_data(dataset, None, None).data
        read = read_csv_table(proposals, SAFETY_STOCK_PROPOSALS)
        if read.frame is None or read.problems:
            raise DataError(findings_of(read.problems, [SAFETY_STOCK_PROPOSALS.name]))
        frame = read.frame.with_columns(is_accepted=pl.lit("true")) if is_all else read.frame
        changed = accept_safety_stock(data, frame)
        write_dataset(out, changed)
    typer.echo(
        f"Data set: {out} ({changed.table('item_sites').height} rows of item_sites); lotwright plan {out} --out DIR"
    )


def _options(
    service_level: float | None,
    fill_rate: float | None,
    classes: Sequence[str],
    period_days: int,
    review_days: int,
) -> SafetyStockOptions:
    """Return what is aimed at."""
    from bom.errors import OptionError
    from planning.safety_stock import SafetyStockOptions

    if service_level is not None and fill_rate is not None:
        raise OptionError("invalid_option", "give --service-level or --fill-rate, not both")
    measure: Literal["service_level", "fill_rate"] = "service_level" if fill_rate is None else "fill_rate"
    target = fill_rate if fill_rate is not None else 0.95 if service_level is None else service_level
    by_class: dict[str, float] = {}
    for text in classes:
        name, separator, value = text.partition("=")
        try:
            by_class[name] = float(value)
        except ValueError:
            separator = ""
        if not separator:
            raise OptionError("invalid_option", f"--class {text} must look like A=0.98")
    return SafetyStockOptions(measure, target, by_class, period_days, review_days)
