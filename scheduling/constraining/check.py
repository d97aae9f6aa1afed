"""The independent check: nothing of the kernels but what they promised, held against the data set."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.encoding.codes import days_of
from scheduling.constraining.run import Commitments
from scheduling.kernels.constraining_arrays import ABSENT, FreeKind, Want

_NOISE = 1e-6
_FIRST = 10


def check_constrained_plan(found: Commitments) -> list[str]:
    """Return what is wrong with a plan, nothing when it can be carried out.

    Notes
    -----
    Checked: stock and open orders are those of the data set; no supply is used beyond its quantity, before it is there
    or after it expires; the balance of no node falls below what the data set begins with; every promise gets its
    quantity on its day; every order gets all its components; work fits into the minutes of each work center and day,
    goes on in the order of the operations, one unit at a time, between release and due day, and adds up; due days are
    a lead time after release days, behind the planning fence; quantities keep to the order limits.
    """
    return [
        *_supplies(found),
        *_balances(found),
        *_promises(found),
        *_components(found),
        *_capacity(found),
        *_work(found),
        *_lead_times(found),
        *_limits(found),
    ]


def _report(what: str, is_wrong: NDArray[np.bool_] | pl.Series) -> list[str]:
    """Return one line for a rule that is broken, with the first places."""
    places = np.flatnonzero(np.asarray(is_wrong))
    return [f"{what}: {places.size} times, first at {places[:_FIRST].tolist()}"] if places.size else []


def _supplies(found: Commitments) -> list[str]:
    """Supplies: given as in the data set, used within quantity and time."""
    data, model, supplies, taken = found.shop.plan.model.data, found.shop.plan.model, found.supplies, found.taken
    used = np.bincount(taken["supply"], taken["quantity"], supplies.shape[0])
    free = np.abs(supplies["quantity"] - used - supplies["free"])
    room = _NOISE * np.maximum(1.0, supplies["quantity"])
    day, known = found.taken_day, found.taken_day != ABSENT
    order = supplies["kind"] == FreeKind.PLANNED_ORDER
    made = found.orders[supplies["source"][order]]
    receipts = data.table("scheduled_receipts")
    receipt = supplies["kind"] == FreeKind.SCHEDULED_RECEIPT
    row = model.event_table.receipt_row[supplies["source"][receipt]]
    due = np.maximum(days_of(receipts["due_date"], model.as_of, 0), 0) if receipts.height else np.zeros(0, np.int32)
    open_quantity = receipts["quantity"].to_numpy() if receipts.height else np.zeros(0)
    return [
        *_report("supply used beyond its quantity", used > supplies["quantity"] + room),
        *_report("supply and uses do not add up", free > room),
        *_report("supply used before it is there", known & (day < supplies["day"][taken["supply"]])),
        *_report("supply used after it expires", known & (day >= supplies["expiry"][taken["supply"]])),
        *_report("order is not the supply it makes", np.abs(made["quantity"] - supplies["quantity"][order]) > _NOISE),
        *_report("order is there on another day", made["due"] != supplies["day"][order]),
        *_report(
            "order without a supply", np.bincount(supplies["source"][order], minlength=found.orders.shape[0]) != 1
        ),
        *_report("open order on another day", due[row] != supplies["day"][receipt]),
        *_report("open order with another quantity", open_quantity[row] != supplies["quantity"][receipt]),
    ]


def _balances(found: Commitments) -> list[str]:
    """Balance of each node by day: what came less what was used, never below zero."""
    supplies, taken = found.supplies, found.taken
    come = pl.DataFrame({"node": supplies["node"], "day": supplies["day"], "change": supplies["quantity"]})
    gone = pl.DataFrame(
        {"node": supplies["node"][taken["supply"]], "day": found.taken_day, "change": -taken["quantity"]}
    )
    lapse = supplies[supplies["expiry"] != ABSENT]
    written_off = pl.DataFrame({"node": lapse["node"], "day": lapse["expiry"], "change": -lapse["free"]})
    by_day = (
        pl.concat([come, gone, written_off]).group_by("node", "day").agg(pl.col("change").sum()).sort("node", "day")
    )
    balance = by_day.select(pl.col("change").cum_sum().over("node"))["change"]
    return _report(
        "balance below zero", balance < -_NOISE * max(1.0, float(np.abs(supplies["quantity"]).max(initial=1.0)))
    )


def _promises(found: Commitments) -> list[str]:
    """Promises: their quantity, on their day, not before it is wanted; all parts of a demand."""
    promises, taken = found.promises, found.taken
    to_demand = taken["consumer"] < 0
    place = -1 - taken["consumer"][to_demand]
    got = np.bincount(place, taken["quantity"][to_demand], promises.shape[0])
    # a phantom is had as its components
    is_phantom = found.shop.model.nodes["is_phantom"][found.wants["node"][promises["want"]]]
    is_kept = promises["day"] != ABSENT
    wanted = np.where(is_kept, promises["quantity"], 0.0)
    of_want = np.bincount(promises["want"], promises["quantity"], found.wants.shape[0])
    room = _NOISE * np.maximum(1.0, promises["quantity"])
    is_missing = np.abs(of_want - found.wants["quantity"]) > _NOISE * np.maximum(1.0, of_want)
    return [
        *_report("promise without its quantity", ~is_phantom & (np.abs(got - wanted) > room)),
        *_report("promise before it is wanted", is_kept & (promises["day"] < found.wants["day"][promises["want"]])),
        *_report("demand without its promises", is_missing),
    ]


def _components(found: Commitments) -> list[str]:
    """Components: each order of a plain bill has of each line what it needs, on its release day or later."""
    taken, orders, shop = found.taken, found.orders, found.shop
    to_order = taken["consumer"] >= 0
    used = pl.DataFrame(
        {
            "order": taken["consumer"][to_order],
            "component": found.supplies["node"][taken["supply"][to_order]],
            "quantity": taken["quantity"][to_order],
        }
    )
    needed = _needed(found)
    both = (
        pl.concat([used.with_columns(sign=1.0), needed.select(used.columns).with_columns(sign=-1.0)])
        .group_by("order", "component")
        .agg((pl.col("quantity") * pl.col("sign")).sum().alias("rest"), pl.col("quantity").max())
    )
    is_plain = _is_plain(shop)[orders["node"]]
    plain = both.filter(pl.Series(is_plain)[both["order"].to_numpy()])
    wrong = plain.filter(pl.col("rest").abs() > _NOISE * pl.max_horizontal(1.0, "quantity"))
    return [
        f"components do not add up: order {order}, node {node}"
        for order, node in wrong.select("order", "component").rows()[:_FIRST]
    ]


def _needed(found: Commitments) -> pl.DataFrame:
    """Return what each order needs of each component by its bill, or at its source."""
    shop, orders = found.shop, found.orders
    lines = pl.DataFrame({name: shop.model.parts[name] for name in shop.model.parts.dtype.names}).with_columns(
        node=np.repeat(np.arange(shop.n_nodes, dtype=np.int32), np.diff(shop.model.part_indptr))
    )
    decimals = pl.DataFrame(
        {"component": np.arange(shop.n_nodes, dtype=np.int32), "decimals": shop.model.nodes["decimals"]}
    )
    rows = pl.DataFrame(
        {name: orders[name] for name in ("node", "start_quantity", "effective", "offer")}
    ).with_row_index("order")
    is_made = pl.Series(shop.model.nodes["supply_type"] == 0)[orders["node"]]
    made = rows.filter(is_made).join(lines.filter(~pl.col("is_by_product")), on="node")
    made = made.filter(pl.col("effective_from") <= pl.col("effective"), pl.col("effective") < pl.col("effective_to"))
    made = made.with_columns(quantity=pl.col("start_quantity") * pl.col("quantity_per") + pl.col("quantity_fixed"))
    at = shop.model.offer_indptr[orders["node"]] + orders["offer"]
    is_moved = (shop.model.nodes["supply_type"][orders["node"]] == 2) & (orders["offer"] >= 0)
    source = np.where(
        is_moved, shop.model.offer_node[np.where(is_moved, at, 0)] if len(shop.model.offer_node) else -1, -1
    )
    moved = rows.with_columns(component=source.astype(np.int32), quantity="start_quantity").filter(
        pl.col("component") >= 0
    )
    wanted = pl.concat(
        [frame.select(pl.col("order").cast(pl.Int32), "component", "quantity") for frame in (made, moved)]
    )
    wanted = wanted.join(decimals, on="component", maintain_order="left")
    power = pl.lit(10.0).pow(pl.col("decimals").cast(pl.Float64))
    rounded = (
        pl.when(pl.col("decimals") < 0).then("quantity").otherwise((pl.col("quantity") * power - 1e-6).ceil() / power)
    )
    return wanted.with_columns(quantity=rounded)


def _is_plain(shop: Any) -> NDArray[np.bool_]:
    """Return which nodes have neither alternates nor phantoms among their components."""
    parts, owner = shop.model.parts, np.repeat(np.arange(shop.n_nodes), np.diff(shop.model.part_indptr))
    nodes = shop.model.nodes
    is_plain = np.ones(shop.n_nodes, np.bool_)
    is_plain[owner[(parts["group"] >= 0) | nodes["is_phantom"][parts["component"]]]] = False
    offers = np.repeat(np.arange(shop.n_nodes), np.diff(shop.model.offer_indptr))
    sources = shop.model.offer_node
    is_plain[offers[(sources >= 0) & nodes["is_phantom"][np.maximum(sources, 0)]]] = False
    return is_plain


def _capacity(found: Commitments) -> list[str]:
    """Capacity: planned minutes by work center and day within what open orders leave."""
    shop, pieces = found.shop, found.pieces
    center = shop.model.operations["work_center"][pieces["operation"]]
    used = np.zeros(shop.available_minutes.shape)
    np.add.at(used, (center, pieces["day"]), pieces["minutes"])
    left = np.maximum(shop.available_minutes - shop.open_minutes, 0.0)
    over = (used > left + _NOISE * np.maximum(1.0, left)).ravel()
    return [
        *_report("work center beyond its minutes", over),
        *_report(
            "free minutes do not add up",
            (np.abs(left - used - found.free_minutes) > _NOISE * np.maximum(1.0, left)).ravel(),
        ),
    ]


def _work(found: Commitments) -> list[str]:
    """Work: each operation whole, one after the other, no faster than one unit, between release and due day."""
    shop, orders = found.shop, found.orders
    pieces = found.pieces[np.lexsort((found.pieces["begin"], found.pieces["day"], found.pieces["order"]))]
    operation = shop.model.operations[pieces["operation"]]
    unit = shop.model.unit_minutes[operation["work_center"], pieces["day"]]
    wide = np.abs((pieces["end"] - pieces["begin"]) * unit - pieces["minutes"]) > _NOISE * np.maximum(1.0, unit)
    made = orders[pieces["order"]]
    last_day = made["due"] - (0 if shop.model.is_due_at_end else 1)
    same = pieces["order"][1:] == pieces["order"][:-1]
    begins = pieces["day"][1:] + pieces["begin"][1:]
    ends = pieces["day"][:-1] + pieces["end"][:-1]
    changes = pieces["operation"][1:] != pieces["operation"][:-1]
    gap = (operation["after_seconds"][:-1] + operation["queue_seconds"][1:]) / 86_400.0
    back = operation["sequence"][1:] < operation["sequence"][:-1]
    return [
        *_report("work faster than one unit", wide),
        *_report("work before release", pieces["day"] < made["release"]),
        *_report("work after the due day", pieces["day"] > last_day),
        *_report("work of one order at the same time", same & (begins < ends - _NOISE)),
        *_report("operations in another order", same & back),
        *_report("queue, wait or move cut short", same & changes & (begins < ends + gap - _NOISE)),
        *_whole_operations(found, pieces),
    ]


def _whole_operations(found: Commitments, pieces: Any) -> list[str]:
    """Each operation at a work center whose hours count has its minutes; every step that must be done is."""
    key = ["order", "sequence"]
    steps = _steps(found, pieces)
    first = steps.unique(key, keep="first", maintain_order=True)
    # of alternates that which was used, else the first; units are counted by the yields of the first ones
    used_first = steps.sort(*key, pl.col("minutes").is_null(), "operation")
    chosen = used_first.unique(key, keep="first", maintain_order=True).with_columns(passed_on=first["yield_fraction"])
    is_elsewhere = pl.col("minutes").is_null() & pl.col("has_other")
    units = pl.col("start_quantity") * pl.col("passed_on").cum_prod().over("order") / pl.col("passed_on")
    work = pl.col("setup_minutes") + units * pl.col("run_minutes_per_unit")
    needed = pl.when(~is_elsewhere).then(work).otherwise(0.0)
    compared = chosen.select(needed=needed, done=pl.col("minutes").fill_null(0.0))
    is_off = (pl.col("needed") - pl.col("done")).abs() > _NOISE * pl.max_horizontal(1.0, "needed")
    twice = steps.filter(pl.col("minutes").is_not_null()).select(key).is_duplicated()
    return [
        *_report("operation without its minutes", compared.select(is_off).to_series()),
        *_report("operation done by two alternates", twice),
    ]


def _steps(found: Commitments, pieces: Any) -> pl.DataFrame:
    """Return the operations in force of each made order with what is done of them, by order and sequence.

    ``has_other``: the step, or an alternate of it, is done at a work center whose hours do not count.
    """
    shop, orders = found.shop, found.orders
    operations = shop.model.operations
    done = pl.DataFrame({name: pieces[name] for name in ("order", "operation", "minutes")}).cast(
        {"order": pl.UInt32, "operation": pl.UInt32}
    )
    done = done.group_by("order", "operation").agg(pl.col("minutes").sum())
    names = [*operations.dtype.names]
    frame = pl.DataFrame({name: operations[name] for name in names}).with_row_index("operation")
    frame = frame.with_columns(
        node=np.repeat(np.arange(shop.n_nodes, dtype=np.int32), np.diff(shop.model.operation_indptr)),
        is_finite=np.append(shop.model.is_finite, True)[operations["work_center"]],
    ).with_columns(has_other=(~pl.col("is_finite")).any().over("node", "sequence"))
    rows = pl.DataFrame({name: orders[name] for name in ("node", "start_quantity", "effective")})
    made = rows.with_row_index("order").filter(pl.Series(shop.model.nodes["supply_type"] == 0)[orders["node"]])
    in_force = (pl.col("effective_from") <= pl.col("effective")) & (pl.col("effective") < pl.col("effective_to"))
    steps = made.join(frame, on="node").filter(in_force)
    return steps.join(done, on=["order", "operation"], how="left").sort("order", "sequence", "operation")


def _lead_times(found: Commitments) -> list[str]:
    """Lead times: working or calendar days between release and due day; nothing before as_of or inside the fence."""
    shop, orders = found.shop, found.orders
    plain = orders[~_changes(found)[orders["node"]]]
    own = shop.plan.model.sourcing.own_parameters
    node = plain["node"]
    days = own["lead_time_days"].fill_null(0).cast(pl.Float64).to_numpy()[node].copy()
    per_unit = shop.model.nodes["lead_time_days_per_unit"][node]
    offers = shop.plan.model.sourcing.offers
    has_offer = plain["offer"] >= 0
    offered = offers.rows["lead_time_days"][(offers.indptr[node] + plain["offer"])[has_offer]]
    days[has_offer] = np.where(offered >= 0, offered, days[has_offer])
    days += np.ceil(plain["quantity"] * per_unit - 1e-9)
    calendar = shop.model.nodes["calendar"][node].copy()
    calendar[has_offer] = offers.rows["calendar"][(offers.indptr[node] + plain["offer"])[has_offer]]
    by_routing = (shop.plan.options.lead_time_from == "routing") & ~np.isnan(shop.model.nodes["routing_days"][node])
    passed = _days_between(
        found, calendar, plain["release"], plain["due"], shop.model.nodes["is_lead_time_working"][node]
    )
    fence = shop.model.nodes["planning_fence_day"][orders["node"]]
    return [
        *_report("due before the lead time is over", (passed < days) & ~by_routing),
        *_report("released before as_of", orders["release"] < 0),
        *_report("due before release", orders["due"] < orders["release"]),
        *_report("due inside the planning fence", orders["due"] <= fence),
    ]


def _changes(found: Commitments) -> NDArray[np.bool_]:
    """Return which nodes have parameters that change with time."""
    return np.asarray(np.diff(found.shop.model.change_indptr) > 0)


def _days_between(
    found: Commitments, calendar: NDArray[Any], release: NDArray[Any], due: NDArray[Any], is_working: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the days from release to due: calendar days, or working days of a calendar from the release day on."""
    netting = found.shop.model
    passed = (due - release).astype(np.float64)
    at = np.flatnonzero((calendar >= 0) & is_working)
    before = netting.table["n_before"]
    # working days in [release, due): as many as in (release, due] when both are working days
    first, last = release[at] - netting.first_day, due[at] - netting.first_day
    passed[at] = before[calendar[at], last] - before[calendar[at], first]
    return np.asarray(passed)


def _limits(found: Commitments) -> list[str]:
    """Order limits: fixed quantity, minimum, multiple, maximum."""
    shop, orders = found.shop, found.orders
    plain = orders[~_changes(found)[orders["node"]]]
    nodes, offers = shop.model.nodes[plain["node"]], shop.plan.model.sourcing.offers
    place = np.where(plain["offer"] >= 0, offers.indptr[plain["node"]] + plain["offer"], 0)
    limits = {}
    for name in ("minimum_order_quantity", "order_multiple", "maximum_order_quantity"):
        own = nodes[name].copy()
        if offers.rows.shape[0]:
            offered = offers.rows[name][place]
            own = np.where((plain["offer"] >= 0) & ~np.isnan(offered), offered, own)
        limits[name] = own
    is_fixed = nodes["lot_sizing_rule"] == 1
    multiple = np.where(limits["order_multiple"] > 0, limits["order_multiple"], 1.0)
    quotient = plain["quantity"] / multiple
    is_even = (np.abs(quotient - np.rint(quotient)) < 1e-6) | (limits["order_multiple"] == 0)
    maximum = np.maximum(limits["maximum_order_quantity"], limits["order_multiple"])
    is_raw = shop.plan.options.minimum_rounding == "raw"
    below = plain["quantity"] < np.minimum(limits["minimum_order_quantity"], maximum) - _NOISE
    return [
        *_report("fixed quantity not kept", is_fixed & (plain["quantity"] != nodes["fixed_order_quantity"])),
        *_report("below the minimum", ~is_fixed & below),
        *_report("not a multiple", ~is_fixed & ~is_even & (not is_raw)),
        *_report("above the maximum", ~is_fixed & (plain["quantity"] > maximum + _NOISE)),
        *_report("safety stock ordered for a demand", found.wants["kind"] > Want.SAFETY_STOCK),
    ]
