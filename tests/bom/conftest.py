"""Small bills of material that several tests share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from bom.structure import ProductStructure, build_structure
from bom.tables import BOM_LINES, ITEMS, Table

ON = date(2026, 6, 1)


def frame(table: Table, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Return a table with all its columns from rows that name only what matters."""
    return pl.DataFrame(rows, schema={column.name: column.dtype.polars for column in table.columns})


@pytest.fixture
def make_structure() -> Callable[..., ProductStructure]:
    """Return a function that makes a structure from ``{item: parameters}`` and ``(parent, component, columns)``."""

    def make(items: dict[str, dict[str, object]], lines: list[tuple[str, str, dict[str, object]]], **options: object):
        return build_structure(
            frame(ITEMS, [{"item_id": item, **parameters} for item, parameters in items.items()]),
            frame(BOM_LINES, [{"parent_item_id": p, "component_item_id": c, **rest} for p, c, rest in lines]),
            ON,
            **options,
        )

    return make
