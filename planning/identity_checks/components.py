"""What the orders of a plan should need by rules 9 and 10, recomputed from the tables alone.

The identities compare it with what the engine says. It works on frames, not on the engine's arrays, so that a mistake
in the arrays shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from bom.tables import ITEMS
from bom.units import round_quantities
from planning.data import PlanningData
from planning.identity_checks.parameters import in_force
from planning.options import MrpOptions
from planning.plan_tables import FORECAST_CONSUMPTION

NODE = ["item_id", "site_id"]
_CONSUMPTION = ["source_id", *NODE, "start_quantity", "due_date", "effectivity_date", "is_certain"]
_LINES = [
    "parent_item_id",
    "component_item_id",
    "quantity_per",
    "quantity_fixed",
    "scrap_fraction",
    "usage_fraction",
    "site_id",
    "effective_from",
    "effective_to",
    "alternate_group",
    "alternate_priority",
]


@dataclass(frozen=True)
class PlanTables:
    """What identities are checked on: the input, the options and the tables of the plan.

    Parameters
    ----------
    data, options
        What was planned, and how.
    planned_orders, requirements, pegging, messages, mrp_records, forecast_consumption
        The result tables of ``docs/tables.md``.
    """

    data: PlanningData
    options: MrpOptions
    planned_orders: pl.DataFrame
    requirements: pl.DataFrame
    pegging: pl.DataFrame
    messages: pl.DataFrame
    mrp_records: pl.DataFrame
    forecast_consumption: pl.DataFrame = field(default_factory=FORECAST_CONSUMPTION.empty)

    @cached_property
    def components(self) -> pl.DataFrame:
        """What :func:`expected_components` returns."""
        return expected_components(self)


def uncertain_sources(plan: PlanTables) -> pl.DataFrame:
    """Return the orders whose lines in force, or whose source, cannot be told from the tables.

    They are firm planned receipts without a release date that explode, as made or as a phantom at their source, those
    without a source site, and pushed orders where lines have dates.
    """
    made = firm_receipts(plan.data, "make").filter(pl.col("release_date").is_null())
    moved = firm_receipts(plan.data, "transfer").with_columns(source=pl.coalesce("own_source", "source_site_id"))
    at_source = moved.select("order_id", "item_id", "release_date", site_id="source")
    at_source = with_parameters(at_source, plan.data, ["is_phantom"])
    is_unknown = pl.col("site_id").is_null() | (pl.col("is_phantom") & pl.col("release_date").is_null())
    sources = [made.select(source_id="order_id"), at_source.filter(is_unknown).select(source_id="order_id")]
    dates = plan.data.filled("bom_lines", ["effective_from", "effective_to"])
    has_dates = dates.null_count().sum_horizontal().sum() < 2 * dates.height
    if plan.options.past_release == "push" and has_dates:
        sources.append(plan.planned_orders.select(source_id="order_id"))
    return pl.concat(sources)


def with_parameters(frame: pl.DataFrame, data: PlanningData, names: list[str]) -> pl.DataFrame:
    """Return the frame with planning parameters of its (item_id, site_id): the site's where filled, else the item's.

    Examples
    --------
    >>> from datetime import date
    >>> from planning.data import Settings
    >>> items = pl.DataFrame({"item_id": ["A"], "safety_stock": [5.0]})
    >>> data = PlanningData(Settings(date(2026, 11, 22)), {"items": items})
    >>> node = pl.DataFrame({"item_id": ["A"], "site_id": ["MAIN"]})
    >>> with_parameters(node, data, ["safety_stock"]).rows()
    [('A', 'MAIN', 5.0)]
    """
    of_item = data.filled("items", ["item_id", *names])
    overrides = data.filled("item_sites", [*NODE, *names]).rename({name: f"{name}_there" for name in names})
    joined = frame.join(of_item, on="item_id", how="left", maintain_order="left")
    joined = joined.join(overrides, on=NODE, how="left", maintain_order="left")
    filled = [pl.coalesce(f"{name}_there", name).alias(name) for name in names]
    return joined.with_columns(filled).select([*frame.columns, *names])


def firm_receipts(data: PlanningData, kind: str) -> pl.DataFrame:
    """Return the firm planned receipts of one supply type that explode: those for which nothing is allocated."""
    names = ["order_id", *NODE, "due_date", "quantity", "supply_type", "status", "release_date", "source_site_id"]
    receipts = data.filled("scheduled_receipts", names).filter(
        (pl.col("status") == "firm_planned") & (pl.col("quantity") > 0)
    )
    receipts = receipts.join(data.table("allocations"), on="order_id", how="anti", maintain_order="left")
    receipts = receipts.rename({"supply_type": "own_type", "source_site_id": "own_source"})
    receipts = with_parameters(receipts, data, ["supply_type", "yield_fraction", "is_phantom", "source_site_id"])
    receipts = in_force(receipts, data, "yield_fraction", "due_date")
    is_parent = receipts.join(_lines_by_site(data, receipts), on=NODE, how="semi")["order_id"].implode()
    default = pl.when(pl.col("order_id").is_in(is_parent)).then(pl.lit("make")).otherwise(pl.lit("buy"))
    return receipts.filter(pl.coalesce("own_type", "supply_type", default) == kind)


def _lines_by_site(data: PlanningData, nodes: pl.DataFrame) -> pl.DataFrame:
    """Return the nodes that have a BOM line as parent at their site."""
    lines = data.filled("bom_lines", ["parent_item_id", "site_id"]).rename({"site_id": "line_site"})
    joined = nodes.select(NODE).unique().join(lines, left_on="item_id", right_on="parent_item_id")
    return joined.filter(pl.col("line_site").is_null() | (pl.col("line_site") == pl.col("site_id"))).select(NODE)


def expected_components(plan: PlanTables) -> pl.DataFrame:
    """Return what each order needs of each component, summed: below zero for a by-product.

    Returns
    -------
    pl.DataFrame
        ``source_id``, ``item_id``, ``site_id``, ``due_date``, ``quantity`` and ``is_certain``, one row per BOM line,
        and one per transfer. A row is uncertain when the stock of a phantom decides on it. Sources in
        :func:`uncertain_sources` may be wrong altogether.
    """
    from_sources = _transfers(plan)
    waiting = pl.concat(
        [
            _made_orders(plan),
            _firm_orders(plan),
            _demands_on_phantoms(plan),
            _blown_through(plan, from_sources.filter("is_phantom")),
        ]
    )
    found = [_no_components(), from_sources.filter(~pl.col("is_phantom")).select(_no_components().columns)]
    while waiting.height:
        needed = _explode(plan, waiting)
        found.append(needed.filter(~pl.col("is_phantom")).select(_no_components().columns))
        waiting = _blown_through(plan, needed.filter("is_phantom"))
    return pl.concat(found)


def _no_components() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "source_id": pl.String(),
            "item_id": pl.String(),
            "site_id": pl.String(),
            "due_date": pl.Date(),
            "quantity": pl.Float64(),
            "is_certain": pl.Boolean(),
        }
    )


def _effectivity_date(plan: PlanTables) -> pl.Expr:
    return pl.col("due_date" if plan.options.effectivity_at == "due" else "release_date").alias("effectivity_date")


def _made_orders(plan: PlanTables) -> pl.DataFrame:
    """Return the planned orders of made nodes."""
    made = plan.planned_orders.filter(pl.col("supply_type") == "make").rename({"order_id": "source_id"})
    return made.with_columns(_effectivity_date(plan), is_certain=pl.lit(True)).select(_CONSUMPTION)


def _firm_orders(plan: PlanTables) -> pl.DataFrame:
    """Return the firm planned make receipts that explode."""
    firm = firm_receipts(plan.data, "make").rename({"order_id": "source_id"})
    if plan.options.phantom_stock == "ignore":
        firm = firm.filter(~pl.col("is_phantom"))
    firm = firm.with_columns(_effectivity_date(plan), start_quantity=pl.col("quantity") / pl.col("yield_fraction"))
    firm = firm.with_columns(pl.col("effectivity_date").fill_null(pl.col("due_date")), is_certain=pl.lit(True))
    return firm.select(_CONSUMPTION)


def _transfers(plan: PlanTables) -> pl.DataFrame:
    """Return what planned and firm planned transfers take at their sources."""
    names = ["source_id", "item_id", "source_site_id", "start_quantity", "due_date", "release_date"]
    firm = firm_receipts(plan.data, "transfer")
    if plan.options.phantom_stock == "ignore":
        firm = firm.filter(~pl.col("is_phantom"))
    planned = plan.planned_orders.filter(pl.col("supply_type") == "transfer").rename({"order_id": "source_id"})
    firm = firm.with_columns(
        source_id="order_id",
        source_site_id=pl.coalesce("own_source", "source_site_id"),
        start_quantity=pl.col("quantity") / pl.col("yield_fraction"),
    )
    needed = pl.concat([planned.select(names), firm.filter(pl.col("source_site_id").is_not_null()).select(names)])
    needed = needed.rename({"source_site_id": "site_id", "start_quantity": "quantity"}).with_columns(
        _effectivity_date(plan)
    )
    needed = needed.with_columns(pl.col("effectivity_date").fill_null(pl.col("due_date")), is_certain=pl.lit(True))
    return _rounded(plan.data, with_parameters(needed, plan.data, ["is_phantom", "yield_fraction"]))


def _demands_on_phantoms(plan: PlanTables) -> pl.DataFrame:
    """Return what comes from outside on a phantom."""
    rows = with_parameters(
        plan.requirements.filter(~pl.col("kind").is_in(["dependent", "safety_stock"])),
        plan.data,
        ["is_phantom", "yield_fraction"],
    ).filter("is_phantom")
    rows = rows.with_columns(due_date="date", effectivity_date="date", is_certain=pl.lit(True))
    return _blown_through(plan, rows)


def _blown_through(plan: PlanTables, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the blown-through orders of what is needed of phantoms; phantom stock makes them uncertain."""
    rows = in_force(rows.filter(pl.col("quantity") > 0), plan.data, "yield_fraction", "due_date")
    rows = rows.with_columns(start_quantity=pl.col("quantity") / pl.col("yield_fraction"))
    if plan.options.phantom_stock == "net":
        supplies = [plan.data.filled(name, NODE) for name in ("on_hand", "scheduled_receipts")]
        rows = rows.join(pl.concat(supplies).unique().with_columns(has_supply=True), on=NODE, how="left")
        rows = rows.with_columns(pl.col("is_certain") & pl.col("has_supply").is_null())
    return rows.select(_CONSUMPTION)


def _explode(plan: PlanTables, consumption: pl.DataFrame) -> pl.DataFrame:
    """Return one row per order and BOM line in force, with the component's quantity."""
    lines = plan.data.filled("bom_lines", _LINES).rename({"site_id": "line_site"}).with_row_index("line")
    day = pl.col("effectivity_date")
    joined = consumption.with_row_index("order").join(lines, left_on="item_id", right_on="parent_item_id")
    joined = joined.filter(
        pl.col("line_site").is_null() | (pl.col("line_site") == pl.col("site_id")),
        pl.col("effective_from").is_null() | (pl.col("effective_from") <= day),
        pl.col("effective_to").is_null() | (day < pl.col("effective_to")),
    )
    if plan.options.alternates != "fixed_usage":
        # which of several alternates in force are used, hangs on what is there of them
        is_alone = pl.col("alternate_group").is_null() | (pl.len().over("order", "alternate_group") == 1)
        joined = joined.with_columns(is_certain=pl.col("is_certain") & is_alone)
    scrap = pl.col("scrap_fraction")
    factor = 1 / (1 - scrap) if plan.options.scrap_convention == "divide" else 1 + scrap
    per_order = pl.col("start_quantity") * pl.col("quantity_per") * pl.col("usage_fraction") * factor
    joined = joined.with_columns(quantity=per_order + pl.col("quantity_fixed"), item_id="component_item_id")
    return _rounded(plan.data, with_parameters(joined, plan.data, ["is_phantom", "yield_fraction"]))


def alternate_candidates(plan: PlanTables) -> pl.DataFrame:
    """Return what each line in force of an alternate group would need to do all of a planned order.

    Returns
    -------
    pl.DataFrame
        ``source_id``, ``item_id``, ``site_id``, ``alternate_group``, ``quantity`` and ``is_phantom``; groups with two
        lines in force or more.
    """
    rows = _explode(plan, _made_orders(plan)).filter(pl.col("alternate_group").is_not_null())
    rows = rows.filter(pl.len().over("order", "alternate_group") > 1)
    return rows.select("source_id", *NODE, "alternate_group", "quantity", "is_phantom")


def _rounded(data: PlanningData, needed: pl.DataFrame) -> pl.DataFrame:
    """Return the quantities in the decimals of their items; phantoms are not rounded."""
    decimals = ITEMS.filled(data.table("items"), ["item_id", "quantity_decimals"])
    needed = needed.join(decimals, on="item_id", how="left", maintain_order="left")
    places = pl.when("is_phantom").then(-1).otherwise(pl.col("quantity_decimals").fill_null(-1)).cast(pl.Int8)
    rounded = round_quantities(needed["quantity"].to_numpy(), needed.select(places.alias("d"))["d"].to_numpy())
    return needed.with_columns(quantity=pl.Series(rounded, dtype=pl.Float64))
