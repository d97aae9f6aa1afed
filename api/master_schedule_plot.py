"""Plots of the master schedule: families, people and work centers by period, as a web page or an image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from api.capacity_plot import check_plot_path

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from scheduling.master_schedule_plan import MasterSchedulePlan

_COLUMNS = 2
_PANEL_HEIGHT = 260
_MOST_FAMILIES = 10
_MOST_CENTERS = 10
_COLORS = {
    "make": "#4c78a8",
    "subcontract": "#b279a2",
    "receipts": "#9ecae9",
    "sales_plan": "#e45756",
    "sales": "#f58518",
    "stock": "#54a24b",
    "workers": "#4c78a8",
    "hired": "#54a24b",
    "laid_off": "#e45756",
    "required": "#4c78a8",
    "open orders": "#9ecae9",
    "available": "#e45756",
    "with overtime": "#f58518",
}


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: bars that stand on each other, and lines.

    Parameters
    ----------
    title, unit
        What is drawn, and in what.
    periods
        The names of the periods.
    bars, lines
        Their values by name.
    """

    title: str
    unit: str
    periods: list[str]
    bars: dict[str, list[float]]
    lines: dict[str, list[float]]


def write_schedule_plot(plan: MasterSchedulePlan, path: Path) -> None:
    """Write a plot of a master schedule.

    Parameters
    ----------
    plan
        The master schedule.
    path
        A file that ends in ``.html`` (plotly, to be opened in any browser, without a network) or ``.png``.

    Raises
    ------
    OptionError
        When the file is neither HTML nor PNG.

    Notes
    -----
    At most ten families are drawn, those that take the most hours, and the ten most loaded work centers.
    """
    check_plot_path(path)
    panels = schedule_panels(plan)
    aim = "largest profit" if plan.options.form == "profit" else "least cost"
    title = f"Master schedule as of {plan.families.planning.as_of}, {aim}, strategy {plan.options.strategy}"
    if path.suffix.lower() == ".html":
        schedule_figure(panels, title).write_html(path, include_plotlyjs=True)
    else:
        _write_image(panels, path, title)


def schedule_panels(plan: MasterSchedulePlan) -> list[Panel]:
    """Return what is drawn: people, hours, work centers, families."""
    periods = plan.schedule.problem.periods
    people = plan.table("workforce_plan")
    limit = (people["available_hours"] + people["overtime_hours"]).to_list()
    workers = Panel(
        "People",
        "people",
        periods,
        {"hired": people["hired"].to_list(), "laid_off": (-people["laid_off"]).to_list()},
        {"workers": people["workers"].to_list()},
    )
    hours = Panel(
        "Hours of people",
        "hours",
        periods,
        {"open orders": people["open_order_hours"].to_list(), "required": people["required_hours"].to_list()},
        _with_overtime(people["available_hours"].to_list(), limit),
    )
    return [workers, hours, *_family_panels(plan, periods), *_center_panels(plan, periods)]


def _family_panels(plan: MasterSchedulePlan, periods: list[str]) -> list[Panel]:
    """Return a panel for each of the families that take the most hours."""
    production = plan.table("production_plan")
    hours = (plan.schedule.problem.hours_per_unit[:, None] * plan.schedule.quantity("make")).sum(axis=1)
    chosen = sorted(sorted(range(hours.size), key=lambda k: -hours[k])[:_MOST_FAMILIES])
    panels = []
    for family in (plan.families.families[k] for k in chosen):
        own = production.filter(pl.col("family") == family)
        bars = {name: own[name].to_list() for name in ("receipts", "make", "subcontract") if own[name].sum() > 0}
        is_met = own["sales"].equals(own["sales_plan"])
        drawn = ("sales", "stock") if is_met else ("sales_plan", "sales", "stock")
        lines = {name: own[name].to_list() for name in drawn}
        panels.append(Panel(family, "units", periods, bars, lines))
    return panels


def _center_panels(plan: MasterSchedulePlan, periods: list[str]) -> list[Panel]:
    """Return a panel for each of the most loaded work centers."""
    loads = plan.table("master_schedule_loads")
    worst = loads.group_by("work_center_id", maintain_order=True).agg(
        pl.col("load_fraction").max().fill_null(float("inf"))
    )
    top = worst.sort("load_fraction", descending=True, maintain_order=True).head(_MOST_CENTERS)["work_center_id"]
    panels = []
    for center in worst.filter(pl.col("work_center_id").is_in(top.implode()))["work_center_id"]:
        own = loads.filter(pl.col("work_center_id") == center)
        bars = {"open orders": own["open_order_hours"].to_list(), "required": own["required_hours"].to_list()}
        limit = (own["available_hours"] + own["overtime_hours"]).to_list()
        lines = _with_overtime(own["available_hours"].to_list(), limit)
        panels.append(Panel(f"Load of {center}", "standard hours", periods, bars, lines))
    return panels


def _with_overtime(available: list[float], limit: list[float]) -> dict[str, list[float]]:
    """Return the line of the hours in working time, and that with overtime where there is any."""
    return {"available": available} if limit == available else {"available": available, "with overtime": limit}


def schedule_figure(panels: list[Panel], title: str) -> Figure:
    """Return the plot as a plotly figure."""
    # plotly takes a third of a second to import, which no other command needs
    from plotly.graph_objects import Bar, Scatter
    from plotly.subplots import make_subplots

    n_rows = -(-len(panels) // _COLUMNS)
    titles = [panel.title for panel in panels]
    figure = make_subplots(rows=n_rows, cols=_COLUMNS, subplot_titles=titles, vertical_spacing=0.35 / max(n_rows, 2))
    shown: set[str] = set()
    for number, panel in enumerate(panels):
        place = {"row": number // _COLUMNS + 1, "col": number % _COLUMNS + 1}
        for name, values in panel.bars.items():
            bar = Bar(x=panel.periods, y=values, name=name, marker_color=_COLORS[name], legendgroup=name)
            figure.add_trace(bar.update(showlegend=name not in shown), **place)
            shown.add(name)
        for name, values in panel.lines.items():
            line = Scatter(x=panel.periods, y=values, name=name, line={"color": _COLORS[name]}, legendgroup=name)
            figure.add_trace(line.update(showlegend=name not in shown), **place)
            shown.add(name)
        figure.update_yaxes(title_text=panel.unit, **place)
    # 2014-02 is a name here, not a date
    figure.update_xaxes(type="category")
    figure.update_layout(title=title, barmode="relative", height=_PANEL_HEIGHT * n_rows + 120)
    return figure


def _write_image(panels: list[Panel], path: Path, title: str) -> None:
    """Write the plot as a PNG file."""
    # matplotlib takes half a second to import, which no other command needs
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Image

    n_rows = max(1, -(-len(panels) // _COLUMNS))
    image = Image(figsize=(14, 2.8 * n_rows + 0.8), layout="constrained")
    FigureCanvasAgg(image)
    axes = image.subplots(n_rows, _COLUMNS, squeeze=False).ravel()
    for number, place in enumerate(axes):
        if number < len(panels):
            _draw(place, panels[number])
        else:
            place.set_visible(False)
    image.suptitle(title)
    image.savefig(path, dpi=110)


def _draw(place: Any, panel: Panel) -> None:
    """Draw one panel."""
    at = range(len(panel.periods))
    base = [0.0] * len(panel.periods)
    for name, values in panel.bars.items():
        bottom = base if min(values, default=0.0) >= 0 else None
        place.bar(at, values, 0.7, bottom=bottom, color=_COLORS[name], label=name)
        base = base if bottom is None else [low + value for low, value in zip(base, values, strict=True)]
    for name, values in panel.lines.items():
        place.plot(at, values, color=_COLORS[name], label=name, marker="o", markersize=3)
    place.set_title(panel.title, fontsize=10)
    place.set_ylabel(panel.unit, fontsize=8)
    step = max(1, len(panel.periods) // 8)
    place.set_xticks(list(at)[::step], panel.periods[::step], fontsize=7)
    place.legend(fontsize=7)
