"""The cost roll-up: one pass from the deepest low-level code up."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class CostModel(NamedTuple):
    """What costs are rolled up over.

    Parameters
    ----------
    component_indptr, component_codes, component_lines
        int64 (n_items + 1,), int32 and int64 (n_lines,): the components of each item.
    quantities_per, quantities_fixed
        float64, shape (n_lines,): component per unit of good output, and per order.
    is_rolled, is_phantom
        bool, shape (n_items,): the item's cost comes from its lines and operations; it is a phantom.
    lots
        float64, shape (n_items,): the quantity over which what is paid per order is spread.
    material, run, setup
        float64, shape (n_items,): own cost per unit, own routing cost per unit of good output, and per order.
    """

    component_indptr: NDArray[np.int64]
    component_codes: NDArray[np.int32]
    component_lines: NDArray[np.int64]
    quantities_per: NDArray[np.float64]
    quantities_fixed: NDArray[np.float64]
    is_rolled: NDArray[np.bool_]
    is_phantom: NDArray[np.bool_]
    lots: NDArray[np.float64]
    material: NDArray[np.float64]
    run: NDArray[np.float64]
    setup: NDArray[np.float64]


@njit(cache=True)
def roll_up(
    model: CostModel,
    order: NDArray[np.int64],
    out_material_per_unit: NDArray[np.float64],
    out_material_per_order: NDArray[np.float64],
    out_routing_per_unit: NDArray[np.float64],
    out_routing_per_order: NDArray[np.float64],
) -> None:
    """Fill what each item's components cost it, per unit and per order, material and routing apart.

    Parameters
    ----------
    model
        The costs and lines.
    order
        int64, shape (n_items,): the items, components before parents.
    out_material_per_unit, out_material_per_order, out_routing_per_unit, out_routing_per_order
        float64, shape (n_items,), zeros; the cost of lower levels.

    Notes
    -----
    A component's cost per unit = own + lower levels per unit + lower levels per order / its lot. A phantom has no
    order: what it costs per order is passed to the order that it is blown into, once per line.
    """
    for node in order:
        if not model.is_rolled[node]:
            continue
        for entry in range(model.component_indptr[node], model.component_indptr[node + 1]):
            component = model.component_codes[entry]
            line = model.component_lines[entry]
            per_unit, per_order = model.quantities_per[line], model.quantities_fixed[line]
            material = model.material[component] + out_material_per_unit[component]
            routing = model.run[component] + out_routing_per_unit[component]
            material_per_order = out_material_per_order[component]
            routing_per_order = model.setup[component] + out_routing_per_order[component]
            if model.is_phantom[component]:
                out_material_per_order[node] += material_per_order
                out_routing_per_order[node] += routing_per_order
            else:
                material += material_per_order / model.lots[component]
                routing += routing_per_order / model.lots[component]
            out_material_per_unit[node] += per_unit * material
            out_routing_per_unit[node] += per_unit * routing
            out_material_per_order[node] += per_order * material
            out_routing_per_order[node] += per_order * routing
