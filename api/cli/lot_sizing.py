"""The commands ``lotwright lot-sizing compare`` and, from its own module, ``solve``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.exits import exit_on_error
from api.cli.frames import FrameFormat, print_frame
from api.cli.lot_sizing_solve import solve_lots

if TYPE_CHECKING:
    import polars as pl

    from planning.lot_sizing_comparison import LotSizingComparison

lot_sizing_app = typer.Typer(
    no_args_is_help=True,
    help="Lot-sizing rules and what they cost. Exit 0: done; 1: the data set has errors; 2: a wrong call.",
)
_SIDES = ("rule", "family", "item")
_SHOWN = {
    "rule": None,
    "family": ("family", "item_sites", "planned_cost", "best_cost", "best_heuristic", "heuristic_cost", "gap_fraction"),
    "item": ("item_id", "site_id", "lot_sizing_rule", "planned_cost", "best_rule", "best_cost", "lot_for_lot"),
}
_TITLES = {
    "rule": "Every rule over all items, on the net requirements of the plan:",
    "family": "The best rule by family:",
    "item": "The best rule by item:",
}


@lot_sizing_app.callback()
def lot_sizing() -> None:
    """Lot-sizing rules and what they cost."""


@lot_sizing_app.command("compare")
def compare_lots(
    dataset: Annotated[Path, typer.Argument(help="A folder of CSV or Parquet files, or an .xlsx file.")],
    as_of: Annotated[str | None, typer.Option(help="The planning date, over the one in settings.toml.")] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="mrp.KEY=VALUE", help="An option, over the one in settings.toml; repeatable."),
    ] = None,
    ordering_cost: Annotated[
        float | None, typer.Option(min=0, help="What an order costs, for items without an ordering cost.")
    ] = None,
    holding_rate: Annotated[
        float | None,
        typer.Option(min=0, help="Part of the unit cost that a year costs, such as 0.2, for items without."),
    ] = None,
    family: Annotated[str | None, typer.Option(help="Only the items of this family.")] = None,
    by: Annotated[
        str | None, typer.Option(help="rule, family or item; without it a table shows all three, csv and json item.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for all three as CSV.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows that a table shows of families and of items.")] = 20,
    form: Annotated[FrameFormat, typer.Option("--format", help="How the rows are written.")] = FrameFormat.TABLE,
) -> None:
    """Say what every lot-sizing rule would cost, and which one is best for each item and family."""
    from api.plan_run import plan_unwritten
    from bom.errors import OptionError, PlanningError
    from planning.lot_sizing_comparison import compare_lot_sizing

    with exit_on_error():
        if by is not None and by not in _SIDES:
            raise OptionError("invalid_option", f"--by {by} must be one of {', '.join(_SIDES)}")
        result = plan_unwritten(dataset, as_of, tuple(options or ()))
        comparison = compare_lot_sizing(result, ordering_cost, holding_rate, family)
        if comparison.nodes.size == 0:
            what = "nothing can be ordered" if family is None else f"no item of family {family} can be ordered"
            raise PlanningError("nothing_to_compare", what)
        if out is not None:
            _write(comparison, out)
    if form is not FrameFormat.TABLE:
        print_frame(_frame(comparison, by or "item"), form)
        return
    typer.echo(_costs_text(comparison))
    for side in _SIDES if by is None else (by,):
        frame, shown = _frame(comparison, side), _SHOWN[side]
        top = frame if side == "rule" else frame.head(limit)
        print_frame(frame, form, _TITLES[side], shown=top if shown is None else top.select(shown))


lot_sizing_app.command("solve")(solve_lots)


def _frame(comparison: LotSizingComparison, side: str) -> pl.DataFrame:
    """Return one of the three frames."""
    frames = {"rule": comparison.by_rule, "family": comparison.by_family, "item": comparison.by_item}
    return frames[side]()


def _write(comparison: LotSizingComparison, out: Path) -> None:
    """Write the three frames as CSV."""
    out.mkdir(parents=True, exist_ok=True)
    for side in _SIDES:
        _frame(comparison, side).write_csv(out / f"lot_sizing_by_{side}.csv")


def _costs_text(comparison: LotSizingComparison) -> str:
    """Return how many items are compared, and how many of them lack a cost."""
    measured = comparison.measured
    count = comparison.nodes.size
    lacking = {
        "an ordering cost (--ordering-cost assumes one)": int((measured.ordering_cost == 0).sum()),
        "a holding cost (--holding-rate assumes one)": int((measured.holding_cost == 0).sum()),
    }
    texts = [f"{number:,} without {what}" for what, number in lacking.items() if number]
    return "; ".join([f"{count:,} items at sites compared", *texts])
