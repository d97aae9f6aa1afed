"""The calendar of each node's site, on which fences and consumption windows count."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.calendar import Calendars
from planning.data import PlanningData
from planning.encoding.codes import codes_of
from planning.encoding.nodes import NodeTable
from planning.kernels.calendar import EVERY_DAY


def site_calendars(data: PlanningData, nodes: NodeTable, calendars: Calendars) -> NDArray[np.int32]:
    """Return the calendar of each node's site, -1 for every day.

    Returns
    -------
    numpy.ndarray
        int32, shape (n_nodes,).
    """
    sites = data.filled("sites", ["site_id", "calendar_id"])
    if not calendars.codes or sites.is_empty():
        return np.full(nodes.n_nodes, EVERY_DAY, dtype=np.int32)
    ids = pl.Series("calendar_id", list(calendars.codes), dtype=pl.String)
    by_site: NDArray[np.int32] = codes_of(sites["calendar_id"], ids)[nodes.site]
    return by_site
