"""Rule 11 for suppliers and lanes: what is offered to a node, and which offer an order takes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tests.reference.inputs import Inputs, Node, Row, cell, exact
from tests.reference.network import is_effective, lanes_to, supply_type

ZERO = Fraction(0)


@dataclass
class Offer:
    """A supplier or a lane; `given` is what the node has ordered from it."""

    supplier_id: str | None
    source_site_id: str | None
    row: Row
    given: Fraction = ZERO

    @property
    def fraction(self) -> Fraction:
        """Its share, 0 when it has none."""
        return exact(cell(self.row, "split_fraction", 0))


def read_offers(inputs: Inputs, node: Node) -> list[Offer]:
    """Return what is offered to a node, in the order in which it is taken."""
    kind = supply_type(inputs, node)
    if inputs.parameter(node, "is_phantom") or kind == "make":
        return []
    if kind == "transfer":
        offers = [Offer(None, row["from_site_id"], row) for row in lanes_to(inputs, node)]
        source = inputs.parameter(node, "source_site_id")
        return offers if source is None else [*offers, Offer(None, source, {})]
    item, site = node
    wanted = inputs.parameter(node, "supplier_id")
    rows = [
        (cell(row, "priority", 1), row["supplier_id"], number, row)
        for number, row in enumerate(inputs.rows("item_suppliers"))
        if row["item_id"] == item and cell(row, "site_id", site) == site and wanted in (None, row["supplier_id"])
    ]
    offers = [Offer(row["supplier_id"], None, row) for *_, row in sorted(rows, key=lambda entry: entry[:3])]
    return offers if wanted is None else [*offers, Offer(wanted, None, {})]


def choose(offers: list[Offer], need: int, rest: Fraction) -> Offer | None:
    """Return the offer that the next order for a need takes, when so much is still to be ordered."""
    in_force = [offer for offer in offers if is_effective(offer.row, need)]
    sharing = [offer for offer in in_force if offer.fraction > 0]
    if not sharing:
        return in_force[0] if in_force else None
    fractions = sum((offer.fraction for offer in sharing), ZERO)
    total = sum((offer.given for offer in sharing), rest)
    # of equals the first: max keeps it
    return max(sharing, key=lambda offer: offer.fraction / fractions * total - offer.given)
