"""Broken cells and rows."""

from __future__ import annotations

from tests.planning.broken_case import Case, error, warning
from tests.planning.broken_files import both, cell, plus

CLOSED = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), "0")
RULES = "lot_sizing_rule"
LOW, HIGH = "minimum_order_quantity", "maximum_order_quantity"


def line(parent: str, component: str, **cells: str) -> dict[str, str]:
    return {"parent_item_id": parent, "component_item_id": component, **cells}


BROKEN_ROWS: dict[str, Case] = {
    # cells
    "required cell": (  # empty
        cell("demands", 1, quantity=""),
        [error("demands", "quantity", 1, "missing_value", "quantity is empty")],
    ),
    "required cell of blanks": (  # white space is empty
        cell("demands", 2, item_id="  "),
        [error("demands", "item_id", 2, "missing_value", "item_id is empty")],
    ),
    "no such day": (  # 30 February
        cell("demands", 1, due_date="2026-02-30"),
        [error("demands", "due_date", 1, "unreadable_date", "the calendar has no such day")],
    ),
    "day first": (  # not ISO
        cell("demands", 1, due_date="22/11/2026"),
        [error("demands", "due_date", 1, "unreadable_date", "year-month-day")],
    ),
    "day number": (  # a date as a spreadsheet stores it
        cell("demands", 1, due_date="46040"),
        [error("demands", "due_date", 1, "unreadable_date", "spreadsheet")],
    ),
    "date a word": (  # no date at all
        cell("demands", 1, due_date="asap"),
        [error("demands", "due_date", 1, "unreadable_date", "asap is not a date")],
    ),
    "date too late": (  # "never" in some systems
        cell("demands", 1, due_date="9999-12-31"),
        [error("demands", "due_date", 1, "out_of_range", "2200-12-31")],
    ),
    "date too early": (  # "always" in some systems
        cell("bom_lines", 1, effective_from="1753-01-01"),
        [error("bom_lines", "effective_from", 1, "out_of_range", "1900-01-01")],
    ),
    "date and time": (  # hour 25
        cell("open_operations", 1, actual_start="2026-01-05 25:00"),
        [error("open_operations", "actual_start", 1, "unreadable_datetime", "2026-11-22T06:00:00")],
    ),
    "number a word": (  # no number
        cell("on_hand", 1, quantity="seven"),
        [error("on_hand", "quantity", 1, "unreadable_float", "seven is not a number")],
    ),
    "decimal comma": (  # as much of Europe writes it
        cell("on_hand", 1, quantity="7,5"),
        [error("on_hand", "quantity", 1, "unreadable_float", "Write 7.5")],
    ),
    "thousands": (  # as people read it
        cell("on_hand", 1, quantity="1,234.5"),
        [error("on_hand", "quantity", 1, "unreadable_float", "thousands separators")],
    ),
    "not finite": (  # division by zero upstream
        cell("on_hand", 1, quantity="inf"),
        [error("on_hand", "quantity", 1, "not_finite", "inf is not a finite number")],
    ),
    "not a number": (  # 0 / 0 upstream
        cell("items", 1, unit_cost="NaN"),
        [error("items", "unit_cost", 1, "not_finite", "nan is not a finite")],
    ),
    "too large": (  # sums would overflow
        cell("on_hand", 1, quantity="1e300"),
        [error("on_hand", "quantity", 1, "out_of_range", "typing error?")],
    ),
    "spreadsheet error": (  # a failed lookup
        cell("on_hand", 1, quantity="#N/A"),
        [error("on_hand", "quantity", 1, "unreadable_float", "#N/A is not a number")],
    ),
    "half a day": (  # whole days only
        cell("items", 1, lead_time_days="3.5"),
        [error("items", "lead_time_days", 1, "unreadable_integer", "3.5 is not a whole number")],
    ),
    "lead time of centuries": (  # a hundred years at most
        cell("items", 1, lead_time_days="99999"),
        [error("items", "lead_time_days", 1, "out_of_range", "36,500")],
    ),
    "neither true nor false": (  # no claim
        cell("items", 1, is_phantom="perhaps"),
        [error("items", "is_phantom", 1, "unreadable_boolean", "true or false")],
    ),
    "unknown choice": (  # typing error
        cell("items", 1, lot_sizing_rule="lot for lott"),
        [error("items", RULES, 1, "unknown_choice", "did you mean lot_for_lot?")],
    ),
    "unknown kind": (  # another system's word
        cell("demands", 1, kind="order"),
        [error("demands", "kind", 1, "unknown_choice", "sales_order, forecast")],
    ),
    # numbers out of range
    "negative demand": (  # a return?
        cell("demands", 1, quantity="-5"),
        [error("demands", "quantity", 1, "out_of_range", "-5 is less than 0")],
    ),
    "negative lead time": (  # before release
        cell("items", 1, lead_time_days="-1"),
        [error("items", "lead_time_days", 1, "out_of_range", "less than 0")],
    ),
    "negative cost": (  # money back
        cell("items", 1, unit_cost="-1"),
        [error("items", "unit_cost", 1, "out_of_range", "less than 0")],
    ),
    "yield 0": (  # nothing comes out
        cell("items", 1, yield_fraction="0"),
        [error("items", "yield_fraction", 1, "out_of_range", "not more than 0")],
    ),
    "yield in percent": (  # a fraction
        cell("items", 1, yield_fraction="98"),
        [error("items", "yield_fraction", 1, "out_of_range", "more than 1")],
    ),
    "all scrap": (  # division by 0
        cell("bom_lines", 1, scrap_fraction="1"),
        [error("bom_lines", "scrap_fraction", 1, "out_of_range", "more than")],
    ),
    "usage above 1": (  # a fraction
        cell("bom_lines", 1, usage_fraction="1.5"),
        [error("bom_lines", "usage_fraction", 1, "out_of_range", "more than 1")],
    ),
    "lot of 0": (  # endless orders
        cell("items", 1, lot_sizing_rule="fixed_order_quantity", fixed_order_quantity="0"),
        [error("items", "fixed_order_quantity", 1, "out_of_range", "not more than 0")],
    ),
    "window of 0 days": (  # no window
        cell("items", 1, lot_sizing_rule="period_of_supply", period_of_supply_days="0"),
        [error("items", "period_of_supply_days", 1, "out_of_range", "less than 1")],
    ),
    "priority 0": (  # 1 comes first
        cell("customers", 1, priority="0"),
        [error("customers", "priority", 1, "out_of_range", "less than 1")],
    ),
    "25 hours": (  # a day has 24
        cell("calendars", 1, monday="25"),
        [error("calendars", "monday", 1, "out_of_range", "more than 24")],
    ),
    "ten decimals": (  # 0 to 9
        cell("items", 1, quantity_decimals="10"),
        [error("items", "quantity_decimals", 1, "out_of_range", "more than 9")],
    ),
    # two columns of a row
    "maximum below minimum": (  # no order can be both
        cell("items", 1, minimum_order_quantity="10", maximum_order_quantity="5"),
        [error("items", HIGH, 1, "wrong_order", "less than minimum_order_quantity")],
    ),
    "maximum below multiple": (  # the multiple is 100
        cell("items", 4, maximum_order_quantity="50"),
        [error("items", HIGH, 4, "wrong_order", "less than order_multiple")],
    ),
    "maximum of a site": (  # over the item's multiple
        cell("item_sites", 1, item_id="spoke", maximum_order_quantity="50"),
        [error("item_sites", HIGH, 1, "wrong_order", "less than order_multiple of items")],
    ),
    "minimum of a supplier": (  # under the item's maximum
        both(cell("items", 2, maximum_order_quantity="5"), cell("item_suppliers", 1, minimum_order_quantity="8")),
        [error("item_suppliers", LOW, 1, "wrong_order", "more than maximum_order_quantity of items")],
    ),
    "ends before it begins": (  # swapped
        cell("bom_lines", 1, effective_from="2026-05-01", effective_to="2026-04-01"),
        [error("bom_lines", "effective_to", 1, "empty_interval", "before effective_from")],
    ),
    "ends when it begins": (  # to is exclusive
        cell("bom_lines", 1, effective_from="2026-05-01", effective_to="2026-05-01"),
        [warning("bom_lines", "effective_to", 1, "empty_interval", "never in force")],
    ),
    "level below safety stock": (  # the floor counts
        cell("items", 3, lot_sizing_rule="order_up_to", order_up_to_level="2"),
        [warning("items", "order_up_to_level", 3, "low_level", "less than safety_stock")],
    ),
    "order point above level": (  # orders would not reach it
        cell("items", 1, lot_sizing_rule="order_up_to", order_up_to_level="5", order_point="8"),
        [warning("items", "order_point", 1, "high_order_point", "more than order_up_to_level")],
    ),
    "lot without quantity": (  # the rule's parameter
        cell("items", 1, lot_sizing_rule="fixed_order_quantity"),
        [error("items", RULES, 1, "missing_parameter", "needs fixed_order_quantity")],
    ),
    "period without days": (  # the rule's parameter
        cell("items", 1, lot_sizing_rule="period_of_supply"),
        [error("items", RULES, 1, "missing_parameter", "needs period_of_supply_days")],
    ),
    "level not given": (  # neither here nor in items
        cell("item_sites", 1, lot_sizing_rule="order_up_to"),
        [error("item_sites", RULES, 1, "missing_parameter", "needs order_up_to_level")],
    ),
    "ordering cost not given": (  # nothing is weighed
        cell("items", 1, lot_sizing_rule="groff"),
        [warning("items", RULES, 1, "cost_of_zero", "the ordering cost is 0: groff plans lot for lot")],
    ),
    "holding cost not given": (  # no rate in the settings
        cell("items", 1, lot_sizing_rule="silver_meal", ordering_cost="20"),
        [warning("items", RULES, 1, "cost_of_zero", "silver_meal orders everything at once")],
    ),
    "holding cost not given for an economic lot": (  # the lot would be infinite
        cell("item_sites", 1, lot_sizing_rule="economic_order_quantity", ordering_cost="20"),
        [warning("item_sites", RULES, 1, "cost_of_zero", "economic_order_quantity plans lot for lot")],
    ),
    "own component": (  # the shortest cycle
        plus("bom_lines", line("wheel", "wheel", quantity_per="1")),
        [error("bom_lines", "component_item_id", 4, "own_component", "component of itself")],
    ),
    "line of nothing": (  # forgotten
        cell("bom_lines", 1, quantity_per="0"),
        [warning("bom_lines", "quantity_per", 1, "no_quantity", "the line needs nothing")],
    ),
    "opposite signs": (  # component or by-product
        cell("bom_lines", 1, quantity_fixed="-1"),
        [error("bom_lines", "quantity_fixed", 1, "opposite_signs", "by-product?")],
    ),
    "lane in a circle": (  # no way
        plus("transfer_lanes", {"from_site_id": "SHOP", "to_site_id": "SHOP"}),
        [error("transfer_lanes", "to_site_id", 2, "own_source", "from SHOP to SHOP")],
    ),
    "receipt from itself": (  # empty site means MAIN
        cell("scheduled_receipts", 1, supply_type="transfer", source_site_id="MAIN"),
        [error("scheduled_receipts", "source_site_id", 1, "own_source", "from MAIN to MAIN")],
    ),
    "released after due": (  # swapped?
        cell("scheduled_receipts", 1, release_date="2026-02-01"),
        [warning("scheduled_receipts", "release_date", 1, "late_release", "after due_date")],
    ),
    "no working day": (  # nothing could ever be done
        cell("calendars", 1, **CLOSED),
        [error("calendars", "calendar_id", 1, "no_working_day", "no working day")],
    ),
    "shift unreadable": (  # no minutes
        cell("calendars", 1, shifts="6-14"),
        [error("calendars", "shifts", 1, "unreadable_shifts", "06:00-14:00")],
    ),
    "shifts overlap": (  # an hour twice
        cell("calendar_exceptions", 1, shifts="06:00-14:00;13:00-20:00"),
        [error("calendar_exceptions", "shifts", 1, "unreadable_shifts", "overlaps")],
    ),
    "shift of no time": (  # 0 or 24 hours?
        cell("calendars", 1, shifts="06:00-06:00"),
        [error("calendars", "shifts", 1, "unreadable_shifts", "lasts no time")],
    ),
}
