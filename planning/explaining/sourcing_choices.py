"""Why an order takes its supplier or lane, and its share of each alternate of its bill (rules 11 and 16)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from planning.explaining.explanation import Step, StepKind, number
from planning.explaining.ledger import read_ledger
from planning.kernels.alternates import CANDIDATE_DTYPE, trace_choice
from planning.mrp import MrpResult


@dataclass(frozen=True, slots=True)
class OfferStep:
    """One supplier or lane that an order could have taken.

    Parameters
    ----------
    name
        The supplier, or the site that the lane comes from.
    row
        The row of item_suppliers or transfer_lanes, counted from 0; -1 for a fixed supplier or source itself.
    is_in_force
        It can be taken on the day of the need.
    split_fraction
        Its fraction, 0 when it has none.
    given
        What the node's orders before this one have taken from it.
    behind
        How far it is behind its share, the order counted; ``None`` where fractions do not decide.
    is_chosen
        The order takes it.
    """

    name: str
    row: int
    is_in_force: bool
    split_fraction: float
    given: float
    behind: float | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class AlternateStep:
    """One line of an alternate group, as an order's choice found it.

    Parameters
    ----------
    component_item_id, row
        The component, and the row of bom_lines, counted from 0.
    is_candidate
        It is in force and would need something.
    day
        The day on which the choice was made; ``None`` when what is there is not looked at.
    full
        What it would need to do all of the order, not rounded.
    free
        What was free of it.
    taken
        What it took of that.
    share
        Its share of the order in all, with what is ordered of it.
    """

    component_item_id: str
    row: int
    is_candidate: bool
    day: date | None
    full: float
    free: float
    taken: float
    share: float


def choice_steps(result: MrpResult, order: int) -> Iterator[Step]:
    """Yield what a planned order could have taken: each supplier or lane of several, each alternate of its bill."""
    offers = explain_offer(result, order)
    for offer in offers if len(offers) > 1 else ():
        yield Step(StepKind.OFFER, _offer_text(offer), None, offer.given, source_id=offer.name)
    for group in sorted(_shared_groups(result, result.order_index.place(order).node)):
        for line in explain_alternates(result, order, group):
            text = f"{group}: {line.component_item_id} {_alternate_text(line)}"
            yield Step(StepKind.ALTERNATE, text, line.full, line.full * line.share, source_id=line.component_item_id)


def _offer_text(offer: OfferStep) -> str:
    """Return an offer as a sentence."""
    if not offer.is_in_force:
        return f"{offer.name} is not in force"
    taken = "is taken" if offer.is_chosen else "is not taken"
    if offer.behind is None:
        return f"{offer.name} {taken}" + (", the first in force" if offer.is_chosen else ": it comes later")
    behind = number(abs(offer.behind)) + (" behind" if offer.behind >= 0 else " ahead of")
    return (
        f"{offer.name} {taken}: given {number(offer.given)} so far, {behind} its share {number(offer.split_fraction)}"
    )


def _alternate_text(line: AlternateStep) -> str:
    """Return the line of an alternate group as a sentence."""
    if not line.is_candidate:
        return "is not in force"
    return f"does {line.share:.1%} of it: {number(line.free)} free on {line.day}, {number(line.full)} would do all"


def explain_offer(result: MrpResult, order: int) -> list[OfferStep]:
    """Return the offers of an order's node, in the order in which they are taken.

    Parameters
    ----------
    result
        The plan.
    order
        The place of a planned order in the plan's orders.

    Notes
    -----
    All orders of a buffer take the first offer in force on ``as_of``: fractions do not decide.

    Examples
    --------
    >>> import polars as pl
    >>> from planning.checks import validate
    >>> from planning.mrp import run_mrp
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["A"]}),
    ...     "suppliers": pl.DataFrame({"supplier_id": ["near", "far"]}),
    ...     "item_suppliers": pl.DataFrame(
    ...         {"item_id": ["A", "A"], "supplier_id": ["near", "far"], "split_fraction": [0.25, 0.75]}
    ...     ),
    ...     "demands": pl.DataFrame({"item_id": ["A"], "due_date": [date(2026, 3, 20)], "quantity": [8.0]}),
    ... }
    >>> plan = run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data)
    >>> [(step.name, step.behind, step.is_chosen) for step in explain_offer(plan, 0)]
    [('far', 6.0, True), ('near', 2.0, False)]
    """
    place = result.order_index.place(order)
    offers, rows = result.model.sourcing.offers, result.plan.orders.rows
    first, end = int(offers.indptr[place.node]), int(offers.indptr[place.node + 1])
    ledger = read_ledger(result.netting, result.plan, place.node)
    position = order - int(result.plan.orders.first[place.node])
    begin, look = ledger.look_of(position)
    rest = float(look["quantity"]) - float(ledger.made["quantity"][begin:position].sum())
    planned, _ = result.order_index.planned_range(place.node)
    before = rows[planned:order]
    given = [float(before["quantity"][before["offer"] == k].sum()) for k in range(end - first)]
    terms, buffers = offers.rows[first:end], result.netting.buffer_indptr
    is_buffer = bool(buffers[place.node + 1] > buffers[place.node])
    day = 0 if is_buffer else int(rows["need"][order])
    in_force = (terms["effective_from"] <= day) & (day < terms["effective_to"])
    is_sharing = in_force & (terms["split_fraction"] > 0) & (not is_buffer)
    fractions = float(terms["split_fraction"][is_sharing].sum())
    total = rest + sum(given[k] for k in np.flatnonzero(is_sharing).tolist())
    sites = result.model.nodes.site_ids
    return [
        OfferStep(
            name=str(offer["supplier_id"] if offer["source"] < 0 else sites[offer["source"]]),
            row=int(offer["row"]),
            is_in_force=bool(in_force[k]),
            split_fraction=float(terms["split_fraction"][k]),
            given=given[k],
            behind=float(terms["split_fraction"][k]) / fractions * total - given[k] if is_sharing[k] else None,
            is_chosen=k == int(rows["offer"][order]),
        )
        for k, offer in enumerate(offers.frame[first:end].iter_rows(named=True))
    ]


def _shared_groups(result: MrpResult, node: int) -> dict[str, int]:
    """Return the alternate groups of a node that share by what is there, by their first number in the clusters."""
    structure = result.model.structure
    if not result.plan.orders.shares.size:
        return {}
    clusters = structure.clusters
    numbers = np.flatnonzero(clusters.parents == node).tolist()
    names = result.model.data.filled("bom_lines", ["alternate_group"])["alternate_group"]
    first_lines = structure.bom_row[clusters.lines[clusters.line_starts[numbers]]].tolist() if numbers else []
    groups = [(str(names[line]), number) for number, line in zip(numbers, first_lines, strict=True)]
    return dict(reversed(groups))


def explain_alternates(result: MrpResult, order: int, group: str) -> list[AlternateStep]:
    """Return the lines of one alternate group of an order's bill, by priority, as the choice found them.

    Parameters
    ----------
    result
        The plan.
    order
        The place of an order in the plan's orders: planned, firm planned or blown through.
    group
        The ``alternate_group``.

    Raises
    ------
    KeyError
        When the group does not share by what is there: then nothing is chosen.

    Examples
    --------
    >>> import polars as pl
    >>> from planning.checks import validate
    >>> from planning.mrp import run_mrp
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["bike", "steel", "alloy"]}),
    ...     "bom_lines": pl.DataFrame(
    ...         {
    ...             "parent_item_id": ["bike", "bike"],
    ...             "component_item_id": ["steel", "alloy"],
    ...             "alternate_group": ["frame", "frame"],
    ...             "quantity_per": [1.0, 1.0],
    ...         }
    ...     ),
    ...     "on_hand": pl.DataFrame({"item_id": ["alloy"], "quantity": [3.0]}),
    ...     "demands": pl.DataFrame({"item_id": ["bike"], "due_date": [date(2026, 3, 20)], "quantity": [4.0]}),
    ... }
    >>> plan = run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data)
    >>> [(step.component_item_id, step.taken, step.share) for step in explain_alternates(plan, 0, "frame")]
    [('steel', 0.0, 0.25), ('alloy', 3.0, 0.75)]
    """
    structure, orders = result.model.structure, result.plan.orders
    clusters = structure.clusters
    number = _shared_groups(result, result.order_index.place(order).node)[group]
    cluster = int(np.searchsorted(clusters.group_starts, number, side="right")) - 1
    begin, end = int(clusters.line_starts[number]), int(clusters.line_starts[number + 1])
    found = np.zeros(end - begin, CANDIDATE_DTYPE)
    trace_choice(result.netting, orders, clusters, cluster, number, order, orders.shares.copy(), found)
    rows = structure.bom_row[clusters.lines[begin:end]]
    components = result.model.data.table("bom_lines")["component_item_id"]
    return [
        AlternateStep(
            component_item_id=str(components[int(row)]),
            row=int(row),
            is_candidate=bool(candidate["is_in_force"]),
            day=result.order_index.date_of(int(candidate["day"])) if candidate["is_in_force"] else None,
            full=float(candidate["full"]),
            free=float(candidate["free"]),
            taken=float(candidate["taken"]),
            share=float(candidate["share"]),
        )
        for row, candidate in zip(rows.tolist(), found, strict=True)
    ]
