"""The command ``lotwright lot-sizing solve``: the lots of a plan sized together within the hours there are."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.exits import exit_on_error
from api.cli.frames import FrameFormat, print_frame
from api.stored_plan import plan_at
from bom.errors import OptionError

if TYPE_CHECKING:
    from scheduling.lot_sized_plan import LotSizedPlan

_SCOPES = ("bottlenecks", "all")


def solve_lots(
    place: Annotated[Path, typer.Argument(metavar="DATASET|PLAN", help="A data set to plan, or a plan.")],
    by: Annotated[str | None, typer.Option(help="week, day or month, over the one in settings.toml.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The planning date, over the one in settings.toml.")] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="mrp.KEY=VALUE", help="An option, over the one in settings.toml; repeatable."),
    ] = None,
    scope: Annotated[
        str, typer.Option(help="bottlenecks: items that touch an overloaded work center; all: every made item.")
    ] = "bottlenecks",
    horizon: Annotated[int, typer.Option(min=1, help="Orders due in the first so many periods.")] = 26,
    ordering_cost: Annotated[
        float, typer.Option(min=0, help="What an order costs beside its setup, of items that do not say.")
    ] = 0.0,
    holding_rate: Annotated[
        float, typer.Option(min=0, help="Part of the unit cost that a year costs, of items that do not say.")
    ] = 0.2,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for the search.")] = 20.0,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the search.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="The seed of random choices.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help="A folder for the tables, and scheduled_receipts with the lots in it.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows that a table shows.")] = 20,
    form: Annotated[FrameFormat, typer.Option("--format", help="How the rows are written.")] = FrameFormat.TABLE,
) -> None:
    """Size the lots of a plan together: setups, stock and the hours there are; they go back as firm planned orders."""
    from planning.capacity import CapacityOptions, run_capacity
    from scheduling.lot_sized_plan import size_lots
    from scheduling.lot_sizing.from_plan import PlanLotsOptions
    from scheduling.lot_sizing.search import LotSizingOptions

    with exit_on_error():
        if scope not in _SCOPES:
            raise OptionError("invalid_option", f"--scope {scope} must be one of {', '.join(_SCOPES)}")
        plan = plan_at(place, as_of, tuple(options or ()))
        period = {} if by is None else {"period": by}
        choices = CapacityOptions.from_mapping({**plan.model.data.settings.capacity, **period})
        found = size_lots(
            run_capacity(plan, choices),
            PlanLotsOptions(horizon, "all" if scope == "all" else "bottlenecks", ordering_cost, holding_rate),
            LotSizingOptions(time_limit, threads, seed),
            time.perf_counter,
        )
        if out is not None:
            _write(found, out)
    _print(found, form, limit)


def _facts(found: LotSizedPlan) -> dict[str, Any]:
    """Return what it comes to, in a few numbers."""
    before, after = found.overload_hours
    facts: dict[str, Any] = {
        "overload_hours_before": before,
        "overload_hours_after": after,
        "orders": found.orders.height,
        "is_better": found.is_better,
    }
    if found.lots is not None and found.result is not None:
        problem, costs = found.lots.problem, found.costs()
        facts |= {
            "items": problem.n_items,
            "periods": problem.n_periods,
            "status": str(found.result.status),
            "cost_before": costs["before"][-1] if costs.height else None,
            "cost_after": costs["after"][-1] if costs.height else None,
            "bound": found.result.bound,
            "seconds": found.result.seconds,
        }
    return facts


def _write(found: LotSizedPlan, out: Path) -> None:
    """Write the tables, and the data set's open orders with the lots."""
    out.mkdir(parents=True, exist_ok=True)
    found.costs().write_csv(out / "lot_sizing_costs.csv")
    found.overloads().write_csv(out / "lot_sizing_overloads.csv")
    found.data.table("scheduled_receipts").write_csv(out / "scheduled_receipts.csv")
    (out / "lot_sizing.json").write_text(json.dumps(_facts(found), indent=2) + "\n")


def _print(found: LotSizedPlan, form: FrameFormat, limit: int) -> None:
    """Print the cost by kind, and the overloads before and after."""
    facts = _facts(found)
    if form is not FrameFormat.TABLE:
        print_frame(found.overloads(), form, facts=facts)
        return
    before, after = found.overload_hours
    typer.echo(f"Overload in the horizon: {before:,.1f} standard hours before, {after:,.1f} after")
    if found.lots is None:
        typer.echo("no item to size the lots of (--scope all takes every made item)")
        return
    typer.echo(f"{facts['items']:,} items by {facts['periods']} periods: {facts['status']}")
    if not found.is_better:
        typer.echo("nothing better than the plan's own lots was found; the plan stays as it is")
    else:
        typer.echo(f"{facts['orders']:,} firm planned orders")
    print_frame(found.costs(), form, "What the lots cost:")
    overloads = found.overloads().filter(found.overloads()["overload_before"] > 0)
    print_frame(overloads.head(limit), form, f"Overloads before, {min(limit, overloads.height)} of {overloads.height}:")
