"""What is left of the forecasts when orders have consumed them and the demand fence has cut them off (rules 12, 13)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.data import PlanningData
from planning.encoding.events import EventTable
from planning.encoding.forecast_buckets import forecast_buckets
from planning.forecast import Forecast
from planning.kernels.netting_arrays import Records
from planning.options import MrpOptions
from planning.plan_tables import FORECAST_CONSUMPTION

_STEPS = pl.Series(["own", "backward", "forward"])
_LEVELS = pl.Series(["customer", "segment", "general"])


@dataclass(frozen=True, slots=True)
class SurvivingForecast:
    """What is left of each forecast, in the order of :class:`planning.forecast.Forecast`.

    Parameters
    ----------
    left
        float64, shape (n_forecasts,): what orders have not consumed.
    is_ignored
        bool, shape (n_forecasts,): inside the demand fence, or its bucket is over.
    """

    left: NDArray[np.float64]
    is_ignored: NDArray[np.bool_]

    @property
    def planned(self) -> NDArray[np.float64]:
        """What is planned of each forecast."""
        return np.where(self.is_ignored, 0.0, self.left)


def surviving_forecast(
    forecast: Forecast, demand_fence_day: NDArray[np.int32], options: MrpOptions
) -> SurvivingForecast:
    """Return what is left of the forecasts.

    Parameters
    ----------
    demand_fence_day
        int32, shape (n_nodes,): the last day of each node's demand fence.
    """
    buckets = forecast_buckets(forecast, options.forecast_bucket)
    is_ignored = forecast.pools.forecasts["due"] <= demand_fence_day[forecast.node]
    if options.past_forecast == "ignore":
        is_ignored |= buckets["last"] < 0
    return SurvivingForecast(forecast.remaining(options, buckets), is_ignored)


def with_surviving_forecast(
    demands: Records, events: EventTable, forecast: Forecast, survivors: SurvivingForecast
) -> Records:
    """Return the demands of the model with what is planned of the forecasts in the place of what was forecast."""
    by_row = np.full(max(events.n_demands, 1), np.nan)
    by_row[forecast.pools.forecasts["row"]] = survivors.planned
    planned = by_row[np.minimum(events.demand_row, by_row.shape[0] - 1)]
    is_forecast = (events.demand_row < events.n_demands) & ~np.isnan(planned)
    demands = demands.copy()
    demands["quantity"][is_forecast] = planned[is_forecast]
    return demands


def consumption_table(data: PlanningData, forecast: Forecast, options: MrpOptions) -> pl.DataFrame:
    """Return the table ``forecast_consumption``, by the forecasts' item and site, then in the order of consumption."""
    links = forecast.links(options, forecast_buckets(forecast, options.forecast_bucket))
    demands = data.filled("demands", ["demand_id", "item_id", "site_id", "due_date"])
    generated = "demands:" + pl.Series(np.arange(1, demands.height + 1)).cast(pl.String)
    ids = demands["demand_id"].fill_null(generated)
    order, used = links["order"], links["forecast"]
    columns = {
        "order_demand_id": ids[order],
        "forecast_demand_id": ids[used],
        "item_id": demands["item_id"][order],
        "site_id": demands["site_id"][order],
        "forecast_item_id": demands["item_id"][used],
        "quantity": np.ascontiguousarray(links["quantity"]),
        "order_date": demands["due_date"][order],
        "forecast_date": demands["due_date"][used],
        "step": _STEPS[links["step"].astype(np.int64)],
        "level": _LEVELS[links["level"].astype(np.int64)],
    }
    return pl.DataFrame(columns).select(FORECAST_CONSUMPTION.column_names)
