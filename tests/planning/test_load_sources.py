"""What is behind a load: operations that add up to it, and the demands that these are for."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from bom.errors import PlanningError
from planning.capacity import CapacityOptions, CapacityResult, run_capacity
from planning.checks import validate
from planning.encoding.codes import dates_of
from planning.full_pegging import end_uses, shared_end_uses
from planning.load_sources import load_demands, load_sources
from planning.mrp import run_mrp
from planning.options import MrpOptions
from tests.reference.cases_capacity import capacity_case


def random_loads(seed: int) -> CapacityResult:
    case = capacity_case(seed)
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in case.tables.items() if rows}
    plan = run_mrp(validate(frames, {"as_of": case.as_of}).data, MrpOptions(**case.mrp))
    return run_capacity(plan, CapacityOptions(**case.capacity))


@pytest.mark.parametrize("seed", range(8))
def test_the_operations_behind_a_load_and_their_demands_add_up_to_it(seed):
    capacity = random_loads(seed)
    found = 0.0
    for center, work_center_id in enumerate(capacity.work_center_ids):
        for period in capacity.required_minutes[center].nonzero()[0]:
            day = max(dates_of(capacity.period_starts, capacity.as_of)[int(period)], capacity.as_of)
            sources = load_sources(capacity, work_center_id, day)
            demands = load_demands(capacity, sources)
            load = capacity.required_minutes[center, period]
            assert sources["required_minutes"].sum() == pytest.approx(load)
            assert demands["required_minutes"].sum() == pytest.approx(load)
            found += load
    assert found == pytest.approx(capacity.required_minutes.sum())


@pytest.mark.parametrize("seed", range(8))
def test_amounts_of_many_orders_end_where_each_of_them_does(seed):
    plan = random_loads(seed).plan
    orders = [*plan.table("planned_orders")["order_id"], *plan.model.data.table("scheduled_receipts")["order_id"]]
    amounts, parts = {}, []
    for number, order_id in enumerate(orders[:40], start=1):
        try:
            ends = end_uses(plan, order_id)
        except PlanningError:
            continue  # an open order of a phantom supplies nothing
        amounts[order_id] = float(number)
        parts.append(ends.with_columns(pl.col("quantity") / pl.col("quantity").sum() * number))
    keys = ["kind", "id", "item_id", "site_id", "date"]
    expected = pl.concat(parts).group_by(keys).agg(pl.col("quantity").sum()).sort(keys)
    found = shared_end_uses(plan, amounts).sort(keys)
    assert found.select(keys).rows() == expected.select(keys).rows()
    assert found["quantity"].to_list() == pytest.approx(expected["quantity"].to_list())


def test_what_is_not_loaded_has_nothing_behind_it():
    capacity = random_loads(1)
    center = capacity.work_center_ids[0]
    with pytest.raises(PlanningError, match="there is no work center X9"):
        load_sources(capacity, "X9", capacity.as_of)
    with pytest.raises(PlanningError, match="lies in no period with a load"):
        load_sources(capacity, center, capacity.as_of - timedelta(days=40))
    assert load_demands(capacity, load_sources(capacity, center, capacity.as_of).clear()).is_empty()
