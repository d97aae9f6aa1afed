"""Random small bills, and what follows from them by plain recursion over the rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import ceil, floor

import polars as pl
from hypothesis import strategies as st

from bom.routing_tables import OPERATIONS, WORK_CENTERS
from bom.structure import ProductStructure, build_structure
from bom.tables import BOM_LINES, ITEMS
from tests.bom.conftest import ON, frame

ITEM_IDS = tuple("ABCDEFG")

# Quantities are sums of powers of two, so that the same number comes out in whatever order it is added up.
parameters = st.fixed_dictionaries(
    {
        "supply_type": st.sampled_from([None, None, None, "make", "buy", "transfer"]),
        "is_phantom": st.sampled_from([None, False, False, True]),
        "quantity_decimals": st.sampled_from([None, 0, 1]),
        "yield_fraction": st.sampled_from([None, 1.0, 0.5]),
        "unit_cost": st.sampled_from([None, 1.0, 8.0]),
        "lead_time_days": st.integers(0, 5),
        "safety_lead_time_days": st.integers(0, 2),
        "lead_time_days_per_unit": st.sampled_from([None, 0.25]),
        "fixed_order_quantity": st.sampled_from([None, None, 4.0]),
        "minimum_order_quantity": st.sampled_from([None, 0.0, 2.0]),
    }
)
line = st.fixed_dictionaries(
    {
        "pair": st.tuples(st.integers(0, 6), st.integers(0, 6)).filter(lambda pair: pair[0] != pair[1]).map(sorted),
        "quantity_per": st.sampled_from([None, 0.25, 1.0, 2.0, 3.0, -0.5, 0.0]),
        "quantity_fixed": st.sampled_from([None, 0.0, 1.5]),
        "scrap_fraction": st.sampled_from([None, 0.0, 0.5]),
        "usage_fraction": st.sampled_from([None, 1.0, 0.5]),
        "offset_days": st.sampled_from([None, 1, -2]),
        "at_end": st.sampled_from([None, False, True]),
    }
)
operation = st.fixed_dictionaries(
    {
        "item_id": st.sampled_from(ITEM_IDS),
        "operation_sequence": st.sampled_from([10, 20]),
        "work_center_id": st.sampled_from(["saw", "lathe"]),
        "alternate_priority": st.sampled_from([None, 1, 2]),
        "setup_minutes": st.sampled_from([None, 30.0]),
        "run_minutes_per_unit": st.sampled_from([None, 7.5]),
    }
)


@dataclass(frozen=True)
class Bills:
    """Rows as dictionaries, with the defaults filled in by hand."""

    items: dict[str, dict]
    lines: list[dict]
    operations: list[dict]

    def structure(self) -> ProductStructure:
        rows = [{"item_id": item, **values} for item, values in self.items.items()]
        return build_structure(frame(ITEMS, rows), frame(BOM_LINES, self.lines), ON)

    def operation_frames(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        rates = [
            {"work_center_id": "saw", "cost_per_hour": 60.0},
            {"work_center_id": "lathe", "cost_per_hour": 120.0, "efficiency_fraction": 0.5},
        ]
        return frame(OPERATIONS, self.operations), frame(WORK_CENTERS, rates)

    def value(self, item, name, default=0.0):
        found = self.items[item][name]
        return default if found is None else found

    def is_exploded(self, item):
        default = "make" if any(line["parent_item_id"] == item for line in self.lines) else "buy"
        return self.value(item, "is_phantom", False) or self.value(item, "supply_type", default) == "make"

    def lines_of(self, item):
        return [line for line in self.lines if line["parent_item_id"] == item]

    def per(self, line):
        quantity = 1.0 if line["quantity_per"] is None else line["quantity_per"]
        usage = 1.0 if line["usage_fraction"] is None else line["usage_fraction"]
        return (
            quantity
            * usage
            / (1 - (line["scrap_fraction"] or 0))
            / self.value(line["parent_item_id"], "yield_fraction", 1.0)
        )

    def is_by_product(self, line):
        return line["quantity_per"] is not None and line["quantity_per"] < 0

    def asked(self, line, quantity, orders, is_rounded):
        """Return what a line asks of its component for a quantity of its parent."""
        if quantity == 0:
            return 0.0
        amount = quantity * self.per(line) + orders * (line["quantity_fixed"] or 0)
        component = line["component_item_id"]
        decimals = self.items[component]["quantity_decimals"]
        if not is_rounded or decimals is None or self.value(component, "is_phantom", False):
            return amount
        return (ceil if amount > 0 else lambda x: -floor(-x))(amount * 10**decimals) / 10**decimals

    def paths(self, top, quantity, is_rounded=True, level=1):
        """Return (level, line number, quantity) for every path down, by recursion."""
        rows = []
        for number, line in enumerate(self.lines, 1):
            if line["parent_item_id"] != top:
                continue
            amount = self.asked(line, quantity, 1, is_rounded)
            rows.append((level, number, amount))
            if not self.is_by_product(line) and self.is_exploded(line["component_item_id"]):
                rows += self.paths(line["component_item_id"], amount, is_rounded, level + 1)
        return rows

    def totals(self, top, quantity, is_rounded=True):
        """Return {(item, is by-product): quantity}, each item asking its parents how much they need of it."""

        @cache
        def need(item):
            """Return the quantity and the number of orders of an item, as far as it leads on."""
            if item == top:
                return quantity, 1
            used, orders = 0.0, 0
            for line in self.lines:
                if (
                    line["component_item_id"] == item
                    and not self.is_by_product(line)
                    and leads_on(line["parent_item_id"])
                ):
                    above, orders_above = need(line["parent_item_id"])
                    used += self.asked(line, above, orders_above, is_rounded)
                    orders += orders_above if above else 0
            return used, orders if self.value(item, "is_phantom", False) else 1

        @cache
        def leads_on(item):
            if item == top:
                return True
            into = [line for line in self.lines if line["component_item_id"] == item and not self.is_by_product(line)]
            return self.is_exploded(item) and any(leads_on(line["parent_item_id"]) for line in into)

        found = {}
        for line in self.lines:
            if leads_on(line["parent_item_id"]):
                key = (line["component_item_id"], self.is_by_product(line))
                found[key] = found.get(key, 0) + self.asked(line, *need(line["parent_item_id"]), is_rounded)
        return found

    def lot(self, item):
        return self.value(item, "fixed_order_quantity", None) or self.value(item, "minimum_order_quantity") or 1.0

    def routing(self, item):
        """Return (cost per unit, cost per order) of an item's own operations."""
        rates = {"saw": 1.0, "lathe": 4.0}  # money per standard minute
        run = setup = 0.0
        for sequence in (10, 20):
            alternates = [o for o in self.operations if o["item_id"] == item and o["operation_sequence"] == sequence]
            for first in sorted(alternates, key=lambda o: o["alternate_priority"] or 1)[:1]:
                run += (first["run_minutes_per_unit"] or 0) * rates[first["work_center_id"]]
                setup += (first["setup_minutes"] or 0) * rates[first["work_center_id"]]
        return run / self.value(item, "yield_fraction", 1.0), setup

    def cost(self, item, lot):
        """Return what one order of ``lot`` of an item costs, by recursion over its lines; phantoms join the order."""
        has_routing = any(o["item_id"] == item for o in self.operations)
        if not self.is_exploded(item) or not (self.lines_of(item) or has_routing):
            return lot * self.value(item, "unit_cost")
        run, setup = self.routing(item)
        total = setup + lot * run
        for line in self.lines_of(item):
            component = line["component_item_id"]
            quantity = lot * self.per(line) + (line["quantity_fixed"] or 0)
            if self.value(component, "is_phantom", False):
                total += self.cost(component, quantity)
            else:
                total += quantity * self.cost(component, self.lot(component)) / self.lot(component)
        return total

    def cumulative(self, item):
        """Return the cumulative lead time of an item by recursion."""
        is_phantom = self.value(item, "is_phantom", False)
        per_unit = ceil(self.lot(item) * self.value(item, "lead_time_days_per_unit"))
        own = 0 if is_phantom else self.items[item]["lead_time_days"] + per_unit
        days = [own]
        for line in self.lines_of(item) if self.is_exploded(item) else []:
            if not self.is_by_product(line):
                below = self.cumulative(line["component_item_id"])
                days.append(below if line["at_end"] else below + own - (line["offset_days"] or 0))
        return max(days) + (0 if is_phantom else self.items[item]["safety_lead_time_days"])


@st.composite
def bills(draw, has_fixed=True):
    """Return random bills of up to seven items without cycles; no phantom is a by-product."""
    names = draw(st.permutations(ITEM_IDS))
    items = {item: draw(parameters) for item in ITEM_IDS}
    lines = []
    for drawn in draw(st.lists(line, max_size=10)):
        parent, component = (names[code] for code in drawn["pair"])
        row = {"parent_item_id": parent, "component_item_id": component, **drawn}
        del row["pair"]
        if not has_fixed:
            row["quantity_fixed"] = None
        if items[component]["is_phantom"] and (row["quantity_per"] or 0) < 0:
            row["quantity_per"] = None
        lines.append(row)
    return Bills(items, lines, draw(st.lists(operation, max_size=5)))
