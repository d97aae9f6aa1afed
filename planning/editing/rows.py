"""Which rows of a table the rows of an edit name."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from bom.schema import Table


class EditError(Exception):
    """An edit that cannot be made; the message says why.

    Parameters
    ----------
    code, column, value, message
        As in :class:`bom.errors.Finding`.
    row
        The row of the edit, counted from 0; -1 when the whole edit is meant.
    """

    def __init__(self, code: str, column: str, value: object, message: str, row: int = -1) -> None:
        super().__init__(message)
        self.code, self.column, self.value, self.message, self.row = code, column, str(value), message, row


@dataclass(frozen=True, slots=True)
class _Address:
    """The columns that name a row: some always, some only where an edit has them."""

    always: tuple[str, ...]
    where_given: tuple[str, ...] = ()


# Tables without a key, or whose key may be empty.
_ADDRESSES = {
    "bom_lines": _Address(("parent_item_id", "component_item_id"), ("site_id", "effective_from")),
    "item_suppliers": _Address(("item_id", "supplier_id"), ("site_id", "effective_from")),
    "on_hand": _Address(("item_id", "site_id"), ("lot_id", "status")),
    "allocations": _Address(("order_id", "item_id", "site_id", "required_date")),
    "operations": _Address(("item_id", "site_id", "operation_sequence"), ("work_center_id", "effective_from")),
}


def has_generated_ids(table: Table) -> bool:
    """Return whether a row without an id gets one: ``demands:3`` is the third row of demands.

    Examples
    --------
    >>> from planning.tables import INPUT_TABLES
    >>> [name for name, table in INPUT_TABLES.items() if has_generated_ids(table)]
    ['bom_lines', 'demands']
    """
    return len(table.key) == 1 and not table.column(table.key[0]).is_required


def address_columns(table: Table, rows: pl.DataFrame) -> tuple[str, ...]:
    """Return the columns by which the rows of an edit name rows of the table; empty: each is a new row.

    Raises
    ------
    EditError
        When a column that is needed is not there.

    Examples
    --------
    >>> from planning.tables import INPUT_TABLES
    >>> address_columns(INPUT_TABLES["on_hand"], pl.DataFrame({"item_id": ["A"], "quantity": [0.0]}))
    ('item_id', 'site_id')
    """
    if has_generated_ids(table) and table.key[0] in rows.columns:
        return table.key
    address = _ADDRESSES.get(table.name, _declared(table))
    for name in address.always:
        column = table.column(name)
        if name not in rows.columns and column.is_required and column.default is None:
            message = f"the column {name} is missing: it says which rows of {table.name} are meant"
            raise EditError("missing_column", name, "", message)
    return (*address.always, *(name for name in address.where_given if name in rows.columns))


def _declared(table: Table) -> _Address:
    """Return the key as an address; without a key all required columns."""
    if has_generated_ids(table):
        return _Address(())
    return _Address(table.key or tuple(column.name for column in table.columns if column.is_required))


def matched_rows(table: Table, frame: pl.DataFrame, rows: pl.DataFrame, address: tuple[str, ...]) -> pl.DataFrame:
    """Return which rows of the table each row of an edit names.

    Parameters
    ----------
    table, frame
        The table.
    rows
        The rows of the edit.
    address
        The columns of :func:`address_columns`.

    Returns
    -------
    polars.DataFrame
        ``edit_row`` and ``row``, counted from 0, sorted.
    """
    if not address:
        return pl.DataFrame(schema={"edit_row": pl.Int64, "row": pl.Int64})
    wanted = _keys(table, rows, address).with_row_index("edit_row")
    if has_generated_ids(table) and address == table.key:
        wanted = wanted.filter(pl.col(address[0]).is_not_null())
        there = pl.DataFrame({address[0]: row_ids(table, frame)})
    else:
        there = _keys(table, frame, address)
    found = there.with_row_index("row").join(wanted, on=list(address), nulls_equal=True)
    return found.select(pl.col("edit_row").cast(pl.Int64), pl.col("row").cast(pl.Int64)).sort("edit_row", "row")


def _keys(table: Table, frame: pl.DataFrame, address: tuple[str, ...]) -> pl.DataFrame:
    """Return the address columns, empty cells filled with their defaults."""
    return table.filled(frame, address)


def row_ids(table: Table, frame: pl.DataFrame) -> pl.Series:
    """Return the id of each row of a table with generated ids: its own, else the generated one.

    Examples
    --------
    >>> from planning.tables import INPUT_TABLES
    >>> row_ids(INPUT_TABLES["demands"], pl.DataFrame({"demand_id": ["D1", None]})).to_list()
    ['D1', 'demands:2']
    """
    name = table.key[0]
    generated = pl.concat_str(pl.lit(f"{table.name}:"), pl.int_range(1, pl.len() + 1).cast(pl.String))
    if name not in frame.columns:
        if not frame.columns:
            return pl.Series(name, [], dtype=pl.String)
        return frame.select(generated.alias(name)).to_series()
    if frame.get_column(name).null_count() == 0:
        return frame.get_column(name)
    return frame.select(pl.coalesce(name, generated).alias(name)).to_series()
