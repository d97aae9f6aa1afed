"""The constrained plan against the reference in exact fractions, on random small data."""

from __future__ import annotations

import polars as pl
import pytest

from planning.checks import validate
from planning.mrp import run_mrp
from scheduling.constrained_plan import ConstrainedOptions, ConstrainedPlan, run_constrained_plan
from tests.reference.cases_constrained import AS_OF, constrained_tables
from tests.reference.constrained import ConstrainedReference

N_CASES = 24
BLOCKS = 2
SPLITS = ("none", "stock_and_rest", "any")


def engine(seed: int) -> ConstrainedPlan:
    """Return the engine's plan with each demand's orders apart, as the reference makes them."""
    frames = {
        name: pl.DataFrame(rows, infer_schema_length=None).drop("day", strict=False)
        for name, rows in constrained_tables(seed).items()
    }
    options = ConstrainedOptions(split=SPLITS[seed % 3], compare=False, join_orders=False)  # type: ignore[arg-type]
    return run_constrained_plan(run_mrp(validate(frames, {"as_of": AS_OF}).data), options)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_promises_and_orders_are_those_of_the_reference(block: int) -> None:
    for seed in range(block * N_CASES // BLOCKS, (block + 1) * N_CASES // BLOCKS):
        found = engine(seed)
        horizon = found.found.free_minutes.shape[1]
        reference = ConstrainedReference(constrained_tables(seed), horizon, SPLITS[seed % 3])
        expected = [(name, float(quantity), day) for name, quantity, day in reference.promises()]
        promises = found.table("promises").select("demand_id", "quantity", "promised_date").rows()
        assert [(name, quantity, when and (when - AS_OF).days) for name, quantity, when in promises] == expected, seed
        orders = found.table("planned_orders").select("item_id", "quantity", "release_date", "due_date").rows()
        made = [(item, quantity, (release - AS_OF).days, (due - AS_OF).days) for item, quantity, release, due in orders]
        assert sorted(made) == sorted((i, float(q), release, due) for i, q, release, due in reference.books.orders), (
            seed
        )
        assert not found.violations, seed
