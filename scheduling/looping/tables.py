"""The tables of the closed loop."""

from __future__ import annotations

from bom.schema import Column, Dtype, Table

_S, _I, _F, _B, _D = Dtype.STRING, Dtype.INTEGER, Dtype.FLOAT, Dtype.BOOLEAN, Dtype.DATE
_UNIT, _MINUTES = "stock unit", "standard minutes"
_ITEM = Column("item_id", _S, "The item.")
_SITE = Column("site_id", _S, "The site.")

CLOSED_LOOP_ROUNDS = Table(
    "closed_loop_rounds",
    "The rounds of the closed loop: what changed from the one before, and what the shop makes of the plan.",
    (
        Column("round", _I, "The round; 1 is the plan as it is."),
        Column("is_kept", _B, "The round whose plan is the result."),
        Column("planned_orders", _I, "Planned orders of the plan.", "orders"),
        Column("orders_added", _I, "Orders that the round before does not have.", "orders"),
        Column("orders_removed", _I, "Orders that only the round before has.", "orders"),
        Column("orders_moved", _I, "Orders with other dates.", "orders"),
        Column("orders_resized", _I, "Orders with another quantity.", "orders"),
        Column("lead_times_changed", _I, "Lead times that are not those of the round before.", "lead times"),
        Column("lead_time_days_changed", _I, "Their changes added up, longer or shorter.", "days"),
        Column("most_days_changed", _I, "The largest change.", "days"),
        Column("lead_times_apart", _I, "Lead times that the shop does not keep as planned, beyond the tolerance."),
        Column("lead_time_gap", _F, "How far those measured are from those planned with, mean by quantity.", "days"),
        Column("most_days_apart", _I, "The largest difference.", "days"),
        Column("overload_minutes", _F, "Load beyond capacity of the plan as netted.", _MINUTES),
        Column("overload_minutes_left", _F, "The same of the plan that the shop gets: after levelling.", _MINUTES),
        Column("demands_late", _I, "Demands that are late when orders are done when the shop does them.", "demands"),
        Column("late_demand_days", _I, "Days by which they are late, added up.", "days"),
        Column("weighted_lateness", _F, "Days late x quantity x price / priority.", "money-days"),
        Column("inventory_value_days", _F, "Unit cost x quantity x days from supply to use.", "money-days"),
        Column("work_in_process_value_days", _F, "Unit cost x quantity x days from start to done.", "money-days"),
    ),
    key=("round",),
)

ACTUAL_LEAD_TIMES = Table(
    "actual_lead_times",
    "The lead times of the round that is kept: what was given, what is planned with, what the shop takes.",
    (
        _ITEM,
        _SITE,
        Column("effective_from", _D, "First due date that it is for; empty: all."),
        Column("given_days", _I, "As the data set has it: that of the first round's orders.", "days"),
        Column("lead_time_days", _I, "As planned with in the end.", "days"),
        Column("needed_days", _I, "What the shop asked for in the end; empty: no order there.", "days"),
        Column("mean_days", _F, "Start to completion, the mean of the orders by quantity.", "days"),
        Column("most_days", _I, "The longest one.", "days"),
        Column("orders", _I, "Orders measured.", "orders"),
        Column("quantity", _F, "Their quantity.", _UNIT),
    ),
    key=("item_id", "site_id", "effective_from"),
)

ORDER_TIMES = Table(
    "order_times",
    "When the shop does each order of the round that is kept.",
    (
        Column("order_id", _S, "The planned or open order."),
        _ITEM,
        _SITE,
        Column("quantity", _F, "Good output.", _UNIT),
        Column("release_date", _D, "As planned."),
        Column("due_date", _D, "As planned."),
        Column("start_date", _D, "When it can be started: released, its components there, not before as_of."),
        Column("completion_date", _D, "When it is available."),
        Column("planned_days", _I, "From release to due date, as lead times count.", "days"),
        Column("actual_days", _I, "From start to completion, as lead times count.", "days"),
        Column("needed_days", _I, "What its lead time should have been.", "days"),
        Column("days_late", _I, "Calendar days from due date to completion; negative: early.", "days"),
    ),
    key=("order_id",),
)

CLOSED_LOOP_TABLES: dict[str, Table] = {
    table.name: table for table in (CLOSED_LOOP_ROUNDS, ACTUAL_LEAD_TIMES, ORDER_TIMES)
}
