"""Messages followed all at once: a data set on whose plan nothing is left to move, cancel or resize."""

from __future__ import annotations

import numpy as np
import polars as pl

from bom.errors import PlanningError
from planning.data import PlanningData
from planning.editing.followed_messages import MOVING_KINDS, RESIZING_KINDS, follow
from planning.mrp import MrpResult, run_mrp
from planning.options import MrpOptions

APPLICABLE_KINDS = (*MOVING_KINDS, "cancel", *RESIZING_KINDS)
_KEY = ["order_id", "is_resizing"]


def apply_messages(
    data: PlanningData,
    messages: pl.DataFrame | None = None,
    options: MrpOptions | None = None,
    including_damped: bool = False,
) -> PlanningData:
    """Return the data set with its open orders changed as the messages say, at every level at once.

    Parameters
    ----------
    data
        A validated data set.
    messages
        The messages to follow, with the columns ``kind`` and ``order_id``: some of those of its plan; all when left
        out. Kinds other than expedite, defer, cancel, increase and decrease are passed over.
    options
        The choices that the plan is made with; without them the data set's own.
    including_damped
        Whether damped messages are followed too.

    Raises
    ------
    PlanningError
        When a message is not one of the plan's, or when the changes do not come to an end: an order allocates its own
        item, or two orders each other's.

    Notes
    -----
    An order that moves changes what is needed of its components, so the plan is made anew for each level that has
    messages, from the top (``docs/concepts/messages.md``). Left as they are: orders whose message was in the plan
    and not among ``messages``.

    Examples
    --------
    >>> from planning.checks import validate
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["bike"]}),
    ...     "demands": pl.DataFrame({"item_id": ["bike"], "due_date": ["2026-03-20"], "quantity": [10.0]}),
    ...     "scheduled_receipts": pl.DataFrame(
    ...         {"order_id": ["PO1"], "item_id": ["bike"], "due_date": ["2026-03-27"], "quantity": [10.0]}
    ...     ),
    ... }
    >>> data = validate(tables, {"as_of": "2026-03-02"}).data
    >>> apply_messages(data).table("scheduled_receipts")["due_date"].item()
    datetime.date(2026, 3, 20)
    """
    options = MrpOptions.from_mapping(data.settings.mrp) if options is None else options
    result = run_mrp(data, options)
    open_messages = _open_messages(result, including_damped)
    left_out = _left_out(open_messages, messages, including_damped)
    for _ in range(_most_rounds(result)):
        open_messages = open_messages.join(left_out, on=_KEY, how="anti")
        if open_messages.is_empty():
            return data
        data = follow(result.model, open_messages.filter(pl.col("level") == pl.col("level").min()))
        result = run_mrp(data, options)
        open_messages = _open_messages(result, including_damped)
    reason = "go in a circle: what is allocated to one of these orders depends on another one, or on itself"
    raise PlanningError("messages_do_not_settle", reason, open_messages["order_id"].to_list())


def _open_messages(result: MrpResult, including_damped: bool) -> pl.DataFrame:
    """Return the messages that can be followed, with the level of their item."""
    model = result.model
    levels = pl.DataFrame(
        {
            "item_id": model.nodes.item_ids[model.nodes.item],
            "site_id": model.nodes.site_ids[model.nodes.site],
            "level": model.structure.graph.item_to_level,
        }
    )
    found = result.table("messages").filter(
        pl.col("kind").is_in(APPLICABLE_KINDS), ~pl.col("is_damped") | including_damped
    )
    return found.join(levels, on=["item_id", "site_id"], maintain_order="left").with_columns(
        is_resizing=pl.col("kind").is_in(RESIZING_KINDS)
    )


def _left_out(open_messages: pl.DataFrame, messages: pl.DataFrame | None, including_damped: bool) -> pl.DataFrame:
    """Return which messages of the plan are not to be followed."""
    if messages is None:
        return open_messages.clear().select(_KEY)
    followed = messages.filter(pl.col("kind").is_in(APPLICABLE_KINDS))
    if "is_damped" in messages.columns and not including_damped:
        followed = followed.filter(~pl.col("is_damped"))
    given = followed.select("kind", "order_id")
    stale = given.join(open_messages, on=["kind", "order_id"], how="anti")
    if stale.height:
        names = [f"{kind} {order_id}" for kind, order_id in stale.rows()]
        raise PlanningError("unknown_message", "is no message of this plan; plan again", names)
    return open_messages.join(given, on=["kind", "order_id"], how="anti").select(_KEY)


def _most_rounds(result: MrpResult) -> int:
    """Return a bound: each level settles in as many rounds as one of its items has open orders, and one more."""
    n_receipts = np.diff(result.model.event_table.receipt_indptr)
    n_levels = result.model.level_indptr.shape[0] - 1
    return int((n_levels + 1) * (n_receipts.max(initial=0) + 2))
