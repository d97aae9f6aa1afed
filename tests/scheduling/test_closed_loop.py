"""The closed loop: fixed points known by hand, loops that swing, the plan that comes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from planning.edits import apply_edits
from planning.mrp import run_mrp
from planning.options import MrpOptions
from scheduling.closed_loop import ClosedLoopOptions, ClosedLoopResult, LoopRound, StopReason, run_closed_loop
from tests.asserts import run_mrp_checked
from tests.scheduling.closed_loop_cases import AS_OF, Rows, data_of, day, one_saw, random_shop

THREE = {"red": 10, "green": 10, "blue": 10}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "concepts" / "closed_loop.md"


def closed(tables: Rows, mrp: MrpOptions | None = None, /, **options: Any) -> ClosedLoopResult:
    """Return the closed loop of tables given as rows; orders go first come, first served unless the options say so."""
    return run_closed_loop(run_mrp(data_of(tables), mrp), ClosedLoopOptions(**({"make_feasible": "queue"} | options)))


def lead_times(loop: ClosedLoopResult) -> dict[str, int]:
    """Return the lead times planned with in the end."""
    return dict(loop.table("actual_lead_times").select("item_id", "lead_time_days").iter_rows())


def releases(loop: ClosedLoopResult) -> dict[str, int]:
    """Return the days on which orders are released in the final plan."""
    orders = loop.plan.table("planned_orders").sort("item_id")
    return {item: (at - AS_OF).days for item, at in orders.select("item_id", "release_date").iter_rows()}


@pytest.mark.parametrize("make_feasible", ["queue", "schedule", "level"])
def test_orders_that_queue_behind_each_other_get_lead_times_of_one_two_and_three_days(make_feasible):
    """The worked case of docs/concepts/closed_loop.md."""
    loop = closed(one_saw(THREE), make_feasible=make_feasible)
    assert loop.reason is StopReason.FIXED_POINT
    assert sorted(lead_times(loop).values()) == [1, 2, 3]
    assert sorted(releases(loop).values()) == [7, 8, 9]
    rounds = loop.table("closed_loop_rounds")
    assert rounds["late_demand_days"].to_list() == [3, 0]
    assert rounds["orders_moved"].to_list() == [0, 2]
    assert rounds["lead_time_days_changed"].to_list() == [0, 3]
    assert rounds["is_kept"].to_list() == [False, True]


def test_the_worked_case_of_the_page_gives_its_numbers():
    table = PAGE.read_text().split("<!-- case -->\n")[1].split("\n\n")[0].splitlines()[2:]
    expected = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    found: list[list[str]] = []

    def note(one: LoopRound) -> bool:
        names = one.feasible.plan.model.nodes
        for order in range(3):
            item = names.item_ids[int(names.item[one.orders.node[order]])]
            days = (
                one.days.planned[order],
                one.orders.release[order],
                one.times.completion[order],
                one.days.needed[order],
            )
            found.append([str(one.number), item, *(str(day) for day in days)])
        return False

    run_closed_loop(run_mrp(data_of(one_saw(THREE))), ClosedLoopOptions(make_feasible="queue"), on_round=note)
    assert found == expected


def test_lead_times_that_are_longer_than_needed_become_shorter_unless_they_may_not():
    long = one_saw(THREE, lead_time_days=6)
    assert sorted(lead_times(closed(long)).values()) == [1, 2, 3]
    kept = closed(long, can_shorten=False)
    assert (kept.reason, lead_times(kept)) == (StopReason.FIXED_POINT, dict.fromkeys(sorted(THREE), 6))
    assert len(kept.figures) == 1


def test_without_a_limited_work_center_the_plan_is_that_of_mrp():
    tables = one_saw(THREE, is_finite=False)
    loop = closed(tables)
    assert (loop.reason, len(loop.figures), loop.edits) == (StopReason.NO_CAPACITY, 1, ())
    assert loop.plan is loop.base
    without = {name: rows for name, rows in tables.items() if name not in ("work_centers", "operations")}
    assert (
        closed(without, make_feasible="schedule").plan.table("planned_orders").equals(loop.plan.table("planned_orders"))
    )


def test_what_fits_as_planned_stays_as_it_is():
    loop = closed(one_saw({"red": 5, "green": 6, "blue": 7}))
    assert (loop.reason, len(loop.figures)) == (StopReason.FIXED_POINT, 1)
    assert loop.data is loop.base.model.data


def test_a_component_that_comes_late_is_no_lead_time_of_its_parent():
    """The frame takes three days in place of one; the bike's own day at the bench stays a day."""
    tables = one_saw({"bike": 10})
    tables["items"].append({"item_id": "frame", "supply_type": "make", "lead_time_days": 1, "unit_cost": 5.0})
    tables["bom_lines"] = [{"parent_item_id": "bike", "component_item_id": "frame", "quantity_per": 1.0}]
    tables["work_centers"].append({"work_center_id": "weld"})
    tables["operations"].append(
        {"item_id": "frame", "operation_sequence": 10, "work_center_id": "weld", "run_minutes_per_unit": 3 * 1440.0}
    )
    loop = closed(tables)
    assert lead_times(loop) == {"bike": 1, "frame": 3}
    assert loop.table("closed_loop_rounds")["late_demand_days"].to_list() == [2, 0]
    assert releases(loop) == {"bike": 9, "frame": 6}


def test_lead_times_count_in_working_days_where_the_item_does():
    tables = one_saw({"red": 14}, minutes=3 * 480.0, calendar_id="shop")
    tables["calendars"] = [
        {"calendar_id": "shop", **dict.fromkeys(("saturday", "sunday"), 0.0)}
        | dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), 8.0)
    ]
    tables["sites"] = [{"site_id": "MAIN", "calendar_id": "shop"}]
    tables["items"][0]["lead_time_unit"] = "working"
    loop = closed(tables)
    # due on Monday the 16th: three working days are Wednesday to Friday
    assert (lead_times(loop), releases(loop)) == ({"red": 3}, {"red": 9})


def test_a_lead_time_by_week_changes_only_the_week_that_is_full():
    tables = one_saw({"red": 4})
    tables["demands"] = [
        {"item_id": "red", "due_date": day(at), "quantity": quantity} for at, quantity in ((4, 1.0), (11, 3.0))
    ]
    loop = closed(tables, lead_times_by="week")
    found = loop.table("actual_lead_times")
    assert found.select("effective_from", "lead_time_days").rows() == [(day(0), 1), (day(7), 3)]
    assert loop.reason is StopReason.FIXED_POINT
    changes = loop.data.table("parameter_changes")
    assert changes.select("item_id", "effective_from", "value").rows() == [("red", day(7), 3.0)]
    orders = loop.plan.table("planned_orders").sort("due_date")
    assert orders["release_date"].to_list() == [day(3), day(8)]


def test_changes_of_the_lead_time_that_the_data_set_has_give_way():
    tables = one_saw({"red": 10})
    tables["parameter_changes"] = [
        {"item_id": "red", "effective_from": day(5), "parameter": "lead_time_days", "value": 7.0}
    ]
    loop = closed(tables)
    assert (lead_times(loop), releases(loop)) == ({"red": 1}, {"red": 9})
    assert loop.table("actual_lead_times")["given_days"].to_list() == [7]


def test_lead_times_from_routings_are_replaced_too():
    loop = closed(one_saw(THREE, lead_time_days=9), MrpOptions(lead_time_from="routing"))
    assert sorted(releases(loop).values()) == [7, 8, 9]
    assert loop.plan.options == MrpOptions()


def test_the_quantile_says_how_much_is_done_within_the_lead_time():
    tables = one_saw({"red": 10})
    tables["items"][0]["maximum_order_quantity"] = 1.0
    tables["demands"][0]["quantity"] = 10.0
    tables["demands"][0]["due_date"] = day(20)
    assert lead_times(closed(tables)) == {"red": 9}
    assert lead_times(closed(tables, quantile=1.0)) == {"red": 10}
    assert lead_times(closed(tables, statistic="mean")) == {"red": 6}


def test_a_shop_that_is_behind_from_the_first_day_does_not_ask_for_ever_longer_lead_times():
    """Twelve days of work are due on day 4: no release can help, and lead times stop at what is left before."""
    tables = one_saw({f"item {number:02}": 4 for number in range(12)})
    loop = closed(tables, rounds=30)
    assert loop.reason in (StopReason.FIXED_POINT, StopReason.SETTLED)
    assert max(lead_times(loop).values()) <= 5
    assert loop.table("closed_loop_rounds")["late_demand_days"].min() == sum(range(1, 9))


def test_a_loop_that_swings_ends_with_its_reason_and_keeps_the_best_round():
    loop = closed(random_shop(0), damping="none", rounds=40)
    assert loop.reason is StopReason.CYCLE
    assert loop.cycle_length > 1
    rounds = loop.table("closed_loop_rounds")
    assert rounds.height < 40
    assert rounds.filter("is_kept")["weighted_lateness"].item() == rounds["weighted_lateness"].min()


def test_rounds_are_limited_and_the_caller_can_stop():
    plan = run_mrp(data_of(random_shop(0)))
    options = ClosedLoopOptions(make_feasible="queue", rounds=2)
    assert run_closed_loop(plan, options).reason is StopReason.ROUND_LIMIT
    told: list[int] = []

    def stop(found: Any) -> bool:
        told.append(found.number)
        return True

    loop = run_closed_loop(plan, replace(options, rounds=9), on_round=stop)
    assert (loop.reason, told) == (StopReason.STOPPED, [1])


@pytest.mark.parametrize("make_feasible", ["queue", "level"])
def test_random_shops_end_with_a_plan_that_keeps_its_identities(make_feasible):
    for seed in (1,) if make_feasible == "level" else (1, 2):
        tables = random_shop(seed)
        loop = closed(tables, make_feasible=make_feasible, rounds=3)
        assert (
            run_mrp_checked(loop.data, loop.plan.options)
            .table("planned_orders")
            .equals(loop.plan.table("planned_orders"))
        )
        if make_feasible == "queue":
            edited = apply_edits(loop.base.model.data, loop.edits)
            assert edited.fingerprint() == loop.data.fingerprint()
        _assert_times_hold(loop)


def _assert_times_hold(loop: ClosedLoopResult) -> None:
    """Assert that no unit does two things at once, and that nothing starts before it is released and was paid for."""
    times, orders = loop.kept.times, loop.kept.orders
    steps = pl.DataFrame({"unit": times.step_unit, "start": times.step_start, "end": times.step_end})
    busy = (
        steps.filter(pl.col("unit") >= 0).sort("unit", "start").with_columns(before=pl.col("end").shift(1).over("unit"))
    )
    assert busy.filter(pl.col("before") > pl.col("start")).is_empty()
    assert (times.start >= orders.release).all()
    assert (times.completion >= times.start).all()
    links = orders.links
    supplier = links.supply_order[links.supply]
    waits = (links.order >= 0) & (supplier >= 0) & ~orders.is_in_shop[links.order]
    late = times.completion[supplier[waits]] - links.need_day[waits]
    consumer = links.order[waits]
    by_end = links.is_at_end[waits]
    start = (times.start - orders.release.clip(0))[consumer]
    assert (start[~by_end] >= late[~by_end]).all()
    assert (times.completion[consumer[by_end]] >= times.completion[supplier[waits]][by_end]).all()


def test_the_same_plan_gives_the_same_loop():
    loops = [closed(random_shop(2), rounds=3, make_feasible="schedule") for _ in range(2)]
    for name in loops[0].table_names:
        assert loops[0].table(name).equals(loops[1].table(name))
    times, orders = loops[0].kept.times, loops[0].kept.orders
    assert (times.completion >= times.start).all()
    assert (times.start >= orders.release.clip(0)).all()


def test_options_that_make_no_sense_are_refused():
    for values in ({"rounds": "0"}, {"quantile": "0"}, {"quantile": "1.5"}, {"damping": "some"}):
        with pytest.raises(Exception, match=r"closed_loop\."):
            ClosedLoopOptions.from_mapping(values)
