"""The tables that a plan hands back."""

from __future__ import annotations

from bom.schema import Column, Dtype, Table
from bom.tables import COST_RULES, SUPPLY_TYPES

_S, _I, _F, _B, _D = Dtype.STRING, Dtype.INTEGER, Dtype.FLOAT, Dtype.BOOLEAN, Dtype.DATE
_UNIT = "stock unit"
_MONEY = "money"

_OUT_ITEM = Column("item_id", _S, "The item.")
_OUT_SITE = Column("site_id", _S, "The site.")

PLANNED_ORDERS = Table(
    "planned_orders",
    "What the plan proposes to make, buy or transfer.",
    (
        Column("order_id", _S, "item@site/need date/number: the same order has the same id in every run."),
        _OUT_ITEM,
        _OUT_SITE,
        Column("supply_type", _S, "Made, bought or transferred.", choices=SUPPLY_TYPES),
        Column("supplier_id", _S, "The supplier of a bought item."),
        Column("source_site_id", _S, "Where a transferred item comes from."),
        Column("quantity", _F, "Good output.", _UNIT),
        Column("start_quantity", _F, "quantity / yield_fraction: what is started.", _UNIT),
        Column("release_date", _D, "When work or delivery starts."),
        Column("due_date", _D, "When it is available."),
        Column("need_date", _D, "The requirement's day that it was made for."),
        Column("low_level_code", _I, "The item's level: 0 for end items."),
        Column("net_requirement", _F, "The shortage that it answers, before lot sizing.", _UNIT),
        Column("is_past_due", _B, "Its release lies before as_of."),
    ),
    key=("order_id",),
)

REQUIREMENTS = Table(
    "requirements",
    "Every gross requirement: what is needed of an item on a day, and for what.",
    (
        Column("requirement_id", _S, "item@site/date/r number."),
        _OUT_ITEM,
        _OUT_SITE,
        Column("date", _D, "The day on which it counts."),
        Column("quantity", _F, "How much.", _UNIT),
        Column(
            "kind",
            _S,
            "Where it comes from.",
            choices=("sales_order", "forecast", "independent", "service", "dependent", "allocation", "safety_stock"),
        ),
        Column("source_id", _S, "The demand, or the order that consumes it."),
        Column("original_date", _D, "The date as given, where a past date was moved to as_of."),
    ),
    key=("requirement_id",),
)

PEGGING = Table(
    "pegging",
    "Which supply serves which requirement of its item; what is left of a supply has a row without requirement.",
    (
        Column(
            "supply_kind",
            _S,
            "What serves.",
            choices=("on_hand", "scheduled_receipt", "by_product", "planned_order"),
        ),
        Column("supply_id", _S, "The order, the lot, or item@site/on_hand; of a by-product the order that gives it."),
        Column("requirement_id", _S, "The row of requirements that it serves."),
        _OUT_ITEM,
        _OUT_SITE,
        Column("quantity", _F, "How much of the supply.", _UNIT),
        Column("supply_date", _D, "The day on which it is there: stock on as_of."),
        Column("requirement_date", _D, "The day of the requirement."),
        Column(
            "use",
            _S,
            "What becomes of it.",
            choices=("requirement", "safety_stock", "negative_stock", "expired", "surplus", "free"),
        ),
    ),
)

MESSAGES = Table(
    "messages",
    "What a planner should look at, and do.",
    (
        Column(
            "kind",
            _S,
            "What is to be done or known.",
            choices=(
                "release",
                "release_past_due",
                "expedite",
                "defer",
                "increase",
                "decrease",
                "cancel",
                "past_due_receipt",
                "past_due_demand",
                "below_safety_stock",
                "shortage",
                "no_source",
                "time_fence_conflict",
                "forecast_ignored",
                "expired_stock",
                "data",
            ),
        ),
        _OUT_ITEM,
        _OUT_SITE,
        Column("order_id", _S, "The order, or the demand, that it is about."),
        Column("current_date", _D, "The date as it stands."),
        Column("suggested_date", _D, "The date as it should be."),
        Column("current_quantity", _F, "The quantity as it stands.", _UNIT),
        Column("suggested_quantity", _F, "The quantity as it should be.", _UNIT),
        Column("days", _I, "Days between the two dates.", "days"),
        Column("value", _F, "Money at stake: quantity x unit_cost.", _MONEY),
        Column("is_damped", _B, "Within the tolerances: true, but not worth acting on."),
        Column("rank", _I, "1: look here first; each message of a plan has its own."),
        Column("text", _S, "The message in one sentence."),
    ),
)

MRP_RECORDS = Table(
    "mrp_records",
    "The classic grid: one row per item, site and period. What lies before as_of counts in the first period.",
    (
        _OUT_ITEM,
        _OUT_SITE,
        Column("period_start", _D, "First day of the period."),
        Column("gross_requirements", _F, "What is needed in the period.", _UNIT),
        Column(
            "scheduled_receipts",
            _F,
            "Open orders, quality stock, by-products; less what expires.",
            _UNIT,
        ),
        Column("projected_available_balance", _F, "Stock at the end of the period, planned orders counted.", _UNIT),
        Column("net_requirements", _F, "Shortages that start in the period.", _UNIT),
        Column("planned_order_receipts", _F, "Planned orders due in the period.", _UNIT),
        Column("planned_order_releases", _F, "Planned orders released in the period.", _UNIT),
    ),
    key=("item_id", "site_id", "period_start"),
)

FORECAST_CONSUMPTION = Table(
    "forecast_consumption",
    "Which order consumed how much of which forecast.",
    (
        Column("order_demand_id", _S, "The order that consumes."),
        Column("forecast_demand_id", _S, "The forecast that is consumed."),
        Column("item_id", _S, "The order's item."),
        _OUT_SITE,
        Column("forecast_item_id", _S, "The forecast's item: the order's, or one above it."),
        Column("quantity", _F, "How much.", _UNIT),
        Column("order_date", _D, "The order's due date."),
        Column("forecast_date", _D, "The forecast's due date."),
        Column(
            "step",
            _S,
            "The forecast's bucket holds the order's date, or lies before or after it.",
            choices=("own", "backward", "forward"),
        ),
        Column("level", _S, "Whom the forecast is for.", choices=("customer", "segment", "general")),
    ),
    key=("order_demand_id", "forecast_demand_id"),
)

LOT_SIZING_COSTS = Table(
    "lot_sizing_costs",
    "What the planned orders of items under a lot-sizing rule with costs cost, and the least that they could cost.",
    (
        _OUT_ITEM,
        _OUT_SITE,
        Column("lot_sizing_rule", _S, "The rule in force.", choices=COST_RULES),
        Column("orders", _I, "Planned orders."),
        Column("ordering_cost", _F, "The orders x the cost of one.", _MONEY),
        Column(
            "holding_cost",
            _F,
            "Of what is ordered before it is needed, for each unit and day up to the last net requirement.",
            _MONEY,
        ),
        Column("total_cost", _F, "Both together.", _MONEY),
        Column("optimal_orders", _I, "Orders of the cheapest plan for the same net requirements (Wagner-Whitin)."),
        Column("optimal_cost", _F, "What that plan costs.", _MONEY),
        Column(
            "gap_fraction",
            _F,
            "total_cost / optimal_cost - 1; empty when the orders do not cover every net requirement on its day.",
            "fraction",
        ),
        Column("surplus_quantity", _F, "Ordered beyond the last net requirement.", _UNIT),
    ),
    key=("item_id", "site_id"),
)

KPIS = Table(
    "kpis",
    "The plan in numbers.",
    (
        Column("name", _S, "What is measured."),
        Column("value", _F, "The number."),
        Column("unit", _S, "Its unit."),
    ),
    key=("name",),
)

BUFFERS = Table(
    "buffers",
    "Items planned by buffers (planning_method = ddmrp): zones and net flow position on as_of, the emptiest first.",
    (
        _OUT_ITEM,
        _OUT_SITE,
        Column("average_daily_usage", _F, "As given, or that of the requirements.", "stock unit per day"),
        Column("decoupled_lead_time_days", _F, "As given, or down to the next buffers.", "days"),
        Column("red_base", _F, "Usage x lead time x lead_time_factor.", _UNIT),
        Column("red_safety", _F, "Red base x variability_factor.", _UNIT),
        Column("yellow", _F, "Usage x lead time.", _UNIT),
        Column("green", _F, "The largest of order cycle x usage, red base and the minimum order quantity.", _UNIT),
        Column("top_of_red", _F, "Red base + red safety.", _UNIT),
        Column("top_of_yellow", _F, "With yellow: an order is made at this position or below.", _UNIT),
        Column("top_of_green", _F, "With green: orders fill up to it.", _UNIT),
        Column("spike_threshold", _F, "A day that needs more is a spike.", _UNIT),
        Column("on_hand", _F, "Usable stock, with what comes on as_of besides open orders.", _UNIT),
        Column("open_supply", _F, "All open orders.", _UNIT),
        Column("qualified_demand", _F, "What is needed up to as_of, and the spikes in the horizon.", _UNIT),
        Column("net_flow_position", _F, "On hand + open supply - qualified demand.", _UNIT),
        Column("net_flow_fraction", _F, "Net flow position / top of green.", "fraction"),
        Column("planning_color", _S, "The zone of the net flow position.", choices=("red", "yellow", "green", "blue")),
        Column("order_recommendation", _F, "Up to the top of green, before the order modifiers.", _UNIT),
        Column("on_hand_fraction", _F, "On hand / top of red.", "fraction"),
        Column(
            "execution_color",
            _S,
            "How much of the red zone is on hand: none, up to half, up to all, more.",
            choices=("dark_red", "red", "yellow", "green"),
        ),
    ),
    key=("item_id", "site_id"),
)

OUTPUT_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        PLANNED_ORDERS,
        REQUIREMENTS,
        PEGGING,
        MESSAGES,
        MRP_RECORDS,
        FORECAST_CONSUMPTION,
        LOT_SIZING_COSTS,
        BUFFERS,
        KPIS,
    )
}

# As large as the plan itself, so written on request only.
ON_REQUEST = ("pegging",)
BY_DEFAULT = tuple(name for name in OUTPUT_TABLES if name not in ON_REQUEST)
