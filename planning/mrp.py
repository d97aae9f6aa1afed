"""Material requirements planning: what to make, buy and transfer, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from planning.arrays import PlanningModel, encode
from planning.data import PlanningData
from planning.decoding.buffer_table import buffer_table
from planning.decoding.ids import OrderIds
from planning.decoding.order_index import OrderIndex
from planning.decoding.orders import planned_order_chunks, requirement_chunks
from planning.encoding.surviving_forecast import consumption_table
from planning.kernels.netting_arrays import NettingModel
from planning.kpis import measure
from planning.lot_sizing_costs import lot_sizing_cost_chunks
from planning.message_kinds.rows import MessageContext
from planning.messages import message_chunks
from planning.net import NettedPlan, Progress, net
from planning.options import MrpOptions
from planning.pegs.consumers import Consumers, find_consumers
from planning.pegs.table import pegging_table_chunks
from planning.plan_tables import OUTPUT_TABLES
from planning.push import push
from planning.records import record_chunks
from planning.service import demand_service


@dataclass(frozen=True)
class MrpResult:
    """A plan: arrays, and tables that are made of them when they are asked for.

    Parameters
    ----------
    model, options
        What was planned, and how.
    netting
        The same as the kernels read them.
    plan
        The orders and what became of the open receipts.
    """

    model: PlanningModel
    options: MrpOptions
    netting: NettingModel
    plan: NettedPlan

    @cached_property
    def order_ids(self) -> OrderIds:
        """The names of the plan's orders."""
        return OrderIds(self.model, self.plan.orders)

    @cached_property
    def order_index(self) -> OrderIndex:
        """What finds single orders and demands by their ids."""
        return OrderIndex(self.model, self.plan.orders)

    @cached_property
    def consumers(self) -> Consumers:
        """Which open orders take components."""
        return find_consumers(self)

    @cached_property
    def _message_context(self) -> MessageContext:
        """What the messages are made from."""
        return MessageContext(self.model, self.netting, self.options, self.plan, self.order_ids)

    @cached_property
    def service(self) -> pl.DataFrame:
        """The open demands with what they get on their day, as :func:`planning.service.demand_service` says."""
        return demand_service(self.model, self.netting, self.options, self.plan)

    def table(self, name: str, period: str = "week") -> pl.DataFrame:
        """Return one output table of ``docs/tables.md``.

        Parameters
        ----------
        name
            ``planned_orders``, ``requirements``, ``pegging``, ``messages``, ``mrp_records``, ``forecast_consumption``,
            ``lot_sizing_costs`` or ``kpis``.
        period
            The periods of ``mrp_records``: ``day``, ``week`` or ``month``.

        Raises
        ------
        KeyError
            When there is no such output table.
        """
        chunks = list(self.chunks(name, period))
        return pl.concat(chunks) if chunks else OUTPUT_TABLES[name].empty()

    def chunks(self, name: str, period: str = "week") -> Iterator[pl.DataFrame]:
        """Yield one output table in chunks of about a million rows, in its order."""
        orders = self.plan.orders
        if name == "planned_orders":
            return planned_order_chunks(self.model, orders, self.plan.dated_orders, self.order_ids)
        if name == "requirements":
            return requirement_chunks(self.model, self.netting, orders, self.order_ids)
        if name == "pegging":
            return pegging_table_chunks(self)
        if name == "messages":
            return message_chunks(self._message_context)
        if name == "mrp_records":
            return record_chunks(self.model, self.netting, self.plan, period)
        if name == "forecast_consumption":
            return self._forecast_consumption()
        if name == "lot_sizing_costs":
            return lot_sizing_cost_chunks(self.model, self.netting, self.plan)
        if name == "buffers":
            return iter([buffer_table(self.model, self.netting, self.plan)])
        if name == "kpis":
            return iter([measure(self.model, self.plan)])
        raise KeyError(name)

    def _forecast_consumption(self) -> Iterator[pl.DataFrame]:
        """Yield the table ``forecast_consumption``, when there is any forecast."""
        model = self.model
        if model.forecast is not None:
            yield consumption_table(model.data, model.forecast, self.options)


def run_mrp(data: PlanningData, options: MrpOptions | None = None, progress: Progress | None = None) -> MrpResult:
    """Return the plan of a data set (the rules of ``docs/concepts/netting.md``).

    Parameters
    ----------
    data
        A validated data set.
    options
        The choices of the rules; without them, the data set's own (``[mrp]`` in its settings), else the defaults.
    progress
        Called with the nodes done and the nodes in all.

    Raises
    ------
    CycleError
        When items need each other in a circle.
    PlanningError
        When lot sizes are so small that the plan would not fit into memory.

    Examples
    --------
    >>> from datetime import date
    >>> from planning.checks import validate
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["bike", "wheel"], "lead_time_days": [2, 5]}),
    ...     "bom_lines": pl.DataFrame(
    ...         {"parent_item_id": ["bike"], "component_item_id": ["wheel"], "quantity_per": [2.0]}
    ...     ),
    ...     "demands": pl.DataFrame({"item_id": ["bike"], "due_date": [date(2026, 3, 20)], "quantity": [10.0]}),
    ...     "on_hand": pl.DataFrame({"item_id": ["wheel"], "quantity": [4.0]}),
    ... }
    >>> plan = run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data)
    >>> plan.table("planned_orders").select("item_id", "quantity", "release_date", "due_date").rows()
    [('bike', 10.0, datetime.date(2026, 3, 18), datetime.date(2026, 3, 20)),
     ('wheel', 16.0, datetime.date(2026, 3, 13), datetime.date(2026, 3, 18))]
    """
    options = MrpOptions.from_mapping(data.settings.mrp) if options is None else options
    model = encode(data)
    return net_model(model, options, progress)


def net_model(model: PlanningModel, options: MrpOptions, progress: Progress | None = None) -> MrpResult:
    """Return the plan of an encoded data set: the same model serves any options."""
    netting = model.netting_model(options)
    plan = net(model, netting, progress)
    if options.past_release == "push":
        plan = push(model, netting, plan)
    return MrpResult(model, options, netting, plan)
