"""Setups that depend on what a machine did before: setup groups and the table ``setup_times`` as matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.data import PlanningData
from planning.encoding.codes import codes_of
from planning.loading.encode import LoadingModel
from scheduling.shop_floor.floor_work import FloorWork, whole
from scheduling.shop_floor.places import Places

_ANY = "*"
_UNKNOWN = 0

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Setups:
    """Setup groups and matrices.

    Parameters
    ----------
    group
        int32, shape (n_operations,): group 0 is that of operations without one, and of machines of which nobody knows.
    is_by_matrix
        bool, shape (n_modes,): the setup of the alternate is that of the matrix.
    center_matrix
        int32, shape (n_work_centers,): -1: none.
    seconds
        int64, shape (n_matrices, n_groups, n_groups).
    """

    group: Ints
    is_by_matrix: NDArray[np.bool_]
    center_matrix: Ints
    seconds: NDArray[np.int64]


def find_setups(data: PlanningData, loading: LoadingModel, places: Places, work: FloorWork) -> Setups:
    """Return the setups of a plan.

    Notes
    -----
    At a work center with rows in ``setup_times``, an operation with a ``setup_group`` has the setup of the row from the
    group before, else of the row from ``*``; else none within a group, and the longest ``setup_minutes`` of the group's
    operations there after another one. There it takes the place of the operation's own ``setup_minutes``.
    """
    rows = data.filled("setup_times", ["work_center_id", "from_setup_group", "to_setup_group", "setup_minutes"])
    center = codes_of(rows["work_center_id"], loading.centers.ids)
    n_centers = places.units.shape[0]
    groups = data.filled("operations", ["setup_group"])["setup_group"][loading.routings.table_row[work.mode_row]]
    used = loading.routings.rows["work_center"][work.mode_row]
    has_rows = np.isin(np.arange(n_centers), center)
    is_by_matrix = groups.is_not_null().to_numpy() & has_rows[used]
    if not is_by_matrix.any():
        none = np.full(work.n_operations, -1, np.int32)
        return Setups(none, is_by_matrix, np.full(n_centers, -1, np.int32), np.zeros((0, 0, 0), np.int64))
    names = pl.concat([groups.filter(pl.Series(is_by_matrix)), rows["from_setup_group"], rows["to_setup_group"]])
    names = names.unique().sort()
    names = names.filter(names != _ANY)
    code = np.where(is_by_matrix, codes_of(groups, names) + 1, _UNKNOWN)
    group = np.zeros(work.n_operations, np.int32)
    np.maximum.at(group, work.mode_operation, code)
    with_matrix = np.unique(used[is_by_matrix])
    center_matrix = np.full(n_centers, -1, np.int32)
    center_matrix[with_matrix] = np.arange(with_matrix.shape[0])
    seconds = _matrices(rows, center_matrix[center], codes_of(rows["from_setup_group"], names) + 1, names, len(names))
    _fill_own(loading, work, used, code, is_by_matrix, center_matrix, seconds)
    minutes = np.maximum(seconds, 0.0) * places.seconds_per_minute[with_matrix][:, None, None]
    return Setups(group, is_by_matrix, center_matrix, whole(minutes))


def _matrices(rows: pl.DataFrame, matrix: Ints, before: Ints, names: pl.Series, n_groups: int) -> NDArray[np.float64]:
    """Return the minutes that the table says, -1 where it says nothing."""
    found = np.full((int(matrix.max(initial=-1)) + 1, n_groups + 1, n_groups + 1), -1.0)
    after = codes_of(rows["to_setup_group"], names) + 1
    minutes, is_any = rows["setup_minutes"].to_numpy(), (rows["from_setup_group"] == _ANY).to_numpy()
    for at in np.flatnonzero((matrix >= 0) & is_any).tolist():
        found[matrix[at], :, after[at]] = minutes[at]
        found[matrix[at], after[at], after[at]] = -1.0
    named = np.flatnonzero((matrix >= 0) & ~is_any)
    found[matrix[named], before[named], after[named]] = minutes[named]
    return found


def _fill_own(
    loading: LoadingModel,
    work: FloorWork,
    used: Ints,
    code: NDArray[np.int64],
    is_by_matrix: NDArray[np.bool_],
    center_matrix: Ints,
    minutes: NDArray[np.float64],
) -> None:
    """Fill what the table does not say: nothing within a group, the group's own setup after another one."""
    own = np.zeros(minutes.shape[::2])
    at = np.flatnonzero(is_by_matrix)
    setup = loading.routings.rows["setup_minutes"][work.mode_row[at]]
    np.maximum.at(own, (center_matrix[used[at]], code[at]), setup)
    within = np.arange(minutes.shape[1])
    minutes[:, within, within] = np.where(minutes[:, within, within] < 0, 0.0, minutes[:, within, within])
    # a machine of which nobody knows may have to be set up from the group that is farthest away
    longest = np.maximum(minutes[:, 1:, :].max(axis=1), own)
    minutes[:, _UNKNOWN, :] = np.where(minutes[:, _UNKNOWN, :] < 0, longest, minutes[:, _UNKNOWN, :])
    minutes[:] = np.where(minutes < 0, own[:, None, :], minutes)
    minutes[:, :, _UNKNOWN] = 0.0
