"""Broken keys and ids, contradictions between tables, and what this version does not read."""

from __future__ import annotations

from tests.planning.broken_case import Case, error, warning
from tests.planning.broken_files import both, cell, plus, without

KIT = {"item_id": "kit", "is_phantom": "true"}


def line(parent: str, component: str, **cells: str) -> dict[str, str]:
    return {"parent_item_id": parent, "component_item_id": component, **cells}


BROKEN_LINKS: dict[str, Case] = {
    # keys
    "item twice": (  # names both rows
        plus("items", {"item_id": "frame"}),
        [error("items", "item_id", 5, "duplicate_key", "in row 2")],
    ),
    "item twice but for blanks": (  # white space around ids goes
        plus("items", {"item_id": " frame "}),
        [error("items", "item_id", 5, "duplicate_key", "in row 2")],
    ),
    "item at a site twice": (  # a key of two columns
        plus("item_sites", {"item_id": "bike", "site_id": "SHOP"}),
        [error("item_sites", "item_id, site_id", 2, "duplicate_key", "bike, SHOP")],
    ),
    "demand twice": (  # its key is optional
        cell("demands", 2, demand_id="1"),
        [error("demands", "demand_id", 2, "duplicate_key", "in row 1")],
    ),
    "order twice": (  # an order of two lines
        cell("scheduled_receipts", 2, order_id="W1"),
        [error("scheduled_receipts", "order_id", 2, "duplicate_key", "in row 1")],
    ),
    "exception twice": (  # open or closed?
        plus("calendar_exceptions", {"calendar_id": "week", "date": "2026-01-06", "hours": "8"}),
        [error("calendar_exceptions", "calendar_id, date", 2, "duplicate_key", "week, 2026-01-06")],
    ),
    "lane twice": (  # empty item: every item, twice
        plus("transfer_lanes", {"from_site_id": "MAIN", "to_site_id": "SHOP"}),
        [error("transfer_lanes", "item_id, from_site_id, to_site_id", 2, "duplicate_key", "MAIN, SHOP")],
    ),
    # ids
    "unknown item": (  # typing error
        cell("demands", 1, item_id="bkie"),
        [error("demands", "item_id", 1, "unknown_id", "did you mean bike?")],
    ),
    "unknown component": (  # no such item
        plus("bom_lines", line("bike", "bell")),
        [error("bom_lines", "component_item_id", 4, "unknown_id", "bell is not in items")],
    ),
    "lost zeros": (  # a spreadsheet ate them
        cell("demands", 1, customer_id="42"),
        [error("demands", "customer_id", 1, "unknown_id", "did you mean 0042?")],
    ),
    "wrong case": (  # ids are as they are
        cell("on_hand", 1, item_id="WHEEL"),
        [error("on_hand", "item_id", 1, "unknown_id", "did you mean wheel?")],
    ),
    "unknown site": (  # typing error
        cell("demands", 1, site_id="MIAN"),
        [error("demands", "site_id", 1, "unknown_id", "did you mean MAIN?")],
    ),
    "site without sites": (  # without sites there is MAIN only
        without("sites", "item_sites", "transfer_lanes"),
        [error("demands", "site_id", 2, "unknown_id", "SHOP is not in sites")],
    ),
    "no site named MAIN": (  # empty means MAIN
        both(
            cell("sites", 1, site_id="WORKS"),
            cell("transfer_lanes", 1, from_site_id="WORKS"),
            cell("item_sites", 1, source_site_id="WORKS"),
            cell("demands", 1, site_id="WORKS"),
            without(
                "on_hand",
                "scheduled_receipts",
                "allocations",
                "open_operations",
                "work_centers",
                "operations",
                "setup_times",
            ),
            plus("on_hand", {"item_id": "wheel", "site_id": "", "quantity": "1"}),
        ),
        [error("on_hand", "site_id", 1, "unknown_id", "an empty site_id means MAIN")],
    ),
    "unknown calendar": (  # typing error
        cell("sites", 2, calendar_id="weak"),
        [error("sites", "calendar_id", 2, "unknown_id", "did you mean week?")],
    ),
    "unknown supplier": (  # typing error
        cell("items", 1, supplier_id="ACNE"),
        [error("items", "supplier_id", 1, "unknown_id", "did you mean ACME?")],
    ),
    "no suppliers": (  # they only describe
        without("suppliers"),
        [
            warning("items", "supplier_id", 0, "absent_table", "no table suppliers"),
            warning("item_suppliers", "supplier_id", 0, "absent_table", "no table suppliers"),
        ],
    ),
    "unknown work center": (  # typing error
        cell("operations", 1, work_center_id="wled"),
        [error("operations", "work_center_id", 1, "unknown_id", "did you mean weld?")],
    ),
    "unknown order": (  # closed since
        cell("open_operations", 1, order_id="W2"),
        [error("open_operations", "order_id", 1, "unknown_id", "not in scheduled_receipts")],
    ),
    # between tables
    "cycle": (  # named in full
        plus("bom_lines", line("spoke", "bike")),
        [error("bom_lines", "component_item_id", 2, "cycle", "bike -> wheel -> spoke -> bike")],
    ),
    "cycle at one site": (  # lines without site are used there too
        plus("bom_lines", line("spoke", "bike", site_id="SHOP")),
        [error("bom_lines", "component_item_id", 2, "cycle", "bike -> wheel -> spoke -> bike")],
    ),
    "transfer cycle": (  # each waits for the other
        both(
            plus(
                "item_sites",
                {"item_id": "bike", "site_id": "MAIN", "supply_type": "transfer", "source_site_id": "SHOP"},
            )
        ),
        [error("item_sites", "source_site_id", 1, "cycle", "bike@MAIN -> bike@SHOP -> bike@MAIN")],
    ),
    "transfer from itself": (  # the shortest transfer cycle
        cell("item_sites", 1, source_site_id="SHOP"),
        [error("item_sites", "source_site_id", 1, "cycle", "bike@SHOP -> bike@SHOP")],
    ),
    "transfer from nowhere": (  # only runs short
        both(cell("item_sites", 1, source_site_id=""), without("transfer_lanes")),
        [warning("item_sites", "source_site_id", 1, "no_source", "no source_site_id and no lane")],
    ),
    "phantom by-product": (  # no stock to go to
        both(plus("items", KIT), plus("bom_lines", line("bike", "kit", quantity_per="-1"))),
        [error("bom_lines", "component_item_id", 4, "phantom_by_product", "kit is a by-product and a phantom")],
    ),
    # right, but not read by this version
    "yield that changes above 1": (  # a fraction
        plus(
            "parameter_changes",
            {"item_id": "bike", "effective_from": "2026-03-01", "parameter": "yield_fraction", "value": "97"},
        ),
        [error("parameter_changes", "value", 1, "out_of_range", "at most 1")],
    ),
    "shelf life": (  # a later version's
        cell("items", 1, shelf_life_days="5"),
        [warning("items", "shelf_life_days", 0, "not_read", "1 row")],
    ),
}
