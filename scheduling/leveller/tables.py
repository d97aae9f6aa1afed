"""The tables of levelling."""

from __future__ import annotations

from bom.schema import Column, Dtype, Table

_S, _F, _D = Dtype.STRING, Dtype.FLOAT, Dtype.DATE
_CENTER = Column("work_center_id", _S, "The work center.")
_PERIOD = Column("period_start", _D, "First day of the period.")
_ITEM = Column("item_id", _S, "The item.")
_SITE = Column("site_id", _S, "The site.")
_MINUTES, _MONEY, _UNIT = "standard minutes", "money", "stock unit"

LEVELLED_ORDERS = Table(
    "levelled_orders",
    "The orders of levelled items: firm planned, as rows of scheduled_receipts.",
    (
        Column("order_id", _S, "The order."),
        _ITEM,
        _SITE,
        Column("due_date", _D, "When it is due."),
        Column("quantity", _F, "How much.", _UNIT),
        Column("supply_type", _S, "Made, transferred, or bought ready-made."),
        Column("status", _S, "firm_planned."),
        Column("supplier_id", _S, "Who it is bought from."),
        Column("source_site_id", _S, "Where a transfer comes from."),
    ),
    key=("order_id",),
)

LEVELLED_QUANTITIES = Table(
    "levelled_quantities",
    "What levelling decided, by item and period.",
    (
        _ITEM,
        _SITE,
        _PERIOD,
        Column("planned_quantity", _F, "Planned orders due in the period, before.", _UNIT),
        Column("levelled_quantity", _F, "What is made in their place.", _UNIT),
        Column("subcontracted_quantity", _F, "What is bought ready-made.", _UNIT),
        Column("stock", _F, "At the end of the period.", _UNIT),
        Column("backlog", _F, "Late at the end of the period.", _UNIT),
        Column("below_minimum", _F, "Missing in the safety stock.", _UNIT),
    ),
    key=("item_id", "site_id", "period_start"),
)

HOUR_PRICES = Table(
    "hour_prices",
    "What one more hour would save, for work centers and periods that are full or were overloaded.",
    (
        _CENTER,
        _PERIOD,
        Column("required_minutes", _F, "Load after levelling, in the model.", _MINUTES),
        Column("available_minutes", _F, "In working time.", _MINUTES),
        Column("overtime_minutes", _F, "Overtime used.", _MINUTES),
        Column("overload_minutes", _F, "Beyond both.", _MINUTES),
        Column("hour_price", _F, "By how much one more standard hour would lower the cost.", "money per hour"),
        Column("text", _S, "The same in one sentence."),
    ),
    key=("work_center_id", "period_start"),
)

OVERLOADS = Table(
    "overloads",
    "Load against capacity before and after levelling, by the loads of both plans.",
    (
        _CENTER,
        _PERIOD,
        Column("available_minutes", _F, "In working time.", _MINUTES),
        Column("required_before", _F, "Load of the plan before.", _MINUTES),
        Column("required_after", _F, "Load of the plan after, alternates where levelling put them.", _MINUTES),
        Column("overtime_minutes", _F, "Overtime used.", _MINUTES),
        Column("overload_before", _F, "Required beyond available, before.", _MINUTES),
        Column("overload_after", _F, "Required beyond available and overtime used, after.", _MINUTES),
    ),
    key=("work_center_id", "period_start"),
)

LEVELLING_COSTS = Table(
    "levelling_costs",
    "What the levelled items cost in the horizon, as the model counts it.",
    (
        Column("kind", _S, "The family of the model, or total."),
        Column("before", _F, "Of the plan, as if its overload cost nothing.", _MONEY),
        Column("after", _F, "Of the levelled plan.", _MONEY),
        Column("difference", _F, "After - before.", _MONEY),
    ),
    key=("kind",),
)

OPERATIONS_MOVED = Table(
    "operations_moved",
    "Operations that levelling does at an alternate work center.",
    (
        Column("operation", _S, "Item and operation sequence."),
        Column("to_work_center_id", _S, "Where it is done."),
        _PERIOD,
        Column("quantity", _F, "Units due in the period.", _UNIT),
    ),
    key=("operation", "to_work_center_id", "period_start"),
)

LEVELLING_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        LEVELLED_ORDERS,
        LEVELLED_QUANTITIES,
        HOUR_PRICES,
        OVERLOADS,
        LEVELLING_COSTS,
        OPERATIONS_MOVED,
    )
}
