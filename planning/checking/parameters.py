"""The checks of planning parameters as they are in force: what a site or supplier says over what the item says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from bom.findings import Problem, Remedy, rows_where, texts_of
from bom.rules import told
from bom.tables import LOT_LIMITS
from planning.checking.source_fractions import zero_fractions

_NEEDED = {
    "fixed_order_quantity": "fixed_order_quantity",
    "period_of_supply": "period_of_supply_days",
    "order_up_to": "order_up_to_level",
}


def parameter_problems(tables: Mapping[str, pl.DataFrame]) -> list[Problem]:
    """Return what is wrong with the parameters in force.

    Examples
    --------
    >>> items = pl.DataFrame({"item_id": ["A"], "lot_sizing_rule": ["order_up_to"]})
    >>> parameter_problems({"items": items})[0].message
    'order_up_to needs order_up_to_level, which is empty'
    """
    if "item_id" not in tables.get("items", pl.DataFrame()).columns:
        return []
    return [
        *_rules_without_parameter(tables),
        *_limits_in_force(tables, "item_sites"),
        *_limits_in_force(tables, "item_suppliers"),
        *_phantom_by_products(tables),
        *zero_fractions(tables),
    ]


def _cell(frame: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column of the frame, or nulls when it does not have it."""
    return pl.col(name) if name in frame.columns else pl.lit(None, dtype).alias(name)


def _rules_without_parameter(tables: Mapping[str, pl.DataFrame]) -> Iterator[Problem]:
    """Yield the problems of lot sizing rules whose parameter is empty where they are in force."""
    for rule, parameter in _NEEDED.items():
        rows = {name: _lacking(tables, name, rule, parameter) for name in ("items", "item_sites")}
        if not rows["items"].is_empty():
            rows["items"] = _not_given_at_every_site(tables, rows["items"], rule, parameter)
        if not rows["item_sites"].is_empty():
            given = _lookup(tables["items"], parameter)
            rows["item_sites"] = (
                rows["item_sites"].join(given, on="item_id", how="left").filter(pl.col("given").is_null())
            )
        for name, lacking in rows.items():
            if not lacking.is_empty():
                yield _lacking_problem(name, lacking, rule, parameter)


def _lacking(tables: Mapping[str, pl.DataFrame], name: str, rule: str, parameter: str) -> pl.DataFrame:
    """Return item_id and row of the rows of one table that have the rule without its parameter."""
    frame = tables.get(name)
    if frame is None or "lot_sizing_rule" not in frame.columns or "item_id" not in frame.columns:
        return pl.DataFrame(schema={"row": pl.UInt32, "item_id": pl.String})
    is_lacking = (pl.col("lot_sizing_rule") == rule) & _cell(frame, parameter, pl.Float64()).is_null()
    if not frame.select(is_lacking.any()).item():
        return pl.DataFrame(schema={"row": pl.UInt32, "item_id": pl.String})
    return frame.with_row_index("row").filter(is_lacking).select("row", "item_id")


def _lookup(items: pl.DataFrame, parameter: str) -> pl.DataFrame:
    """Return the item's value of a parameter by item_id, in the column ``given``."""
    values = items.select("item_id", _cell(items, parameter, pl.Float64()).cast(pl.Float64).alias("given"))
    return values.drop_nulls().unique("item_id", keep="first", maintain_order=True)


def _not_given_at_every_site(
    tables: Mapping[str, pl.DataFrame], lacking: pl.DataFrame, rule: str, parameter: str
) -> pl.DataFrame:
    """Return the rows of items without those that have the parameter, or another rule, at each of the sites."""
    overrides = tables.get("item_sites")
    if overrides is None or not {"item_id", "site_id"} <= set(overrides.columns):
        return lacking
    is_given = _cell(overrides, parameter, pl.Float64()).is_not_null()
    is_other_rule = (_cell(overrides, "lot_sizing_rule", pl.String()) != rule).fill_null(value=False)
    sites = overrides.filter(is_given | is_other_rule).group_by("item_id").agg(pl.col("site_id").n_unique())
    n_sites = tables["sites"].height if "sites" in tables else 1
    return lacking.join(sites.filter(pl.col("site_id") >= n_sites), on="item_id", how="anti")


def _lacking_problem(table: str, lacking: pl.DataFrame, rule: str, parameter: str) -> Problem:
    """Return the problem of the rows that have a rule without its parameter."""
    rows = lacking.get_column("row").sort().to_numpy().astype("int64")
    message = f"{rule} needs {parameter}, which is empty"
    values = (rule,) * min(len(rows), 1000)
    return Problem(
        "missing_parameter", table, "lot_sizing_rule", message, rows, values, told(message, values), remedy=Remedy.CELL
    )


def _limits_in_force(tables: Mapping[str, pl.DataFrame], table: str) -> Iterator[Problem]:
    """Yield the problems of order limits of which one stands in ``table`` and the other in items."""
    frame, items = tables.get(table), tables["items"]
    if frame is None or "item_id" not in frame.columns:
        return
    for low, high in LOT_LIMITS:
        for own, other in ((low, high), (high, low)):
            if own in frame.columns and other in items.columns:
                yield from _limits_over_items(frame, items, table, own, other, is_own_low=own == low)


def _limits_over_items(
    frame: pl.DataFrame, items: pl.DataFrame, table: str, own: str, other: str, is_own_low: bool
) -> Iterator[Problem]:
    """Yield the problem of the rows whose own limit contradicts the other one of items."""
    is_own_only = pl.col(own).is_not_null() & _cell(frame, other, pl.Float64()).is_null()
    rows = frame.with_row_index("row").filter(is_own_only).select("row", "item_id", pl.col(own).alias("own"))
    both = rows.join(_lookup(items, other), on="item_id", how="inner")
    wrong = both.filter(pl.col("own") > pl.col("given") if is_own_low else pl.col("own") < pl.col("given")).sort("row")
    if not wrong.is_empty():
        places = wrong.get_column("row").to_numpy().astype("int64")
        values = texts_of(frame.get_column(own), places)
        message = f"{{value}} is {'more' if is_own_low else 'less'} than {other} of items"
        general = message.replace("{value}", "the value")
        details = told(message, values)
        yield Problem("wrong_order", table, own, general, places, values, details, remedy=Remedy.CELL)


def _phantom_by_products(tables: Mapping[str, pl.DataFrame]) -> Iterator[Problem]:
    """Yield the problem of by-products that are phantoms."""
    lines = tables.get("bom_lines", pl.DataFrame())
    if "component_item_id" not in lines.columns:
        return
    per = _cell(lines, "quantity_per", pl.Float64()).fill_null(1.0)
    fixed = _cell(lines, "quantity_fixed", pl.Float64()).fill_null(0.0)
    is_by_product = (per < 0) | ((per == 0) & (fixed < 0))
    if not lines.select(is_by_product.any()).item():
        return
    frames = [
        tables[name] for name in ("items", "item_sites") if "is_phantom" in tables.get(name, pl.DataFrame()).columns
    ]
    phantoms = [frame.filter(pl.col("is_phantom")).get_column("item_id") for frame in frames]
    if phantoms:
        is_phantom = pl.col("component_item_id").is_in(pl.concat(phantoms).implode())
        rows = rows_where(lines.select(is_broken=is_by_product & is_phantom).to_series())
        if len(rows):
            values = texts_of(lines.get_column("component_item_id"), rows)
            message = "{value} is a by-product and a phantom; a phantom has no stock to go to"
            general = message.replace("{value}", "the component")
            yield Problem(
                "phantom_by_product", "bom_lines", "component_item_id", general, rows, values, told(message, values)
            )
