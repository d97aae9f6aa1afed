"""The data sets of the case ``million``: one site, items over 12 levels, demands over a year, made from a seed.

Numbers follow from the expected daily usage of each item, worked down the levels, so that stocks, receipts and lots
stand in proportion to what is needed, at any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

AS_OF = date(2026, 1, 5)
HORIZON_DAYS = 365
# Share of the items on each level, and how many of them are made; level 0 are the end items, the last level is bought.
LEVEL_SHARES = np.array([0.05, 0.08, 0.11, 0.13, 0.13, 0.12, 0.11, 0.09, 0.07, 0.05, 0.04, 0.02])
MADE_SHARES = np.array([1.0, 0.7, 0.55, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.0])
LINES_PER_ITEM, DEMANDS_PER_ITEM, RECEIPTS_PER_ITEM = 2.0, 4.0, 0.1
END_ITEM_DEMAND_SHARE, SHIPPING_INTERVAL_DAYS = 0.9, 28
LOT_SIZING_RULES = ("lot_for_lot", "period_of_supply", "fixed_order_quantity", "order_up_to")
LOT_SIZING_SHARES = np.array([0.84, 0.05, 0.08, 0.03])  # of end items and bought items
SUBASSEMBLY_LOT_SIZING_SHARES = np.array([0.45, 0.50, 0.05, 0.0])  # made in lots, a few weeks at a time

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Structure:
    """Items by number, in the order of their levels, and the lines between them.

    Parameters
    ----------
    level, is_made
        int64 and bool, shape (n_items,).
    parent, component, quantity_per
        The bill of material, shape (n_lines,), sorted by parent.
    """

    level: Integers
    is_made: NDArray[np.bool_]
    parent: Integers
    component: Integers
    quantity_per: Floats

    @property
    def n_items(self) -> int:
        """The number of items."""
        return self.level.size


def build(folder: Path, size: int, seed: int) -> None:
    """Write the data set with ``size`` items as Parquet files; an end item ships on one day in four weeks."""
    _build(folder, size, seed, SHIPPING_INTERVAL_DAYS)


def build_daily(folder: Path, size: int, seed: int) -> None:
    """Write the data set with ``size`` items as Parquet files; an end item ships on any day."""
    _build(folder, size, seed, 1)


def _build(folder: Path, size: int, seed: int, interval_days: int) -> None:
    """Write the tables, with ``settings.toml`` beside them."""
    generator = np.random.default_rng(seed)
    structure = make_structure(size, generator)
    demand_item, demand_day, demand_quantity = make_demands(structure, interval_days, generator)
    usage = daily_usage(structure, demand_item, demand_quantity)
    # An ERP does not number its items by level: the ids are shuffled.
    item_ids = pl.Series("item_id", generator.permutation(size)).cast(pl.String).str.zfill(7)
    item_ids = ("I" + item_ids).alias("item_id")
    frames = {
        "items": items_frame(structure, usage, item_ids, generator).sort("item_id"),
        "bom_lines": bom_lines_frame(structure, item_ids, generator),
        "demands": demands_frame(demand_item, demand_day, demand_quantity, item_ids, generator),
        "on_hand": on_hand_frame(usage, item_ids, generator),
        "scheduled_receipts": scheduled_receipts_frame(usage, item_ids, generator),
        "sites": pl.DataFrame({"site_id": ["MAIN"], "calendar_id": ["weekdays"]}),
        "calendars": pl.DataFrame({"calendar_id": ["weekdays"], "saturday": [0.0], "sunday": [0.0]}),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")
    (folder / "settings.toml").write_text(f"as_of = {AS_OF.isoformat()}\n")


def make_structure(
    size: int, generator: np.random.Generator, level_shares: Floats = LEVEL_SHARES, made_shares: Floats = MADE_SHARES
) -> Structure:
    """Return items spread over the levels and a bill of material in which every item below level 0 is used."""
    counts = np.maximum((level_shares * size).astype(np.int64), 1)
    counts[3] += size - counts.sum()
    level = np.repeat(np.arange(counts.size), counts)
    first = np.concatenate(([0], np.cumsum(counts)))
    is_made = generator.random(size) < made_shares[level]
    is_made[first[:-2]] = True  # a maker on every level but the last, however small the size
    made = np.flatnonzero(is_made)
    made_before = np.searchsorted(made, first)  # makers that stand before each level
    # One line from the level above gives each item its level; the rest go to a random maker and any item below it.
    below = np.arange(first[1], size)
    above = level[below] - 1
    parent = made[generator.integers(made_before[above], made_before[above + 1])]
    more = max(int(LINES_PER_ITEM * size) - below.size, 0)
    more_parent = made[generator.integers(0, made.size, more)]
    lowest = first[level[more_parent] + 1]
    # The square makes some components common: the first tenth of those below takes a third of the lines.
    more_component = lowest + ((size - lowest) * generator.random(more) ** 2).astype(np.int64)
    parent, component = np.concatenate((parent, more_parent)), np.concatenate((below, more_component))
    order = np.lexsort((component, parent))
    quantity_per = generator.choice(np.array([1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 4.0, 0.5]), parent.size)
    return Structure(level, is_made, parent[order], component[order], quantity_per)


def make_demands(
    structure: Structure, interval_days: int, generator: np.random.Generator
) -> tuple[Integers, Integers, Floats]:
    """Return item, day and quantity of each demand: most on the shipping days of end items, the rest service parts."""
    n_demands = int(DEMANDS_PER_ITEM * structure.n_items)
    n_end_items = int(np.searchsorted(structure.level, 1))
    item = generator.integers(0, n_end_items, n_demands)
    is_service = generator.random(n_demands) >= END_ITEM_DEMAND_SHARE
    item[is_service] = generator.integers(n_end_items, structure.n_items, int(is_service.sum()))
    day = generator.integers(0, HORIZON_DAYS, n_demands)
    first_shipping_day = generator.integers(0, interval_days, structure.n_items)
    shipping_day = day - day % interval_days + first_shipping_day[item]
    day = np.where(is_service, day, np.minimum(shipping_day, HORIZON_DAYS - 1))
    return item, day, generator.geometric(0.08, n_demands).astype(np.float64)


def daily_usage(structure: Structure, demand_item: Integers, demand_quantity: Floats) -> Floats:
    """Return the mean daily requirement of each item, its own demands and those of its parents."""
    usage = np.bincount(demand_item, demand_quantity, structure.n_items) / HORIZON_DAYS
    line_level = structure.level[structure.parent]
    for level in range(LEVEL_SHARES.size):
        lines = slice(*np.searchsorted(line_level, [level, level + 1]))
        dependent = usage[structure.parent[lines]] * structure.quantity_per[lines]
        usage += np.bincount(structure.component[lines], dependent, structure.n_items)
    return usage


def items_frame(
    structure: Structure, usage: Floats, item_ids: pl.Series, generator: np.random.Generator
) -> pl.DataFrame:
    """Return the table items: lead times up to 20 days, safety stock on 30 %, lot-sizing rules mixed."""
    n_items = structure.n_items
    is_subassembly = structure.is_made & (structure.level > 0)
    shares = np.where(is_subassembly[:, None], SUBASSEMBLY_LOT_SIZING_SHARES, LOT_SIZING_SHARES)
    rule = (generator.random(n_items)[:, None] >= np.cumsum(shares, axis=1)[:, :-1]).sum(axis=1)
    lead_time = np.where(structure.is_made, generator.integers(0, 6, n_items), generator.integers(0, 21, n_items))
    safety_stock = np.where(generator.random(n_items) < 0.3, np.ceil(usage * generator.integers(1, 10, n_items)), 0.0)
    lot = np.ceil(usage * generator.integers(5, 30, n_items)) + 1.0
    has_limits = (rule != 2) & (generator.random(n_items) < 0.3)
    return pl.DataFrame(
        {
            "item_id": item_ids,
            "unit_cost": generator.lognormal(2.0, 1.5, n_items).round(2),
            "lead_time_days": lead_time,
            "safety_stock": safety_stock,
            "lot_sizing_rule": pl.Series(LOT_SIZING_RULES).gather(rule),
            "fixed_order_quantity": _where(rule == 2, lot),
            "period_of_supply_days": _where(rule == 1, generator.choice(np.array([7, 14, 28]), n_items)),
            "order_up_to_level": _where(rule == 3, safety_stock + lot),
            "minimum_order_quantity": np.where(has_limits, np.ceil(lot / 4), 0.0),
            "order_multiple": np.where(has_limits, generator.choice(np.array([1.0, 5.0, 10.0]), n_items), 0.0),
        }
    )


def bom_lines_frame(structure: Structure, item_ids: pl.Series, generator: np.random.Generator) -> pl.DataFrame:
    """Return the table bom_lines: scrap on a tenth of the lines, an end date on one in twenty."""
    n_lines = structure.parent.size
    has_end = generator.random(n_lines) < 0.05
    return pl.DataFrame(
        {
            "parent_item_id": item_ids.gather(structure.parent),
            "component_item_id": item_ids.gather(structure.component),
            "quantity_per": structure.quantity_per,
            "scrap_fraction": np.where(generator.random(n_lines) < 0.1, 0.02, 0.0),
            "effective_to": _where(has_end, _days(generator.integers(0, HORIZON_DAYS, n_lines))),
        }
    )


def demands_frame(
    item: Integers, day: Integers, quantity: Floats, item_ids: pl.Series, generator: np.random.Generator
) -> pl.DataFrame:
    """Return the table demands: one independent demand to two sales orders, due over the horizon."""
    return pl.DataFrame(
        {
            "demand_id": "D" + pl.Series(np.arange(item.size)).cast(pl.String).str.zfill(8),
            "item_id": item_ids.gather(item),
            "due_date": _days(day),
            "quantity": quantity,
            "kind": pl.Series(("sales_order", "independent")).gather(generator.choice(2, item.size, p=(2 / 3, 1 / 3))),
            "priority": generator.integers(1, 6, item.size),
        }
    )


def on_hand_frame(usage: Floats, item_ids: pl.Series, generator: np.random.Generator) -> pl.DataFrame:
    """Return the table on_hand: up to 20 days of usage for 30 % of the items."""
    item = np.flatnonzero(generator.random(usage.size) < 0.3)
    quantity = np.floor(usage[item] * generator.uniform(0, 20, item.size)) + 1.0
    return pl.DataFrame({"item_id": item_ids.gather(item), "quantity": quantity})


def scheduled_receipts_frame(usage: Floats, item_ids: pl.Series, generator: np.random.Generator) -> pl.DataFrame:
    """Return the table scheduled_receipts: one open order to ten items, due within six weeks, a few past due."""
    n_receipts = int(RECEIPTS_PER_ITEM * usage.size)
    item = generator.integers(0, usage.size, n_receipts)
    return pl.DataFrame(
        {
            "order_id": "R" + pl.Series(np.arange(n_receipts)).cast(pl.String).str.zfill(7),
            "item_id": item_ids.gather(item),
            "due_date": _days(generator.integers(-5, 42, n_receipts)),
            "quantity": np.floor(usage[item] * generator.uniform(1, 15, n_receipts)) + 1.0,
        }
    )


def _where(condition: NDArray[np.bool_], values: NDArray[np.generic] | pl.Series) -> pl.Series:
    """Return the values where the condition holds, empty elsewhere."""
    return pl.Series(values).set(pl.Series(~condition), None)


def _days(offsets: Integers) -> pl.Series:
    """Return dates, so many days after ``AS_OF``."""
    start = (AS_OF - date(1970, 1, 1)).days
    return pl.Series((offsets + start).astype(np.int32)).cast(pl.Date)
