"""Net change: a plan made anew for what edits reach."""

from __future__ import annotations

from collections.abc import Sequence

from planning.edits import Edit, apply_edits
from planning.mrp import MrpResult, run_mrp


def replan(result: MrpResult, edits: Sequence[Edit]) -> MrpResult:
    """Return the plan of the edited data set; its tables equal those of a full run, byte for byte (rule 15).

    Parameters
    ----------
    result
        The plan that was made before; it stays as it is.
    edits
        What changes, one after the other.

    Raises
    ------
    DataError
        With all findings, when an edit cannot be made or the data set would have errors.

    Examples
    --------
    >>> import polars as pl
    >>> from datetime import date
    >>> from planning.checks import validate
    >>> from planning.edits import Change, Condition
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["bike"], "family": ["toys"]}),
    ...     "demands": pl.DataFrame({"item_id": ["bike"], "due_date": [date(2026, 3, 20)], "quantity": [10.0]}),
    ... }
    >>> base = run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data)
    >>> more = Change("demands", (Condition("items.family", "=", "toys"),), "quantity", "multiply", 1.2)
    >>> replan(base, [more]).table("planned_orders")["quantity"].item()
    12.0
    """
    return run_mrp(apply_edits(result.model.data, edits), result.options)
