"""Why needs are met late: the orders on the way down to the one that cannot be released in time."""

from __future__ import annotations

from collections.abc import Iterable

from planning.decoding.order_index import OrderPlace
from planning.mrp import MrpResult
from planning.pegs.walk import Link, Need, PegWalk

_MOST_ORDERS = 100


def latest_chain(walk: PegWalk, needs: Iterable[Need]) -> list[OrderPlace]:
    """Return the planned orders on the way down along what arrives latest, each waiting for the next (rule 8, push).

    The last one waits for no component: its own lead time is too long.
    """
    chain: list[OrderPlace] = []
    while True:
        late = [link for need in needs for link in walk.supplies(need) if link.is_planned and link.days_late > 0]
        if not late:
            return chain
        worst = max(late, key=lambda link: link.days_late)
        chain.append(worst.place)
        needs = walk.component_needs(worst.place.node, worst.place.order)


def earliest_release_chain(result: MrpResult, walk: PegWalk, needs: Iterable[Need]) -> list[OrderPlace]:
    """Return the planned orders on the way down to the one with the earliest release, none when all are from day 0 on.

    Notes
    -----
    Breadth first, up to a bound of orders.
    """
    above: dict[OrderPlace, OrderPlace | None] = {}
    frontier = _orders(walk, needs)
    above.update(dict.fromkeys(frontier))
    while frontier and len(above) < _MOST_ORDERS:
        place = frontier.pop(0)
        for below in _orders(walk, walk.component_needs(place.node, place.order)):
            if below not in above:
                above[below] = place
                frontier.append(below)
    release = result.plan.orders.rows["release"]
    worst = min(above, key=lambda place: int(release[place.order]), default=None)
    if worst is None or release[worst.order] >= 0:
        return []
    chain: list[OrderPlace] = []
    at: OrderPlace | None = worst
    while at is not None:
        chain.append(at)
        at = above[at]
    return chain[::-1]


def _orders(walk: PegWalk, needs: Iterable[Need]) -> list[OrderPlace]:
    """Return the planned orders that serve the needs, each once."""
    links: list[Link] = [link for need in needs for link in walk.supplies(need)]
    return list(dict.fromkeys(link.place for link in links if link.is_planned))
