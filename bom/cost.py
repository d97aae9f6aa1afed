"""The cost roll-up: material and routing of every item, split into this level and lower levels."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.graph import components_first
from bom.kernels.cost import CostModel, roll_up
from bom.routing import operations_in_force
from bom.structure import ProductStructure

COST_COLUMNS = (
    "item_id",
    "supply_type",
    "is_phantom",
    "low_level_code",
    "standard_lot_quantity",
    "material_this_level",
    "routing_this_level",
    "material_lower_levels",
    "routing_lower_levels",
    "material_cost",
    "routing_cost",
    "total_cost",
    "unit_cost",
)


def standard_lots(structure: ProductStructure, lot_quantity: float | None = None) -> NDArray[np.float64]:
    """Return the quantity over which each item's cost per order is spread, and its lead time counted.

    Parameters
    ----------
    structure
        The bills in force.
    lot_quantity
        The same lot for every item; ``None``: the item's fixed_order_quantity, else its minimum_order_quantity, else 1.

    Returns
    -------
    NDArray[np.float64]
        float64, shape (n_items,).

    Examples
    --------
    >>> from datetime import date
    >>> from bom.structure import build_structure
    >>> items = pl.DataFrame({"item_id": ["bike", "wheel"], "minimum_order_quantity": [10.0, None]})
    >>> lines = pl.DataFrame({"parent_item_id": ["bike"], "component_item_id": ["wheel"]})
    >>> standard_lots(build_structure(items, lines, date(2026, 1, 1))).tolist()
    [10.0, 1.0]
    """
    if lot_quantity is not None:
        return np.full(structure.items.height, lot_quantity)
    minimum = pl.col("minimum_order_quantity")
    lot = pl.coalesce("fixed_order_quantity", pl.when(minimum > 0).then(minimum), 1.0)
    return structure.items.select(lot).to_series().to_numpy()


def roll_up_costs(
    structure: ProductStructure,
    operations: pl.DataFrame,
    work_centers: pl.DataFrame,
    lot_quantity: float | None = None,
) -> pl.DataFrame:
    """Return the cost of one unit of every item.

    Parameters
    ----------
    structure
        The bills in force.
    operations, work_centers
        The tables of these names.
    lot_quantity
        The standard lot of every item; ``None``: see :func:`standard_lots`.

    Returns
    -------
    pl.DataFrame
        One row per item, in the order of items, money per unit of good output: ``item_id``, ``supply_type``,
        ``is_phantom``, ``low_level_code``, ``standard_lot_quantity``, ``material_this_level``, ``routing_this_level``,
        ``material_lower_levels``, ``routing_lower_levels``, ``material_cost``, ``routing_cost``, ``total_cost``, and
        ``unit_cost`` as items gives it.

    Raises
    ------
    CycleError
        When the bills have a cycle.

    Notes
    -----
    A bought or transferred item costs its unit_cost, and so does a made item with neither lines nor operations. Any
    other: material_lower_levels and routing_lower_levels are its lines' quantities (scrap, usage and yield included,
    quantity_fixed / lot; by-products below zero: a credit) x the components' costs; routing_this_level is, over the
    operations, (setup_minutes / lot + run_minutes_per_unit / yield_fraction of the item) / 60 / efficiency_fraction x
    cost_per_hour. A phantom has no lot: what it costs per order is spread over the lot of the item it is blown into.

    Examples
    --------
    >>> from datetime import date
    >>> from bom.structure import build_structure
    >>> items = pl.DataFrame({"item_id": ["bike", "wheel"], "unit_cost": [0.0, 30.0]})
    >>> lines = pl.DataFrame({"parent_item_id": ["bike"], "component_item_id": ["wheel"], "quantity_per": [2.0]})
    >>> operations = pl.DataFrame({
    ...     "item_id": ["bike"],
    ...     "operation_sequence": [10],
    ...     "work_center_id": ["bench"],
    ...     "run_minutes_per_unit": [15.0],
    ... })
    >>> work_centers = pl.DataFrame({"work_center_id": ["bench"], "cost_per_hour": [40.0]})
    >>> costs = roll_up_costs(build_structure(items, lines, date(2026, 1, 1)), operations, work_centers)
    >>> costs.select("item_id", "material_cost", "routing_cost", "total_cost").rows()
    [('bike', 60.0, 10.0, 70.0), ('wheel', 30.0, 0.0, 30.0)]
    """
    structure.check_for_cycles()
    model = _cost_model(structure, operations, work_centers, lot_quantity)
    n_items = structure.items.height
    lower = [np.zeros(n_items) for _ in range(4)]
    roll_up(model, components_first(structure.graph), *lower)
    routing_this_level = model.run + model.setup / model.lots
    material_lower, routing_lower = lower[0] + lower[1] / model.lots, lower[2] + lower[3] / model.lots
    numbers: dict[str, NDArray[np.int32] | NDArray[np.float64]] = {
        "low_level_code": structure.graph.item_to_level,
        "standard_lot_quantity": model.lots,
        "material_this_level": model.material,
        "routing_this_level": routing_this_level,
        "material_lower_levels": material_lower,
        "routing_lower_levels": routing_lower,
        "material_cost": model.material + material_lower,
        "routing_cost": routing_this_level + routing_lower,
        "total_cost": model.material + material_lower + routing_this_level + routing_lower,
    }
    return structure.items.with_columns(pl.Series(name, values) for name, values in numbers.items()).select(
        COST_COLUMNS
    )


def break_down_cost(
    structure: ProductStructure,
    operations: pl.DataFrame,
    work_centers: pl.DataFrame,
    item_id: str,
    lot_quantity: float | None = None,
) -> pl.DataFrame:
    """Return where the cost of one unit of an item comes from, by level and item.

    Parameters
    ----------
    structure, operations, work_centers, lot_quantity
        As for :func:`roll_up_costs`.
    item_id
        The item.

    Returns
    -------
    pl.DataFrame
        ``level`` (0: the item itself), ``item_id``, ``quantity`` (in one unit of the item, over all paths of that
        length), ``material``, ``routing`` (what is added there, lower levels not counted), ``total``. The totals add up
        to the item's total_cost.

    Raises
    ------
    PlanningError
        When there is no such item.
    CycleError
        When the bills have a cycle.

    Examples
    --------
    >>> from datetime import date
    >>> from bom.structure import build_structure
    >>> from bom.routing_tables import OPERATIONS, WORK_CENTERS
    >>> items = pl.DataFrame({"item_id": ["bike", "wheel", "spoke"], "unit_cost": [0.0, 0.0, 0.5]})
    >>> lines = pl.DataFrame({
    ...     "parent_item_id": ["bike", "wheel"], "component_item_id": ["wheel", "spoke"], "quantity_per": [2.0, 36.0],
    ... })
    >>> structure = build_structure(items, lines, date(2026, 1, 1))
    >>> costs = break_down_cost(structure, OPERATIONS.empty(), WORK_CENTERS.empty(), "bike")
    >>> costs.select("level", "item_id", "quantity", "total").rows()
    [(0, 'bike', 1.0, 0.0), (1, 'wheel', 2.0, 0.0), (2, 'spoke', 72.0, 36.0)]
    """
    structure.check_for_cycles()
    model = _cost_model(structure, operations, work_centers, lot_quantity)
    codes = np.array([structure.code_of(item_id)])
    quantities, orders = np.ones(1), 1.0 / model.lots[codes]
    levels: list[pl.DataFrame] = []
    while codes.shape[0]:
        material = model.material[codes] * quantities
        routing = model.run[codes] * quantities + model.setup[codes] * orders
        numbers = {"quantity": quantities, "material": material, "routing": routing, "total": material + routing}
        item_ids = structure.items["item_id"][codes]
        level = pl.repeat(len(levels), codes.shape[0], dtype=pl.Int32, eager=True).alias("level")
        levels.append(pl.DataFrame([level, item_ids, *(pl.Series(name, values) for name, values in numbers.items())]))
        codes, quantities, orders = _next_level(model, codes, quantities, orders)
    return pl.concat(levels)


def _cost_model(
    structure: ProductStructure, operations: pl.DataFrame, work_centers: pl.DataFrame, lot_quantity: float | None
) -> CostModel:
    """Return the arrays that the roll-up runs over."""
    costs = _routing_costs(structure, operations, work_centers)
    has_lines = np.diff(structure.graph.component_indptr) > 0
    is_rolled = structure.is_exploded & (has_lines | costs["has_routing"].to_numpy())
    run = costs["run"].to_numpy() / structure.items["yield_fraction"].to_numpy()
    return CostModel(
        component_indptr=structure.graph.component_indptr,
        component_codes=structure.graph.component_codes,
        component_lines=structure.graph.component_lines,
        quantities_per=structure.gross_quantity_per,
        quantities_fixed=structure.quantity_fixed,
        is_rolled=is_rolled,
        is_phantom=structure.is_phantom,
        lots=standard_lots(structure, lot_quantity),
        material=np.where(is_rolled, 0.0, structure.items["unit_cost"].to_numpy()),
        run=np.where(is_rolled, run, 0.0),
        setup=np.where(is_rolled, costs["setup"].to_numpy(), 0.0),
    )


def _routing_costs(structure: ProductStructure, operations: pl.DataFrame, work_centers: pl.DataFrame) -> pl.DataFrame:
    """Return per item its routing cost per unit started (run) and per order (setup), and whether it has a routing."""
    per_minute = pl.col("cost_per_hour") / 60 / pl.col("efficiency_fraction")
    in_force = operations_in_force(operations, work_centers, structure.on, structure.site)
    costs = in_force.group_by("item_id", maintain_order=True).agg(
        setup=(pl.col("setup_minutes") * per_minute).sum(),
        run=(pl.col("run_minutes_per_unit") * per_minute).sum(),
        has_routing=pl.lit(value=True),
    )
    return (
        structure.items.select("item_id")
        .join(costs, on="item_id", how="left", maintain_order="left")
        .select(pl.col("setup", "run").fill_null(0.0), pl.col("has_routing").fill_null(value=False))
    )


def _next_level(
    model: CostModel, codes: NDArray[np.int64], quantities: NDArray[np.float64], orders: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the components of one level with their quantities and orders per unit of the item at the top."""
    is_rolled = model.is_rolled[codes]
    parents = codes[is_rolled]
    n_entries = model.component_indptr[parents + 1] - model.component_indptr[parents]
    ends = np.cumsum(n_entries)
    first = np.repeat(model.component_indptr[parents] - (ends - n_entries), n_entries)
    entries = first + np.arange(n_entries.sum())
    lines, components = model.component_lines[entries], model.component_codes[entries]
    above, orders_above = np.repeat(quantities[is_rolled], n_entries), np.repeat(orders[is_rolled], n_entries)
    needed = model.quantities_per[lines] * above + model.quantities_fixed[lines] * orders_above
    reached, position = np.unique(components, return_inverse=True)
    totals = np.bincount(position, needed, reached.shape[0]).astype(np.float64)
    blown_through = np.bincount(position, orders_above, reached.shape[0]).astype(np.float64)
    return (
        reached.astype(np.int64),
        totals,
        np.where(model.is_phantom[reached], blown_through, totals / model.lots[reached]),
    )
