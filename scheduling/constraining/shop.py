"""A plan's data set as the constrained plan reads it: parts by parent, wants, supplies, minutes by day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from planning.decoding.orders import demand_sources
from planning.encoding.alternates import SHARED
from planning.encoding.codes import grouped_rows, records
from planning.encoding.demands import demand_priorities
from planning.kernels.capacity import add_loads, working_seconds
from planning.kernels.capacity_arrays import SECONDS_PER_DAY, LoadCells
from planning.kernels.netting_arrays import ALWAYS, CHOSEN_PER_ORDER, NEVER, ORDER_DTYPE, NettingModel, Orders, Records
from planning.loading.available import available_minutes
from planning.loading.encode import LoadingModel, encode_loading
from planning.loading.options import CapacityOptions
from planning.mrp import MrpResult
from scheduling.constraining.joining import joining_of
from scheduling.constraining.options import ConstrainedOptions
from scheduling.kernels.constraining_arrays import (
    FREE_DTYPE,
    NONE,
    PART_DTYPE,
    WANT_DTYPE,
    FreeKind,
    ShopModel,
    Split,
    Want,
)
from scheduling.kernels.firm_needs import FIRM_NEED_DTYPE, list_firm_needs

_FIRST_PRIORITY = 0


@dataclass(frozen=True, slots=True)
class Shop:
    """What a constrained plan starts from.

    Parameters
    ----------
    plan, options
        The plan whose data set it is, and the choices.
    model
        What the kernels read.
    loading
        Routings, work centers and working time.
    wants
        WANT_DTYPE: all that is wanted but safety stocks.
    want_ids
        The id of each want.
    supplies, lot_indptr, first, last
        FREE_DTYPE: what there is: lots that expire by node, then the others by node and day; the lists of the others.
    available_minutes, open_minutes
        float64, shape (n_work_centers, n_days): standard minutes by day, and what open orders take of them.
    """

    plan: MrpResult
    options: ConstrainedOptions
    model: ShopModel
    loading: LoadingModel
    wants: Records
    want_ids: pl.Series
    supplies: Records
    lot_indptr: NDArray[np.int64]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    available_minutes: NDArray[np.float64]
    open_minutes: NDArray[np.float64]

    @property
    def n_nodes(self) -> int:
        """The number of nodes."""
        return self.plan.model.nodes.n_nodes

    @property
    def free_minutes(self) -> NDArray[np.float64]:
        """float64, shape (n_work_centers, n_days): what open orders leave."""
        return np.asarray(np.maximum(self.available_minutes - self.open_minutes, 0.0))


def open_shop(plan: MrpResult, options: ConstrainedOptions) -> Shop:
    """Return the data set of a plan as the constrained plan reads it."""
    choices = CapacityOptions.from_mapping(plan.model.data.settings.capacity)
    loading = encode_loading(plan, replace(choices, period="day"))
    netting = _with_all_offers(plan)
    part_indptr, parts = _parts(plan, netting)
    sources = _offer_nodes(plan)
    model = ShopModel(
        netting.choices,
        netting.nodes,
        netting.offer_indptr,
        netting.offers,
        netting.change_indptr,
        netting.changes,
        netting.first_day,
        netting.table,
        netting.is_open,
        *joining_of(netting, part_indptr, parts, loading.kernel.operation_indptr, loading.kernel.operations, sources),
        part_indptr,
        parts,
        sources,
        loading.kernel.operation_indptr,
        loading.kernel.operations,
        loading.centers.frame["is_finite"].to_numpy().copy(),
        _unit_minutes(loading),
        options.smallest_day_fraction,
        loading.kernel.is_due_at_end,
        loading.kernel.is_effective_at_due,
        options.tries,
        int(Split[options.split.upper()]),
    )
    needs = _firm_needs(netting, part_indptr, parts)
    wants, want_ids = _wants(plan, needs)
    supplies, lot_indptr = _supplies(plan, needs)
    first, last = link_all(supplies, np.arange(int(lot_indptr[-1]), supplies.shape[0]), plan.model.nodes.n_nodes)
    return Shop(
        plan, options, model, loading, wants, want_ids, supplies, lot_indptr, first, last,
        available_minutes(loading)[0], _open_minutes(plan, loading),
    )  # fmt: skip


def _with_all_offers(plan: MrpResult) -> NettingModel:
    """Return the netting model in which each order chooses where there are several offers, all tried in turn."""
    sourcing, rows = plan.model.sourcing, plan.netting.nodes.copy()
    several = np.flatnonzero((rows["offer"] >= 0) & (np.diff(sourcing.offers.indptr) > 1) & ~rows["is_phantom"])
    own = sourcing.own_parameters[several]
    rows["offer"][several] = CHOSEN_PER_ORDER
    for name, empty in (("lead_time_days", 0), ("minimum_order_quantity", 0.0), ("order_multiple", 0.0)):
        rows[name][several] = own[name].fill_null(empty).to_numpy()
    rows["maximum_order_quantity"][several] = own["maximum_order_quantity"].fill_null(np.inf).to_numpy()
    return plan.netting._replace(nodes=rows)


def _parts(plan: MrpResult, netting: NettingModel) -> tuple[NDArray[np.int64], Records]:
    """Return the BOM lines by parent, alternates of a group together by priority."""
    structure, lines = plan.model.structure, netting.lines
    n_nodes = plan.model.nodes.n_nodes
    component = np.repeat(np.arange(n_nodes), np.diff(netting.parent_indptr))
    table = plan.model.data.filled("bom_lines", ["alternate_group", "alternate_priority"])
    is_shared = structure.kind == SHARED if plan.options.alternates != "fixed_usage" else structure.kind == -1
    row = np.maximum(structure.bom_row, 0)
    name = (
        pl.Series(np.zeros(lines.shape[0], np.int64))
        if not is_shared.any()
        else table["alternate_group"].rank("dense")[row]
    )
    key = lines["parent"].astype(np.int64) * (table.height + 1) + name.fill_null(0).cast(pl.Int64).to_numpy()
    group = np.where(is_shared, np.unique(key, return_inverse=True)[1], NONE)
    priority = table["alternate_priority"].cast(pl.Int64).to_numpy()[row] if is_shared.any() else np.zeros(len(row))
    keep = np.flatnonzero(~lines["is_transfer"])
    order = np.lexsort((structure.bom_row[keep], priority[keep], group[keep], lines["parent"][keep]))
    keep = keep[order]
    indptr, _ = grouped_rows(lines["parent"][keep], n_nodes)
    columns = {name: lines[name][keep] for name in PART_DTYPE.names or () if name not in ("component", "group")}
    return indptr, records(PART_DTYPE, component=component[keep], group=group[keep], **columns)


def _offer_nodes(plan: MrpResult) -> NDArray[np.int32]:
    """Return the node that each offer takes from, -1 for suppliers."""
    nodes, offers = plan.model.nodes, plan.model.sourcing.offers
    owner = np.repeat(np.arange(nodes.n_nodes), np.diff(offers.indptr))
    source = offers.rows["source"]
    at = nodes.of(nodes.item[owner], np.maximum(source, 0)) if owner.size else np.zeros(0, np.int32)
    return np.where(source < 0, NONE, at).astype(np.int32)


def _unit_minutes(loading: LoadingModel) -> NDArray[np.float64]:
    """Return the standard minutes that one unit of each work center can do on each day."""
    n_days = loading.times.end_day
    daily = np.empty((loading.times.indptr.shape[0] - 1, n_days), np.int64)
    working_seconds(loading.kernel, np.arange(n_days + 1, dtype=np.int64) * SECONDS_PER_DAY, daily)
    efficiency = loading.centers.column("efficiency_fraction")
    return np.asarray(daily[loading.centers.rows["calendar"]] / 60.0 * efficiency[:, None])


def _open_minutes(plan: MrpResult, loading: LoadingModel) -> NDArray[np.float64]:
    """Return the minutes that open orders take by work center and day."""
    netting, nodes = plan.netting, loading.routings.nodes
    n_firm = np.diff(netting.firm_indptr)
    orders = Orders(
        netting.firm_indptr[:-1].copy(), n_firm, np.zeros(int(n_firm.sum()), ORDER_DTYPE), np.zeros(0, np.int64)
    )
    shape = (1, loading.centers.rows.shape[0], loading.periods.starts.shape[0])
    cells = LoadCells(np.zeros(shape), np.zeros(shape[:2]), np.zeros((plan.model.nodes.n_nodes, 5), np.int64))
    if nodes.size:
        add_loads(
            loading.kernel, netting, orders, orders.rows, nodes, np.array([0, nodes.shape[0]]), loading.routings.most,
            loading.periods.of_day, loading.periods.seconds, cells,
        )  # fmt: skip
    return np.asarray(cells.minutes[0])


def _firm_needs(netting: NettingModel, part_indptr: NDArray[np.int64], parts: Records) -> Records:
    """Return what firm planned orders need and give."""
    owner = np.repeat(np.arange(part_indptr.shape[0] - 1), np.diff(netting.firm_indptr))
    out = np.zeros(int(np.diff(part_indptr)[owner].sum()), FIRM_NEED_DTYPE)
    n = list_firm_needs(netting, part_indptr, parts, out) if out.size else 0
    return out[:n]


def _wants(plan: MrpResult, needs: Records) -> tuple[Records, pl.Series]:
    """Return all that is wanted, with ids: demands, allocations, what firm orders need, what negative stock owes."""
    table, netting = plan.model.event_table, plan.netting
    node = np.repeat(np.arange(plan.model.nodes.n_nodes), np.diff(netting.demand_indptr))
    priorities, row = demand_priorities(plan.model.data), table.demand_row
    is_demand = row < table.n_demands
    kind = np.where(
        is_demand, Want.DEMAND, np.where(row < table.n_demands + table.n_allocations, Want.ALLOCATION, Want.FIRM_ORDER)
    )
    priority = np.full(row.shape[0], _FIRST_PRIORITY, np.int64)
    priority[is_demand] = priorities[row[is_demand]]
    demands = netting.demands
    given = _want_rows(node, demands["day"], kind, np.arange(row.shape[0]), priority, demands["quantity"])
    firm = needs[needs["quantity"] > 0]
    dependent = _want_rows(
        firm["component"], firm["day"], Want.FIRM_ORDER, firm["firm"], _FIRST_PRIORITY, firm["quantity"]
    )
    stock = np.flatnonzero(netting.nodes["on_hand"] < 0)
    owed = _want_rows(stock, 0, Want.NEGATIVE_STOCK, stock, _FIRST_PRIORITY, -netting.nodes["on_hand"][stock])
    names = plan.model.data.table("scheduled_receipts")["order_id"]
    ids = [
        demand_sources(plan.model)[1].cast(pl.String),
        names[table.firm_row[firm["firm"]]].cast(pl.String),
        pl.Series(["negative stock"] * stock.shape[0], dtype=pl.String),
    ]
    wants, want_ids = np.concatenate([given, dependent, owed]), pl.concat([part.alias("id") for part in ids])
    wanted = np.flatnonzero(wants["quantity"] > 0)
    return wants[wanted], want_ids[wanted]


def _want_rows(node: Any, day: Any, kind: Any, source: Any, priority: Any, quantity: Any) -> Records:
    """Return wants as rows."""
    rows = np.zeros(np.shape(node)[0], WANT_DTYPE)
    rows["node"], rows["wanted_day"], rows["day"], rows["kind"] = node, day, np.maximum(day, 0), kind
    rows["source"], rows["priority"], rows["quantity"] = source, priority, quantity
    return rows


def _supplies(plan: MrpResult, needs: Records) -> tuple[Records, NDArray[np.int64]]:
    """Return what there is: lots that expire by node, then the rest by node and day, and where each node's lots are."""
    netting = plan.netting
    n_nodes = plan.model.nodes.n_nodes
    owner = np.arange(n_nodes)
    lots, receipts = netting.lots, netting.receipts
    lot_node, receipt_node = (
        np.repeat(owner, np.diff(netting.lot_indptr)),
        np.repeat(owner, np.diff(netting.receipt_indptr)),
    )
    expires = np.flatnonzero(lots["expiry"] != NEVER)
    stays = np.flatnonzero(lots["expiry"] == NEVER)
    given = needs[needs["quantity"] < 0]
    firm_lots = _supply_rows(
        lot_node[expires], lots["available"][expires], FreeKind.LOT, expires, lots["quantity"][expires]
    )
    firm_lots["expiry"] = lots["expiry"][expires]
    others = np.concatenate(
        [
            _supply_rows(owner, ALWAYS, FreeKind.ON_HAND, owner, netting.nodes["on_hand"]),
            _supply_rows(lot_node[stays], lots["available"][stays], FreeKind.LOT, stays, lots["quantity"][stays]),
            _supply_rows(
                receipt_node,
                receipts["day"],
                FreeKind.SCHEDULED_RECEIPT,
                np.arange(receipts.shape[0]),
                receipts["quantity"],
            ),
            _supply_rows(given["component"], given["day"], FreeKind.BY_PRODUCT, NONE, -given["quantity"]),
        ]
    )
    is_counted = ~netting.nodes["is_phantom"] if plan.options.phantom_stock == "ignore" else np.ones(n_nodes, np.bool_)
    firm_lots = firm_lots[is_counted[firm_lots["node"]]]
    others = others[is_counted[others["node"]] & (others["quantity"] > 0)]
    others = others[np.lexsort((others["kind"], others["day"], others["node"]))]
    lot_indptr, _ = grouped_rows(firm_lots["node"].copy(), n_nodes)
    return np.concatenate([firm_lots, others]), lot_indptr


def _supply_rows(node: Any, day: Any, kind: FreeKind, source: Any, quantity: Any) -> Records:
    """Return supplies as rows, all of them free; stock of ``as_of`` is there on day 0."""
    rows = np.zeros(np.shape(node)[0], FREE_DTYPE)
    rows["node"], rows["day"], rows["kind"], rows["source"] = node, np.maximum(day, 0), kind, source
    rows["quantity"], rows["free"] = quantity, quantity
    rows["expiry"], rows["before"], rows["after"] = NEVER, NONE, NONE
    return rows


def link_all(supplies: Records, places: NDArray[np.int64], n_nodes: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Link supplies in their order, by node; return the first and the last of each node."""
    node = supplies["node"][places]
    is_first = np.append(True, node[1:] != node[:-1])[: node.shape[0]]
    is_last = np.append(node[1:] != node[:-1], True)[: node.shape[0]]
    supplies["before"][places] = np.where(is_first, NONE, np.roll(places, 1))
    supplies["after"][places] = np.where(is_last, NONE, np.roll(places, -1))
    supplies["is_linked"][places] = True
    first, last = np.full((2, n_nodes), NONE, np.int32)
    first[node[is_first]], last[node[is_last]] = places[is_first], places[is_last]
    return first, last


def want_order(shop: Shop, is_first_come: bool) -> NDArray[np.int64]:
    """Return the wants as they are promised: what is bound already, then demands by priority, due date and id."""
    wants = shop.wants
    ids = shop.want_ids.rank("ordinal").fill_null(0).to_numpy() if len(shop.want_ids) else np.zeros(0)
    kind = np.minimum(wants["kind"], int(Want.DEMAND))
    is_bound = kind != Want.DEMAND
    priority = np.where(is_bound | is_first_come, 0, wants["priority"])
    return np.lexsort((ids, wants["wanted_day"], priority, ~is_bound)).astype(np.int64)
