"""A whole data set: what is found between tables, what stops, what quarantine leaves out."""

from __future__ import annotations

from datetime import date

import networkx as nx
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bom.errors import DataError, Finding, Severity
from planning.checks import validate
from planning.data import Settings
from planning.tables import INPUT_TABLES
from tests.planning.broken_files import RIGHT, cell, columns_of, plus

ON = Settings(as_of=date(2026, 1, 5))


def frame(*columns: str, rows: list[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=list(columns), orient="row")


def items(*ids: str) -> pl.DataFrame:
    return pl.DataFrame({"item_id": list(ids)})


def lines(*pairs: str, **columns: list[object]) -> pl.DataFrame:
    return pl.DataFrame(
        {"parent_item_id": [p[0] for p in pairs], "component_item_id": [p[1] for p in pairs], **columns}
    )


def errors(tables: dict[str, pl.DataFrame]) -> list[Finding]:
    try:
        findings = validate(tables, ON).findings
    except DataError as error:
        findings = error.findings
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def texts(files) -> dict[str, pl.DataFrame]:
    return {
        name: pl.DataFrame(rows, schema=dict.fromkeys(columns_of(rows), pl.String))
        for name, rows in files.tables.items()
    }


# what is handed on


def test_data_is_handed_on_without_filling_anything():
    tables = {
        "items": items("A"),
        "demands": frame("item_id", "due_date", "quantity", "priority", rows=[("A", date(2026, 2, 1), 5.0, None)]),
    }
    data = validate(tables, ON).data
    assert data.tables["items"].columns == ["item_id"]
    assert data.tables["demands"].get_column("priority").to_list() == [None]


def test_settings_come_through_validation_unchanged():
    given = Settings(date(2026, 1, 5), date(2026, 6, 30), "EUR", 0.2, {"net_per": "line"}, {"period": "day"}, {"b": 2})
    assert validate({"items": items("A")}, given).data.settings == given


def test_replace_validates_what_it_makes():
    data = validate({"items": items("A")}, ON).data
    with pytest.raises(DataError, match="B is not in items"):
        data.replace(on_hand=frame("item_id", "quantity", rows=[("B", 1.0)]))


def test_all_findings_come_with_the_error():
    bad = items("A", "A").with_columns(lead_time_days=-1, colour=pl.lit("red"))
    with pytest.raises(DataError) as caught:
        validate({"items": bad}, {"as_of": ""})
    assert [(f.code, f.row) for f in caught.value.findings] == [
        ("missing_as_of", 0),
        ("unknown_column", 0),
        ("out_of_range", 1),
        ("duplicate_key", 2),
        ("out_of_range", 2),
    ]


def test_an_unknown_table_is_a_warning():
    findings = validate({"items": items("A"), "demand": items("A")}, ON).findings
    assert [(f.severity, f.code, f.message.endswith("did you mean demands?")) for f in findings] == [
        (Severity.WARNING, "unknown_table", True)
    ]


# parameters in force


def test_a_rule_of_items_may_get_its_parameter_at_every_site():
    tables = {
        "items": frame("item_id", "lot_sizing_rule", rows=[("A", "order_up_to")]),
        "sites": frame("site_id", rows=[("X",), ("Y",)]),
        "item_sites": frame("item_id", "site_id", "order_up_to_level", rows=[("A", "X", 10.0), ("A", "Y", 20.0)]),
    }
    assert errors(tables) == []
    missing = errors({**tables, "item_sites": tables["item_sites"].head(1)})
    assert [(f.table, f.row, f.code) for f in missing] == [("items", 1, "missing_parameter")]


def test_a_rule_of_a_site_may_get_its_parameter_from_items():
    tables = {
        "items": frame("item_id", "order_up_to_level", rows=[("A", 10.0)]),
        "item_sites": frame("item_id", "site_id", "lot_sizing_rule", rows=[("A", "MAIN", "order_up_to")]),
    }
    assert errors(tables) == []


def test_a_source_for_all_sites_is_no_source_for_itself():
    tables = {
        "items": frame("item_id", "supply_type", "source_site_id", rows=[("A", "transfer", "X")]),
        "sites": frame("site_id", rows=[("X",), ("Y",)]),
    }
    assert errors(tables) == []
    own_source = frame("item_id", "site_id", "source_site_id", rows=[("A", "X", "X")])
    named = errors({**tables, "item_sites": own_source})
    assert ("item_sites", "cycle", "A@X -> A@X") in [(f.table, f.code, f.value) for f in named]


def test_lanes_in_a_ring_are_a_cycle_for_items_that_take_them():
    tables = {
        "items": frame("item_id", "supply_type", rows=[("A", "transfer"), ("B", "buy")]),
        "sites": frame("site_id", rows=[("X",), ("Y",)]),
        "transfer_lanes": frame("from_site_id", "to_site_id", rows=[("X", "Y"), ("Y", "X")]),
    }
    assert [(f.table, f.row, f.value) for f in errors(tables)] == [("transfer_lanes", 1, "A@X -> A@Y -> A@X")]
    assert errors({**tables, "items": tables["items"].with_columns(supply_type=pl.lit("buy"))}) == []


# cycles


def test_each_tangle_is_named_once():
    found = errors({"items": items(*"ABCDE"), "bom_lines": lines("AB", "BA", "BC", "CD", "DE", "EC")})
    assert [(f.row, f.value) for f in found] == [(1, "A -> B -> A"), (4, "C -> D -> E -> C")]


def test_a_cycle_at_all_of_three_sites_is_told_once():
    sites = frame("site_id", rows=[("X",), ("Y",), ("Z",)])
    found = errors({"items": items("A", "B"), "sites": sites, "bom_lines": lines("AB", "BA")})
    assert [f.value for f in found] == ["A -> B -> A"]


def test_lines_of_two_sites_make_no_cycle():
    tables = {
        "items": items("A", "B"),
        "sites": frame("site_id", rows=[("X",), ("Y",)]),
        "bom_lines": lines("AB", "BA", site_id=["X", "Y"]),
    }
    assert errors(tables) == []
    joined = frame(
        "item_id",
        "site_id",
        "supply_type",
        "source_site_id",
        rows=[("B", "X", "transfer", "Y"), ("A", "Y", "transfer", "X")],
    )
    assert [f.value for f in errors({**tables, "item_sites": joined})] == ["A@X -> B@X -> B@Y -> A@Y -> A@X"]


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
@settings(max_examples=60, deadline=None)
def test_a_cycle_is_always_found_and_quarantine_keeps_every_line_that_is_on_none(pairs):
    pairs = sorted(pairs)
    tables = {"items": items(*"ABCDEFGH"), "bom_lines": lines(*["ABCDEFGH"[p] + "ABCDEFGH"[c] for p, c in pairs])}
    if not pairs:
        return
    graph = nx.DiGraph(pairs)
    on_cycle = {pair for tangle in nx.strongly_connected_components(graph) for pair in graph.subgraph(tangle).edges}
    assert bool(on_cycle) == bool(errors(tables))
    left = validate(tables, ON, on_cycle="quarantine").data.table("bom_lines").rows()
    assert left == [("ABCDEFGH"[p], "ABCDEFGH"[c]) for p, c in pairs if (p, c) not in on_cycle]


def test_the_option_on_cycle_leaves_out_the_lines_of_cycles_and_nothing_else():
    tables = {"items": items(*"ABC"), "bom_lines": lines("AB", "BA", "BC")}
    result = validate(tables, {"as_of": "2026-01-05", "mrp": {"on_cycle": "quarantine"}})
    assert result.data.table("bom_lines").rows() == [("B", "C")]
    assert result.left_out.select("table", "row", "code", "value").rows() == [
        ("bom_lines", 1, "cycle", "A -> B -> A"),
        ("bom_lines", 2, "cycle", "A -> B -> A"),
    ]
    assert [f.code for f in result.findings] == ["cycle"]
    with pytest.raises(DataError):
        validate({**tables, "items": items("A", "B")}, ON, on_cycle="quarantine")


# quarantine


def test_quarantine_takes_along_what_hangs_on_a_row_and_numbers_rows_as_given():
    tables = {
        "items": frame("item_id", "unit_cost", rows=[("A", 1.0), ("A", 2.0), (None, 3.0), ("B", 1.0)]),
        "bom_lines": lines("AB", "AC", "BA"),
        "scheduled_receipts": frame(
            "order_id",
            "item_id",
            "due_date",
            "quantity",
            rows=[("1", "C", "2026-02-01", 5.0), ("2", "A", "2026-02-01", 5.0)],
        ),
        "open_operations": frame("order_id", "operation_sequence", rows=[("2", 10), ("1", 10)]),
    }
    result = validate(tables, ON, on_error="quarantine")
    assert {name: table.height for name, table in result.data.tables.items()} == {
        "items": 2,
        "bom_lines": 0,
        "scheduled_receipts": 1,
        "open_operations": 1,
    }
    assert result.left_out.select("table", "row", "code").rows() == [
        ("items", 2, "duplicate_key"),
        ("items", 3, "missing_value"),
        ("bom_lines", 1, "cycle"),
        ("bom_lines", 2, "unknown_id"),
        ("bom_lines", 3, "cycle"),
        ("scheduled_receipts", 1, "unknown_id"),
        ("open_operations", 2, "unknown_id"),
    ]
    assert result.left_out.get_column("message").to_list()[-1] == "it refers to what was left out"
    assert result.assumed.is_empty()


def test_quarantine_empties_cells_of_master_data_and_says_what_is_assumed():
    tables = {
        "items": frame(
            "item_id",
            "lead_time_days",
            "lot_sizing_rule",
            "safety_stock",
            rows=[("A", "soon", "grof", "-1"), ("B", "3", None, "2")],
        ),
        "item_sites": frame("item_id", "site_id", "safety_stock", rows=[("A", "MAIN", "many")]),
        "demands": frame("item_id", "due_date", "quantity", "customer_id", rows=[("A", "2026-02-01", "5", "C1")]),
        "customers": frame("customer_id", rows=[("C2",)]),
    }
    result = validate(tables, {"as_of": "2026-01-05", "mrp": {"net_per": "week"}}, on_error="quarantine")
    assert result.left_out.is_empty()
    assert result.data.table("items").rows() == [("A", None, None, None), ("B", 3, 2.0, None)]
    assert result.data.table("demands").height == 1
    assert [(row[0], row[1], row[2], row[4], row[5].rsplit("; ", 1)[1]) for row in result.assumed.rows()] == [
        ("settings", 0, "mrp.net_per", "week", "its default is assumed"),
        ("items", 1, "lead_time_days", "soon", "0 is assumed"),
        ("items", 1, "lot_sizing_rule", "grof", "lot_for_lot is assumed"),
        ("items", 1, "safety_stock", "-1", "0.0 is assumed"),
        ("item_sites", 1, "safety_stock", "many", "the value of items is assumed"),
        ("demands", 1, "customer_id", "C1", "the cell is taken as empty"),
    ]


def test_quarantine_leaves_a_table_out_when_a_required_column_is_missing():
    result = validate({"items": items("A"), "on_hand": items("A")}, ON, on_error="quarantine")
    assert list(result.data.tables) == ["items"]
    assert result.left_out.select("table", "row", "column").rows() == [("on_hand", 0, "quantity")]


def test_quarantine_lists_every_row_however_many():
    stock = pl.DataFrame({"item_id": ["A"] * 3000, "quantity": [float("inf")] * 2999 + [1.0]})
    result = validate({"items": items("A"), "on_hand": stock}, ON, on_error="quarantine")
    assert result.left_out.height == 2999
    assert result.left_out.get_column("row").to_list() == list(range(1, 3000))
    assert set(result.left_out.get_column("value")) == {"inf"}
    assert len(result.findings) == 1001


def test_quarantine_of_right_data_leaves_nothing_out():
    result = validate(texts(RIGHT), ON, on_error="quarantine")
    assert (result.left_out.height, result.assumed.height, result.findings) == (0, 0, ())


NASTY = (
    "",
    " ",
    "x",
    "-1",
    "0",
    "1e400",
    "nan",
    "2026-02-30",
    "9999-12-31",
    "bike",
    "wheel",
    "SHOP",
    "MAIN",
    "true",
    "transfer",
    "order_up_to",
    "0.5",
)
CELLS = [
    (name, row, column.name)
    for name, rows in RIGHT.tables.items()
    for row in range(1, len(rows) + 1)
    for column in INPUT_TABLES[name].columns
]


@given(st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(NASTY)), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_whatever_is_broken_quarantine_ends_with_data_without_errors(changes):
    files = plus("bom_lines", {"parent_item_id": "frame", "component_item_id": "spoke"})(RIGHT)
    for (table, row, column), value in changes:
        files = cell(table, row, **{column: value})(files)
    result = validate(texts(files), ON, on_error="quarantine")
    assert errors(dict(result.data.tables)) == []
    is_right = all(finding.severity is Severity.WARNING for finding in result.findings)
    assert is_right == (result.left_out.is_empty() and result.assumed.is_empty())


def test_fractions_that_add_up_to_nothing_are_a_warning():
    offers = {"item_id": ["A", "A"], "supplier_id": ["S", "T"], "split_fraction": [0.0, None]}
    tables = {
        "items": pl.DataFrame({"item_id": ["A"]}),
        "suppliers": pl.DataFrame({"supplier_id": ["S", "T"]}),
        "item_suppliers": pl.DataFrame(offers),
    }
    [finding] = validate(tables, {"as_of": "2026-01-05"}).findings
    assert (finding.code, finding.table, finding.row) == ("zero_fractions", "item_suppliers", 1)
