"""Gantt charts of schedules: a row for each unit of each work center, as a web page or an image."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from bom.errors import OptionError

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from scheduling.shop_schedule import ShopSchedule

_FORMS = (".html", ".png")
_MOST_ROWS = 80
_ROW_HEIGHT = 24
_LATENESS = (
    ("on time", "#54a24b", 0.0),
    ("up to a day late", "#eeca3b", 1.0),
    ("up to a week late", "#f58518", 7.0),
    ("more than a week late", "#c0392b", float("inf")),
)
_ITEM_COLORS = (
    "#4c78a8", "#f58518", "#54a24b", "#b279a2", "#eeca3b", "#72b7b2", "#ff9da6", "#9d755d", "#e45756", "#79706e",
    "#83bcb6", "#d67195",
)  # fmt: skip
_SETUP_COLOR = "#333333"
_CLOSED_COLOR = "#d9d9d9"
_CLOSED_OPACITY = 0.75
COLORS = ("lateness", "item")


@dataclass(frozen=True, slots=True)
class GanttRows:
    """What a chart shows.

    Parameters
    ----------
    names
        The rows from top to bottom: units of work centers.
    bars
        ``row``, ``setup_start``, ``start``, ``end``, ``hover``, ``lateness`` (0 to 3), ``item`` (a color's number).
    closed
        ``row``, ``start``, ``end`` of closed time.
    first, last
        The window that is shown at first: the horizon, or up to the last end when that is earlier.
    n_left_out
        Rows that are not drawn.
    """

    names: list[str]
    bars: pl.DataFrame
    closed: pl.DataFrame
    first: datetime
    last: datetime
    n_left_out: int


def check_gantt_path(path: Path, color: str = "lateness") -> None:
    """Do nothing when a chart can be written there.

    Raises
    ------
    OptionError
        When the file is neither HTML nor PNG, or there are no such colors.
    """
    if path.suffix.lower() not in _FORMS:
        raise OptionError("unknown_format", f"--gantt {path} must end in {' or '.join(_FORMS)}")
    if color not in COLORS:
        raise OptionError("invalid_option", f"--color {color} must be one of {', '.join(COLORS)}")


def write_gantt(found: ShopSchedule, path: Path, title: str, color: str = "lateness") -> None:
    """Write a Gantt chart of a schedule.

    Parameters
    ----------
    found
        The schedule.
    path
        A file that ends in ``.html`` (plotly, to be opened in any browser, without a network) or ``.png``.
    title
        The line above.
    color
        Bars by ``lateness`` of their order, or by ``item``; a page can change it.

    Raises
    ------
    OptionError
        When the file is neither HTML nor PNG.

    Notes
    -----
    At most 80 units are drawn: those with most work. A PNG shows the horizon, drawn by matplotlib: plotly makes images
    by a browser, which a server need not have.
    """
    check_gantt_path(path, color)
    rows = gantt_rows(found)
    if rows.n_left_out:
        title += f"; the {len(rows.names)} busiest of {len(rows.names) + rows.n_left_out} units"
    if path.suffix.lower() == ".html":
        gantt_figure(rows, title, color).write_html(path, include_plotlyjs=True)
    else:
        _write_image(rows, path, title, color)


def gantt_rows(found: ShopSchedule) -> GanttRows:
    """Return what a chart of a schedule shows."""
    operations = found.table("scheduled_operations")
    orders = found.table("scheduled_orders").select("order_id", "due_date", "days_late", order_quantity="quantity")
    several = dict(found.table("work_center_use").select("work_center_id", pl.col("units").fill_null(1)).iter_rows())
    is_one = pl.col("work_center_id").replace_strict(several, return_dtype=pl.Int64) == 1
    row = pl.when(pl.col("unit").is_null() | is_one).then("work_center_id")
    bars = operations.join(orders, on="order_id", how="left", maintain_order="left").with_columns(
        row=row.otherwise(pl.format("{}/{}", "work_center_id", "unit")),
        lateness=pl.sum_horizontal(pl.col("days_late") > most for _, _, most in _LATENESS[:-1]),
        item=pl.col("item_id").rank("dense") % len(_ITEM_COLORS),
    )
    work = bars.group_by("row", maintain_order=True).agg(
        hours=(pl.col("end") - pl.col("setup_start")).sum(), center=pl.col("work_center_id").first()
    )
    names = work.filter(pl.col("row").is_in(work.sort("hours", descending=True).head(_MOST_ROWS)["row"].implode()))[
        "row"
    ]
    bars = bars.filter(pl.col("row").is_in(names.implode())).with_columns(hover=_hover())
    first = datetime.combine(found.floor.as_of, datetime.min.time())
    end = bars["end"].max() if bars.height else first
    last = min(first + timedelta(days=found.floor.options.horizon_days), end if isinstance(end, datetime) else first)
    return GanttRows(names.to_list(), bars, _closed(found, bars), first, last, work.height - len(names))


def _hover() -> pl.Expr:
    """Return what a bar says when the pointer is on it."""
    when = [pl.col(name).dt.strftime("%a %Y-%m-%d %H:%M") for name in ("start", "end")]
    setup = pl.when(pl.col("setup_start") < pl.col("start")).then(
        pl.format("<br>setup from {}", pl.col("setup_start").dt.strftime("%a %Y-%m-%d %H:%M"))
    )
    late = pl.when(pl.col("days_late") > 0).then(pl.format("<br>{} days late", pl.col("days_late").round(1)))
    return pl.format(
        "<b>{}</b>, operation {}<br>{}: {} to start, order of {}<br>{} to {}<br>due {}",
        "order_id", "operation_sequence", "item_id", pl.col("quantity").round(3), pl.col("order_quantity").round(3),
        *when, "due_date",
    ) + late.otherwise(pl.lit("")) + setup.otherwise(pl.lit(""))  # fmt: skip


def _closed(found: ShopSchedule, bars: pl.DataFrame) -> pl.DataFrame:
    """Return the closed time of each row up to its last end."""
    problem, ids = found.floor.problem, found.floor.loading.centers.ids
    horizon = found.floor.options.horizon_days * 86_400
    last = max(horizon, int(found.schedule.operation_end.max(initial=0)))
    codes = {name: code for code, name in enumerate(ids.to_list())}
    parts: list[tuple[str, int, int]] = []
    for row, center in bars.group_by("row", maintain_order=True).agg(pl.col("work_center_id").first()).iter_rows():
        calendar = int(problem.unit_calendar[problem.machine_unit_indptr[codes[center]]])
        if calendar >= 0:
            inside = slice(int(problem.calendar_indptr[calendar]), int(problem.calendar_indptr[calendar + 1]))
            starts, ends = problem.calendar_start[inside], problem.calendar_end[inside]
            edges = zip(np.append(0, ends).tolist(), np.append(starts, last).tolist(), strict=True)
            parts += [(row, a, min(b, last)) for a, b in edges if a < min(b, last)]
    midnight = pl.lit(datetime.combine(found.floor.as_of, datetime.min.time()))
    frame = pl.DataFrame(parts, schema={"row": pl.String, "start": pl.Int64, "end": pl.Int64}, orient="row")
    return frame.with_columns((midnight + pl.duration(seconds=pl.col(name))).alias(name) for name in ("start", "end"))


def gantt_figure(rows: GanttRows, title: str, color: str = "lateness") -> Figure:
    """Return the chart as a plotly figure."""
    # plotly takes a third of a second to import, which no other command needs
    from plotly.graph_objects import Figure as Chart

    bars = rows.bars
    setups = bars.filter(pl.col("setup_start") < pl.col("start"))
    figure = Chart()
    runs = _bar(bars, "start", "end", "operations", _colors(bars, color), 0.7)
    # places after the decimal point of a hover text are its own, not plotly's
    runs.update(customdata=bars["hover"].to_list(), hovertemplate="%{customdata}<extra></extra>", showlegend=False)
    runs.update(marker_line={"color": "white", "width": 0.5})
    figure.add_trace(runs)
    figure.add_trace(_bar(setups, "setup_start", "start", "setup", _SETUP_COLOR, 0.7))
    # over the operations, which pause there
    closed = _bar(rows.closed, "start", "end", "closed", _CLOSED_COLOR, 1.0)
    figure.add_trace(closed.update(opacity=_CLOSED_OPACITY))
    for name, shade, _ in _LATENESS:
        legend = _bar(bars.clear(), "start", "end", name, shade, 0.7)
        figure.add_trace(legend.update(visible="legendonly" if color != "lateness" else True))
    figure.update_layout(
        title=title,
        barmode="overlay",
        bargap=0.1,
        height=_ROW_HEIGHT * max(len(rows.names), 4) + 220,
        plot_bgcolor="white",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0.0},
        updatemenus=[_color_buttons(bars, color)],
        margin={"t": 120},
    )
    figure.update_xaxes(
        type="date", range=[rows.first, rows.last], title_text="date and time", showgrid=True, gridcolor="#d5d5d5"
    )
    figure.update_yaxes(
        title_text="work center / unit", categoryorder="array", categoryarray=rows.names[::-1], tickmode="array",
        tickvals=rows.names, automargin=True,
    )  # fmt: skip
    return figure


def _bar(frame: pl.DataFrame, start: str, end: str, name: str, color: str | list[str], width: float) -> Any:
    """Return horizontal bars between two times."""
    from plotly.graph_objects import Bar

    return Bar(
        base=frame[start].dt.strftime("%Y-%m-%d %H:%M:%S").to_list(),
        x=(frame[end] - frame[start]).dt.total_milliseconds().to_list(),
        y=frame["row"].to_list(),
        orientation="h",
        name=name,
        marker_color=color,
        width=width,
        hoverinfo="skip",
    )


def _colors(bars: pl.DataFrame, color: str) -> list[str]:
    """Return the color of each bar."""
    if color == "item":
        return [_ITEM_COLORS[int(number)] for number in bars["item"].to_list()]
    return [_LATENESS[number][1] for number in bars["lateness"].to_list()]


def _color_buttons(bars: pl.DataFrame, color: str) -> dict[str, Any]:
    """Return the buttons that change what colors say; operations are the first trace."""
    buttons = [
        {"label": f"by {name}", "method": "restyle", "args": [{"marker.color": [_colors(bars, name)]}, [0]]}
        for name in COLORS
    ]
    return {
        "type": "buttons", "direction": "right", "buttons": buttons, "active": COLORS.index(color), "x": 1.0,
        "xanchor": "right", "y": 1.02, "yanchor": "bottom",
    }  # fmt: skip


def _write_image(rows: GanttRows, path: Path, title: str, color: str) -> None:
    """Write the chart as a PNG file."""
    # matplotlib takes half a second to import, which no other command needs
    from matplotlib import dates
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Image
    from matplotlib.patches import Patch

    image = Image(figsize=(16, 0.32 * max(len(rows.names), 4) + 1.8), layout="constrained")
    FigureCanvasAgg(image)
    panel: Any = image.subplots()
    axis: Any = dates
    bars = rows.bars.with_columns(color=pl.Series(_colors(rows.bars, color)))
    for at, name in enumerate(rows.names):
        _draw_row(panel, at, *(frame.filter(pl.col("row") == name) for frame in (bars, rows.closed)))
    shown = [*_LATENESS, ("setup", _SETUP_COLOR, 0.0), ("closed", _CLOSED_COLOR, 0.0)]
    patches = [Patch(color=shade, label=label) for label, shade, _ in (shown if color == "lateness" else shown[-2:])]
    image.legend(handles=patches, loc="outside upper right", ncols=len(patches), fontsize=8)
    panel.set_yticks(range(len(rows.names)), rows.names, fontsize=8)
    panel.set_ylim(len(rows.names) - 0.4, -0.6)
    locator = axis.AutoDateLocator(maxticks=16)
    panel.xaxis.set_major_locator(locator)
    panel.xaxis.set_major_formatter(axis.ConciseDateFormatter(locator))
    if rows.last > rows.first:
        panel.set_xlim(rows.first, rows.last)
    panel.set_xlabel("date and time")
    panel.set_ylabel("work center / unit")
    panel.grid(axis="x", color="#d5d5d5", linewidth=0.5)
    panel.set_axisbelow(True)
    image.suptitle(title, x=0.01, ha="left")
    image.savefig(path, dpi=110)


def _draw_row(panel: Any, at: int, bars: pl.DataFrame, closed: pl.DataFrame) -> None:
    """Draw one unit: operations, setups, and closed time over both, as they pause there."""
    setups = bars.filter(pl.col("setup_start") < pl.col("start"))
    pieces = (
        (bars, "start", "end", bars["color"].to_list(), 0.7, 1.0),
        (setups, "setup_start", "start", [_SETUP_COLOR], 0.7, 1.0),
        (closed, "start", "end", [_CLOSED_COLOR], 1.0, _CLOSED_OPACITY),
    )
    for frame, start, end, colors, height, opacity in pieces:
        if frame.height:
            spans = list(zip(frame[start].to_list(), (frame[end] - frame[start]).to_list(), strict=True))
            edges = {"edgecolor": "white", "linewidth": 0.3} if len(colors) > 1 else {}
            panel.broken_barh(spans, (at - height / 2, height), facecolors=colors, alpha=opacity, **edges)
