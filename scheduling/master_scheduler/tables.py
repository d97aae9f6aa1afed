"""The tables of the master schedule."""

from __future__ import annotations

from bom.schema import Column, Dtype, Table

_S, _F, _D = Dtype.STRING, Dtype.FLOAT, Dtype.DATE
_UNIT, _MONEY, _HOURS = "stock unit", "money", "hours"
_STANDARD = "standard hours"
_FAMILY = Column("family", _S, "The family; an item without one stands for itself.")
_ITEM = Column("item_id", _S, "The item.")
_SITE = Column("site_id", _S, "The site.")
_PERIOD = Column("period_start", _D, "First day of the period.")
_SALES_PLAN = Column("sales_plan", _F, "What can be sold.", _UNIT)
_SALES = Column("sales", _F, "What is sold; in the cost form all of the sales plan, late if need be.", _UNIT)
_MAKE = Column("make", _F, "What is made.", _UNIT)
_SUBCONTRACT = Column("subcontract", _F, "What is bought ready-made.", _UNIT)
_RECEIPTS = Column("receipts", _F, "What arrives of open orders.", _UNIT)

PRODUCTION_PLAN = Table(
    "production_plan",
    "What the master schedule decides, by family and period.",
    (
        _FAMILY,
        _PERIOD,
        _SALES_PLAN,
        _SALES,
        _MAKE,
        _SUBCONTRACT,
        _RECEIPTS,
        Column("stock", _F, "At the end of the period.", _UNIT),
        Column("backlog", _F, "Late at the end of the period.", _UNIT),
        Column("below_minimum", _F, "Missing in the safety stock.", _UNIT),
        Column("unit_value", _F, "What one unit more in stock would save or earn.", "money per stock unit"),
    ),
    key=("family", "period_start"),
)

MASTER_SCHEDULE = Table(
    "master_schedule",
    "The production plan by item: the items of a family add up to the family.",
    (
        _FAMILY,
        _ITEM,
        _SITE,
        _PERIOD,
        Column("due_date", _D, "Last day of the period."),
        _SALES_PLAN,
        _SALES,
        Column("quantity", _F, "What is made.", _UNIT),
        _SUBCONTRACT,
        _RECEIPTS,
        Column("balance", _F, "Stock less backlog at the end of the period.", _UNIT),
    ),
    key=("item_id", "site_id", "period_start"),
)

MASTER_SCHEDULE_ORDERS = Table(
    "master_schedule_orders",
    "The production plan as firm planned orders, by week: rows of scheduled_receipts.",
    (
        Column("order_id", _S, "The order."),
        _ITEM,
        _SITE,
        Column("due_date", _D, "When it is due."),
        Column("quantity", _F, "How much.", _UNIT),
        Column("supply_type", _S, "Made, transferred, or bought ready-made."),
        Column("status", _S, "firm_planned."),
        Column("supplier_id", _S, "Who it is bought from."),
    ),
    key=("order_id",),
)

WORKFORCE_PLAN = Table(
    "workforce_plan",
    "The people of the master schedule, by period.",
    (
        _PERIOD,
        Column("workers", _F, "In the period.", "people"),
        Column("hired", _F, "At its start.", "people"),
        Column("laid_off", _F, "At its start.", "people"),
        Column("required_hours", _F, "What is made takes so many.", _HOURS),
        Column("open_order_hours", _F, "What open orders of the items take.", _HOURS),
        Column("available_hours", _F, "Of the workers, in working time.", _HOURS),
        Column("overtime_hours", _F, "Beyond it.", _HOURS),
        Column("hour_price", _F, "What one more hour of people would save or earn.", "money per hour"),
    ),
    key=("period_start",),
)

MASTER_SCHEDULE_LOADS = Table(
    "master_schedule_loads",
    "What the master schedule asks of the work centers, by the capacity bill of its items.",
    (
        Column("work_center_id", _S, "The work center."),
        _PERIOD,
        Column("required_hours", _F, "Of what is made, with all components.", _STANDARD),
        Column("open_order_hours", _F, "Of open orders of the items.", _STANDARD),
        Column("available_hours", _F, "In working time.", _STANDARD),
        Column("overtime_hours", _F, "Overtime used.", _STANDARD),
        Column("load_fraction", _F, "Required by both / available."),
        Column("hour_price", _F, "What one more standard hour would save or earn.", "money per hour"),
        Column("text", _S, "The same in one sentence, where an hour has a price."),
    ),
    key=("work_center_id", "period_start"),
)

UNMET_SALES = Table(
    "unmet_sales",
    "Where the sales plan is not met, and why.",
    (
        Column("kind", _S, "What is missing.", choices=("not_sold", "late", "not_delivered")),
        _FAMILY,
        _PERIOD,
        _SALES_PLAN,
        Column("quantity", _F, "Not sold; or late, or missing at the end, at the end of the period.", _UNIT),
        Column("margin", _F, "The price less the material of a unit; empty in the cost form.", "money per stock unit"),
        Column("text", _S, "Why, in one sentence."),
    ),
    key=("kind", "family", "period_start"),
)

MASTER_SCHEDULE_COSTS = Table(
    "master_schedule_costs",
    "What the master schedule costs and brings.",
    (
        Column("kind", _S, "What it is for; total: all costs; revenue and profit in the profit form."),
        Column("amount", _F, "In the horizon.", _MONEY),
    ),
    key=("kind",),
)

MASTER_SCHEDULE_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        PRODUCTION_PLAN,
        MASTER_SCHEDULE,
        MASTER_SCHEDULE_ORDERS,
        WORKFORCE_PLAN,
        MASTER_SCHEDULE_LOADS,
        UNMET_SALES,
        MASTER_SCHEDULE_COSTS,
    )
}
