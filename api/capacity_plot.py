"""Plots of load against capacity: one panel for each work center, as a web page or an image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from bom.errors import OptionError

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_FORMS = (".html", ".png")
_COLUMNS = 2
_PANEL_HEIGHT = 260
_COLORS = ("#4c78a8", "#54a24b", "#b279a2")
_CAPACITY_COLOR = "#e45756"
_MOST_PANELS = 24


def check_plot_path(path: Path) -> None:
    """Do nothing when a plot can be written there.

    Raises
    ------
    OptionError
        When the file is neither HTML nor PNG.
    """
    if path.suffix.lower() not in _FORMS:
        raise OptionError("unknown_format", f"--plot {path} must end in {' or '.join(_FORMS)}")


def write_load_plot(loads: Mapping[str, pl.DataFrame], path: Path, title: str) -> None:
    """Write a plot of load against capacity.

    Parameters
    ----------
    loads
        The table ``loads``, or several by name, such as ``before`` and ``after``; capacity is that of the last one.
    path
        A file that ends in ``.html`` (plotly, to be opened in any browser, without a network) or ``.png``.
    title
        The line above.

    Raises
    ------
    OptionError
        When the file is neither HTML nor PNG.

    Notes
    -----
    At most 24 work centers are drawn: those with the highest load fraction in any period. A PNG is drawn by
    matplotlib: plotly makes images by a browser, which a server need not have.
    """
    check_plot_path(path)
    centers = plotted_centers(loads)
    if path.suffix.lower() == ".html":
        load_figure(loads, centers, title).write_html(path, include_plotlyjs=True)
    else:
        _write_image(loads, centers, path, title)


def plotted_centers(loads: Mapping[str, pl.DataFrame]) -> list[str]:
    """Return the work centers to draw, in the order of their table: the most loaded ones.

    Examples
    --------
    >>> frame = pl.DataFrame({"work_center_id": ["A", "B"], "required_minutes": [60.0, 0.0], "load_fraction": [0.5, 0]})
    >>> plotted_centers({"load": frame})
    ['A', 'B']
    """
    every = pl.concat([frame.select("work_center_id", "required_minutes", "load_fraction") for frame in loads.values()])
    ranked = every.group_by("work_center_id", maintain_order=True).agg(
        worst=pl.col("load_fraction").max().fill_null(float("inf")), total=pl.col("required_minutes").sum()
    )
    chosen = ranked.sort("worst", "total", descending=True, maintain_order=True).head(_MOST_PANELS)
    names: list[str] = ranked.filter(pl.col("work_center_id").is_in(chosen["work_center_id"].implode()))[
        "work_center_id"
    ].to_list()
    return names


def load_figure(loads: Mapping[str, pl.DataFrame], centers: list[str], title: str) -> Figure:
    """Return the plot as a plotly figure: bars of hours required, a line of hours available."""
    # plotly takes a third of a second to import, which no other command needs
    from plotly.graph_objects import Bar, Scatter
    from plotly.subplots import make_subplots

    n_rows = -(-len(centers) // _COLUMNS)
    figure = make_subplots(rows=max(n_rows, 1), cols=_COLUMNS, subplot_titles=centers)
    for number, center in enumerate(centers):
        place = {"row": number // _COLUMNS + 1, "col": number % _COLUMNS + 1}
        for name, color, frame in _named(loads):
            own = frame.filter(pl.col("work_center_id") == center)
            hours = (own["required_minutes"] / 60).to_list()
            bar = Bar(x=own["period_start"].to_list(), y=hours, name=name, marker_color=color, legendgroup=name)
            figure.add_trace(bar.update(showlegend=number == 0), **place)
        own = list(loads.values())[-1].filter(pl.col("work_center_id") == center)
        line = {"color": _CAPACITY_COLOR, "shape": "hvh"}
        hours = (own["available_minutes"] / 60).to_list()
        capacity = Scatter(x=own["period_start"].to_list(), y=hours, name="capacity", line=line, legendgroup="capacity")
        figure.add_trace(capacity.update(showlegend=number == 0), **place)
    figure.update_yaxes(title_text="standard hours", rangemode="tozero")
    figure.update_layout(title=title, barmode="group", height=_PANEL_HEIGHT * max(n_rows, 1) + 120)
    return figure


def _named(loads: Mapping[str, pl.DataFrame]) -> list[tuple[str, str, pl.DataFrame]]:
    """Return each load with its name and color."""
    return [(name, _COLORS[k % len(_COLORS)], frame) for k, (name, frame) in enumerate(loads.items())]


def _write_image(loads: Mapping[str, pl.DataFrame], centers: list[str], path: Path, title: str) -> None:
    """Write the plot as a PNG file."""
    # matplotlib takes half a second to import, which no other command needs
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Image

    n_rows = max(1, -(-len(centers) // _COLUMNS))
    image = Image(figsize=(14, 2.8 * n_rows + 0.8), layout="constrained")
    FigureCanvasAgg(image)
    panels = image.subplots(n_rows, _COLUMNS, squeeze=False)
    for number, panel in enumerate(panels.ravel()):
        if number < len(centers):
            _draw_panel(panel, loads, centers[number])
        else:
            panel.set_visible(False)
    panels[0, 0].legend(fontsize=8)
    image.suptitle(title)
    image.savefig(path, dpi=110)


def _draw_panel(panel: Any, loads: Mapping[str, pl.DataFrame], center: str) -> None:
    """Draw one work center."""
    named = _named(loads)
    for k, (name, color, frame) in enumerate(named):
        own = frame.filter(pl.col("work_center_id") == center)
        places = [i + (k + 0.5) / len(named) - 0.5 for i in range(own.height)]
        panel.bar(places, (own["required_minutes"] / 60).to_list(), 0.85 / len(named), color=color, label=name)
    own = named[-1][2].filter(pl.col("work_center_id") == center)
    hours = (own["available_minutes"] / 60).to_list()
    panel.step(range(own.height), hours, where="mid", color=_CAPACITY_COLOR, label="capacity")
    panel.set_title(center, fontsize=10)
    panel.set_ylabel("standard hours", fontsize=8)
    step = max(1, own.height // 8)
    days = [str(day) for day in own["period_start"].to_list()]
    panel.set_xticks(range(0, own.height, step), days[::step], fontsize=7)
