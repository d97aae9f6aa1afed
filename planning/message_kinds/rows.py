"""What every kind of message is made from, and the row that it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.decoding.ids import OrderIds
from planning.encoding.codes import dates_of
from planning.kernels.balance import list_shortages
from planning.kernels.netting_arrays import NEVER, NettingModel, Records
from planning.net import NettedPlan
from planning.options import MrpOptions


@dataclass(frozen=True)
class MessageContext:
    """A plan, as the kinds of messages read it.

    Parameters
    ----------
    model, netting, options
        The data set and the options, as given and as arrays.
    plan
        The netted plan.
    ids
        The names of its orders.
    """

    model: PlanningModel
    netting: NettingModel
    options: MrpOptions
    plan: NettedPlan
    ids: OrderIds

    @cached_property
    def item_id(self) -> pl.Series:
        """The item of each node."""
        return self.model.nodes.item_ids[self.model.nodes.item]

    @cached_property
    def site_id(self) -> pl.Series:
        """The site of each node."""
        return self.model.nodes.site_ids[self.model.nodes.site]

    @cached_property
    def unit_cost(self) -> NDArray[np.float64]:
        """The unit cost of each node: float64, shape (n_nodes,)."""
        return self.model.sourcing.parameters["unit_cost"].to_numpy()

    @cached_property
    def short_stretches(self) -> Records:
        """The stretches of days on which a node stays below its floor, as SHORTAGE_DTYPE."""
        plan = self.plan
        nodes = np.flatnonzero(plan.is_short).astype(np.int32)
        first, last = plan.days
        return list_shortages(
            self.netting, plan.orders, plan.dated_orders, plan.netted_day, nodes, first, last - first + 1
        )


def message_frame(
    context: MessageContext,
    kind: str | pl.Series,
    node: NDArray[np.int32],
    order_id: pl.Series | None,
    current: NDArray[np.int32] | None,
    suggested: NDArray[np.int32] | None,
    quantity: NDArray[np.float64],
    suggested_quantity: NDArray[np.float64],
    text: pl.Expr,
    is_damped: NDArray[np.bool_] | None = None,
) -> pl.DataFrame:
    """Return messages as rows of the table, without their rank; ``text`` may use its columns."""
    n, as_of = node.shape[0], context.model.as_of
    no_day = np.full(n, NEVER, np.int32)
    current = no_day if current is None else current
    suggested = no_day if suggested is None else suggested
    is_dated = (current != NEVER) & (suggested != NEVER)
    days = np.where(is_dated, suggested.astype(np.int64) - current, 0)
    frame = pl.DataFrame(
        {
            "kind": pl.Series([kind] * n, dtype=pl.String) if isinstance(kind, str) else kind,
            "item_id": context.item_id[node],
            "site_id": context.site_id[node],
            "order_id": pl.Series([None] * n, dtype=pl.String) if order_id is None else order_id,
            "current_date": dates_of(current, as_of),
            "suggested_date": dates_of(suggested, as_of),
            "current_quantity": quantity,
            "suggested_quantity": suggested_quantity,
            "days": pl.Series(days).set(pl.Series(~is_dated), None),
            "value": np.abs(quantity) * context.unit_cost[node],
            "is_damped": np.zeros(n, np.bool_) if is_damped is None else is_damped,
        }
    )
    return frame.with_columns(text=text)


def number_text(column: str) -> pl.Expr:
    """Return a quantity as text, without a fraction where it is whole; four digits of what is below 0.01."""
    value = pl.col(column)
    is_whole = (value == value.round()) & (value.abs() < 1e18)
    shown = pl.when(value.abs() < 0.01).then(value.round_sig_figs(4)).otherwise(value.round(4))
    return pl.when(is_whole).then(value.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(shown.cast(pl.String))
