"""Two versions of a table: which cells differ, and the edits that make one version the other."""

from __future__ import annotations

import polars as pl

from bom.schema import Table
from planning.editing.rows import address_columns, has_generated_ids, row_ids
from planning.edits import Delete, Edit, Upsert

KEY = "\x1fkey"
_SCHEMA = {"key": pl.String, "change": pl.String, "column": pl.String, "base_value": pl.String, "value": pl.String}


def address_of(table: Table) -> tuple[str, ...]:
    """Return the columns that name a row of a table, all that an edit could use."""
    return table.key if has_generated_ids(table) else address_columns(table, table.empty())


def with_key(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with a column ``KEY``: a text that names each row, the same in every version of the table.

    Notes
    -----
    A row is named by what an edit would name it by; of rows with the same name, the second is ``name #2``.
    """
    if frame.width == 0:
        return pl.DataFrame({KEY: pl.Series([], dtype=pl.String)})
    if has_generated_ids(table):
        return frame.with_columns(row_ids(table, frame).alias(KEY))
    cells = table.filled(frame, address_of(table)).select(pl.all().cast(pl.String).fill_null(""))
    names = cells.select(pl.concat_str(pl.all(), separator=", ").alias("name"))
    counted = names.with_columns(number=pl.int_range(1, pl.len() + 1).over("name"))
    text = pl.when(pl.col("number") > 1).then(pl.format("{} #{}", "name", "number")).otherwise("name")
    return frame.with_columns(counted.select(text.alias(KEY)).to_series())


def versions_of(table: Table, base: pl.DataFrame, side: pl.DataFrame, name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return both versions with keys; a row that is new and has no id of its own belongs to the side alone."""
    first, second = with_key(table, base), with_key(table, side)
    if has_generated_ids(table) and second.height:
        own = second[table.key[0]] if table.key[0] in second.columns else pl.Series([None] * second.height)
        is_nameless = own.is_null() & ~second[KEY].is_in(first[KEY].implode())
        second = second.with_columns(
            pl.when(pl.Series(is_nameless)).then(pl.format("{} in {}", KEY, pl.lit(name))).otherwise(KEY).alias(KEY)
        )
    return first, second


def cell_changes(table: Table, base: pl.DataFrame, side: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return what differs between two versions of a table, cell by cell.

    Parameters
    ----------
    table, base, side
        The versions.
    name
        Names the second version.

    Returns
    -------
    polars.DataFrame
        ``key``, ``change`` (changed | inserted: one row per cell; deleted: one row, without column), ``column``,
        ``base_value``, ``value``, as text.

    Examples
    --------
    >>> from planning.tables import INPUT_TABLES
    >>> base = pl.DataFrame({"item_id": ["A", "B"], "safety_stock": [1.0, 2.0]})
    >>> side = pl.DataFrame({"item_id": ["A"], "safety_stock": [5.0]})
    >>> cell_changes(INPUT_TABLES["items"], base, side, "a").rows()
    [('A', 'changed', 'safety_stock', '1.0', '5.0'), ('B', 'deleted', '', '', '')]
    """
    first, second = versions_of(table, base, side, name)
    parts = [pl.DataFrame(schema=_SCHEMA)]
    for column in _columns(first, second):
        both = _cells(table, first, column).join(_cells(table, second, column), on=KEY, suffix="_side")
        differing = both.filter(pl.col("cell").ne_missing(pl.col("cell_side")))
        parts.append(_long(differing, "changed", column, pl.col("cell"), pl.col("cell_side")))
        added = _cells(table, second, column).join(first.select(KEY), on=KEY, how="anti").drop_nulls("cell")
        parts.append(_long(added, "inserted", column, pl.lit(""), pl.col("cell")))
    gone = first.select(KEY).join(second.select(KEY), on=KEY, how="anti", maintain_order="left")
    parts.append(_long(gone, "deleted", "", pl.lit(""), pl.lit("")))
    return pl.concat(parts)


def _columns(first: pl.DataFrame, second: pl.DataFrame) -> list[str]:
    """Return the columns of both versions."""
    return [name for name in dict.fromkeys([*first.columns, *second.columns]) if name != KEY]


def _cells(table: Table, frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the keys and the cells of one column, filled with its default."""
    if column in table.column_names:
        cells = table.filled(frame.drop(KEY) if frame.width > 1 else frame, [column]).to_series()
    elif column in frame.columns:
        cells = frame[column]
    else:
        cells = pl.Series([None] * frame.height, dtype=pl.String)
    return pl.DataFrame({KEY: frame[KEY], "cell": cells})


def _long(frame: pl.DataFrame, change: str, column: str, base: pl.Expr, value: pl.Expr) -> pl.DataFrame:
    """Return cells as rows."""
    return frame.select(
        key=KEY,
        change=pl.lit(change),
        column=pl.lit(column),
        base_value=base.cast(pl.String).fill_null(""),
        value=value.cast(pl.String).fill_null(""),
    )


def edits_between(
    table: Table, base: pl.DataFrame, side: pl.DataFrame, name: str, left_out: pl.DataFrame
) -> list[Edit]:
    """Return edits that make of one version of a table the other.

    Parameters
    ----------
    table, base, side, name
        As in :func:`cell_changes`.
    left_out
        ``key`` and ``column`` of cells that stay as they are in ``base``; without column: the whole row does.
    """
    first, second = versions_of(table, base, side, name)
    whole = left_out.filter(pl.col("column") == "").select(pl.col("key").alias(KEY))
    first_keys, second_keys = first.select(KEY), second.select(KEY)
    gone = first.join(second_keys, on=KEY, how="anti", maintain_order="left").join(whole, on=KEY, how="anti")
    edits: list[Edit] = [Delete(table.name, _address(table, gone))] if gone.height else []
    kept = second.join(first_keys, on=KEY, how="semi", maintain_order="left").join(whole, on=KEY, how="anti")
    for column in _columns(first, second):
        if column in address_of(table):
            continue
        stays = left_out.filter(pl.col("column") == column).select(pl.col("key").alias(KEY))
        both = _cells(table, kept, column).join(_cells(table, first, column), on=KEY, suffix="_base")
        differing = both.filter(pl.col("cell").ne_missing(pl.col("cell_base"))).select(KEY)
        rows = kept.join(differing, on=KEY, how="semi", maintain_order="left").join(stays, on=KEY, how="anti")
        if rows.height:
            cells = rows[column] if column in rows.columns else pl.Series(column, [None] * rows.height, pl.String)
            edits.append(Upsert(table.name, _address(table, rows).with_columns(cells.alias(column))))
    added = second.join(first_keys, on=KEY, how="anti", maintain_order="left").join(whole, on=KEY, how="anti")
    edits += [Upsert(table.name, rows) for rows in _filled_parts(_without(added, left_out))]
    return edits


def _address(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that name rows."""
    if has_generated_ids(table):
        return rows.select(pl.col(KEY).alias(table.key[0]))
    return table.filled(rows.drop(KEY), address_of(table))


def _without(added: pl.DataFrame, left_out: pl.DataFrame) -> pl.DataFrame:
    """Return new rows without the cells that are left out."""
    for column in left_out["column"].unique().to_list():
        if column in added.columns:
            keys = left_out.filter(pl.col("column") == column)["key"].implode()
            added = added.with_columns(pl.when(~pl.col(KEY).is_in(keys)).then(pl.col(column)).alias(column))
    return added


def _filled_parts(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """Return rows in parts, each with the columns that its rows have: an empty cell would empty another's value."""
    filled = rows.drop(KEY)
    if not rows.height:
        return []
    pattern = filled.select(pl.concat_str(pl.all().is_not_null().cast(pl.String), separator=",")).to_series()
    parts = filled.with_columns(pattern.alias(KEY)).partition_by(KEY, maintain_order=True, include_key=False)
    return [part.select(series for series in part if series.null_count() == 0) for part in parts]


def is_same_table(table: Table, first: pl.DataFrame, second: pl.DataFrame) -> bool:
    """Return whether two versions have the same rows, whatever their order and generated ids."""
    return _canonical(table, first).equals(_canonical(table, second))


def _canonical(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table with defaults filled in, without generated ids, its rows sorted."""
    own = [name for name in frame.columns if name not in table.column_names]
    cells = table.filled(frame, table.column_names).with_columns(frame.select(own) if own else [])
    if has_generated_ids(table):
        name = table.key[0]
        is_generated = pl.col(name).str.contains(rf"^{table.name}:\d+$")
        cells = cells.with_columns(pl.when(~is_generated).then(pl.col(name)).alias(name))
    return cells.select(sorted(cells.columns)).sort(pl.all())
