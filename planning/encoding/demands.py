"""The rows of the table demands as arrays, in the order of the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.data import PlanningData
from planning.encoding.codes import codes_of, days_of
from planning.encoding.nodes import NodeTable

_DEFAULT_PRIORITY = 5


@dataclass(frozen=True, slots=True)
class Demands:
    """All demands, one cell per row of the table.

    Parameters
    ----------
    node, day
        int32: the node that wants it, and its due day.
    quantity
        float64: still open.
    priority
        int64: its own, else its customer's, else 5.
    """

    node: NDArray[np.int32]
    day: NDArray[np.int32]
    quantity: NDArray[np.float64]
    priority: NDArray[np.int64]


def read_demands(data: PlanningData, nodes: NodeTable) -> Demands:
    """Return the demands of a data set."""
    frame = data.filled("demands", ["due_date", "quantity"])
    return Demands(
        nodes.of_table(data, "demands"),
        days_of(frame["due_date"], data.settings.as_of, 0),
        frame["quantity"].to_numpy(),
        demand_priorities(data),
    )


def demand_priorities(data: PlanningData) -> NDArray[np.int64]:
    """Return the priority of each demand: its own, else its customer's, else 5."""
    present = data.table("demands").columns
    names = [name for name in ("priority", "customer_id") if name in present]
    n_demands = data.table("demands").height
    if not names:
        return np.full(n_demands, _DEFAULT_PRIORITY)
    frame = data.filled("demands", ["priority", "customer_id"])
    customers = data.filled("customers", ["customer_id", "priority"])
    code = codes_of(frame["customer_id"], customers["customer_id"])
    by_code = np.append(customers["priority"].to_numpy(), _DEFAULT_PRIORITY)
    return frame["priority"].fill_null(pl.Series(by_code[code])).to_numpy()
