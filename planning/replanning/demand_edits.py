"""The shortest way from an edit to a plan: quantities and dates of demands that are there, and their deletion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.checks import conform, declared_rules
from bom.errors import Severity
from bom.ranges import ranges
from bom.rules import problems_of
from planning.editing.rows import EditError
from planning.editing.selection import selected_rows
from planning.edits import Change, Delete, Edit, Upsert, new_values
from planning.encoding.codes import days_of
from planning.kernels.netting_arrays import ALWAYS
from planning.mrp import MrpResult
from planning.replanning.plan_delta import LAST_EDIT
from planning.replanning.row_index import RowIndex
from planning.replanning.work_list import Seeds
from planning.replanning.workspace import NodePatch
from planning.tables import DEMANDS

# What netting reads of them, and what it does not.
_READ = ("due_date", "quantity")
_UNREAD = ("unit_price", "promised_date")


@dataclass(frozen=True, slots=True)
class _EditedDemands:
    """Rows of the table demands with their new day and quantity; NaN and ``ALWAYS`` where they stay."""

    row: NDArray[np.int64]
    day: NDArray[np.int32]
    quantity: NDArray[np.float64]


def demand_patch(result: MrpResult, index: RowIndex, edits: Sequence[Edit]) -> tuple[NodePatch, Seeds] | None:
    """Return the demands of the edited nodes, or ``None`` when the edits need another way.

    Parameters
    ----------
    result
        The plan before.
    index
        Finds its rows.
    edits
        They go this way when each sets, changes or deletes demands that are planned, and none is edited twice.
    """
    if not edits or any(edit.table != "demands" for edit in edits):
        return None
    parts = [_edited_demands(result, index, edit) for edit in edits]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    changed = _EditedDemands(
        np.concatenate([part.row for part in known]),
        np.concatenate([part.day for part in known]),
        np.concatenate([part.quantity for part in known]),
    )
    if np.unique(changed.row).shape[0] < changed.row.shape[0]:
        return None
    place = index.demand_places()[changed.row]
    if (place < 0).any():
        return None
    edit = np.repeat(np.arange(len(known)), [part.row.shape[0] for part in known])
    return _patch(result, changed, place, np.uint64(1) << np.minimum(edit, LAST_EDIT).astype(np.uint64))


def _edited_demands(result: MrpResult, index: RowIndex, edit: Edit) -> _EditedDemands | None:
    """Return the demands of one edit, or ``None`` when it needs another way."""
    if isinstance(edit, Change):
        return _changed(result, edit)
    if "demand_id" not in edit.rows.columns:
        return None
    is_known = set(edit.rows.columns) <= {"demand_id", *_READ, *_UNREAD}
    # where there are several sites, an item may be at one of them only because of the demand
    is_alone = edit.rows.width == 1 and len(result.model.nodes.site_ids) == 1
    if not is_known or (isinstance(edit, Delete) and not is_alone):
        return None
    conformed = conform(edit.rows, DEMANDS)
    if _has_errors(conformed.frame, [p for p in conformed.problems if p.code != "missing_column"]):
        return None
    rows = index.rows_of_ids("demands", conformed.frame["demand_id"])
    if (rows < 0).any():
        return None
    cells = conformed.frame if isinstance(edit, Upsert) else pl.DataFrame({"quantity": np.zeros(rows.shape[0])})
    return _with_days(result, rows.astype(np.int64), cells)


def _has_errors(frame: pl.DataFrame, problems: Sequence[object]) -> bool:
    """Return whether rows break a rule, or could not be read."""
    broken = problems_of(frame, DEMANDS.name, declared_rules(frame, DEMANDS))
    return bool(problems) or any(problem.severity is Severity.ERROR for problem in broken)


def _changed(result: MrpResult, edit: Change) -> _EditedDemands | None:
    """Return the demands that a change selects, with their new values."""
    if edit.column not in _READ:
        return None
    frame = result.model.data.table("demands")
    column = DEMANDS.column(edit.column)
    try:
        selected = selected_rows(result.model.data.tables, "demands", edit.where)
        rows = selected.arg_true().to_numpy().astype(np.int64)
        values = new_values(column, frame[edit.column].gather(rows), edit)
    except EditError:
        return None
    cells = pl.DataFrame({edit.column: values})
    if values.null_count() or _has_errors(cells, ()):
        return None
    return _with_days(result, rows, cells)


def _with_days(result: MrpResult, rows: NDArray[np.int64], cells: pl.DataFrame) -> _EditedDemands:
    """Return rows with their new day and quantity."""
    day, quantity = np.full(rows.shape[0], ALWAYS, np.int32), np.full(rows.shape[0], np.nan)
    if "quantity" in cells.columns:
        quantity = cells["quantity"].to_numpy()
    if "due_date" in cells.columns:
        day = days_of(cells["due_date"], result.model.data.settings.as_of, 0)
    return _EditedDemands(rows, day, quantity)


def _patch(
    result: MrpResult, changed: _EditedDemands, place: NDArray[np.int32], bits: NDArray[np.uint64]
) -> tuple[NodePatch, Seeds] | None:
    """Return the demands of the edited nodes with the changes in them; one that is no longer planned has quantity 0.

    ``None`` where forecasts are consumed: what is left of them is another row then.
    """
    netting, settings = result.netting, result.model.data.settings
    indptr = netting.demand_indptr
    owner = np.searchsorted(indptr, place, side="right") - 1
    nodes, which = np.unique(owner, return_inverse=True)
    forecast = result.model.forecast
    if forecast is not None and (forecast.pool_of_node[nodes] >= 0).any():
        return None  # orders consume forecasts there
    counts = indptr[nodes + 1] - indptr[nodes]
    rows = netting.demands[ranges(indptr[nodes], counts)]
    to = (np.cumsum(counts) - counts)[which] + place - indptr[owner]
    has_day, has_quantity = changed.day != ALWAYS, ~np.isnan(changed.quantity)
    rows["day"][to[has_day]] = changed.day[has_day]
    rows["quantity"][to[has_quantity]] = changed.quantity[has_quantity]
    if settings.horizon_end is not None:
        is_beyond = rows["day"][to] > (settings.horizon_end - settings.as_of).days
        rows["quantity"][to[is_beyond]] = 0.0
    causes = np.zeros(nodes.shape[0], np.uint64)
    np.bitwise_or.at(causes, which, bits)
    patch = NodePatch(nodes.astype(np.int32), {}, {"demand_indptr": (counts, {"demands": rows})})
    return patch, Seeds(nodes.astype(np.int32), causes, np.zeros(nodes.shape[0], np.bool_))
