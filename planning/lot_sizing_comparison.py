"""What every lot-sizing rule would cost over all items, and which one is best for each item and family."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.kernels.netting_arrays import LotSizingRule
from planning.lot_sizing_costs import MeasuredLots, gap_fractions, measure_node_lots, orderable_nodes
from planning.mrp import MrpResult

# The simplest first: of rules that cost the same, the first one is named.
COMPARED_RULES = (
    LotSizingRule.LOT_FOR_LOT,
    LotSizingRule.PERIOD_ORDER_QUANTITY,
    LotSizingRule.ECONOMIC_ORDER_QUANTITY,
    LotSizingRule.PART_PERIOD_BALANCING,
    LotSizingRule.LEAST_TOTAL_COST,
    LotSizingRule.LEAST_UNIT_COST,
    LotSizingRule.SILVER_MEAL,
    LotSizingRule.GROFF,
    LotSizingRule.WAGNER_WHITIN,
)
RULE_NAMES = tuple(rule.name.lower() for rule in COMPARED_RULES)
_OPTIMAL = COMPARED_RULES.index(LotSizingRule.WAGNER_WHITIN)
_DAYS_PER_YEAR = 365
# Costs this close, relative, are equal.
_SAME = 1e-9


@dataclass(frozen=True)
class LotSizingComparison:
    """The cost of every rule for every item that can be ordered, on the net requirements of one plan.

    Parameters
    ----------
    result
        The plan.
    nodes
        int32, shape (n,): the items at sites that are compared.
    measured
        The lots of the plan, and of each rule in the order of ``RULE_NAMES``.
    """

    result: MrpResult
    nodes: NDArray[np.int32]
    measured: MeasuredLots

    @cached_property
    def _costs(self) -> NDArray[np.float64]:
        """Cost by item and rule."""
        return self.measured.rule_costs

    @cached_property
    def _families(self) -> pl.Series:
        """The family of each item, empty where it has none."""
        model = self.result.model
        return model.data.filled("items", ["family"])["family"][model.nodes.item[self.nodes]]

    def by_rule(self) -> pl.DataFrame:
        """Return one row for each rule, and one for the plan as it is.

        Returns
        -------
        pl.DataFrame
            ``lot_sizing_rule`` (``as planned`` for the plan's lots, modifiers included), ``orders``, ``ordering_cost``,
            ``holding_cost``, ``total_cost``, ``gap_fraction`` over the optimum, ``best_items``: for how many items
            it is the best.
        """
        measured, costs = self.measured, self._costs
        planned = measured.planned
        best = np.bincount(_best(costs), minlength=len(RULE_NAMES))
        orders = [*measured.n_orders.sum(axis=0), planned["orders"].sum()]
        ordering = [*(measured.ordering_cost @ measured.n_orders), measured.ordering_cost @ planned["orders"]]
        holding = [*(measured.holding_cost @ measured.unit_days), measured.holding_cost @ planned["unit_days"]]
        total = np.array(ordering) + np.array(holding)
        is_compared = np.append(np.ones(len(RULE_NAMES), np.bool_), planned["is_covered"].all())
        return pl.DataFrame(
            {
                "lot_sizing_rule": [*RULE_NAMES, "as planned"],
                "orders": np.array(orders, dtype=np.int64),
                "ordering_cost": np.array(ordering),
                "holding_cost": np.array(holding),
                "total_cost": total,
                "gap_fraction": gap_fractions(total, np.full(total.shape[0], total[_OPTIMAL]), is_compared),
                "best_items": [*best.tolist(), None],
            }
        )

    def by_family(self) -> pl.DataFrame:
        """Return one row for each family: its best rule, and the best one that is not wagner_whitin.

        Returns
        -------
        pl.DataFrame
            ``family``, ``item_sites``, ``planned_cost``, ``best_rule``, ``best_cost``, ``best_heuristic``,
            ``heuristic_cost``, ``gap_fraction`` of that over the best, then the cost of each rule; families with the
            largest cost of lot_for_lot first.
        """
        costs = pl.DataFrame(self._costs, schema=list(RULE_NAMES))
        frame = costs.with_columns(family=self._families, planned_cost=self.measured.planned_costs)
        families = frame.group_by("family", maintain_order=True).agg(
            pl.len().cast(pl.Int64).alias("item_sites"), pl.col("planned_cost", *RULE_NAMES).sum()
        )
        return _with_best(families, ["family", "item_sites", "planned_cost"])

    def by_item(self) -> pl.DataFrame:
        """Return one row for each item and site, the largest cost of lot_for_lot first.

        Returns
        -------
        pl.DataFrame
            ``item_id``, ``site_id``, ``family``, ``lot_sizing_rule`` in force, ``planned_cost``, then as
            :meth:`by_family`.
        """
        model = self.result.model
        frame = pl.DataFrame(self._costs, schema=list(RULE_NAMES)).with_columns(
            item_id=model.nodes.item_ids[model.nodes.item[self.nodes]],
            site_id=model.nodes.site_ids[model.nodes.site[self.nodes]],
            family=self._families,
            lot_sizing_rule=model.sourcing.parameters["lot_sizing_rule"][self.nodes],
            planned_cost=self.measured.planned_costs,
        )
        return _with_best(frame, ["item_id", "site_id", "family", "lot_sizing_rule", "planned_cost"])


def compare_lot_sizing(
    result: MrpResult,
    ordering_cost: float | None = None,
    holding_rate_per_year: float | None = None,
    family: str | None = None,
) -> LotSizingComparison:
    """Return what every rule would cost for every item that can be ordered.

    Parameters
    ----------
    result
        A plan. Its net requirements are compared as they are: those of components come from the lots that the plan
        has for their parents. Order modifiers are left aside, but for the plan's own lots.
    ordering_cost
        What an order costs of items whose ``ordering_cost`` is 0 or empty.
    holding_rate_per_year
        What a year costs, as part of the unit cost, of items without a holding cost.
    family
        Only items of this family.

    Examples
    --------
    >>> from datetime import date
    >>> from planning.checks import validate
    >>> from planning.mrp import run_mrp
    >>> days = [date(2026, 3, day) for day in (2, 9, 16, 23)]
    >>> tables = {
    ...     "items": pl.DataFrame({"item_id": ["bike"], "ordering_cost": [50.0], "holding_cost_per_unit_day": [0.1]}),
    ...     "demands": pl.DataFrame({"item_id": ["bike"] * 4, "due_date": days, "quantity": [30.0, 20.0, 40.0, 5.0]}),
    ... }
    >>> result = run_mrp(validate(tables, {"as_of": days[0]}).data)
    >>> compare_lot_sizing(result).by_rule().select("lot_sizing_rule", "total_cost").rows()[-3:]
    [('groff', 117.5), ('wagner_whitin', 117.5), ('as planned', 200.0)]
    """
    model = result.model
    nodes = orderable_nodes(model)
    if family is not None:
        of_family = model.data.filled("items", ["family"])["family"] == family
        nodes = nodes[of_family.fill_null(value=False).to_numpy()[model.nodes.item[nodes]]]
    rows = model.node_rows[nodes]
    ordering, holding = np.ascontiguousarray(rows["ordering_cost"]), np.ascontiguousarray(rows["holding_cost"])
    if ordering_cost is not None:
        ordering = np.where(ordering > 0, ordering, ordering_cost)
    if holding_rate_per_year is not None:
        unit_cost = model.sourcing.parameters["unit_cost"].fill_null(0.0).to_numpy()[nodes]
        holding = np.where(holding > 0, holding, unit_cost * (holding_rate_per_year / _DAYS_PER_YEAR))
    measured = measure_node_lots(result.netting, result.plan, nodes, COMPARED_RULES, ordering, holding)
    return LotSizingComparison(result, nodes, measured)


def _best(costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the first rule of each row that costs no more than the cheapest one."""
    least = costs.min(axis=1, keepdims=True)
    best: NDArray[np.int64] = np.argmax(costs <= least * (1 + _SAME), axis=1)
    return best


def _with_best(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return a frame with a cost for each rule, with the best ones beside them."""
    costs = frame.select(RULE_NAMES).to_numpy()
    heuristics = np.delete(costs, _OPTIMAL, axis=1)
    names = pl.Series(RULE_NAMES)
    best, heuristic = _best(costs), _best(heuristics)
    at = np.arange(costs.shape[0])
    best_cost, heuristic_cost = costs[at, best], heuristics[at, heuristic]
    added: dict[str, Any] = {
        "best_rule": names[best],
        "best_cost": best_cost,
        "best_heuristic": names.gather([i for i in range(len(names)) if i != _OPTIMAL])[heuristic],
        "heuristic_cost": heuristic_cost,
        "gap_fraction": gap_fractions(heuristic_cost, best_cost, np.ones(at.shape[0], np.bool_)),
    }
    with_best = frame.with_columns(pl.Series(name, values) for name, values in added.items())
    ordered = with_best.sort(["lot_for_lot", *keys[:2]], descending=[True, False, False], maintain_order=True)
    return ordered.select(*keys, *added, *RULE_NAMES)
