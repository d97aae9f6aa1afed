"""Planning parameters that change with time: the table parameter_changes by node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.data import PlanningData
from planning.encoding.buffers import is_buffered
from planning.encoding.codes import NO_CODE, codes_of, days_of, grouped_rows, records
from planning.encoding.nodes import NodeTable
from planning.encoding.sourcing import Sourcing
from planning.kernels.netting_arrays import ALWAYS, CHANGE_DTYPE, CHOSEN_PER_ORDER, ChangedParameter, Records

_CODES = {parameter.name.lower(): parameter.value for parameter in ChangedParameter}
_SAFETY_STOCK = ChangedParameter.SAFETY_STOCK.value
_MULTIPLE = ChangedParameter.ORDER_MULTIPLE.value
_MAXIMUM = ChangedParameter.MAXIMUM_ORDER_QUANTITY.value


@dataclass(frozen=True, slots=True)
class ParameterChanges:
    """The changes of each node's parameters.

    Parameters
    ----------
    indptr
        int64, shape (n_nodes + 1,): where each node's changes stand.
    rows
        CHANGE_DTYPE: by node, then parameter, then day. Of safety stocks only what lies after the planning date.
    floor_on_as_of
        int32 and float64: nodes, and the safety stock on the planning date that a change has given them.
    """

    indptr: NDArray[np.int64]
    rows: Records
    floor_on_as_of: tuple[NDArray[np.int32], NDArray[np.float64]]

    def values(
        self,
        parameter: ChangedParameter,
        node: NDArray[np.int32],
        day: NDArray[np.int32],
        otherwise: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the value of a parameter for some nodes on some days; ``otherwise`` where no change is in force."""
        picked = self.rows["parameter"] == parameter.value
        if not picked.any():
            return otherwise
        owner = np.repeat(np.arange(self.indptr.shape[0] - 1), np.diff(self.indptr))[picked]
        rows = self.rows[picked]
        at = np.searchsorted(_keys(owner, rows["day"]), _keys(node, day), side="right") - 1
        is_found = (at >= 0) & (owner[np.maximum(at, 0)] == node)
        return np.where(is_found, rows["value"][np.maximum(at, 0)], otherwise)


def _keys(node: NDArray[np.integer], day: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return numbers in the order of (node, day)."""
    return (node.astype(np.int64) << 33) + (day.astype(np.int64) + (1 << 32))


def find_parameter_changes(data: PlanningData, nodes: NodeTable, sourcing: Sourcing) -> ParameterChanges:
    """Return the changes of each node's parameters; those of a buffer stay as they are.

    Parameters
    ----------
    sourcing
        The order limits of the nodes, with those of who supplies them.
    """
    frame = data.filled("parameter_changes", ["item_id", "site_id", "effective_from", "parameter", "value"])
    if frame.is_empty():
        none = np.zeros(0, np.int32), np.zeros(0)
        return ParameterChanges(np.zeros(nodes.n_nodes + 1, np.int64), np.zeros(0, CHANGE_DTYPE), none)
    found = _by_node(data, nodes, frame)
    found = found.filter(~pl.Series(is_buffered(sourcing.parameters)[found["node"].to_numpy()]))
    is_floor = found["parameter"] == _SAFETY_STOCK
    horizon_end = data.settings.horizon_end
    if horizon_end is not None:
        found = found.filter(~is_floor | (found["day"] <= (horizon_end - data.settings.as_of).days))
        is_floor = found["parameter"] == _SAFETY_STOCK
    first = found.filter(is_floor & (found["day"] <= 0)).unique("node", keep="last", maintain_order=True)
    found = pl.concat([found.filter(~is_floor | (found["day"] > 0)), _raw_maximum(found, sourcing)])
    found = found.sort("node", "parameter", "day")
    indptr, _ = grouped_rows(found["node"].to_numpy(), nodes.n_nodes)
    rows = records(CHANGE_DTYPE, **{name: found[name].to_numpy() for name in ("parameter", "day", "value")})
    return ParameterChanges(indptr, rows, (first["node"].to_numpy(), first["value"].to_numpy()))


def _by_node(data: PlanningData, nodes: NodeTable, frame: pl.DataFrame) -> pl.DataFrame:
    """Return node, parameter, day and value, one row per node, parameter and day: the site's row before the general."""
    coded = frame.select(
        item=pl.Series(nodes.item_index.codes_of(frame["item_id"])),
        row_site=pl.Series(codes_of(frame["site_id"], nodes.site_ids)),
        parameter=pl.col("parameter").replace_strict(_CODES, return_dtype=pl.Int8),
        day=pl.Series(days_of(frame["effective_from"], data.settings.as_of, 0)),
        value="value",
        is_general=pl.col("site_id").is_null(),
    )
    of_items = pl.DataFrame(
        {"node": np.arange(nodes.n_nodes, dtype=np.int32), "item": nodes.item, "site": nodes.site}
    ).join(coded, on="item")
    here = of_items.filter(pl.col("is_general") | (pl.col("row_site") == pl.col("site")))
    here = here.filter(pl.col("is_general") | (pl.col("row_site") != NO_CODE))
    ordered = here.sort("node", "parameter", "day", "is_general", maintain_order=True)
    kept = ordered.unique(["node", "parameter", "day"], keep="first", maintain_order=True)
    return kept.select("node", "parameter", "day", "value")


def _raw_maximum(found: pl.DataFrame, sourcing: Sourcing) -> pl.DataFrame:
    """Return the maximum before any change where it or the multiple changes: that of the node is lowered already.

    Not where an offer is chosen order by order: there the kernel lowers it.
    """
    node = found.filter(pl.col("parameter").is_in([_MULTIPLE, _MAXIMUM]))["node"].unique(maintain_order=True)
    node = node.filter(pl.Series(sourcing.offer[node.to_numpy()] != CHOSEN_PER_ORDER))
    maximum = sourcing.parameters["maximum_order_quantity"][node].fill_null(np.inf)
    return pl.DataFrame({"node": node}).with_columns(
        parameter=pl.lit(_MAXIMUM, pl.Int8), day=pl.lit(ALWAYS, pl.Int32), value=maximum.cast(pl.Float64)
    )
