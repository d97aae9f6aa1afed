"""The language in which tables are declared: a table is a name, columns, a key and what its rows mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import polars as pl


class Dtype(StrEnum):
    """What a cell may hold."""

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"

    @property
    def polars(self) -> pl.DataType:
        """The polars dtype that holds it."""
        return _POLARS_DTYPES[self]


_POLARS_DTYPES: dict[Dtype, pl.DataType] = {
    Dtype.STRING: pl.String(),
    Dtype.INTEGER: pl.Int64(),
    Dtype.FLOAT: pl.Float64(),
    Dtype.BOOLEAN: pl.Boolean(),
    Dtype.DATE: pl.Date(),
    Dtype.DATETIME: pl.Datetime("us"),
}

Scalar: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its dtype, unit, default and rules.

    Parameters
    ----------
    name, dtype, description
        What it is called, what its cells hold, and what they mean.
    unit
        The unit of its numbers (``days``, ``stock unit``, ``money``, ...); empty for ids, texts and flags.
    is_required
        The column must be there, with a value in every row.
    default
        What a missing column or an empty cell means; ``None`` means "empty", as the description says.
    choices
        The only values allowed, for a closed set.
    minimum, maximum
        The bounds of a number, both allowed themselves unless ``is_minimum_open``.
    references
        The table whose key the value must be in.
    """

    name: str
    dtype: Dtype
    description: str
    unit: str = ""
    is_required: bool = False
    default: Scalar | None = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    is_minimum_open: bool = False
    maximum: float | None = None
    references: str = ""

    @property
    def rule(self) -> str:
        """The column's rules in words, for the docs and for messages."""
        parts: list[str] = []
        if self.choices:
            parts.append("one of " + ", ".join(self.choices))
        if self.minimum is not None:
            parts.append(f"{'>' if self.is_minimum_open else '>='} {self.minimum:g}")
        if self.maximum is not None:
            parts.append(f"<= {self.maximum:g}")
        if self.references:
            parts.append(f"in {self.references}")
        return "; ".join(parts)

    def filled(self) -> pl.Expr:
        """The column as an expression with its default in the empty cells."""
        expression = pl.col(self.name)
        return expression if self.default is None else expression.fill_null(pl.lit(self.default, self.dtype.polars))

    def literal(self) -> pl.Expr:
        """The default as an expression, for a frame that does not have the column."""
        return pl.lit(self.default, self.dtype.polars).alias(self.name)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the data set, declared once; readers, validation and docs are made from it.

    Parameters
    ----------
    name, description
        The file, sheet or database table it is read from, and what one row of it is.
    columns
        Its columns, in the order in which they are written.
    key
        The columns that name a row; two rows with the same key are an error.
    ordered_pairs
        Pairs of columns of which the first must not exceed the second.
    carries_extra
        Unknown columns are kept with the row (an order's, item's or demand's custom fields).
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    ordered_pairs: tuple[tuple[str, str], ...] = ()
    carries_extra: bool = False

    @property
    def column_names(self) -> list[str]:
        """The names of its columns, in their order."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """Return the declaration of one column.

        Raises
        ------
        KeyError
            When the table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    def empty(self) -> pl.DataFrame:
        """Return the table with all its columns and no rows."""
        return pl.DataFrame(schema={column.name: column.dtype.polars for column in self.columns})

    def filled(self, frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
        """Return the named columns of ``frame``, absent columns and empty cells filled with their defaults.

        Examples
        --------
        >>> from bom.tables import BOM_LINES
        >>> lines = pl.DataFrame({"parent_item_id": ["bike"], "component_item_id": ["wheel"]})
        >>> BOM_LINES.filled(lines, ["component_item_id", "quantity_per"]).rows()
        [('wheel', 1.0)]
        """
        present = set(frame.columns)
        columns = [self.column(name) for name in names]
        filled = frame.select([c.filled() if c.name in present else c.literal() for c in columns if c.name in present])
        absent = [c.literal() for c in columns if c.name not in present]
        if not filled.columns:
            filled = pl.DataFrame({"": pl.repeat(0, frame.height, dtype=pl.Int8, eager=True)})
        return filled.with_columns(absent).select(list(names))
