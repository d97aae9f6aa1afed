"""Which nodes there are, what each needs, how deep it lies, and who replenishes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.reference.inputs import Inputs, Node, Row, cell, day_number

TABLES_WITH_NODES = ("item_sites", "demands", "on_hand", "scheduled_receipts", "allocations")


def lines_of(inputs: Inputs, node: Node) -> list[tuple[int, Row]]:
    """Return the BOM lines of a node with their row numbers."""
    item, site = node
    return [
        (number, row)
        for number, row in enumerate(inputs.rows("bom_lines"))
        if row["parent_item_id"] == item and cell(row, "site_id", site) == site
    ]


def supply_type(inputs: Inputs, node: Node) -> str:
    """Return make, buy or transfer."""
    given = inputs.parameter(node, "supply_type")
    if given is not None:
        return str(given)
    return "make" if lines_of(inputs, node) else "buy"


def lanes_to(inputs: Inputs, node: Node) -> list[Row]:
    """Return the lanes that can bring the node's item, the best first; only those from a fixed source."""
    item, site = node
    given = inputs.parameter(node, "source_site_id")
    lanes = [
        row
        for row in inputs.rows("transfer_lanes")
        if row["to_site_id"] == site
        and cell(row, "item_id", item) == item
        and row["from_site_id"] == (row["from_site_id"] if given is None else given)
    ]
    return sorted(lanes, key=lambda row: (row.get("item_id") is None, cell(row, "priority", 1), row["from_site_id"]))


def possible_sources(inputs: Inputs, node: Node) -> list[str]:
    """Return the sites that a transferred node can come from."""
    given = inputs.parameter(node, "source_site_id")
    return [given] if given is not None else [row["from_site_id"] for row in lanes_to(inputs, node)]


def is_effective(row: Row, day: int) -> bool:
    """Return whether a row is in force on a day: from inclusive, to exclusive."""
    start, end = row.get("effective_from"), row.get("effective_to")
    return (start is None or day_number(start) <= day) and (end is None or day < day_number(end))


def is_firm_without_allocations(inputs: Inputs, receipt: Row) -> bool:
    """Return whether an open order explodes: firm planned, and nothing is allocated for it."""
    allocated = {row["order_id"] for row in inputs.rows("allocations")}
    return is_firm(receipt) and receipt["quantity"] != 0 and receipt["order_id"] not in allocated


def is_firm(receipt: Row) -> bool:
    """Return whether an open order is firm planned."""
    return bool(cell(receipt, "status", "released") == "firm_planned")


def receipt_source(inputs: Inputs, receipt: Row) -> str | None:
    """Return the source of a firm planned transfer; None for other receipts."""
    node = inputs.node_of(receipt)
    if not is_firm(receipt):
        return None
    if cell(receipt, "supply_type", supply_type(inputs, node)) != "transfer":
        return None
    given = first_filled(receipt.get("source_site_id"), inputs.parameter(node, "source_site_id"))
    if receipt.get("source_site_id") is None and supply_type(inputs, node) != "transfer":
        return None
    if given is not None:
        return str(given)
    in_force = [row for row in lanes_to(inputs, node) if is_effective(row, day_number(receipt["due_date"]))]
    return str(in_force[0]["from_site_id"]) if in_force else None


def needed_nodes(inputs: Inputs, node: Node) -> list[Node]:
    """Return the nodes that a node needs: its components, and its item at its possible sources."""
    item, site = node
    needed = [(str(row["component_item_id"]), site) for _, row in lines_of(inputs, node)]
    if supply_type(inputs, node) == "transfer":
        needed += [(item, source) for source in possible_sources(inputs, node)]
    return needed


def needed_by_receipts(inputs: Inputs, node: Node) -> list[Node]:
    """Return where firm planned transfers to a node come from; their needs are fixed, so they make no level."""
    needed: list[Node] = []
    for receipt in inputs.rows("scheduled_receipts"):
        if inputs.node_of(receipt) == node:
            source = receipt_source(inputs, receipt)
            needed += [(node[0], source)] if source is not None else []
    return needed


def find_nodes(inputs: Inputs) -> list[Node]:
    """Return every node, in the order of items and sites."""
    start: list[Node] = [inputs.node_of(row) for table in TABLES_WITH_NODES for row in inputs.rows(table)]
    sites = [row["site_id"] for row in inputs.rows("sites")] or ["MAIN"]
    if len(sites) == 1:
        start += [(item, sites[0]) for item in inputs.items]
    found: set[Node] = set()
    while start:
        node = start.pop()
        if node not in found:
            found.add(node)
            start += needed_nodes(inputs, node) + needed_by_receipts(inputs, node)
    return sorted(found, key=inputs.node_order)


def low_level_codes(
    inputs: Inputs, nodes: list[Node], clusters: Mapping[Node, frozenset[Node]] | None = None
) -> dict[Node, int]:
    """Return the longest path from any node that nothing needs, by trying all of them.

    Members of a cluster have the code of the deepest of them.
    """
    parents: dict[Node, set[Node]] = {node: set() for node in nodes}
    for node in nodes:
        for needed in needed_nodes(inputs, node):
            parents[needed].add(node)
    codes: dict[Node, int] = {}

    def code(node: Node, way: tuple[Node, ...]) -> int:
        if node in way:
            raise ValueError(f"cycle: {way[way.index(node) :]}")
        if node not in codes:
            cluster = (clusters or {}).get(node, frozenset([node]))
            above = [parent for member in cluster for parent in parents[member]]
            found = max((1 + code(parent, (*way, node)) for parent in above), default=0)
            codes.update(dict.fromkeys(cluster, found))
        return codes[node]

    return {node: code(node, ()) for node in nodes}


def first_filled(*values: Any) -> Any:
    """Return the first value that is not empty."""
    return next((value for value in values if value is not None), None)
