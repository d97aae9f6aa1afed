"""The product structure of one site on one day, encoded once and then asked many times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bom.effectivity import lines_in_force
from bom.errors import PlanningError
from bom.graph import BomGraph, build_graph, check_for_cycles
from bom.kernels.explosion import Step, Walk
from bom.parameters import item_parameters

ITEM_COLUMNS = (
    "description",
    "unit",
    "supply_type",
    "is_phantom",
    "quantity_decimals",
    "unit_cost",
    "yield_fraction",
    "lead_time_days",
    "lead_time_days_per_unit",
    "safety_lead_time_days",
    "fixed_order_quantity",
    "minimum_order_quantity",
)
_IS_BY_PRODUCT = (pl.col("quantity_per") < 0) | ((pl.col("quantity_per") == 0) & (pl.col("quantity_fixed") < 0))


@dataclass(frozen=True, slots=True)
class ProductStructure:
    """The bills in force at one site on one day, as frames and as arrays.

    Parameters
    ----------
    on, site
        The day and the site.
    items
        One row per item, by code: ``item_id`` and the parameters at the site, supply type filled in.
    lines
        The BOM lines in force, of alternates the first; ``row`` is the data row, counted from 1.
    graph
        The lines as a graph over item codes.
    gross_quantity_per
        float64, shape (n_lines,): component per unit of good output of the parent, scrap, usage and yield included.
    quantity_fixed
        float64, shape (n_lines,): component per order of the parent.
    is_by_product
        bool, shape (n_lines,): the line gives the component instead of using it.
    is_exploded, is_phantom
        bool, shape (n_items,): its components are needed for it (it is made, or a phantom); it is a phantom.
    down, up
        The graph as walks to components and to parents.
    """

    on: date
    site: str
    items: pl.DataFrame
    lines: pl.DataFrame
    graph: BomGraph
    gross_quantity_per: NDArray[np.float64]
    quantity_fixed: NDArray[np.float64]
    is_by_product: NDArray[np.bool_]
    is_exploded: NDArray[np.bool_]
    is_phantom: NDArray[np.bool_]
    down: Walk
    up: Walk

    def code_of(self, item_id: str) -> int:
        """Return the code of an item.

        Raises
        ------
        PlanningError
            ``unknown_item``, when there is no such item.
        """
        code = self.items["item_id"].index_of(item_id)
        if code is None:
            raise PlanningError("unknown_item", "there is no such item", [item_id])
        return code

    def check_for_cycles(self) -> None:
        """Do nothing when the bills have no cycle.

        Raises
        ------
        CycleError
            When they have, with each cycle by its items.
        """
        if self.graph.has_cycles:
            check_for_cycles(self.graph, self.items["item_id"].to_list())


def build_structure(
    items: pl.DataFrame,
    bom_lines: pl.DataFrame,
    on: date,
    site: str = "MAIN",
    item_sites: pl.DataFrame | None = None,
    scrap_convention: Literal["divide", "multiply"] = "divide",
) -> ProductStructure:
    """Return the product structure in force at one site on one day.

    Parameters
    ----------
    items, bom_lines, item_sites
        The tables of these names, valid.
    on, site
        The day and the site.
    scrap_convention
        Scrap makes a quantity / (1 - scrap), or x (1 + scrap).

    Raises
    ------
    PlanningError
        ``unknown_item``, when a line names an item that is not in items.

    Notes
    -----
    An item without ``supply_type`` is made when it has a BOM line as parent at the site, on whatever day, else bought.
    Component per unit of good output = quantity_per x usage_fraction / (1 - scrap_fraction) / yield_fraction of the
    parent. O(items + lines).

    Examples
    --------
    >>> structure = build_structure(
    ...     pl.DataFrame({"item_id": ["bike", "wheel"], "yield_fraction": [0.5, None]}),
    ...     pl.DataFrame({"parent_item_id": ["bike"], "component_item_id": ["wheel"], "quantity_per": [2.0]}),
    ...     date(2026, 1, 1),
    ... )
    >>> structure.items["supply_type"].to_list(), structure.gross_quantity_per.tolist()
    (['make', 'buy'], [4.0])
    """
    parameters = _with_supply_type(item_parameters(items, ITEM_COLUMNS, item_sites, site), bom_lines, site)
    lines = lines_in_force(bom_lines, on, site)
    parents, components = (_codes(parameters, lines[name]) for name in ("parent_item_id", "component_item_id"))
    graph = build_graph(parameters.height, parents, components)
    gross = _gross_quantity_per(lines, scrap_convention) / parameters["yield_fraction"].to_numpy()[parents]
    fixed = lines["quantity_fixed"].to_numpy()
    is_by_product = lines.select(_IS_BY_PRODUCT).to_series().to_numpy()
    is_phantom = parameters["is_phantom"].to_numpy()
    is_exploded = (parameters["supply_type"] == "make").to_numpy() | is_phantom
    decimals = parameters["quantity_decimals"].fill_null(-1).cast(pl.Int8).to_numpy()
    down_steps = np.where(is_exploded[components] & ~is_by_product, Step.FOLLOW, Step.END).astype(np.int8)
    # An item that comes in as a by-product is not used by what uses the by-product's parent: such a line only leads
    # from the item itself.
    up_steps = np.where(is_exploded[parents], Step.FOLLOW, Step.END) + Step.FIRST_FOLLOW * is_by_product
    return ProductStructure(
        on=on,
        site=site,
        items=parameters,
        lines=lines,
        graph=graph,
        gross_quantity_per=gross,
        quantity_fixed=fixed,
        is_by_product=is_by_product,
        is_exploded=is_exploded,
        is_phantom=is_phantom,
        down=_down(graph, gross, fixed, down_steps, is_by_product, is_phantom, decimals),
        up=_up(graph, gross, up_steps.astype(np.int8)),
    )


def _down(
    graph: BomGraph,
    gross: NDArray[np.float64],
    fixed: NDArray[np.float64],
    steps: NDArray[np.int8],
    is_by_product: NDArray[np.bool_],
    is_phantom: NDArray[np.bool_],
    decimals: NDArray[np.int8],
) -> Walk:
    """Return the walk to components, with everything that an order counts."""
    return Walk(
        indptr=graph.component_indptr,
        targets=graph.component_codes,
        lines=graph.component_lines,
        factors=gross,
        fixed=fixed,
        steps=steps,
        is_by_product=is_by_product,
        is_phantom=is_phantom,
        decimals=decimals,
    )


def _up(graph: BomGraph, gross: NDArray[np.float64], steps: NDArray[np.int8]) -> Walk:
    """Return the walk to parents: quantities per unit, without what counts per order, not rounded."""
    return Walk(
        indptr=graph.parent_indptr,
        targets=graph.parent_codes,
        lines=graph.parent_lines,
        factors=gross,
        fixed=np.zeros_like(gross),
        steps=steps,
        is_by_product=np.zeros(gross.shape[0], np.bool_),
        is_phantom=np.zeros(graph.n_nodes, np.bool_),
        decimals=np.full(graph.n_nodes, -1, np.int8),
    )


def _with_supply_type(parameters: pl.DataFrame, bom_lines: pl.DataFrame, site: str) -> pl.DataFrame:
    """Return the parameters with the default of ``supply_type``."""
    here = bom_lines
    if "site_id" in bom_lines.columns:
        here = bom_lines.filter(pl.col("site_id").is_null() | (pl.col("site_id") == site))
    is_parent = pl.col("item_id").is_in(here["parent_item_id"].unique().implode())
    default = pl.when(is_parent).then(pl.lit("make")).otherwise(pl.lit("buy"))
    return parameters.with_columns(supply_type=pl.col("supply_type").fill_null(default))


def _codes(parameters: pl.DataFrame, ids: pl.Series) -> NDArray[np.int32]:
    """Return the codes of items."""
    known = parameters.select(id="item_id", code=pl.int_range(pl.len(), dtype=pl.Int32))
    codes = ids.alias("id").to_frame().join(known, on="id", how="left", maintain_order="left")
    unknown = codes.filter(pl.col("code").is_null())["id"].unique(maintain_order=True).to_list()
    if unknown:
        raise PlanningError("unknown_item", "bom_lines names items that are not in items", unknown)
    return codes["code"].to_numpy()


def _gross_quantity_per(lines: pl.DataFrame, scrap_convention: str) -> NDArray[np.float64]:
    """Return the component per unit of parent started."""
    scrap = pl.col("scrap_fraction")
    kept = 1 / (1 - scrap) if scrap_convention == "divide" else 1 + scrap
    return lines.select(pl.col("quantity_per") * pl.col("usage_fraction") * kept).to_series().to_numpy()
