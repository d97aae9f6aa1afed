"""The identities that hold for every plan, checked on its tables: what comes in, goes out and is left must add up.

Each check returns its violations as sentences; an empty list means that the identity holds. Quantities are compared
with 1e-6 relative to their size.
"""

from __future__ import annotations

import polars as pl

from planning.identity_checks.alternates import check_for_shares
from planning.identity_checks.components import NODE, PlanTables, uncertain_sources, with_parameters
from planning.identity_checks.forecast import check_for_forecast_consumption, without_requirement
from planning.identity_checks.movements import movements
from planning.identity_checks.parameters import in_force
from planning.identity_checks.pegging import pegging_violations

_RELATIVE = 1e-6
_EXCUSES = ("below_safety_stock", "shortage", "no_source", "expired_stock")
_MOST_SHOWN = 10


def violations(plan: PlanTables) -> list[str]:
    """Return the violations of all identities.

    Examples
    --------
    >>> from datetime import date
    >>> from planning.data import PlanningData, Settings
    >>> from planning.options import MrpOptions
    >>> from planning.plan_tables import OUTPUT_TABLES
    >>> names = list(PlanTables.__dataclass_fields__)[2:]
    >>> nothing = {name: OUTPUT_TABLES[name].empty() for name in names}
    >>> violations(PlanTables(PlanningData(Settings(date(2026, 11, 22)), {}), MrpOptions(), **nothing))
    []
    """
    checks = (
        check_for_forecast_consumption,
        check_for_gross_requirements,
        check_for_dependent_requirements,
        check_for_shares,
        check_for_low_level_codes,
        check_for_order_arithmetic,
        check_for_balance,
        check_for_floor,
        check_for_lot_for_lot,
        pegging_violations,
    )
    return [sentence for check in checks for sentence in check(plan)]


def check_for_gross_requirements(plan: PlanTables) -> list[str]:
    """Return the demands and allocations whose rows in the requirements are not what is open of them."""
    demands = plan.data.filled("demands", ["demand_id", *NODE, "due_date", "quantity"])
    if plan.data.settings.horizon_end is not None:
        demands = demands.filter(pl.col("due_date") <= plan.data.settings.horizon_end)
    demands = pl.concat([demands.rename({"demand_id": "source_id"}).drop("due_date"), *without_requirement(plan)])
    allocations = plan.data.filled("allocations", ["order_id", *NODE, "quantity"]).rename({"order_id": "source_id"})
    found = plan.requirements.filter(~pl.col("kind").is_in(["dependent", "safety_stock"]))
    keys = NODE if demands["source_id"].null_count() else ["source_id", *NODE]
    return _differences(pl.concat([demands, allocations]), found, keys, "gross requirements from outside")


def check_for_dependent_requirements(plan: PlanTables) -> list[str]:
    """Return where dependent requirements are not the sum of rule 9 over the parents' orders."""
    keys = ["source_id", *NODE]
    expected = plan.components.filter(pl.col("quantity") > 0)
    found = with_parameters(plan.requirements.filter(pl.col("kind") == "dependent"), plan.data, ["is_phantom"])
    found = found.filter(~pl.col("is_phantom"))
    uncertain = expected.filter(~pl.col("is_certain")).select(keys)
    doubtful = uncertain_sources(plan)
    expected, found = (
        frame.join(uncertain, on=keys, how="anti").join(doubtful, on="source_id", how="anti")
        for frame in (expected, found)
    )
    return _differences(expected, found, keys, "dependent requirements")


def check_for_low_level_codes(plan: PlanTables) -> list[str]:
    """Return the planned orders that do not lie deeper than the orders they are made for."""
    codes = plan.planned_orders.select(source_id="order_id", parent_code="low_level_code")
    parents = plan.requirements.filter(pl.col("kind") == "dependent").join(codes, on="source_id")
    own = plan.planned_orders.group_by(NODE).agg(pl.col("low_level_code").min())
    wrong = parents.join(own, on=NODE).filter(pl.col("low_level_code") <= pl.col("parent_code"))
    return _sentences(wrong, "low-level code {low_level_code} of {item_id}@{site_id} is not above that of {source_id}")


def check_for_order_arithmetic(plan: PlanTables) -> list[str]:
    """Return the planned orders whose quantities or dates contradict each other."""
    orders = with_parameters(plan.planned_orders, plan.data, ["yield_fraction"])
    orders = in_force(orders, plan.data, "yield_fraction", "due_date")
    fenced = plan.messages.filter(pl.col("kind") == "time_fence_conflict")["order_id"]
    start = pl.col("quantity") / pl.col("yield_fraction")
    is_late = pl.col("release_date") < plan.data.settings.as_of
    is_ordered = pl.col("release_date") <= pl.col("due_date")
    if plan.options.past_release == "keep":
        is_ordered &= (pl.col("due_date") <= pl.col("need_date")) | pl.col("order_id").is_in(fenced.implode())
    else:
        # the yield is that of the due date before the push
        changed = plan.data.table("parameter_changes").filter(pl.col("parameter") == "yield_fraction")["item_id"]
        orders = orders.filter(~pl.col("item_id").is_in(changed.implode()))
    wrong = orders.filter(
        (pl.col("quantity") <= 0)
        | ((pl.col("start_quantity") - start).abs() > _RELATIVE * start)
        | (pl.col("net_requirement") > pl.col("quantity") * (1 + _RELATIVE))
        | (pl.col("is_past_due") != is_late)
        | ~is_ordered
    )
    return _sentences(wrong, "order {order_id}: its quantities or dates contradict each other")


def check_for_balance(plan: PlanTables) -> list[str]:
    """Return the periods whose projected available balance is not the sum of what came in and went out until then."""
    flows = movements(plan, "due_date")
    records = plan.mrp_records.select(*NODE, "period_start", "projected_available_balance")
    records = records.sort("period_start").with_columns(
        period_end=pl.col("period_start").shift(-1).over(NODE, order_by="period_start") - pl.duration(days=1)
    )
    last_day = pl.col("period_end").fill_null(pl.date(9999, 12, 31)).alias("date")
    expected = (
        records.with_columns(last_day)
        .sort("date")
        .join_asof(flows.sort("date"), on="date", by=NODE, check_sortedness=False)
    )
    expected = expected.join(flows.select(NODE).unique(), on=NODE, how="semi")
    difference = (pl.col("projected_available_balance") - pl.col("balance").fill_null(0.0)).abs()
    wrong = expected.filter(difference > _RELATIVE * (1 + pl.col("moved").fill_null(0.0)))
    return _sentences(
        wrong,
        "balance of {item_id}@{site_id} from {period_start}: {projected_available_balance}, its flows give {balance}",
    )


def check_for_floor(plan: PlanTables) -> list[str]:
    """Return where the projected available balance is below the safety stock after netting and no message says why."""
    excused = plan.messages.filter(pl.col("kind").is_in(_EXCUSES)).select(NODE)
    days = movements(plan, "need_date").filter(pl.col("date") >= plan.data.settings.as_of)
    days = _with_floor(days, plan).join(excused, on=NODE, how="anti")
    days = in_force(days, plan.data, "safety_stock", "date")
    wrong = days.filter(pl.col("balance") < pl.col("safety_stock") - _RELATIVE * (1 + pl.col("moved")))
    return _sentences(
        wrong, "{item_id}@{site_id} is at {balance} on {date}, below {safety_stock}, and no message says why"
    )


def _with_floor(frame: pl.DataFrame, plan: PlanTables) -> pl.DataFrame:
    """Return a frame with the safety stock of its items; a buffer has none, its red zone is no floor."""
    frame = with_parameters(frame, plan.data, ["safety_stock", "planning_method"])
    is_buffered = pl.col("planning_method") == "ddmrp"
    return frame.with_columns(safety_stock=pl.when(is_buffered).then(0.0).otherwise("safety_stock"))


def check_for_lot_for_lot(plan: PlanTables) -> list[str]:
    """Return the lot-for-lot orders without modifiers that leave more than the safety stock on their day."""
    modifiers = ["minimum_order_quantity", "order_multiple"]
    orders = with_parameters(_with_floor(plan.planned_orders, plan), plan.data, ["lot_sizing_rule", *modifiers])
    orders = orders.filter(
        pl.col("planning_method") == "mrp",
        pl.col("lot_sizing_rule") == "lot_for_lot",
        *(pl.col(name) == 0 for name in modifiers),
        pl.col("need_date") >= plan.data.settings.as_of,
    )
    orders = orders.join(plan.data.filled("item_suppliers", ["item_id"]), on="item_id", how="anti")
    changed = plan.data.table("parameter_changes").filter(pl.col("parameter").is_in(modifiers))["item_id"]
    orders = in_force(orders, plan.data, "safety_stock", "need_date").filter(
        ~pl.col("item_id").is_in(changed.implode())
    )
    days = (
        orders.select(*NODE, "safety_stock", date="need_date")
        .unique()
        .join(movements(plan, "need_date"), on=[*NODE, "date"])
    )
    wrong = days.filter(pl.col("balance") > pl.col("safety_stock") + _RELATIVE * (1 + pl.col("moved")))
    return _sentences(
        wrong, "{item_id}@{site_id} is at {balance} on {date} after a lot-for-lot order, above {safety_stock}"
    )


def _differences(expected: pl.DataFrame, found: pl.DataFrame, keys: list[str], what: str) -> list[str]:
    """Return where the sums of two frames by key differ."""
    sums = [
        frame.group_by(keys).agg(pl.col("quantity").sum().alias(name))
        for frame, name in ((expected, "expected"), (found, "found"))
    ]
    joined = (
        sums[0]
        .join(sums[1], on=keys, how="full", coalesce=True)
        .with_columns(pl.col("expected", "found").fill_null(0.0))
    )
    wrong = joined.filter((pl.col("expected") - pl.col("found")).abs() > _RELATIVE * (1 + pl.col("expected").abs()))
    return _sentences(wrong, what + " of {item_id}@{site_id}: expected {expected}, found {found}", keys)


def _sentences(wrong: pl.DataFrame, template: str, keys: list[str] | None = None) -> list[str]:
    """Return one sentence per row, the first ten and how many there are."""
    shown = wrong.sort(keys or NODE).head(_MOST_SHOWN)
    source = [f" (source {row['source_id']})" if "source_id" in (keys or []) else "" for row in shown.to_dicts()]
    sentences = [template.format(**row) + end for row, end in zip(shown.to_dicts(), source, strict=True)]
    return sentences + ([f"... {wrong.height} in all"] if wrong.height > _MOST_SHOWN else [])
