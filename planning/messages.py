"""Exception messages: what a planner should look at, and do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from planning.message_kinds.demands import late_demands, past_due_demands
from planning.message_kinds.fences import ignored_forecast, orders_after_fence, receipts_outside_fence
from planning.message_kinds.orders import release_messages
from planning.message_kinds.rank import ranked
from planning.message_kinds.receipts import past_due_receipts, rescheduling_messages, resizing_messages
from planning.message_kinds.rows import MessageContext
from planning.message_kinds.sources import orders_without_supplier, shortages_without_lane, unshared_alternates
from planning.message_kinds.stock import below_safety_stock, expired_stock, shortages, without_source

# After the releases, in the order in which the table has them; another kind is another function here.
MESSAGE_MAKERS: tuple[Callable[[MessageContext], pl.DataFrame], ...] = (
    rescheduling_messages,
    resizing_messages,
    past_due_receipts,
    past_due_demands,
    below_safety_stock,
    shortages,
    late_demands,
    without_source,
    shortages_without_lane,
    orders_without_supplier,
    unshared_alternates,
    expired_stock,
    ignored_forecast,
    orders_after_fence,
    receipts_outside_fence,
)


def message_chunks(context: MessageContext) -> Iterator[pl.DataFrame]:
    """Yield the table ``messages``: releases, then the kinds in the order of ``MESSAGE_MAKERS``."""
    chunks = [*release_messages(context), *(make(context) for make in MESSAGE_MAKERS)]
    yield from ranked([chunk for chunk in chunks if chunk.height])
