"""Warnings about lot-sizing rules that weigh costs of which one is 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from bom.errors import Severity
from bom.findings import Problem, Remedy
from bom.rules import told
from bom.tables import COST_RULES

_ECONOMIC_RULES = ("economic_order_quantity", "period_order_quantity")
_COSTS = {
    "lot_sizing_rule": pl.String(),
    "ordering_cost": pl.Float64(),
    "holding_cost_per_unit_day": pl.Float64(),
    "unit_cost": pl.Float64(),
}


def cost_problems(tables: Mapping[str, pl.DataFrame], holding_rate_per_year: float) -> list[Problem]:
    """Return one warning for each table and cost that is 0 where a rule reads it.

    Examples
    --------
    >>> items = pl.DataFrame({"item_id": ["A"], "lot_sizing_rule": ["groff"], "ordering_cost": [20.0]})
    >>> cost_problems({"items": items}, 0.0)[0].message
    'the holding cost is 0: groff orders everything at once'
    """
    return [problem for name in ("items", "item_sites") for problem in _of_table(tables, name, holding_rate_per_year)]


def _of_table(tables: Mapping[str, pl.DataFrame], name: str, rate: float) -> Iterator[Problem]:
    """Yield the warnings of one table."""
    frame = tables.get(name, pl.DataFrame())
    if not {"item_id", "lot_sizing_rule"} <= set(frame.columns):
        return
    by_cost = _with_costs(frame).filter(pl.col("lot_sizing_rule").is_in(COST_RULES))
    if by_cost.is_empty():
        return
    if name == "item_sites":
        of_items = _with_costs(tables["items"]).drop("row", "lot_sizing_rule").unique("item_id", keep="first")
        joined = by_cost.join(of_items, on="item_id", how="left", suffix="_of_item")
        by_cost = joined.with_columns(pl.coalesce(cost, f"{cost}_of_item").alias(cost) for cost in list(_COSTS)[1:])
    by_rate = pl.col("unit_cost").fill_null(0.0) * rate
    is_free = pl.col("holding_cost_per_unit_day").fill_null(by_rate) == 0
    is_unordered = pl.col("ordering_cost").fill_null(0.0) == 0
    is_economic = pl.col("lot_sizing_rule").is_in(_ECONOMIC_RULES)
    yield from _problem(by_cost.filter(is_unordered), name, "the ordering cost is 0: {value} plans lot for lot")
    economic = by_cost.filter(is_free & ~is_unordered & is_economic)
    yield from _problem(economic, name, "the holding cost is 0: {value} plans lot for lot")
    dynamic = by_cost.filter(is_free & ~is_unordered & ~is_economic)
    yield from _problem(dynamic, name, "the holding cost is 0: {value} orders everything at once")


def _with_costs(frame: pl.DataFrame) -> pl.DataFrame:
    """Return item_id, row and the columns that the rules read, absent ones empty."""
    cells = [
        pl.col(name) if name in frame.columns else pl.lit(None, dtype).alias(name) for name, dtype in _COSTS.items()
    ]
    return frame.with_row_index("row").select("row", "item_id", *cells)


def _problem(found: pl.DataFrame, table: str, message: str) -> Iterator[Problem]:
    """Yield the warning about the rows found, when there are any."""
    if found.is_empty():
        return
    rows = found.get_column("row").sort().to_numpy().astype("int64")
    values = tuple(found.sort("row").get_column("lot_sizing_rule").head(1000).to_list())
    general = message.replace("{value}", values[0] if found["lot_sizing_rule"].n_unique() == 1 else "the rule")
    yield Problem(
        "cost_of_zero",
        table,
        "lot_sizing_rule",
        general,
        rows,
        values,
        told(message, values),
        severity=Severity.WARNING,
        remedy=Remedy.NOTHING,
    )
