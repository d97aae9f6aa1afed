"""Random edits of a random case, by seed: every kind of edit, on every table."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl

from bom.schema import Column, Dtype
from planning.data import PlanningData
from planning.edits import Change, Condition, Delete, Edit, Upsert
from planning.tables import INPUT_TABLES

PLANNERS = ("demands", "demands", "demands", "on_hand", "scheduled_receipts", "items", "item_sites", "item_suppliers")
FACTORS = (0.0, 0.5, 1.2, 2.0, 1.0)


def random_edits(data: PlanningData, seed: int) -> list[Edit]:
    """Return a few edits of the data set."""
    random = Random(seed)
    edits: list[Edit] = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        present = [name for name in INPUT_TABLES if data.table(name).height]
        usual = [name for name in PLANNERS if data.table(name).height]
        name = random.choice(usual if random.random() < 0.7 else present)
        kind = random.choice((change, change, upsert_existing, upsert_existing, upsert_new, delete))
        edits.append(kind(data, name, random))
    return edits


def cell(data: PlanningData, table: str, column: Column, random: Random) -> Any:
    """Return a value that a column could hold."""
    if column.references:
        target = data.table(column.references)
        key = INPUT_TABLES[column.references].key[0]
        known = target[key].to_list() if key in target.columns else []
        return random.choice(known) if known else ("MAIN" if column.references == "sites" else None)
    if column.choices:
        return random.choice(column.choices)
    if column.dtype is Dtype.DATE:
        return data.settings.as_of + timedelta(days=random.randint(-8, 30))
    if column.dtype is Dtype.BOOLEAN:
        return random.random() < 0.5
    if column.name.endswith("fraction"):
        return random.choice((0.5, 0.8, 1.0))
    if column.dtype is Dtype.INTEGER:
        return random.randint(1, 6)
    if column.dtype is Dtype.FLOAT:
        return float(random.choice((0, 1, 2, 5, 7.5, 12, 40)))
    known = data.table(table)[column.name].drop_nulls().to_list() if column.name in data.table(table).columns else []
    return random.choice(known) if known and random.random() < 0.8 else f"x{random.randint(0, 99)}"


def changeable(data: PlanningData, name: str, random: Random) -> list[Column]:
    """Return some columns of a table that are not part of its key, present ones first."""
    table = INPUT_TABLES[name]
    columns = [column for column in table.columns if column.name not in table.key]
    present = [column for column in columns if column.name in data.table(name).columns]
    pool = present if present and random.random() < 0.8 else columns
    return random.sample(pool, min(len(pool), random.choice((1, 1, 2))))


def upsert_existing(data: PlanningData, name: str, random: Random) -> Edit:
    """Return new values for columns of rows that are there."""
    frame = data.table(name)
    rows = frame[sorted(random.sample(range(frame.height), random.randint(1, min(3, frame.height))))]
    keys = naming_columns(data, name)
    if name == "on_hand":
        keys += [column for column in ("lot_id", "status") if column in rows.columns]
    changed = [column for column in changeable(data, name, random) if column.name not in keys]
    values = {
        column.name: pl.Series(
            [
                cell(data, name, column, random) if column.is_required or random.random() < 0.9 else None
                for _ in range(rows.height)
            ],
            dtype=column.dtype.polars,
        )
        for column in changed
    }
    return Upsert(name, rows.select(keys).with_columns(**values).unique(keys, keep="first", maintain_order=True))


def upsert_new(data: PlanningData, name: str, random: Random) -> Edit:
    """Return a row that is like one that is there, under another key."""
    frame, table = data.table(name), INPUT_TABLES[name]
    row = frame[random.randrange(frame.height)].rows(named=True)[0]
    for column in table.columns:
        is_renewed = column.name in row and (column.name in table.key or random.random() < 0.4)
        if is_renewed:
            row[column.name] = cell(data, name, column, random)
            if column.name in ("demand_id", "order_id", "line_id"):
                row[column.name] = f"new{random.randint(0, 999)}"
    schema = {column: INPUT_TABLES[name].column(column).dtype.polars for column in row}
    return Upsert(name, pl.DataFrame([row], schema=schema))


def delete(data: PlanningData, name: str, random: Random) -> Edit:
    """Return the deletion of a row."""
    frame = data.table(name)
    row = random.randrange(frame.height)
    if name == "demands":
        ids = frame["demand_id"].to_list() if "demand_id" in frame.columns else [None] * frame.height
        return Delete(name, pl.DataFrame({"demand_id": [ids[row] or f"demands:{row + 1}"]}))
    return Delete(name, frame.select(naming_columns(data, name))[row])


def naming_columns(data: PlanningData, name: str) -> list[str]:
    """Return columns of a table that together name a row, or a few."""
    table, present = INPUT_TABLES[name], data.table(name).columns
    names = list(table.key) or [column.name for column in table.columns if column.is_required]
    if name == "bom_lines":
        names = ["parent_item_id", "component_item_id"]
    if name == "on_hand":
        names = ["item_id", "site_id"]
    return [column for column in names if column in present]


def change(data: PlanningData, name: str, random: Random) -> Edit:
    """Return one column changed in a selection of rows."""
    table = INPUT_TABLES[name]
    numbers = [
        c for c in table.columns if c.dtype in (Dtype.FLOAT, Dtype.INTEGER) and c.name in data.table(name).columns
    ]
    dates = [c for c in table.columns if c.dtype is Dtype.DATE and c.name in data.table(name).columns]
    where = tuple(condition(data, name, random) for _ in range(random.choice((0, 1, 1, 2))))
    if dates and random.random() < 0.3:
        return Change(name, where, random.choice(dates).name, "add", random.randint(-5, 12))
    if numbers and random.random() < 0.8:
        column = random.choice(numbers)
        if random.random() < 0.5:
            return Change(name, where, column.name, "multiply", random.choice(FACTORS))
        return Change(name, where, column.name, "add", float(random.choice((1, 2, 10))))
    column = random.choice(changeable(data, name, random) or list(table.columns))
    return Change(name, where, column.name, "set", cell(data, name, column, random))


def condition(data: PlanningData, name: str, random: Random) -> Condition:
    """Return a condition that some rows fulfil."""
    frame = data.table(name)
    if "item_id" in frame.columns and name != "items" and random.random() < 0.3:
        column = random.choice(data.table("items").columns)
        value = random.choice(data.table("items")[column].to_list())
        return Condition(f"items.{column}", random.choice(("=", "!=")), value)
    column = random.choice(frame.columns)
    value = random.choice(frame[column].to_list())
    is_ordered = isinstance(value, int | float | date) and not isinstance(value, bool)
    operators: tuple[Any, ...] = ("=", "!=", "<", ">=") if is_ordered else ("=", "!=")
    return Condition(column, random.choice(operators), value)
