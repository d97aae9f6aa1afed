"""Two plans compared: orders, messages, money, service, and how nervous the change is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.comparing.change_totals import change_totals
from planning.comparing.figure_changes import MoneyOfBoth, kpi_changes, money_of_both, period_changes, service_changes
from planning.comparing.message_changes import message_changes
from planning.comparing.order_changes import Described, describe, order_table, sides_of
from planning.comparing.order_matching import Matched, edits_behind, match_plans
from planning.comparing.tables import CHANGE_KINDS
from planning.encoding.codes import NO_CODE
from planning.mrp import MrpResult
from planning.records import period_starts


@dataclass(frozen=True)
class PlanComparison:
    """What differs between two plans; each table is made when it is asked for.

    Parameters
    ----------
    before, after
        The plans.
    near_days
        A change of an order with a release before ``as_of`` + so many days is near.
    period
        The periods of ``period_changes``: ``day``, ``week`` or ``month``.
    matched
        The orders that differ.
    """

    before: MrpResult
    after: MrpResult
    near_days: int
    period: str
    matched: Matched

    def table(self, name: str) -> pl.DataFrame:
        """Return one table of the comparison.

        Parameters
        ----------
        name
            ``order_changes``, ``message_changes``, ``kpi_changes``, ``period_changes``, ``change_totals`` or
            ``service_changes``.

        Raises
        ------
        KeyError
            When there is no such table.
        """
        made: dict[str, Callable[[], pl.DataFrame]] = {
            "order_changes": self.orders,
            "message_changes": lambda: self._messages,
            "kpi_changes": lambda: self._kpis,
            "period_changes": lambda: period_changes(self._money, self.before.model.as_of),
            "change_totals": lambda: self._totals,
            "service_changes": lambda: self._service,
        }
        return made[name]()

    @property
    def counts(self) -> dict[str, int]:
        """How many orders were created, cancelled, moved, ..."""
        return dict(
            zip(CHANGE_KINDS, np.bincount(self._described.kind, minlength=len(CHANGE_KINDS)).tolist(), strict=True)
        )

    @property
    def is_empty(self) -> bool:
        """Neither orders nor messages nor figures differ."""
        return (
            not self.matched.changes.shape[0]
            and self._messages.is_empty()
            and self._kpis["change"].fill_null(0).eq(0).all()
        )

    def orders(self, limit: int | None = None, kinds: Sequence[str] = (), item_ids: Sequence[str] = ()) -> pl.DataFrame:
        """Return the table ``order_changes``, or its rows with the most money.

        Parameters
        ----------
        limit
            The most rows, those that touch the most money first; ``None``: all, node by node.
        kinds, item_ids
            Only these kinds of change, or these items; empty: all.
        """
        changes, described = self.matched.changes, self._described
        picked = np.arange(changes.shape[0])
        if kinds:
            picked = picked[np.isin(described.kind, [CHANGE_KINDS.index(kind) for kind in kinds])]
        if item_ids:
            nodes = self._families().filter(pl.col("item_id").is_in(list(item_ids)))["node"].to_numpy()
            picked = picked[np.isin(changes["pair"][picked], nodes)]
        if limit is not None:
            picked = picked[largest(described.value_touched[picked], limit)]
        before, after = sides_of(self.matched, changes[picked])
        figures: dict[str, NDArray[Any] | pl.Series] = {
            "value_change": described.value_change[picked],
            "value_touched": described.value_touched[picked],
            "is_in_fence": self._is_in_fence[picked],
            "is_near": described.is_near[picked],
            "edits": self._edits(picked),
        }
        return order_table(before, after, described.kind[picked], figures)

    @cached_property
    def _described(self) -> Described:
        return describe(self.matched, self.near_days)

    @cached_property
    def _is_in_fence(self) -> NDArray[np.bool_]:
        if not any(slices.has_fence() for slices in (self.matched.before, self.matched.after)):
            return np.zeros(self.matched.changes.shape[0], np.bool_)
        before, after = sides_of(self.matched, self.matched.changes)
        return before.is_in_fence() | after.is_in_fence()

    def _edits(self, picked: NDArray[np.int64]) -> pl.Series:
        """Return the edits that reached the node of each of some changes."""
        nodes = self.matched.after.nodes[self.matched.changes["pair"][picked]]
        return pl.Series(edits_behind(self.before, self.after, nodes), dtype=pl.String)

    @cached_property
    def _messages(self) -> pl.DataFrame:
        return message_changes(self.before.table("messages"), self.after.table("messages"))

    @cached_property
    def _totals(self) -> pl.DataFrame:
        described = self._described
        frame = pl.DataFrame(
            {
                "node": np.ascontiguousarray(self.matched.changes["pair"]),
                "kind": described.kind,
                "value_change": described.value_change,
                "value_touched": described.value_touched,
                "is_in_fence": self._is_in_fence,
                "is_near": described.is_near,
            }
        )
        return change_totals(frame, self._families())

    def _families(self) -> pl.DataFrame:
        """Return the item and family of the nodes that have changes: of the second plan where it has the item."""
        pairs = np.unique(self.matched.changes["pair"])
        parts: list[pl.DataFrame] = []
        for slices in (self.matched.after, self.matched.before):
            node = slices.nodes[pairs]
            is_there = node != NO_CODE
            items = slices.model.data.filled("items", ["item_id", "family"])[slices.model.nodes.item[node[is_there]]]
            parts.append(items.with_columns(node=pl.Series(pairs[is_there])))
        return pl.concat(parts).unique("node", keep="first", maintain_order=True)

    @cached_property
    def _money(self) -> MoneyOfBoth:
        return money_of_both(self.before, self.after, self.period)

    @cached_property
    def _service(self) -> pl.DataFrame:
        return service_changes(self.before, self.after)

    @cached_property
    def _kpis(self) -> pl.DataFrame:
        return kpi_changes(self.before, self.after, self._money, self._service)


def largest(values: NDArray[np.float64], limit: int) -> NDArray[np.int64]:
    """Return the places of the largest values, the largest first; of equal ones those in front.

    Examples
    --------
    >>> largest(np.array([1.0, 5.0, 3.0, 5.0]), 3).tolist()
    [1, 3, 2]
    """
    if limit < values.shape[0]:
        bound = np.partition(values, -limit)[-limit] if limit else np.inf
        candidates = np.flatnonzero(values >= bound)
    else:
        candidates = np.arange(values.shape[0])
    return candidates[np.argsort(-values[candidates], kind="stable")[:limit]]


def compare(before: MrpResult, after: MrpResult, near_days: int = 14, period: str = "week") -> PlanComparison:
    """Return what differs between two plans, of one data set or of two.

    Parameters
    ----------
    before, after
        The plans.
    near_days
        How far from the planning date a changed order counts as near: a measure of nervousness.
    period
        The periods of ``period_changes``: ``day``, ``week`` or ``month``.

    Raises
    ------
    OptionError
        When ``period`` is not one.

    Notes
    -----
    Nodes are matched by item and site, and orders of a node by id: need date and number. What is left on both sides is
    matched in need order, as moved; when one side has more, the surplus at that end stays alone which moves fewer days.

    Examples
    --------
    >>> from datetime import date
    >>> from planning.checks import validate
    >>> from planning.mrp import run_mrp
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["bike"], "lead_time_days": [2], "unit_cost": [50.0]}),
    ...     "demands": pl.DataFrame({"item_id": ["bike"], "due_date": [date(2026, 3, 20)], "quantity": [10.0]}),
    ... }
    >>> before = run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data)
    >>> tables["demands"] = tables["demands"].with_columns(quantity=pl.lit(12.0))
    >>> after = run_mrp(validate(tables, {"as_of": date(2026, 3, 2)}).data)
    >>> compare(before, after).orders().select("change", "quantity_before", "quantity_after", "value_change").rows()
    [('resized', 10.0, 12.0, 100.0)]
    """
    period_starts(period, before.model.as_of, 0)
    return PlanComparison(before, after, near_days, period, match_plans(before, after))
