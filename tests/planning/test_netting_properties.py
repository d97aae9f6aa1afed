"""Properties that hold for every plan, tried on random data sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import numba
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bom.errors import DataError
from planning.checks import validate
from planning.data import Settings
from planning.mrp import MrpResult
from planning.options import MrpOptions
from tests.asserts import assert_same_rows, run_mrp_checked
from tests.reference.cases import Case, generate
from tests.reference.compare import data_of

AS_OF = date(2026, 3, 2)
TABLES = ("planned_orders", "requirements", "messages", "mrp_records")
SEEDS = st.integers(min_value=0, max_value=100_000)
few = settings(max_examples=20, deadline=None, derandomize=True, database=None)


def plan_of(case: Case, **changes: Any) -> MrpResult:
    return run_mrp_checked(data_of(case), MrpOptions(**{**case.options, **changes}))


def shuffled(case: Case, seed: int) -> Case:
    """Return the case with the rows of every table in another order."""
    random = Random(seed)
    return replace(case, tables={name: random.sample(rows, len(rows)) for name, rows in case.tables.items()})


@few
@given(seed=SEEDS)
def test_the_order_of_rows_does_not_change_the_plan(seed: int) -> None:
    """With one look a day, and without the ties that only the order of rows decides."""
    case = without_ties(generate(seed))
    results = [plan_of(one, net_per="date") for one in (case, shuffled(case, seed))]
    orders = [result.table("planned_orders") for result in results]
    assert_same_rows(orders[0], orders[1], ["order_id"])
    rows = [result.table("requirements").drop("requirement_id") for result in results]
    assert_same_rows(rows[0], rows[1], rows[0].columns)


def without_ties(case: Case) -> Case:
    """Return the case without ties between open orders or forecasts of a day, offers of a supplier, alternates."""
    tables = dict(case.tables)
    demands = tables.get("demands", [])
    forecasts = {
        (row["item_id"], row.get("site_id"), row["due_date"]): row for row in demands if row.get("kind") == "forecast"
    }
    tables["demands"] = [row for row in demands if row.get("kind") != "forecast"] + list(forecasts.values())
    receipts = {(row["item_id"], row["due_date"]): row for row in tables.get("scheduled_receipts", [])}
    tables["scheduled_receipts"] = list(receipts.values())
    offers = {(row["item_id"], row["supplier_id"]): row for row in tables.get("item_suppliers", [])}
    tables["item_suppliers"] = list(offers.values())
    tables["bom_lines"] = [{**row, "alternate_group": None} for row in tables.get("bom_lines", [])]
    operations = {
        (row["item_id"], row["site_id"], row["operation_sequence"]): row for row in tables.get("operations", [])
    }
    tables["operations"] = list(operations.values())
    return replace(case, tables={name: rows for name, rows in tables.items() if rows})


@few
@given(seed=SEEDS, number=st.integers(min_value=0, max_value=9), more=st.sampled_from([0.5, 3.0, 20.0]))
def test_more_stock_never_makes_more_ordered(seed: int, number: int, more: float) -> None:
    """For lot-for-lot without modifiers, and without by-products and lots that expire, where it need not hold."""
    case = plain(generate(seed))
    before = plan_of(case)
    nodes = sorted(set(before.table("requirements").select("item_id", "site_id").rows()))
    if not nodes:
        return
    item, site = nodes[number % len(nodes)]  # stock where nothing is planned would make the item planned there
    stock = [*case.tables.get("on_hand", []), {"item_id": item, "site_id": site, "quantity": more}]
    after = plan_of(replace(case, tables={**case.tables, "on_hand": stock}))
    ordered = ordered_by_node(before)
    for node, quantity in ordered_by_node(after).items():
        assert quantity <= ordered.get(node, 0.0) + 1e-6, node


def plain(case: Case) -> Case:
    """Return the case with lot-for-lot everywhere, default options and no by-products, fixed quantities or expiry."""
    dropped = ("lot_sizing_rule", "minimum_order_quantity", "order_multiple", "maximum_order_quantity")
    tables = {
        name: [{column: value for column, value in row.items() if column not in dropped} for row in rows]
        for name, rows in case.tables.items()
    }
    tables["on_hand"] = [{**row, "expiry_date": None} for row in tables.get("on_hand", [])]
    tables["bom_lines"] = [
        {**row, "quantity_fixed": 0.0, "effective_from": None, "effective_to": None, "alternate_group": None}
        for row in tables.get("bom_lines", [])
        if row["quantity_per"] > 0
    ]
    for row in tables["items"]:
        row["quantity_decimals"] = None
    return replace(case, options={}, tables={name: rows for name, rows in tables.items() if rows})


def ordered_by_node(result: MrpResult) -> dict[tuple[str, str], float]:
    orders = result.table("planned_orders").group_by("item_id", "site_id").agg(pl.col("quantity").sum())
    return {(item, site): quantity for item, site, quantity in orders.rows()}


@few
@given(seed=SEEDS, number=st.integers(min_value=0, max_value=19))
def test_two_demands_of_a_day_plan_like_one(seed: int, number: int) -> None:
    """With one look a day; not on a phantom, whose fixed quantities count once for each of its lines."""
    case = generate(seed)
    demands = case.tables.get("demands", [])
    if not demands or any(row.get("is_phantom") for row in case.tables["items"]):
        return
    whole = demands[number % len(demands)]
    halves = [
        {**whole, "quantity": whole["quantity"] / 2},
        {**whole, "demand_id": "half", "quantity": whole["quantity"] / 2},
    ]
    others = [row for row in demands if row is not whole]
    split = replace(case, tables={**case.tables, "demands": [*others, *halves]})
    orders = [plan_of(one, net_per="date").table("planned_orders") for one in (case, split)]
    assert_same_rows(orders[0], orders[1], ["order_id"])


@pytest.fixture
def set_threads() -> Iterator[Callable[[int], None]]:
    before = numba.get_num_threads()
    yield numba.set_num_threads
    numba.set_num_threads(before)


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
def test_one_thread_and_two_give_the_same_bits(set_threads: Callable[[int], None]) -> None:
    data = validate(many_items(3_000), Settings(AS_OF)).data
    tables = []
    for n_threads in (1, 2):
        set_threads(n_threads)
        result = run_mrp_checked(data)
        tables.append([result.table(name) for name in TABLES])
    for one, two in zip(*tables, strict=True):
        assert one.height > 1_000
        assert one.hash_rows(seed=1).equals(two.hash_rows(seed=1))
        assert one.equals(two)


def many_items(n_items: int) -> dict[str, pl.DataFrame]:
    """Return items that each need up to three of the items after them, with quantities of many decimals."""
    random = Random(7)
    lines = [
        (f"I{parent}", f"I{component}", random.random() * 2)
        for parent in range(n_items)
        for component in {random.randint(parent + 1, parent + 400) for _ in range(3)}
        if component < n_items and parent % 3
    ]
    demands = [
        (f"D{number}", f"I{random.randrange(n_items)}", AS_OF + timedelta(random.randint(-3, 60)), random.random() * 9)
        for number in range(3 * n_items)
    ]
    return {
        "items": pl.DataFrame(
            {
                "item_id": [f"I{number}" for number in range(n_items)],
                "lead_time_days": [number % 7 for number in range(n_items)],
                "safety_stock": [float(number % 3) for number in range(n_items)],
                "unit_cost": [1.5] * n_items,
            }
        ),
        "bom_lines": pl.DataFrame(lines, ["parent_item_id", "component_item_id", "quantity_per"], orient="row"),
        "demands": pl.DataFrame(demands, ["demand_id", "item_id", "due_date", "quantity"], orient="row"),
    }


@few
@given(seed=SEEDS)
def test_net_without_phantom_stock_is_ignore(seed: int) -> None:
    case = generate(seed)
    phantoms = {row["item_id"] for row in case.tables["items"] if row.get("is_phantom")}
    tables = {
        name: [row for row in rows if row["item_id"] not in phantoms]
        if name in ("on_hand", "scheduled_receipts")
        else rows
        for name, rows in case.tables.items()
    }
    case = replace(case, tables={name: rows for name, rows in tables.items() if rows})
    results = [plan_of(case, phantom_stock=choice) for choice in ("ignore", "net")]
    for name in TABLES:
        assert results[0].table(name).equals(results[1].table(name))


@few
@given(
    length=st.integers(min_value=2, max_value=6),
    tail=st.integers(min_value=0, max_value=4),
    shift=st.integers(min_value=0, max_value=9),
)
def test_a_cycle_is_always_found_and_named_in_full(length: int, tail: int, shift: int) -> None:
    """A ring of items that need each other, with a tail above it, the lines in any order."""
    ring = [f"R{number}" for number in range(length)]
    above = [f"T{number}" for number in range(tail)]
    pairs = [*zip(ring, [*ring[1:], ring[0]], strict=True), *zip(above, [*above[1:], ring[0]][:tail], strict=True)]
    pairs = pairs[shift % len(pairs) :] + pairs[: shift % len(pairs)]
    tables = {
        "items": pl.DataFrame({"item_id": [*above, *ring]}),
        "bom_lines": pl.DataFrame(pairs, ["parent_item_id", "component_item_id"], orient="row"),
    }
    with pytest.raises(DataError) as caught:
        validate(tables, Settings(AS_OF))
    text = next(finding.message for finding in caught.value.findings if finding.code == "cycle")
    named = text[text.index("R") :].split(" -> ")
    assert set(ring) <= {name.split()[0].rstrip(".;:,)") for name in named}
    assert not any(name in text for name in above)
