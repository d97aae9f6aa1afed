"""The check of forecast items: whose forecast the orders of an item consume."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from bom.findings import Problem, Remedy, texts_of
from bom.rules import told
from planning.encoding.codes import NO_CODE, codes_of


def forecast_item_circles(tables: Mapping[str, pl.DataFrame]) -> list[Problem]:
    """Return the error about items that stand above themselves by ``forecast_item_id``.

    Examples
    --------
    >>> items = pl.DataFrame({"item_id": ["A", "B"], "forecast_item_id": ["B", "A"]})
    >>> forecast_item_circles({"items": items})[0].message
    'forecast_item_id leads back to the item: it must end at an item without one'
    """
    items = tables.get("items", pl.DataFrame())
    if not {"item_id", "forecast_item_id"} <= set(items.columns) or items["forecast_item_id"].is_null().all():
        return []
    reached = codes_of(items["forecast_item_id"], items["item_id"])
    # after k rounds: the item 2 ** k steps up; who is still on the way after more steps than items goes in circles
    for _ in range(items.height.bit_length()):
        reached = np.where(reached == NO_CODE, NO_CODE, reached[reached])
    rows = np.unique(reached[reached != NO_CODE]).astype(np.int64)
    if not rows.size:
        return []
    message = "forecast_item_id {value} leads back to the item: it must end at an item without one"
    general = message.replace(" {value}", "")
    values = texts_of(items["forecast_item_id"], rows)
    return [
        Problem("circle", "items", "forecast_item_id", general, rows, values, told(message, values), remedy=Remedy.CELL)
    ]
