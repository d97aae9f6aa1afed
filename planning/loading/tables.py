"""The tables of capacity requirements."""

from __future__ import annotations

from bom.schema import Column, Dtype, Table

_S, _I, _F, _B, _D, _T = Dtype.STRING, Dtype.INTEGER, Dtype.FLOAT, Dtype.BOOLEAN, Dtype.DATE, Dtype.DATETIME
_CENTER = Column("work_center_id", _S, "The work center.")
_PERIOD = Column("period_start", _D, "First day of the period; what is before as_of does not count.")
_ORDER = Column("order_id", _S, "The planned or open order.")
_ITEM = Column("item_id", _S, "The item.")
_SITE = Column("site_id", _S, "The site.")
_SEQUENCE = Column("operation_sequence", _I, "The operation.")
_STANDARD = "standard minutes"
_MONEY = "money"

LOADS = Table(
    "loads",
    "What each work center has to do in each period, and what it can.",
    (
        _CENTER,
        _PERIOD,
        Column("required_minutes", _F, "Setup and run of all operations in the period.", _STANDARD),
        Column("available_minutes", _F, "Units x working time x efficiency x utilization.", _STANDARD),
        Column("load_fraction", _F, "Required / available; empty when nothing is available.", "fraction"),
        Column("overload_minutes", _F, "Required beyond available; 0 where capacity is no limit.", _STANDARD),
        Column("overtime_minutes", _F, "What overtime could add.", _STANDARD),
        Column("cumulative_required_minutes", _F, "Required from the first period on.", _STANDARD),
        Column("cumulative_available_minutes", _F, "Available from the first period on.", _STANDARD),
        Column("cumulative_load_fraction", _F, "The one / the other; empty when nothing is available.", "fraction"),
        Column("worked_hours", _F, "Required / efficiency: the hours that it takes.", "hours"),
        Column("cost", _F, "Worked hours x cost_per_hour.", _MONEY),
    ),
    key=("work_center_id", "period_start"),
)

SCHEDULED_OPERATIONS = Table(
    "scheduled_operations",
    "The operations of planned and open orders in time, whatever else their work centers have to do.",
    (
        _ORDER,
        _SEQUENCE,
        _CENTER,
        Column("unit", _I, "The machine, from 1; empty: capacity was not a limit."),
        Column("setup_start", _T, "When setup starts; empty: after the tabulated time."),
        Column("start", _T, "When the run starts."),
        Column("end", _T, "When the run ends."),
        Column("quantity", _F, "Units started in the operation.", "stock unit"),
        _ITEM,
        _SITE,
        Column("required_minutes", _F, "Setup and run.", _STANDARD),
        Column(
            "is_forward",
            _B,
            "Its order is scheduled forward from as_of: backward it would start before. Empty: finite.",
        ),
        Column("is_late", _B, "Its order is done after it is due."),
    ),
    key=("order_id", "operation_sequence"),
)

LABOR_LOADS = Table(
    "labor_loads",
    "The hours of each skill in each period.",
    (
        Column("labor_skill_id", _S, "The skill."),
        _PERIOD,
        Column("labor_hours", _F, "Worked hours of the work centers that need it.", "hours"),
        Column("available_hours", _F, "Units x working time x utilization of these.", "hours"),
        Column("cost", _F, "Their cost.", _MONEY),
    ),
    key=("labor_skill_id", "period_start"),
)

CAPACITY_COSTS = Table(
    "capacity_costs",
    "What the work of each period costs.",
    (
        _PERIOD,
        Column("machine_cost", _F, "Of work centers without a skill.", _MONEY),
        Column("labor_cost", _F, "Of work centers with one.", _MONEY),
        Column("total_cost", _F, "Both.", _MONEY),
    ),
    key=("period_start",),
)

CAPACITY_EXCEPTIONS = Table(
    "capacity_exceptions",
    "What could not be loaded, or not in time.",
    (
        Column(
            "kind",
            _S,
            "What it is.",
            choices=("no_routing", "no_working_time", "beyond_horizon", "late"),
        ),
        _CENTER,
        _ITEM,
        _SITE,
        Column("orders", _I, "How many orders."),
        Column("minutes", _F, "How much of their work is in no period.", _STANDARD),
        Column("text", _S, "The same in one sentence."),
    ),
)

LOAD_SOURCES = Table(
    "load_sources",
    "The operations behind one load.",
    (
        _CENTER,
        _PERIOD,
        _ORDER,
        Column("order_kind", _S, "Planned, or open.", choices=("planned_order", "scheduled_receipt")),
        _ITEM,
        _SITE,
        _SEQUENCE,
        Column("required_minutes", _F, "Of its work in the period.", _STANDARD),
        Column("setup_start", _T, "When the operation starts."),
        Column("end", _T, "When it ends."),
        Column("is_late", _B, "Its order is done after it is due."),
    ),
    key=("order_id", "operation_sequence"),
)

LOAD_DEMANDS = Table(
    "load_demands",
    "What the orders behind one load are for in the end.",
    (
        Column("kind", _S, "The kind of demand, or what becomes of what is left."),
        Column("demand_id", _S, "The demand."),
        Column("customer_id", _S, "Its customer."),
        _ITEM,
        _SITE,
        Column("date", _D, "When it is wanted."),
        Column("required_minutes", _F, "The part of the load that is for it.", _STANDARD),
    ),
)

CAPACITY_TABLES: dict[str, Table] = {
    table.name: table for table in (LOADS, SCHEDULED_OPERATIONS, LABOR_LOADS, CAPACITY_COSTS, CAPACITY_EXCEPTIONS)
}
DRILL_DOWN_TABLES: dict[str, Table] = {table.name: table for table in (LOAD_SOURCES, LOAD_DEMANDS)}
