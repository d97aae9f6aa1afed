"""The tables of a finite schedule; ``scheduled_operations`` is that of capacity requirements."""

from __future__ import annotations

from bom.schema import Column, Dtype, Table
from planning.loading.tables import SCHEDULED_OPERATIONS

_S, _I, _F, _D, _T = Dtype.STRING, Dtype.INTEGER, Dtype.FLOAT, Dtype.DATE, Dtype.DATETIME
_ORDER = Column("order_id", _S, "The planned or open order.")
_ITEM = Column("item_id", _S, "The item.")
_SITE = Column("site_id", _S, "The site.")
_QUANTITY = Column("quantity", _F, "Good output that is still to come.", "stock unit")

SCHEDULED_ORDERS = Table(
    "scheduled_orders",
    "When each order is made, the latest first.",
    (
        _ORDER,
        Column("order_kind", _S, "Planned, or open.", choices=("planned_order", "scheduled_receipt")),
        _ITEM,
        _SITE,
        _QUANTITY,
        Column("release_date", _D, "When it is released."),
        Column("due_date", _D, "When it is to be there."),
        Column("start", _T, "When its first operation starts."),
        Column("end", _T, "When it is there: the last operation has ended, wait and move are over."),
        Column("days_late", _F, "Days after the due date; 0: it is not late.", "days"),
    ),
    key=("order_id",),
)

WORK_CENTER_USE = Table(
    "work_center_use",
    "What each work center does within the horizon.",
    (
        Column("work_center_id", _S, "The work center."),
        Column("units", _I, "Parallel machines or people; empty: capacity is no limit."),
        Column("operations", _I, "Operations scheduled there, within the horizon or behind it."),
        Column("run_hours", _F, "Hours of all units in which operations run, setup of their own included.", "hours"),
        Column("setup_hours", _F, "Hours of setups that depend on what was done before.", "hours"),
        Column("open_hours", _F, "Working hours of all units.", "hours"),
        Column("used_fraction", _F, "Run and setup / open; empty where nothing is open.", "fraction"),
        Column("last_end", _T, "When its last operation ends."),
    ),
    key=("work_center_id",),
)

SCHEDULE_FIGURES = Table(
    "schedule_figures",
    "A schedule in numbers, beside that of the best rule.",
    (
        Column("name", _S, "What is measured."),
        Column("rule", _F, "With the best dispatching rule."),
        Column("found", _F, "In the schedule."),
        Column("unit", _S, "The unit."),
    ),
    key=("name",),
)

UNSCHEDULED_ORDERS = Table(
    "unscheduled_orders",
    "Orders that are released within the horizon and have no place in the schedule.",
    (
        _ORDER,
        _ITEM,
        _SITE,
        _QUANTITY,
        Column(
            "reason",
            _S,
            "No operation in force; reported as done; a work center without units, utilization, working time or "
            "people; work centers whose capacity is no limit.",
            choices=("no_routing", "finished", "no_capacity", "no_finite_work_center"),
        ),
    ),
    key=("order_id",),
)

SCHEDULE_TABLES: dict[str, Table] = {
    table.name: table
    for table in (SCHEDULED_OPERATIONS, SCHEDULED_ORDERS, WORK_CENTER_USE, SCHEDULE_FIGURES, UNSCHEDULED_ORDERS)
}
OWN_TABLES = {name: table for name, table in SCHEDULE_TABLES.items() if table is not SCHEDULED_OPERATIONS}
