"""The options as the kernels read them."""

from __future__ import annotations

from datetime import date

import numpy as np

from planning.kernels.netting_arrays import CHOICE_DTYPE, UNLIMITED, Records
from planning.options import MrpOptions


def choice_rows(options: MrpOptions, as_of: date, horizon_end: date | None = None) -> Records:
    """Return the options, and the end of the horizon, as one row of CHOICE_DTYPE."""
    window = options.expedite_window_days
    values = {
        "is_netted_per_line": options.net_per == "line",
        "is_past_demand_kept": options.past_demand == "keep",
        "is_safety_stock_at_start": options.safety_stock_at_start,
        "is_window_need_end": options.window_need == "end",
        "has_grid": options.grid_anchor is not None,
        "is_minimum_raw": options.minimum_rounding == "raw",
        "is_maximum_cap": options.maximum_split == "cap",
        "is_due_on_working_day": options.due_on_working_day,
        "is_lead_time_from_routing": options.lead_time_from == "routing",
        "is_effective_at_due": options.effectivity_at == "due",
        "is_component_date_kept": options.component_date == "keep",
        "is_phantom_netted": options.phantom_stock == "net",
        "is_fence_blocking": options.planning_fence == "block",
        "is_alternates_first": options.alternates == "alternates_first",
        "is_window_from_lead_time": options.expedite_window_from == "lead_time",
        "expedite_window_days": window if isinstance(window, int) else UNLIMITED,
        "await_receipts_days": options.await_receipts_days,
        "grid_anchor": (options.grid_anchor - as_of).days if options.grid_anchor else 0,
        "horizon_day": (horizon_end - as_of).days if horizon_end else -1,
        "usage_window_days": options.usage_window_days,
    }
    rows = np.zeros(1, CHOICE_DTYPE)
    for name, value in values.items():
        rows[name] = value
    return rows
