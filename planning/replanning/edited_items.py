"""Which items an edit is about."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from planning.editing.rows import EditError, address_columns, matched_rows
from planning.editing.selection import selected_rows
from planning.edits import Change, Edit, edit_rows
from planning.tables import INPUT_TABLES


def item_columns(name: str) -> list[str]:
    """Return the columns of a table that name items.

    Examples
    --------
    >>> item_columns("bom_lines"), item_columns("calendars")
    (['parent_item_id', 'component_item_id'], [])
    """
    columns = INPUT_TABLES[name].columns
    return ["item_id"] if name == "items" else [column.name for column in columns if column.references == "items"]


def edited_items(tables: Mapping[str, pl.DataFrame], edit: Edit) -> pl.Series | None:
    """Return the ids of the items that the rows of an edit name, or ``None`` when it is not about single items.

    Examples
    --------
    >>> from planning.edits import Delete
    >>> demands = pl.DataFrame({"demand_id": ["D1", "D2"], "item_id": ["A", "B"]})
    >>> edited_items({"demands": demands}, Delete("demands", pl.DataFrame({"demand_id": ["D2"]}))).to_list()
    ['B']
    """
    columns = item_columns(edit.table)
    frame = tables.get(edit.table, INPUT_TABLES[edit.table].empty())
    if not columns:
        return None
    try:
        if isinstance(edit, Change):
            picked = [frame.filter(selected_rows({**tables, edit.table: frame}, edit.table, edit.where))]
        else:
            rows, _ = edit_rows(INPUT_TABLES[edit.table], edit, frame)
            table = INPUT_TABLES[edit.table]
            matched = matched_rows(table, frame, rows, address_columns(table, rows))
            picked = [rows, frame[matched.get_column("row")]]
    except EditError:
        return None
    ids = [part.get_column(name) for part in picked for name in columns if name in part.columns]
    if any(part.height and name not in part.columns for part in picked[-1:] for name in columns[:1]):
        return None
    return pl.concat(ids).drop_nulls().unique() if ids else pl.Series("item_id", [], dtype=pl.String)
