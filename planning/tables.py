"""The tables that a plan is made from: what is wanted, what is there, and when work is done."""

from __future__ import annotations

from bom.routing_tables import LABOR_SKILLS, OPERATIONS, WORK_CENTERS
from bom.schema import Column, Dtype, Table
from bom.tables import (
    BOM_LINES,
    EFFECTIVE_FROM,
    EFFECTIVE_TO,
    EFFECTIVITY,
    ITEM_ID,
    ITEM_SITES,
    ITEMS,
    LOT_LIMITS,
    SITE_ID,
    SITES,
    SUPPLY_TYPES,
)

_S, _I, _F, _B, _D, _T = Dtype.STRING, Dtype.INTEGER, Dtype.FLOAT, Dtype.BOOLEAN, Dtype.DATE, Dtype.DATETIME
_UNIT = "stock unit"
_MONEY = "money"
_UNIT_PRICE = Column("unit_price", _F, "Price of one unit.", "money per stock unit", minimum=0)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

PARAMETER_CHANGES = Table(
    "parameter_changes",
    "Planning parameters that change with time.",
    (
        ITEM_ID,
        Column("site_id", _S, "The site; empty: every site.", references="sites"),
        Column("effective_from", _D, "First day on which the value is in force.", is_required=True),
        Column(
            "parameter",
            _S,
            "What changes.",
            is_required=True,
            choices=(
                "safety_stock",
                "lead_time_days",
                "minimum_order_quantity",
                "order_multiple",
                "maximum_order_quantity",
                "order_up_to_level",
                "yield_fraction",
            ),
        ),
        Column("value", _F, "The new value.", "as the parameter", is_required=True, minimum=0),
    ),
    key=("item_id", "site_id", "effective_from", "parameter"),
)

SUPPLIERS = Table(
    "suppliers",
    "Who items are bought from.",
    (
        Column("supplier_id", _S, "The supplier.", is_required=True),
        Column("description", _S, "What it is called."),
        Column("calendar_id", _S, "Its working days; empty: the site's.", references="calendars"),
    ),
    key=("supplier_id",),
)

ITEM_SUPPLIERS = Table(
    "item_suppliers",
    "What one supplier offers for one item; an empty cell falls back to the item's parameter.",
    (
        ITEM_ID,
        Column("supplier_id", _S, "The supplier.", is_required=True, references="suppliers"),
        Column("site_id", _S, "The site it delivers to; empty: every site.", references="sites"),
        Column("lead_time_days", _I, "Days from release to receipt; empty: the item's.", "days", minimum=0),
        Column("minimum_order_quantity", _F, "A smaller order is raised to it; empty: the item's.", _UNIT, minimum=0),
        Column("order_multiple", _F, "Orders are rounded up to a multiple of it; empty: the item's.", _UNIT, minimum=0),
        Column(
            "maximum_order_quantity",
            _F,
            "A larger order is cut at it; empty: the item's.",
            _UNIT,
            minimum=0,
            is_minimum_open=True,
        ),
        Column("unit_price", _F, "Purchase price of one unit.", "money per stock unit", minimum=0),
        Column("priority", _I, "Order among suppliers; 1 comes first.", default=1, minimum=1),
        Column(
            "split_fraction",
            _F,
            "Share of what is ordered, against the fractions of the others in force; empty or 0: none beside those "
            "with one.",
            "fraction",
            minimum=0,
            maximum=1,
        ),
        EFFECTIVE_FROM,
        EFFECTIVE_TO,
    ),
    ordered_pairs=(*LOT_LIMITS, *EFFECTIVITY),
)

TRANSFER_LANES = Table(
    "transfer_lanes",
    "The ways between sites.",
    (
        Column("item_id", _S, "The item; empty: every item.", references="items"),
        Column("from_site_id", _S, "Where goods leave.", is_required=True, references="sites"),
        Column("to_site_id", _S, "Where goods arrive.", is_required=True, references="sites"),
        Column(
            "lead_time_days",
            _I,
            "Days from departure to arrival; empty: the item's lead_time_days (0 unless given).",
            "days",
            minimum=0,
        ),
        Column("priority", _I, "Order among lanes; 1 comes first.", default=1, minimum=1),
        Column(
            "split_fraction",
            _F,
            "Share of what is moved, against the fractions of the others in force; empty or 0: none beside those "
            "with one.",
            "fraction",
            minimum=0,
            maximum=1,
        ),
        EFFECTIVE_FROM,
        EFFECTIVE_TO,
        Column("cost_per_unit", _F, "Cost of moving one unit.", "money per stock unit", default=0.0, minimum=0),
    ),
    key=("item_id", "from_site_id", "to_site_id"),
)

CUSTOMERS = Table(
    "customers",
    "Who items are sold to.",
    (
        Column("customer_id", _S, "The customer.", is_required=True),
        Column("description", _S, "What it is called."),
        Column("segment", _S, "The group it belongs to."),
        Column("priority", _I, "1 is most important.", default=5, minimum=1),
    ),
    key=("customer_id",),
)

DEMANDS = Table(
    "demands",
    "What is wanted from outside: one open order line or forecast per row.",
    (
        Column("demand_id", _S, "Names the demand; empty: generated."),
        ITEM_ID,
        SITE_ID,
        Column("due_date", _D, "The day on which it is wanted.", is_required=True),
        Column("quantity", _F, "Still open.", _UNIT, is_required=True, minimum=0),
        Column("shipped_quantity", _F, "Already shipped.", _UNIT, default=0.0, minimum=0),
        Column(
            "kind",
            _S,
            "What stands behind it.",
            default="sales_order",
            choices=("sales_order", "forecast", "independent", "service"),
        ),
        Column("customer_id", _S, "The customer; of a forecast: only its orders consume it.", references="customers"),
        Column("segment", _S, "The customers' segment whose orders consume a forecast; empty: the customer's."),
        Column("bucket_end_date", _D, "Last day that a forecast covers from due_date on; empty: see forecast_bucket."),
        Column("priority", _I, "1 is most important; empty: the customer's, else 5.", minimum=1),
        _UNIT_PRICE,
        Column("promised_date", _D, "The day that was promised to the customer."),
    ),
    key=("demand_id",),
    ordered_pairs=(("due_date", "bucket_end_date"),),
    carries_extra=True,
)

ON_HAND = Table(
    "on_hand",
    "Stock on the planning date.",
    (
        ITEM_ID,
        SITE_ID,
        Column("quantity", _F, "In stock; may be negative.", _UNIT, is_required=True),
        Column("lot_id", _S, "The lot."),
        Column("expiry_date", _D, "First day on which the lot can no longer be used."),
        Column(
            "status",
            _S,
            "Only available stock counts, quality stock from its available_date.",
            default="available",
            choices=("available", "quality", "blocked"),
        ),
        Column("available_date", _D, "First day on which quality stock counts; empty: it does not."),
    ),
)

SCHEDULED_RECEIPTS = Table(
    "scheduled_receipts",
    "Open orders: what has been ordered and has not arrived.",
    (
        Column("order_id", _S, "The order.", is_required=True),
        ITEM_ID,
        SITE_ID,
        Column("due_date", _D, "The day on which it is to arrive.", is_required=True),
        Column("quantity", _F, "Still to come.", _UNIT, is_required=True, minimum=0),
        Column("supply_type", _S, "Made, bought or transferred; empty: as the item.", choices=SUPPLY_TYPES),
        Column(
            "status",
            _S,
            "Released, or firm planned: fixed, but not yet released.",
            default="released",
            choices=("released", "firm_planned"),
        ),
        Column("release_date", _D, "When it is or was released; empty: from the lead time."),
        Column("supplier_id", _S, "The supplier.", references="suppliers"),
        Column("source_site_id", _S, "Where a transfer comes from.", references="sites"),
    ),
    key=("order_id",),
    carries_extra=True,
)

ALLOCATIONS = Table(
    "allocations",
    "What open orders or reservations still consume.",
    (
        Column("order_id", _S, "The order or reservation that consumes.", is_required=True),
        ITEM_ID,
        SITE_ID,
        Column("required_date", _D, "The day on which it is consumed.", is_required=True),
        Column("quantity", _F, "Still to be consumed.", _UNIT, is_required=True, minimum=0),
    ),
)

CALENDARS = Table(
    "calendars",
    "Working hours by weekday. A day with 0 hours is closed.",
    (
        Column("calendar_id", _S, "The calendar.", is_required=True),
        *(
            Column(day, _F, f"Working hours on a {day.capitalize()}.", "hours", default=24.0, minimum=0, maximum=24)
            for day in WEEKDAYS
        ),
        Column("shifts", _S, "Shifts of a working day, such as 06:00-14:00;14:00-22:00."),
    ),
    key=("calendar_id",),
)

CALENDAR_EXCEPTIONS = Table(
    "calendar_exceptions",
    "Days on which a calendar differs from its week.",
    (
        Column("calendar_id", _S, "The calendar.", is_required=True, references="calendars"),
        Column("date", _D, "The day.", is_required=True),
        Column("hours", _F, "Working hours on that day; 0: closed.", "hours", is_required=True, minimum=0, maximum=24),
        Column("shifts", _S, "Shifts of that day."),
    ),
    key=("calendar_id", "date"),
)

SETUP_TIMES = Table(
    "setup_times",
    "Setup from one setup group to another at a work center.",
    (
        Column("work_center_id", _S, "The work center.", is_required=True, references="work_centers"),
        Column("from_setup_group", _S, "What it was set up for; * means any.", is_required=True),
        Column("to_setup_group", _S, "What it is to be set up for.", is_required=True),
        Column("setup_minutes", _F, "The time it takes.", "minutes", is_required=True, minimum=0),
    ),
    key=("work_center_id", "from_setup_group", "to_setup_group"),
)

OPEN_OPERATIONS = Table(
    "open_operations",
    "Progress of released orders.",
    (
        Column("order_id", _S, "The released order.", is_required=True, references="scheduled_receipts"),
        Column("operation_sequence", _I, "The step.", is_required=True, minimum=0),
        Column("completed_quantity", _F, "Done so far.", _UNIT, default=0.0, minimum=0),
        Column("status", _S, "How far the step is, such as started."),
        Column("actual_start", _T, "When it was started."),
    ),
    key=("order_id", "operation_sequence"),
)

DEMAND_HISTORY = Table(
    "demand_history",
    "What was asked for in the past: one row per day, or per order. Safety stock is worked out from it.",
    (
        ITEM_ID,
        SITE_ID,
        Column("date", _D, "The day on which it was asked for, before as_of.", is_required=True),
        Column("quantity", _F, "How much was asked for, delivered or not.", _UNIT, is_required=True, minimum=0),
    ),
)

SALES_PLAN = Table(
    "sales_plan",
    "What is to be sold, by family or item and period: the master schedule plans it in the place of the demands.",
    (
        Column("family", _S, "The product family, whose items share the quantity as their demands do; or item_id."),
        Column("item_id", _S, "The item; empty: the family's.", references="items"),
        Column("site_id", _S, "Where it is sold; empty: of an item MAIN.", references="sites"),
        Column("period_start", _D, "A day of the period, such as its first one.", is_required=True),
        Column("quantity", _F, "How much.", _UNIT, is_required=True, minimum=0),
        Column("unit_price", _F, "What one unit brings; empty: as the demands say, else the item.", _MONEY, minimum=0),
    ),
    key=("family", "item_id", "site_id", "period_start"),
)

LEAD_TIME_HISTORY = Table(
    "lead_time_history",
    "How long orders took in the past: one row per order. Safety stock covers their spread.",
    (
        ITEM_ID,
        SITE_ID,
        Column("release_date", _D, "When work or delivery started.", is_required=True),
        Column("receipt_date", _D, "When it was available.", is_required=True),
    ),
    ordered_pairs=(("release_date", "receipt_date"),),
)

INPUT_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        ITEMS,
        ITEM_SITES,
        PARAMETER_CHANGES,
        SITES,
        BOM_LINES,
        SUPPLIERS,
        ITEM_SUPPLIERS,
        TRANSFER_LANES,
        CUSTOMERS,
        DEMANDS,
        ON_HAND,
        SCHEDULED_RECEIPTS,
        ALLOCATIONS,
        CALENDARS,
        CALENDAR_EXCEPTIONS,
        WORK_CENTERS,
        LABOR_SKILLS,
        OPERATIONS,
        SETUP_TIMES,
        OPEN_OPERATIONS,
        DEMAND_HISTORY,
        LEAD_TIME_HISTORY,
        SALES_PLAN,
    )
}
