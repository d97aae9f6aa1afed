"""The tables that the comparison of two plans hands back."""

from __future__ import annotations

from bom.schema import Column, Dtype, Table
from bom.tables import SUPPLY_TYPES
from planning.plan_tables import MESSAGES

_S, _I, _F, _B, _D = Dtype.STRING, Dtype.INTEGER, Dtype.FLOAT, Dtype.BOOLEAN, Dtype.DATE
_UNIT = "stock unit"
_MONEY = "money"

CHANGE_KINDS = ("created", "cancelled", "moved", "resized", "moved_and_resized", "rerouted")

ORDER_CHANGES = Table(
    "order_changes",
    "A planned order that is not the same in both plans.",
    (
        Column(
            "change",
            _S,
            "What became of it; moved: other dates; rerouted: only its supplier, source or supply type is another.",
            choices=CHANGE_KINDS,
        ),
        Column("item_id", _S, "The item."),
        Column("site_id", _S, "The site."),
        Column("supply_type", _S, "Made, bought or transferred; after, unless it is cancelled.", choices=SUPPLY_TYPES),
        Column("order_id_before", _S, "Its id in the first plan; empty when it is created."),
        Column("order_id_after", _S, "Its id in the second plan; empty when it is cancelled."),
        Column("quantity_before", _F, "Good output in the first plan.", _UNIT),
        Column("quantity_after", _F, "Good output in the second plan.", _UNIT),
        Column("release_date_before", _D, "Release in the first plan."),
        Column("release_date_after", _D, "Release in the second plan."),
        Column("due_date_before", _D, "Due date in the first plan."),
        Column("due_date_after", _D, "Due date in the second plan."),
        Column("days", _I, "Days from the first due date to the second.", "days"),
        Column("value_change", _F, "quantity x unit_cost after less before.", _MONEY),
        Column("value_touched", _F, "The money that the change touches: see docs/concepts/what_if.md.", _MONEY),
        Column("is_in_fence", _B, "One of its due dates lies inside the planning time fence of its item."),
        Column("is_near", _B, "One of its release dates lies before as_of + near_days."),
        Column("edits", _S, "The numbers of the edits that reached it, such as 1, 3; empty where that is not known."),
    ),
)

MESSAGE_CHANGES = Table(
    "message_changes",
    "A message that only one of the plans has.",
    (Column("change", _S, "Which plan has it.", choices=("came", "went")), *MESSAGES.columns),
)

KPI_CHANGES = Table(
    "kpi_changes",
    "A figure of both plans side by side.",
    (
        Column("name", _S, "What is measured."),
        Column("unit", _S, "Its unit."),
        Column("before", _F, "The first plan."),
        Column("after", _F, "The second plan."),
        Column("change", _F, "after - before."),
    ),
    key=("name",),
)

PERIOD_CHANGES = Table(
    "period_changes",
    "The money of both plans by period.",
    (
        Column("period_start", _D, "First day of the period."),
        Column("inventory_value_before", _F, "Projected balances above zero x unit_cost, at the period's end.", _MONEY),
        Column("inventory_value_after", _F, "The same of the second plan.", _MONEY),
        Column("backlog_value_before", _F, "Projected balances below zero x unit_cost, at the period's end.", _MONEY),
        Column("backlog_value_after", _F, "The same of the second plan.", _MONEY),
        Column("purchase_spend_before", _F, "Planned and open purchases due in the period, at their price.", _MONEY),
        Column("purchase_spend_after", _F, "The same of the second plan.", _MONEY),
    ),
    key=("period_start",),
)

CHANGE_TOTALS = Table(
    "change_totals",
    "Changed orders added up: of the whole plan, of a family, of an item.",
    (
        Column("level", _S, "What is added up.", choices=("plan", "family", "item")),
        Column("id", _S, "The family or item; empty for the plan."),
        *(Column(kind, _I, f"Orders {kind.replace('_', ' ')}.", "orders") for kind in CHANGE_KINDS),
        Column("changed", _I, "All changed orders.", "orders"),
        Column("value_change", _F, "Sum of value_change.", _MONEY),
        Column("value_touched", _F, "Sum of value_touched.", _MONEY),
        Column("changed_in_fence", _I, "Those inside the planning time fence.", "orders"),
        Column("value_touched_in_fence", _F, "Their value_touched.", _MONEY),
        Column("changed_near", _I, "Those with a release before as_of + near_days.", "orders"),
        Column("value_touched_near", _F, "Their value_touched.", _MONEY),
    ),
    key=("level", "id"),
)

SERVICE_CHANGES = Table(
    "service_changes",
    "The service of both plans: of the whole plan, of a customer, a segment, a family, an item or a kind of demand.",
    (
        Column("level", _S, "What is added up.", choices=("plan", "kind", "segment", "customer", "family", "item")),
        Column("id", _S, "Which one; empty for the plan."),
        Column("demands_before", _I, "Open demands of the first plan.", "demands"),
        Column("demands_after", _I, "Open demands of the second plan.", "demands"),
        Column("on_time_before", _I, "Those that are there on their due date, whole.", "demands"),
        Column("on_time_after", _I, "The same of the second plan.", "demands"),
        Column("fill_rate_before", _F, "Quantity that is there on its due date / quantity.", "fraction"),
        Column("fill_rate_after", _F, "The same of the second plan.", "fraction"),
        Column("value_fill_rate_before", _F, "The same, quantities x unit_price.", "fraction"),
        Column("value_fill_rate_after", _F, "The same of the second plan.", "fraction"),
    ),
    key=("level", "id"),
)

COMPARISON_TABLES: dict[str, Table] = {
    table.name: table
    for table in (ORDER_CHANGES, MESSAGE_CHANGES, KPI_CHANGES, PERIOD_CHANGES, CHANGE_TOTALS, SERVICE_CHANGES)
}
