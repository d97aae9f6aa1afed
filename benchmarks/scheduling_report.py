"""What the scheduling benchmark keeps: one row an instance, joined with earlier runs, and the plots over time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Trace = list[tuple[float, float]]
Traces = dict[str, dict[str, Trace]]
_MOST_POINTS = 120


def rows_of(runs: Sequence[Row], limits: Sequence[float]) -> list[Row]:
    """Return one row an instance: what each solver had after each limit, and its last gap to the best known value.

    Parameters
    ----------
    runs
        What ``measure`` gave, a run an instance and solver.
    limits
        Seconds, the columns of a solver.
    """
    rows: dict[str, Row] = {}
    for run in runs:
        solver = run["solver"]
        row = rows.setdefault(
            run["instance"],
            {name: run[name] for name in ("instance", "operations", "best_known", "best_rule", "bound")},
        )
        row["best_rule"] = run["best_rule"] if row["best_rule"] is None else row["best_rule"]
        row["bound"] = _greater(row["bound"], run["bound"])
        row.update({f"{solver}_{limit:g}_s": found_by(run, limit) for limit in limits})
        row[f"{solver}_gap_percent"] = gap(run["objective"], run["best_known"])
        if run["best_rule"] and run["objective"] is not None:
            row[f"{solver}_below_rule_percent"] = round(100 * (1 - run["objective"] / run["best_rule"]), 2)
        row[f"{solver}_peak_mib"] = run["peak_mib"]
    return list(rows.values())


def _greater(one: float | None, other: float | None) -> float | None:
    """Return the greater of two numbers, either of which may be missing."""
    return max((value for value in (one, other) if value is not None), default=None)


def gap(objective: float | None, best_known: float | None) -> float | None:
    """Return how far an objective is above the best known value, in percent."""
    return round(100 * (objective / best_known - 1), 2) if objective is not None and best_known else None


def found_by(run: Row, limit: float) -> float | None:
    """Return what a run had after a limit; at its own limit what it returned, a moment later."""
    found: float | None = run["objective"]
    return found if limit >= run["limit_seconds"] else value_at(run["log"], limit)


def value_at(log: Trace, seconds: float) -> float | None:
    """Return the best objective after so many seconds of a run; ``None`` before the first schedule.

    Examples
    --------
    >>> [value_at([(0.5, 90.0), (7.0, 80.0), (20.0, 70.0)], at) for at in (0.1, 10, 60)]
    [None, 80.0, 70.0]
    """
    return min((value for at, value in log if at <= seconds and value < float("inf")), default=None)


def thinned(log: Trace, length: float) -> Trace:
    """Return a log with the last objective of each of 120 equal parts of a run.

    Examples
    --------
    >>> thinned([(0.1, 9.0), (0.2, 8.0), (30.0, 7.0)], 60)
    [(0.2, 8.0), (30.0, 7.0)]
    """
    last = {int(at / length * _MOST_POINTS): (at, value) for at, value in log if value < float("inf")}
    return list(last.values())


def joined(earlier: Sequence[Row], rows: Sequence[Row], name: str) -> list[Row]:
    """Return the rows of earlier runs with those of a new run in their place, or after them.

    A column that the new run did not measure keeps its earlier value, a bound the greater one; all rows have the same
    columns.

    Examples
    --------
    >>> joined([{"instance": "a", "auto": 5, "cpsat": 6}], [{"instance": "a", "auto": 4}, {"instance": "b", "auto": 1}],
    ...     "instance")
    [{'instance': 'a', 'auto': 4, 'cpsat': 6}, {'instance': 'b', 'auto': 1, 'cpsat': None}]
    """
    by_name = {row[name]: dict(row) for row in earlier}
    for row in rows:
        kept = by_name.setdefault(row[name], {})
        kept.update(row | ({"bound": _greater(kept.get("bound"), row["bound"])} if "bound" in row else {}))
    columns = list(dict.fromkeys(column for row in by_name.values() for column in row))
    return [{column: row.get(column) for column in columns} for row in by_name.values()]


def joined_with_file(path: Path, found: dict[str, Any]) -> dict[str, Any]:
    """Return figures joined with those that a file has from earlier runs; without a file, as they are."""
    kept = json.loads(path.read_text()) if path.is_file() else {}
    if found.get("instances"):
        kept["instances"] = joined(kept.get("instances", []), found["instances"], "instance")
    kept.update({name: found[name] for name in ("made", "rules") if found.get(name)})
    return {name: kept[name] for name in ("made", "instances", "rules") if name in kept}


def joined_traces(earlier: Traces, runs: Sequence[Row]) -> Traces:
    """Return the objective over time by instance and solver, that of new runs in the place of earlier ones."""
    traces = {name: dict(by_solver) for name, by_solver in earlier.items()}
    for run in runs:
        if run["log"]:
            own = thinned(run["log"], run["limit_seconds"])
            traces.setdefault(run["instance"], {})[run["solver"]] = [*own, (run["seconds"], own[-1][1])]
    return traces


def plot(traces: Traces, best_known: dict[str, float | None], path: Path) -> None:
    """Draw the objective over time, in percent above the best known value, one panel an instance."""
    from matplotlib.figure import Figure

    columns = min(4, len(traces))
    lines = -(-len(traces) // columns)
    figure = Figure(figsize=(3.2 * columns, 2.4 * lines), layout="constrained")
    for place, (name, by_solver) in enumerate(traces.items()):
        axes = figure.add_subplot(lines, columns, place + 1)
        known = best_known.get(name)
        least = known or min(value for trace in by_solver.values() for _, value in trace)
        for solver, trace in by_solver.items():
            above = [100 * (value / least - 1) for _, value in trace]
            axes.step([at for at, _ in trace], above, where="post", label=solver)
        axes.set(title=name, xlabel="seconds", ylabel="% above best known" if known else "% above best here")
        axes.legend()
    figure.savefig(path, dpi=80)
