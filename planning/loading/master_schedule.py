"""A master schedule exploded through the bills: gross, without stock, lots or open orders."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.arrays import PlanningModel
from planning.encoding.alternates import SHARED
from planning.encoding.codes import NO_CODE, days_of
from planning.kernels.calendar import EVERY_DAY
from planning.kernels.netting_arrays import SupplyType
from planning.options import MrpOptions


def schedule_rows(model: PlanningModel, schedule: pl.DataFrame | None) -> pl.DataFrame:
    """Return ``node``, ``day`` and ``quantity`` of a master schedule; the open demands when none is given.

    Parameters
    ----------
    schedule
        ``item_id``, ``site_id`` (MAIN), ``due_date`` and ``quantity``.
    """
    nodes, data = model.nodes, model.data
    if schedule is None:
        frame, node = data.filled("demands", ["due_date", "quantity"]), nodes.of_table(data, "demands")
    else:
        at = data.replace(demands=schedule)
        frame, node = at.filled("demands", ["due_date", "quantity"]), nodes.of_table(at, "demands")
    day = days_of(frame["due_date"], model.as_of, 0)
    rows = pl.DataFrame({"node": node, "day": day, "quantity": frame["quantity"]})
    horizon_end = data.settings.horizon_end
    if horizon_end is not None:
        rows = rows.filter(pl.col("day") <= (horizon_end - model.as_of).days)
    return rows.filter((pl.col("node") != NO_CODE) & (pl.col("quantity") > 0))


def exploded(model: PlanningModel, rows: pl.DataFrame, is_set_off: bool) -> Iterator[pl.DataFrame]:
    """Yield what is made, level by level: ``node``, ``day``, ``release`` and ``start_quantity``.

    Parameters
    ----------
    rows
        ``node``, ``day`` and ``quantity`` of the master schedule.
    is_set_off
        Components are needed when the work starts, a lead time before; else on the same day.
    """
    lines, level = explosion_lines(model), model.structure.graph.item_to_level
    is_phantom, supply_type = model.node_rows["is_phantom"], model.node_rows["supply_type"]
    waiting = rows
    for number in range(int(level.max(initial=-1)) + 1):
        is_here = pl.Series(level[waiting["node"].to_numpy()] == number)
        here = waiting.filter(is_here).group_by("node", "day").agg(pl.col("quantity").sum()).sort("node", "day")
        waiting = waiting.filter(~is_here)
        if here.is_empty():
            continue
        node, day = here["node"].to_numpy(), here["day"].to_numpy()
        release = _releases(model, node, day) if is_set_off else day
        start = here["quantity"].to_numpy() / model.yields(node, day)
        made = here.select("node", "day").with_columns(
            release=pl.Series(release, dtype=pl.Int32), start_quantity=pl.Series(start)
        )
        waiting = pl.concat([waiting, _components(made, lines)])
        yield made.filter(pl.Series(~is_phantom[node] & (supply_type[node] == SupplyType.MAKE)))


def _components(made: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Return what is needed of the components, by the lines in force when the work starts."""
    found = made.join(lines, on="node", maintain_order="left_right").filter(
        (pl.col("effective_from") <= pl.col("release")) & (pl.col("release") < pl.col("effective_to"))
    )
    return found.select(
        pl.col("component").alias("node"),
        pl.col("release").alias("day"),
        quantity=pl.col("start_quantity") * pl.col("quantity_per"),
    )


def explosion_lines(model: PlanningModel) -> pl.DataFrame:
    """Return the lines that are exploded: ``node`` (the parent), ``component``, ``quantity_per`` and when in force.

    Of alternates that share at run time the first by priority counts, of transfer sources the first one; by-products
    load nothing.
    """
    structure, nodes = model.structure, model.node_rows
    rows = structure.netting_lines(MrpOptions.from_mapping(model.data.settings.mrp))
    component = np.repeat(np.arange(nodes.shape[0], dtype=np.int32), np.diff(structure.graph.parent_indptr))
    groups = model.data.filled("bom_lines", ["alternate_group", "alternate_priority"])
    of_row = np.where(structure.bom_row == NO_CODE, groups.height, structure.bom_row)
    none = pl.DataFrame({"alternate_group": [None], "alternate_priority": [0]}, schema=groups.schema)
    frame = pl.concat([groups, none])[of_row].with_columns(
        node=pl.Series(rows["parent"].copy()),
        component=pl.Series(component),
        quantity_per=pl.Series(rows["quantity_per"].copy()),
        effective_from=pl.Series(rows["effective_from"].copy()),
        effective_to=pl.Series(rows["effective_to"].copy()),
        is_transfer=pl.Series(rows["is_transfer"].copy()),
        is_shared=pl.Series(structure.kind == SHARED),
        bom_row=pl.Series(structure.bom_row),
    )
    supply_type = nodes["supply_type"][rows["parent"]]
    is_phantom = nodes["is_phantom"][rows["parent"]]
    is_used = np.where(
        rows["is_transfer"], supply_type == SupplyType.TRANSFER, is_phantom | (supply_type == SupplyType.MAKE)
    )
    frame = frame.filter(pl.Series(is_used & ~rows["is_by_product"] & (rows["quantity_per"] > 0)))
    ordered = frame.sort("node", "alternate_priority", "bom_row", "component")
    first = (~pl.col("is_shared") & ~pl.col("is_transfer")) | pl.struct(
        "node", "alternate_group", "is_transfer", "is_shared"
    ).is_first_distinct()
    return ordered.filter(first).select("node", "component", "quantity_per", "effective_from", "effective_to")


def _releases(model: PlanningModel, node: NDArray[np.int32], day: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the days less the lead times of nodes, as rule 8 counts them; phantoms take no time."""
    rows, days = model.node_rows[node], model.calendars.working_days
    lead = np.where(rows["is_phantom"], 0, rows["lead_time_days"])
    moved = day - lead
    at = day - days.first_day
    is_counted = rows["is_lead_time_working"] & (rows["calendar"] != EVERY_DAY) & (lead > 0)
    is_counted &= (at >= 0) & (at < days.table.shape[1])
    if is_counted.any():
        calendar = rows["calendar"][is_counted]
        before = days.table["n_before"][calendar, at[is_counted]] - lead[is_counted]
        moved[is_counted] = days.table["nth"][calendar, np.maximum(before, 0)]
    return moved.astype(np.int32)
