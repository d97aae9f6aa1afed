"""Random small data sets, each from one seed, that reach every option and every feature of netting rules 1-10.

Numbers have few decimals, so that exact ties are common. Items are numbered so that components come after their
parents and transfers go from a later site to an earlier one: there are no cycles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.reference.builder import Builder
from tests.reference.cases_alternates import add_alternates
from tests.reference.cases_ddmrp import DDMRP_OPTIONS, add_buffers
from tests.reference.cases_fences import FENCE_OPTIONS, add_fences, add_parameter_changes
from tests.reference.cases_firm import make_some_firm_orders
from tests.reference.cases_forecast import FORECAST_OPTIONS, add_forecast
from tests.reference.cases_lot_sizing import add_cost_rules
from tests.reference.cases_messages import firm_some_orders
from tests.reference.cases_sources import add_sources

FIRST_DAY = date(2026, 3, 2)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

NETTING_OPTIONS: dict[str, tuple[Any, ...]] = {
    "net_per": ("line",),
    "past_demand": ("keep",),
    "safety_stock_at_start": (False,),
    "expedite_window_days": (0, 1, 3, 7),
    "expedite_window_from": ("lead_time",),
    "expedite_tolerance_days": (1, 3),
    "defer_tolerance_days": (2, 5),
    "message_minimum_value": (1.0, 2.5, 20.0),
    "message_minimum_quantity": (1.0, 5.0, 7.5),
    "message_minimum_fraction": (0.1, 0.5),
    "message_horizon_days": (0, 5, 12),
    "resize_receipts": (True,),
    "increase_window_days": (1, 5),
    "await_receipts_days": (1, 4, 10),
    "window_need": ("end",),
    "minimum_rounding": ("raw",),
    "maximum_split": ("cap",),
    "due_on_working_day": (False,),
    "lead_time_from": ("routing",),
    "past_release": ("push",),
    "effectivity_at": ("due",),
    "component_date": ("keep",),
    "scrap_convention": ("multiply",),
    "phantom_stock": ("net",),
    "alternates": ("alternates_first", "fixed_usage"),
}
OPTION_VALUES = {**NETTING_OPTIONS, **FORECAST_OPTIONS, **FENCE_OPTIONS, **DDMRP_OPTIONS}


@dataclass(frozen=True)
class Case:
    """One data set and the options to plan it with; `n_seeds` of them when cases were merged."""

    seed: int
    as_of: date
    horizon_end: date | None
    options: dict[str, Any]
    tables: dict[str, list[dict[str, Any]]]
    n_seeds: int = 1
    holding_rate_per_year: float = 0.0


def generate(seed: int) -> Case:
    """Return the case of a seed."""
    random = Random(seed)
    as_of = FIRST_DAY + timedelta(days=random.randint(0, 6))
    n_items = random.randint(1, 10) if random.random() < 0.5 else random.randint(1, 4)
    sites = random.choice((["MAIN"], ["MAIN"], ["S1"], ["S1", "S2"], ["MAIN", "S2", "S3"], ["S1", "S2", "S3"]))
    builder = Builder(
        random=random,
        as_of=as_of,
        items=[f"I{number}" for number in range(n_items)],
        sites=sites,
        step=random.choice((1, 1, 0.25, 0.1, 0.5)),
        richness=random.choice((0.3, 0.7, 1.0, 1.5)),
    )
    builder.options = choose_options(builder)
    add_calendars(builder)
    add_sites(builder)
    add_bom_lines(builder)
    add_alternates(builder)
    add_items(builder)
    add_item_sites(builder)
    add_suppliers(builder)
    add_lanes(builder)
    add_sources(builder)
    add_routings(builder)
    add_demands(builder)
    add_supplies(builder)
    add_forecast(builder, seed)
    firm_some_orders(builder)
    add_buffers(builder, seed)
    add_fences(builder, seed)
    add_parameter_changes(builder, seed)
    horizon_end = builder.day(5, 40) if builder.chance(0.1) else None
    make_some_firm_orders(builder, seed)
    rate = add_cost_rules(builder, seed)
    return Case(seed, as_of, horizon_end, builder.options, builder.tables, holding_rate_per_year=rate)


def choose_options(builder: Builder) -> dict[str, Any]:
    """Return options: most cases change a few."""
    share = builder.pick((0, 0.1, 0.2, 0.5))
    options = {
        name: builder.pick(values) for name, values in NETTING_OPTIONS.items() if builder.random.random() < share
    }
    if "increase_window_days" in options or "message_minimum_fraction" in options:
        options["resize_receipts"] = True
    if "window_need" in options and builder.random.random() < 0.8:
        options["expedite_window_days"] = builder.pick((0, 1))  # else what comes in a window comes before it
    if builder.random.random() < share:
        options["grid_anchor"] = builder.day(-12, 12)
    return options


def add_calendars(builder: Builder) -> None:
    """Add up to two calendars with closed weekdays and days that differ."""
    for number in range(builder.pick((0, 1, 2))):
        name = f"C{number}"
        closed = builder.random.sample(WEEKDAYS, builder.pick((0, 1, 2, 2, 4)))
        hours: dict[str, float] = dict.fromkeys(closed, 0.0)
        hours |= {day: builder.pick((8.0, 16.0)) for day in WEEKDAYS if day not in closed and builder.chance(0.6)}
        builder.add("calendars", calendar_id=name, **hours)
        for day in sorted({builder.day(-15, 30) for _ in range(builder.pick((0, 0, 2, 6)))}):
            builder.add("calendar_exceptions", calendar_id=name, date=day, hours=builder.pick((0.0, 0.0, 8.0)))


def calendar_ids(builder: Builder) -> list[str | None]:
    """Return the calendars that a site, supplier or work center can have."""
    return [None, *(row["calendar_id"] for row in builder.tables.get("calendars", []))]


def add_sites(builder: Builder) -> None:
    """Add the sites; a data set with MAIN alone may do without the table."""
    if builder.sites == ["MAIN"] and builder.random.random() < 0.5:
        return
    for site in builder.sites:
        builder.add("sites", site_id=site, calendar_id=builder.pick(calendar_ids(builder)))


def add_bom_lines(builder: Builder) -> None:
    """Add the bills: components come after their parent."""
    for number, parent in enumerate(builder.items[:-1]):
        if builder.random.random() < 0.6:
            for _ in range(builder.pick((1, 1, 2, 3))):
                add_bom_line(builder, parent, builder.pick(builder.items[number + 1 : number + 5]))


def add_bom_line(builder: Builder, parent: str, component: str) -> None:
    """Add one line."""
    is_by_product = builder.chance(0.08)
    quantity_per = builder.pick((1.0, 2.0, 1.0, 0.5, 0.1, 0.3, 3.0, 0.25, 1.1))
    start = builder.maybe(0.15, [builder.day(-10, 15)])
    fixed = builder.maybe(0.15, (1.0, 0.25, 2.0)) or 0.0
    if builder.chance(0.04):
        quantity_per = 0.0
    builder.add(
        "bom_lines",
        parent_item_id=parent,
        component_item_id=component,
        quantity_per=-quantity_per if is_by_product else quantity_per,
        quantity_fixed=-fixed if is_by_product else fixed,
        scrap_fraction=builder.maybe(builder.often(0.2, "scrap_convention"), (0.1, 0.05, 0.2, 0.25)),
        site_id=builder.maybe(0.15, builder.sites),
        effective_from=start,
        effective_to=builder.maybe(0.15, [(start or builder.as_of) + timedelta(days=builder.random.randint(1, 20))]),
        offset_days=builder.maybe(0.2, (1, 2, 3, -1, -2)),
        at_end=builder.maybe(0.12, (True,)),
        alternate_group=builder.maybe(0.12, ("a", "a", "b")),
        alternate_priority=builder.maybe(0.3, (1, 2, 3)),
        usage_fraction=builder.maybe(0.1, (0.5, 0.3, 0.0)),
    )


def planning_parameters(builder: Builder, item: str) -> dict[str, Any]:
    """Return parameters for an item or an item at a site; a maximum is above every minimum and multiple."""
    scale = 2 ** builder.depth(item)
    has_minimum = builder.often(0.2, "minimum_rounding")
    rules = ["lot_for_lot", "fixed_order_quantity", "order_up_to", "period_of_supply", "period_of_supply"]
    if builder.random.random() < builder.often(0, "window_need", "grid_anchor"):
        rules = ["period_of_supply"]
    return {
        "is_planned": builder.maybe(0.04, (False,)),
        "lead_time_days": builder.maybe(0.8, (0, 1, 2, 3, 5, 8)),
        "lead_time_unit": builder.maybe(0.4, ("working", "calendar", "calendar")),
        "lead_time_days_per_unit": builder.maybe(0.1, (0.1, 0.01, 0.25, 0.3)),
        "safety_lead_time_days": builder.maybe(0.2, (1, 2, 3)),
        "safety_stock": builder.maybe(0.3, (1.0, 5.0, builder.amount(0, 10))),
        "lot_sizing_rule": builder.maybe(0.7, rules),
        "fixed_order_quantity": float(builder.pick((2, 5, 10.5, 7.2, 12.6)) * scale),
        "period_of_supply_days": builder.pick((1, 3, 5, 7, 14)),
        "order_up_to_level": float(builder.pick((0, 12, 15, 20.5))),
        "order_point": builder.maybe(0.4, (0.0, 3.0, 7.5, 12.0)),
        "minimum_order_quantity": builder.maybe(has_minimum, (1.0, 5.0, 7.5, 0.3, 10.0)),
        "order_multiple": builder.maybe(has_minimum, (1.0, 4.0, 2.5, 0.1, 0.3, 6.0)),
        "maximum_order_quantity": builder.maybe(
            builder.often(0.12, "maximum_split"), (10.0 * scale, 12.3 * scale, 25.0 * scale)
        ),
        "yield_fraction": builder.maybe(0.12, (0.9, 0.8, 0.5, 0.95)),
    }


def add_items(builder: Builder) -> None:
    """Add the items; an item without by-product lines pointing at it may be a phantom."""
    lines = builder.tables.get("bom_lines", [])
    parents = {row["parent_item_id"] for row in lines}
    given = {row["component_item_id"] for row in lines if row["quantity_per"] < 0 or row["quantity_fixed"] < 0}
    for item in builder.items:
        can_be_phantom = item not in given and item in parents
        is_phantom = builder.maybe(builder.often(0.25, "phantom_stock"), (True,)) if can_be_phantom else None
        builder.add(
            "items",
            item_id=item,
            quantity_decimals=builder.maybe(0.25, (0, 1, 2)),
            unit_cost=builder.maybe(0.7, (0.1, 1.0, 2.5, 0.29)),
            is_phantom=is_phantom,
            supply_type=None if is_phantom else builder.maybe(0.08, ("make", "buy", "transfer")),
            **planning_parameters(builder, item),
        )


def add_item_sites(builder: Builder) -> None:
    """Add parameters for one site; a phantom stays what it is or becomes none."""
    for row in list(builder.tables["items"]):
        for number, site in enumerate(builder.sites):
            if builder.chance(0.25):
                later = builder.sites[number + 1 :]
                parameters = planning_parameters(builder, row["item_id"])
                for name in list(parameters):
                    if builder.random.random() < 0.5:
                        parameters[name] = None
                supply_type = builder.maybe(0.4, ("make", "buy", "transfer", "transfer"))
                parameters["supply_type"] = None if row["is_phantom"] else supply_type
                parameters["source_site_id"] = builder.maybe(0.2, later) if later else None
                parameters["is_phantom"] = builder.maybe(0.1, (False,)) if row["is_phantom"] else None
                builder.add("item_sites", item_id=row["item_id"], site_id=site, **parameters)


def add_suppliers(builder: Builder) -> None:
    """Add suppliers and what they offer."""
    names = [f"V{number}" for number in range(builder.pick((0, 0, 1, 3)))]
    for name in names:
        builder.add("suppliers", supplier_id=name, calendar_id=builder.pick(calendar_ids(builder)))
    for row in builder.tables["items"] if names else []:
        row["supplier_id"] = builder.maybe(0.15, names)
        for _ in range(builder.pick((0, 0, 1, 2))):
            start = builder.maybe(0.2, [builder.day(-5, 3)])
            builder.add(
                "item_suppliers",
                item_id=row["item_id"],
                supplier_id=builder.pick(names),
                site_id=builder.maybe(0.3, builder.sites),
                lead_time_days=builder.maybe(0.6, (0, 2, 4, 7)),
                minimum_order_quantity=builder.maybe(0.2, (2.0, 6.0, 0.0)),
                order_multiple=builder.maybe(0.2, (3.0, 0.5, 0.0)),
                maximum_order_quantity=builder.maybe(0.05, (20.0 * 2 ** builder.depth(row["item_id"]),)),
                priority=builder.maybe(0.5, (1, 2)),
                effective_from=start,
                effective_to=builder.maybe(0.2, [(start or builder.as_of) + timedelta(builder.random.randint(1, 5))]),
            )


def add_lanes(builder: Builder) -> None:
    """Add lanes from later sites to earlier ones, for one item or for all."""
    keys: set[tuple[str | None, str, str]] = set()
    for number, target in enumerate(builder.sites):
        for source in builder.sites[number + 1 :]:
            for item in (None, builder.pick(builder.items)):
                if builder.random.random() < 0.5:
                    keys.add((item, source, target))
    for item, source, target in sorted(keys, key=str):
        builder.add(
            "transfer_lanes",
            item_id=item,
            from_site_id=source,
            to_site_id=target,
            lead_time_days=builder.maybe(0.7, (0, 1, 3)),
            priority=builder.maybe(0.4, (1, 2)),
        )


def add_routings(builder: Builder) -> None:
    """Add work centers and operations."""
    if not builder.chance(builder.often(0.4, "lead_time_from")):
        return
    for name in ("W0", "W1"):
        builder.add(
            "work_centers",
            work_center_id=name,
            site_id=builder.site_cell(builder.pick(builder.sites)),
            calendar_id=builder.pick(calendar_ids(builder)),
            efficiency_fraction=builder.maybe(0.5, (0.5, 0.8, 1.25)),
        )
    for item in builder.items:
        for _ in range(builder.pick((0, 0, 1, 2, 3))):
            builder.add(
                "operations",
                item_id=item,
                site_id=builder.site_cell(builder.pick(builder.sites)),
                operation_sequence=builder.pick((10, 20)),
                work_center_id=builder.pick(("W0", "W1")),
                alternate_priority=builder.maybe(0.4, (1, 2)),
                setup_minutes=builder.maybe(0.7, (30.0, 480.0, 1440.0)),
                run_minutes_per_unit=builder.maybe(0.7, (6.0, 48.0, 1.5, 0.1)),
                queue_minutes=builder.maybe(0.3, (1440.0, 720.0)),
                wait_minutes=builder.maybe(0.2, (60.0,)),
                move_minutes=builder.maybe(0.2, (144.0, 30.0)),
            )


def add_demands(builder: Builder) -> None:
    """Add customers and demands, some of them late already."""
    customers = [f"K{number}" for number in range(builder.pick((0, 2)))]
    for name in customers:
        builder.add("customers", customer_id=name, priority=builder.maybe(0.6, (1, 3, 5, 7)))
    wanted = builder.items[: builder.pick((1, 2, len(builder.items)))]
    for number in range(builder.random.randint(0, 20) if builder.random.random() < 0.7 else 3):
        builder.add(
            "demands",
            demand_id=f"D{number}",
            item_id=builder.pick(wanted),
            site_id=builder.site_cell(
                builder.sites[0] if builder.random.random() < 0.5 else builder.pick(builder.sites)
            ),
            due_date=builder.day(-4, 20) if builder.random.random() < 0.5 else builder.day(5, 50),
            quantity=builder.amount(0, builder.pick((3, 10, 25))),
            kind=builder.maybe(0.5, ("sales_order", "forecast", "independent", "service")),
            customer_id=builder.maybe(0.5, customers) if customers else None,
            priority=builder.maybe(0.3, (1, 2, 5, 9)),
        )


def add_supplies(builder: Builder) -> None:
    """Add stock, open orders and what is allocated to them."""
    for _ in range(builder.pick((0, 2, 5, 10))):
        status = builder.maybe(0.3, ("available", "quality", "quality", "blocked"))
        quantity = builder.amount(0, 25)
        if status in (None, "available") and builder.chance(0.08):
            quantity = -quantity
        builder.add(
            "on_hand",
            item_id=builder.pick(builder.items),
            site_id=builder.site_cell(builder.pick(builder.sites)),
            quantity=quantity,
            expiry_date=builder.maybe(0.25, [builder.day(-1, 25)]),
            status=status,
            available_date=builder.maybe(0.8, [builder.day(-3, 15)]) if status == "quality" else None,
        )
    for number in range(builder.pick((6, 10) if "window_need" in builder.options else (0, 1, 3, 6))):
        add_receipt(builder, f"R{number}")
    for _ in range(builder.pick((0, 0, 1, 4))):
        builder.add(
            "allocations",
            order_id=builder.pick(("R0", "R1", "R2", "X")),
            item_id=builder.pick(builder.items),
            site_id=builder.site_cell(builder.pick(builder.sites)),
            required_date=builder.day(-3, 15),
            quantity=builder.amount(0, 10),
        )


def add_receipt(builder: Builder, name: str) -> None:
    """Add an open order; a transfer of its own kind comes from a later site."""
    number = builder.random.randrange(len(builder.sites))
    later = builder.sites[number + 1 :]
    is_transfer = bool(later) and builder.chance(0.06)
    due = builder.day(-5, 30)
    builder.add(
        "scheduled_receipts",
        order_id=name,
        item_id=builder.pick(builder.items),
        site_id=builder.site_cell(builder.sites[number]),
        due_date=due,
        quantity=builder.amount(0, 25),
        status=builder.maybe(0.5, ("released", "firm_planned", "firm_planned")),
        release_date=builder.maybe(0.3, [due - timedelta(days=builder.random.randint(0, 10))]),
        supply_type="transfer" if is_transfer else builder.maybe(0.1, ("make", "buy")),
        source_site_id=builder.pick(later) if is_transfer else None,
    )
