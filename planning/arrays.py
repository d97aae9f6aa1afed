"""The data set as frozen arrays: everything that the kernels read, whatever the options."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.tables import LOT_SIZING_RULES
from planning.calendar import Calendars, encode_calendars
from planning.data import PlanningData
from planning.encoding.buffers import Buffers, find_buffers, is_buffered, without_mrp_rules
from planning.encoding.choices import choice_rows
from planning.encoding.codes import grouped_rows, records
from planning.encoding.demands import read_demands
from planning.encoding.events import EventTable, find_events
from planning.encoding.fences import fence_days
from planning.encoding.nodes import NodeTable, find_nodes, node_parameters, possible_sources
from planning.encoding.parameter_changes import ParameterChanges, find_parameter_changes
from planning.encoding.routing_time import routing_times
from planning.encoding.site_calendars import site_calendars
from planning.encoding.sourcing import Sourcing, find_sourcing
from planning.encoding.structure import Structure, find_structure
from planning.encoding.surviving_forecast import SurvivingForecast, surviving_forecast, with_surviving_forecast
from planning.forecast import Forecast, find_forecast
from planning.kernels.netting_arrays import (
    CHOSEN_PER_ORDER,
    NO_OFFER,
    NODE_DTYPE,
    ChangedParameter,
    LotSizingRule,
    NettingModel,
    Records,
    SupplyType,
)
from planning.options import MrpOptions

_DATES = {
    "demands": "due_date",
    "allocations": "required_date",
    "scheduled_receipts": "due_date",
    "on_hand": "expiry_date",
    "calendar_exceptions": "date",
}


_DAYS_PER_YEAR = 365


@dataclass(frozen=True, slots=True)
class PlanningModel:
    """A data set encoded: dense codes, rows by node, lines by component, levels.

    Parameters
    ----------
    data
        What it was made from.
    nodes, sourcing, structure, calendars, event_table
        Its parts, each described where it is made.
    node_rows
        The planning parameters of the nodes as arrays.
    buffers
        The buffers of demand driven MRP.
    forecast
        The forecasts and what can consume them, when there are any.
    demand_fence_day
        int32, shape (n_nodes,): the last day of each node's demand fence.
    parameter_changes
        The parameters that change with time.
    level_indptr, level_nodes
        The nodes of level ``l`` are ``level_nodes[level_indptr[l]:level_indptr[l + 1]]``.
    """

    data: PlanningData
    nodes: NodeTable
    sourcing: Sourcing
    structure: Structure
    calendars: Calendars
    event_table: EventTable
    node_rows: Records
    buffers: Buffers
    forecast: Forecast | None
    demand_fence_day: NDArray[np.int32]
    parameter_changes: ParameterChanges
    level_indptr: NDArray[np.int64]
    level_nodes: NDArray[np.int32]

    @property
    def as_of(self) -> date:
        """The planning date: day number 0."""
        return self.data.settings.as_of

    def netting_model(self, options: MrpOptions) -> NettingModel:
        """Return what the netting kernels read: the data set and the options."""
        events, structure = self.event_table, self.structure
        demands = events.demands
        if self.forecast is not None and (survivors := self.surviving_forecast(options)) is not None:
            demands = with_surviving_forecast(demands, events, self.forecast, survivors)
        if options.phantom_stock == "ignore" and (for_phantoms := self._transfers_of_phantoms()).size:
            demands = demands.copy()
            demands["quantity"][for_phantoms] = 0.0
        return NettingModel(
            choice_rows(options, self.as_of, self.data.settings.horizon_end),
            self.node_rows,
            events.demand_indptr,
            demands,
            events.receipt_indptr,
            events.receipts,
            events.lot_indptr,
            events.lots,
            self.buffers.indptr,
            self.buffers.rows,
            events.firm_indptr,
            events.firm_orders,
            self.sourcing.offers.indptr,
            self.sourcing.offers.rows,
            structure.graph.parent_indptr,
            structure.netting_lines(options),
            self.parameter_changes.indptr,
            self.parameter_changes.rows,
            *self.calendars.working_days,
        )

    def surviving_forecast(self, options: MrpOptions) -> SurvivingForecast | None:
        """Return what is left of the forecasts; ``None`` when there is none."""
        if self.forecast is None:
            return None
        return surviving_forecast(self.forecast, self.demand_fence_day, options)

    def yields(self, node: NDArray[np.int32], due: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the yield of orders of some nodes that are due on some days."""
        otherwise = self.node_rows["yield_fraction"][node]
        return self.parameter_changes.values(ChangedParameter.YIELD_FRACTION, node, due, otherwise)

    def _transfers_of_phantoms(self) -> NDArray[np.int64]:
        """Return the demands that stand for firm planned transfers of phantoms: none when their stock is ignored."""
        events = self.event_table
        transfers = np.flatnonzero(events.demands["is_dependent"])
        row = events.demand_row[transfers] - events.n_demands - events.n_allocations
        node = self.nodes.of_table(self.data, "scheduled_receipts")[row]
        of_phantoms: NDArray[np.int64] = transfers[self.node_rows["is_phantom"][node]]
        return of_phantoms


def encode(data: PlanningData) -> PlanningModel:
    """Return the data set as arrays.

    Raises
    ------
    CycleError
        When items need each other in a circle.
    """
    nodes = find_nodes(data)
    parameters = node_parameters(data, nodes)
    sources = possible_sources(data, nodes, parameters)
    structure = find_structure(data, nodes, sources)
    calendars = encode_calendars(data, *_day_range(data))
    sourcing = find_sourcing(data, nodes, parameters, sources, calendars)
    demands = read_demands(data, nodes)
    changes = find_parameter_changes(data, nodes, sourcing)
    event_table = find_events(data, nodes, demands, sourcing, changes, calendars.working_days)
    site_calendar = site_calendars(data, nodes, calendars)
    demand_fence = _integers(parameters["demand_time_fence_days"], 0)
    has_fence = ~(parameters["is_phantom"].to_numpy() | is_buffered(parameters))
    planning_fence = np.where(has_fence, _integers(parameters["planning_time_fence_days"], 0), 0)
    node_rows = _node_rows(data, nodes, sourcing, calendars, event_table.on_hand)
    node_rows["planning_fence_day"] = fence_days(planning_fence, site_calendar, calendars.working_days)
    node_rows["safety_stock"][changes.floor_on_as_of[0]] = changes.floor_on_as_of[1]
    buffers = find_buffers(sourcing.own_parameters, *sourcing.on_as_of(), structure)
    if buffers.rows.size:
        node_rows = without_mrp_rules(node_rows, buffers)
    level = structure.graph.item_to_level
    level_indptr, level_nodes = grouped_rows(level, int(level.max(initial=-1)) + 1)
    return PlanningModel(
        data,
        nodes,
        sourcing,
        structure,
        calendars,
        event_table,
        node_rows,
        buffers,
        find_forecast(data, nodes, demands, calendars, site_calendar),
        fence_days(demand_fence, site_calendar, calendars.working_days),
        changes,
        level_indptr,
        level_nodes.astype(np.int32),
    )


def _day_range(data: PlanningData) -> tuple[int, int]:
    """Return the first and last day number of the tables' dates, 0 included."""
    days = [0]
    for name, column in _DATES.items():
        frame = data.table(name)
        if column in frame.columns and frame[column].len() > frame[column].null_count():
            days += [(bound - data.settings.as_of).days for bound in (frame[column].min(), frame[column].max())]  # type: ignore[operator,union-attr]
    return min(days), max(days)


def _node_rows(
    data: PlanningData, nodes: NodeTable, sourcing: Sourcing, calendars: Calendars, on_hand: NDArray[np.float64]
) -> Records:
    """Return the planning parameters of the nodes as arrays."""
    frame = sourcing.parameters
    supply_type = _enum_codes(frame["supply_type"], [member.name.lower() for member in SupplyType])
    is_transfer = supply_type == SupplyType.TRANSFER
    routing_days, routing_days_per_unit = routing_times(data, nodes, calendars)
    return records(
        NODE_DTYPE,
        supply_type=supply_type,
        is_phantom=frame["is_phantom"].to_numpy(),
        can_order=frame["is_planned"].to_numpy() & ~(is_transfer & (sourcing.offer == NO_OFFER)),
        offer=sourcing.offer,
        calendar=sourcing.calendar,
        site_calendar=sourcing.site_calendar[nodes.site],
        lead_time_days=_integers(frame["lead_time_days"], 0),
        is_lead_time_working=(frame["lead_time_unit"] == "working").to_numpy(),
        lead_time_days_per_unit=_floats(frame["lead_time_days_per_unit"], 0.0),
        routing_days=routing_days,
        routing_days_per_unit=routing_days_per_unit,
        safety_lead_time_days=_integers(frame["safety_lead_time_days"], 0),
        safety_stock=_floats(frame["safety_stock"], 0.0),
        lot_sizing_rule=_rules(frame["lot_sizing_rule"]),
        fixed_order_quantity=_floats(frame["fixed_order_quantity"], np.nan),
        planning_fence_day=np.zeros(nodes.n_nodes, np.int32),
        period_of_supply_days=_integers(frame["period_of_supply_days"], 1),
        order_up_to_level=_floats(frame["order_up_to_level"], np.nan),
        order_point=_floats(frame["order_point"], np.nan),
        minimum_order_quantity=_floats(frame["minimum_order_quantity"], 0.0),
        order_multiple=_floats(frame["order_multiple"], 0.0),
        # where an offer is chosen per order, its multiple counts: the kernel lowers the maximum
        maximum_order_quantity=np.where(
            sourcing.offer == CHOSEN_PER_ORDER,
            _floats(frame["maximum_order_quantity"], np.inf),
            _lowered_maximum(frame),
        ),
        ordering_cost=_floats(frame["ordering_cost"], 0.0),
        holding_cost=holding_costs(frame, data.settings.holding_rate_per_year),
        yield_fraction=_floats(frame["yield_fraction"], 1.0),
        # nothing is rounded on the way through a phantom
        decimals=np.where(frame["is_phantom"], -1, _integers(frame["quantity_decimals"], -1)),
        on_hand=on_hand,
    )


def _lowered_maximum(frame: pl.DataFrame) -> NDArray[np.float64]:
    """Return the maximum order quantity, lowered to a multiple of ``order_multiple``, at least to one (rule 7)."""
    maximum = _floats(frame["maximum_order_quantity"], np.inf)
    multiple = _floats(frame["order_multiple"], 0.0)
    is_lowered = (multiple > 0) & (maximum < np.inf)
    unit = np.where(is_lowered, multiple, 1.0)
    # 0.3 / 0.1 is 2.9999999999999996
    multiples = np.maximum(np.floor(np.where(is_lowered, maximum, 0.0) / unit + 1e-9), 1.0)
    return np.where(is_lowered, multiples * unit, maximum)


def holding_costs(parameters: pl.DataFrame, rate_per_year: float) -> NDArray[np.float64]:
    """Return what holding one unit for a day costs: as given, else by the unit cost and the rate."""
    by_rate = parameters["unit_cost"].fill_null(0.0) * (rate_per_year / _DAYS_PER_YEAR)
    return parameters["holding_cost_per_unit_day"].fill_null(by_rate).to_numpy()


def _floats(values: pl.Series, empty: float) -> NDArray[np.float64]:
    """Return a column as float64, ``empty`` where it is."""
    return values.fill_null(empty).to_numpy()


def _integers(values: pl.Series, empty: int) -> NDArray[np.int32]:
    """Return a column as int32, ``empty`` where it is."""
    return values.fill_null(empty).cast(pl.Int32).to_numpy()


def _enum_codes(values: pl.Series, names: list[str]) -> NDArray[np.int8]:
    """Return the position of each value in a closed set."""
    return values.cast(pl.Enum(names)).to_physical().cast(pl.Int8).to_numpy()


def _rules(values: pl.Series) -> NDArray[np.int8]:
    """Return the lot-sizing rules as the kernels' codes."""
    codes = np.array([LotSizingRule[name.upper()] for name in LOT_SIZING_RULES], dtype=np.int8)
    rules: NDArray[np.int8] = codes[values.cast(pl.Enum(LOT_SIZING_RULES)).to_physical().to_numpy()]
    return rules
