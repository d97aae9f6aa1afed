"""The tables of the constrained plan."""

from __future__ import annotations

from bom.schema import Column, Dtype, Table

_S, _I, _F, _D = Dtype.STRING, Dtype.INTEGER, Dtype.FLOAT, Dtype.DATE
_UNIT, _MINUTES = "stock unit", "standard minutes"
_ITEM = Column("item_id", _S, "The item.")
_SITE = Column("site_id", _S, "The site.")
_CENTER = Column("work_center_id", _S, "The work center.")

WANT_KINDS = ("negative_stock", "allocation", "firm_order", "demand", "safety_stock")
SUPPLY_KINDS = ("on_hand", "lot", "scheduled_receipt", "by_product", "planned_order")
CAUSES = (
    "on_time",
    "component",
    "capacity",
    "lead_time",
    "planning_fence",
    "waits_for_supply",
    "not_planned",
    "beyond_horizon",
)

PROMISES = Table(
    "promises",
    "What each demand gets, and when. A demand in parts has a row for each.",
    (
        Column("demand_id", _S, "The demand, or the order that needs it; empty for a safety stock."),
        Column("part", _I, "Parts of one demand, from 1."),
        Column("kind", _S, "What wants it.", choices=WANT_KINDS),
        _ITEM,
        _SITE,
        Column("priority", _I, "1 is most important."),
        Column("quantity", _F, "How much.", _UNIT),
        Column("due_date", _D, "When it is wanted."),
        Column("promised_date", _D, "When it is there; empty: not at all."),
        Column("days_late", _I, "Days between the two, days before as_of left out.", "days"),
        Column("reason", _S, "What binds, when it is late or short."),
    ),
)

COMMITMENTS = Table(
    "commitments",
    "Who uses what of which supply.",
    (
        Column("supply_kind", _S, "What serves.", choices=SUPPLY_KINDS),
        Column("supply_id", _S, "The order, the lot, or item@site/on_hand; of a by-product the order that gives it."),
        Column("consumer_kind", _S, "What is served.", choices=("planned_order", *WANT_KINDS)),
        Column("consumer_id", _S, "The order, or the demand."),
        _ITEM,
        _SITE,
        Column("quantity", _F, "How much of the supply.", _UNIT),
        Column("supply_date", _D, "The day on which it is there: stock on as_of."),
        Column("use_date", _D, "The day on which it is used."),
    ),
)

LATE_REASONS = Table(
    "late_reasons",
    "Why demands are late or short: from the demand's own item down to what binds.",
    (
        Column("demand_id", _S, "The demand."),
        Column("step", _I, "1 is the demand's own item."),
        _ITEM,
        _SITE,
        Column("reason", _S, "What makes it late.", choices=CAUSES),
        Column("quantity", _F, "Of the order, or of the supply that is waited for.", _UNIT),
        Column("wanted_date", _D, "When the order should have been due."),
        Column("date", _D, "When it is due at the earliest; empty: not at all."),
        Column("days", _I, "Days between the two.", "days"),
        Column("supply_id", _S, "The order or lot that is waited for."),
        Column("work_center_id", _S, "The work center that is full."),
        Column("full_from", _D, "First day on which it has too little left."),
        Column("full_to", _D, "Last such day."),
        Column("missing_minutes", _F, "What more it would have taken on these days.", _MINUTES),
        Column("text", _S, "The same in one sentence."),
    ),
)

DAY_LOADS = Table(
    "day_loads",
    "Each work center and day with a load.",
    (
        _CENTER,
        Column("date", _D, "The day."),
        Column("available_minutes", _F, "What all its units can do.", _MINUTES),
        Column("open_minutes", _F, "What open orders take.", _MINUTES),
        Column("planned_minutes", _F, "What the plan's orders take.", _MINUTES),
        Column("overload_minutes", _F, "Open orders beyond what is available.", _MINUTES),
    ),
    key=("work_center_id", "date"),
)

PLANNED_WORK = Table(
    "planned_work",
    "The operations of the plan's orders day by day.",
    (
        Column("order_id", _S, "The order."),
        Column("operation_sequence", _I, "The operation."),
        _CENTER,
        Column("date", _D, "The day."),
        Column("minutes", _F, "What is done of it.", _MINUTES),
        Column("begin_fraction", _F, "Where in the unit's day it begins.", "fraction"),
        Column("end_fraction", _F, "Where it ends.", "fraction"),
    ),
)

SERVICE_FIGURES = Table(
    "service_figures",
    "The plan in numbers, beside those of a first-come plan.",
    (
        Column("name", _S, "What is measured."),
        Column("value", _F, "Of this plan."),
        Column("first_come", _F, "Of the plan that promises by due date alone."),
        Column("unit", _S, "Its unit."),
    ),
    key=("name",),
)

CONSTRAINED_TABLES: dict[str, Table] = {
    table.name: table for table in (PROMISES, COMMITMENTS, LATE_REASONS, DAY_LOADS, PLANNED_WORK, SERVICE_FIGURES)
}
