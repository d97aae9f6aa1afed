"""Generated levelling problems: bills of three levels, tight in some weeks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scheduling.leveller.problem import NO_ALTERNATES, NO_SUBCONTRACTS, Components, Costs, LevellingProblem, Loads

_PARENTS = 2
_OPERATIONS = 3


def levelling_problem(n_items: int, n_periods: int, n_centers: int, load: float, seed: int) -> LevellingProblem:
    """Return a problem in which work centers are loaded to a fraction of their hours on average, unevenly.

    A fifth of the items is sold; each of the others goes into two items of the level above, up to two periods before;
    each has three operations.
    """
    random = np.random.default_rng(seed)
    n_sold = n_items // 5
    level = np.where(np.arange(n_items) < n_sold, 0, 1 + (np.arange(n_items) - n_sold) * 2 // max(1, n_items - n_sold))
    requirements = np.zeros((n_items, n_periods))
    requirements[:n_sold] = _sales(n_sold, n_periods, random)
    lead = random.integers(0, 3, n_items)
    parent, component = _lines(level, random)
    components = _components(parent, component, lead, random.integers(1, 3, parent.size).astype(float), n_periods)
    item = np.repeat(np.arange(n_items), _OPERATIONS)
    center = random.integers(0, n_centers, item.size)
    minutes = random.uniform(1.0, 6.0, item.size)
    at, period = (grid.ravel() for grid in np.indices((item.size, n_periods)))
    weeks = period.astype(np.int32)
    loads = Loads(_codes(item[at]), weeks, _codes(at), _codes(center[at]), weeks, minutes[at])
    planned = _exploded(requirements, components, level)
    required = np.zeros((n_centers, n_periods))
    np.add.at(required, (loads.work_center, loads.period), loads.minutes * planned[loads.item, loads.due_period])
    available = np.repeat(required.mean(axis=1, keepdims=True) / load, n_periods, axis=1)
    can_make = np.arange(n_periods) >= lead[:, None]
    opening = np.where(can_make, 0.0, planned).sum(axis=1)
    return LevellingProblem(
        [f"item{i}" for i in range(n_items)],
        [f"P{period}" for period in range(n_periods)],
        [f"W{center}" for center in range(n_centers)],
        [f"item{i}/{operation}" for i in range(n_items) for operation in range(_OPERATIONS)],
        requirements,
        np.zeros((n_items, n_periods)),
        opening,
        np.zeros((n_items, n_periods)),
        can_make,
        loads,
        available,
        available * 0.2,
        np.zeros((n_centers, n_periods)),
        planned,
        _costs(level, n_centers, random),
        components,
        NO_ALTERNATES,
        NO_SUBCONTRACTS,
    )


def _sales(n_sold: int, n_periods: int, random: np.random.Generator) -> NDArray[np.float64]:
    """Return what is sold: some 40 a period, half more or less with the season."""
    season = 1.0 + 0.5 * np.sin(np.arange(n_periods) / n_periods * 4 * np.pi)
    return np.asarray(np.round(random.gamma(2.0, 20.0, (n_sold, n_periods)) * season))


def _lines(level: NDArray[np.int64], random: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return parents and components: each item below the top goes into two items of the level above."""
    parents, components = [], []
    for below in range(1, int(level.max()) + 1):
        items, above = np.flatnonzero(level == below), np.flatnonzero(level == below - 1)
        parents.append(random.choice(above, (items.size, _PARENTS)).ravel())
        components.append(np.repeat(items, _PARENTS))
    pairs = np.unique(np.stack([np.concatenate(parents), np.concatenate(components)]), axis=1)
    return pairs[0], pairs[1]


def _components(
    parent: NDArray[np.int64],
    component: NDArray[np.int64],
    lead: NDArray[np.int64],
    quantity: NDArray[np.float64],
    n_periods: int,
) -> Components:
    """Return the lines in every period in which the parent can be due."""
    line, due = (grid.ravel() for grid in np.indices((parent.size, n_periods)))
    keep = due >= lead[parent[line]]
    line, due = line[keep], due[keep]
    need = due - lead[parent[line]]
    return Components(_codes(parent[line]), _codes(due), _codes(component[line]), _codes(need), quantity[line])


def _codes(values: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return codes as the problem holds them."""
    return values.astype(np.int32)


def _exploded(requirements: NDArray[np.float64], lines: Components, level: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the lot-for-lot plan: requirements and those of all parents."""
    planned = requirements.copy()
    for below in range(1, int(level.max()) + 1):
        at = level[lines.component] == below
        cells = (lines.component[at], lines.period[at])
        np.add.at(planned, cells, lines.quantity[at] * planned[lines.parent[at], lines.due_period[at]])
    return planned


def _costs(level: NDArray[np.int64], n_centers: int, random: np.random.Generator) -> Costs:
    """Return costs: a unit is worth less the further down it is."""
    value = random.uniform(50.0, 150.0, level.size) / (1.0 + level) ** 2
    return Costs(
        np.zeros(level.size),
        value * 0.2 / 52,
        value * 0.1,
        value * 0.02,
        value * 1.5 + 20_000.0,
        np.full(n_centers, 40.0),
        np.full(n_centers, 60.0),
    )
