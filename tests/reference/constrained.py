"""The constrained plan in exact fractions, written from docs/concepts/constrained_plan.md alone: slow and obvious.

Every day is a working day, work centers are open around the clock; orders are not joined. What is tried is tried on a
copy of everything.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Any

Row = dict[str, Any]
NEVER = 10**9
_DAY = 1440
_LEAST = Fraction(1, 20)


@dataclass
class Books:
    """What is free, and what has been ordered and promised."""

    supplies: dict[str, list[list[Any]]] = field(default_factory=dict)
    minutes: dict[str, list[Fraction]] = field(default_factory=dict)
    orders: list[tuple[str, Fraction, int, int]] = field(default_factory=list)

    def become(self, other: Books) -> None:
        """Take over what another one has."""
        self.supplies, self.minutes, self.orders = other.supplies, other.minutes, other.orders


class ConstrainedReference:
    """The plan of tables given as rows; days are whole numbers from ``as_of`` on."""

    def __init__(self, tables: dict[str, list[Row]], horizon: int, split: str) -> None:
        self.items = {row["item_id"]: row for row in tables["items"]}
        self.lines, self.steps, self.offers = _by(tables, "bom_lines", "parent_item_id"), {}, {}
        for item, rows in _by(tables, "operations", "item_id").items():
            self.steps[item] = [_of(rows, sequence) for sequence in sorted({r["operation_sequence"] for r in rows})]
        for item, rows in _by(tables, "item_suppliers", "item_id").items():
            self.offers[item] = sorted(rows, key=lambda row: row["priority"])
        self.centers = {row["work_center_id"]: row for row in tables.get("work_centers", [])}
        self.demands, self.split, self.horizon = tables["demands"], split, horizon
        self.books = Books()
        for center, row in self.centers.items():
            self.books.minutes[center] = [self.unit(center) * row["units"]] * horizon
        for row in tables.get("on_hand", []):
            self._add(self.books, row["item_id"], 0, Fraction(row["quantity"]))
        for row in tables.get("scheduled_receipts", []):
            self._add(self.books, row["item_id"], max(row["day"], 0), Fraction(row["quantity"]))

    def promises(self) -> list[tuple[str, Fraction, int | None]]:
        """Return demand, quantity and day of each part, in the order in which they are promised."""
        found = []
        for row in sorted(self.demands, key=lambda row: (row["priority"], row["day"], row["demand_id"])):
            for quantity, day in self._promise(row["item_id"], Fraction(row["quantity"]), max(row["day"], 0)):
                found.append((row["demand_id"], quantity, None if day == NEVER else day))
        return found

    def _promise(self, item: str, quantity: Fraction, day: int) -> list[tuple[Fraction, int]]:
        """Promise a demand, in parts where the policy says so."""
        if self.split != "none" and not self._can(item, quantity, day):
            early = self._on_time(item, quantity, day)
            if 0 < early < quantity:
                return [
                    (early, self._part(item, early, day)),
                    (quantity - early, self._part(item, quantity - early, day)),
                ]
        return [(quantity, self._part(item, quantity, day))]

    def _can(self, item: str, quantity: Fraction, day: int) -> bool:
        """Return whether a quantity can be had by a day."""
        return self.request(deepcopy(self.books), item, quantity, day) <= day

    def _on_time(self, item: str, quantity: Fraction, day: int) -> Fraction:
        """Return what of a quantity can be had by a day."""
        if self.split == "stock_and_rest":
            free = sum((supply[1] for supply in self.books.supplies.get(item, []) if supply[0] <= day), Fraction(0))
            return min(free, quantity)
        decimals = self.items[item].get("quantity_decimals")
        decimals = 0 if decimals is None and quantity.denominator == 1 else decimals
        low, high = Fraction(0), quantity
        for _ in range(10):
            middle = (low + high) / 2
            if decimals is not None:
                middle = Fraction(floor(middle * 10**decimals), 10**decimals)
            if middle <= low:
                break
            low, high = (middle, high) if self._can(item, middle, day) else (low, middle)
        return low

    def _part(self, item: str, quantity: Fraction, day: int) -> int:
        """Promise a part on its day; what comes late is asked for again by the day that was found."""
        first = deepcopy(self.books)
        found = self.request(first, item, quantity, day)
        if found <= day:
            self.books.become(first)
        elif found < NEVER:
            again = deepcopy(self.books)
            is_kept = self.request(again, item, quantity, found) <= found
            self.books.become(again if is_kept else first)
        return found

    def request(self, books: Books, item: str, quantity: Fraction, by: int) -> int:
        """Bring a quantity by a day; return the day on which it is there."""
        missing = quantity - _take(books, item, quantity, lambda supply: supply[0] <= by, latest_first=True)
        if missing <= 0:
            return by
        ordered = deepcopy(books)
        day = self._order_all(ordered, item, missing, by)
        if day <= by:
            books.become(ordered)
            return day
        later, total = NEVER, Fraction(0)
        for supply in sorted(books.supplies.get(item, []), key=lambda supply: supply[0]):
            if by < supply[0] < day and later == NEVER:
                total += supply[1]
                later = supply[0] if total >= missing else NEVER
        if later < NEVER:
            _take(books, item, missing, lambda supply: supply[0] > by, latest_first=False)
            return later
        books.become(ordered)
        return day

    def _order_all(self, books: Books, item: str, missing: Fraction, by: int) -> int:
        """Order until a quantity is covered; return the day of the last order."""
        row, day = self.items[item], by
        if not row.get("is_planned", True):
            return NEVER
        while missing > 0:
            best, best_books = NEVER, None
            for offer in self.offers.get(item, [{}]):
                tried = deepcopy(books)
                due, lot = self._order(tried, item, missing, by, {**row, **offer})
                found = by if due <= by else due
                if best_books is None or found < best:
                    best, best_books, quantity = found, tried, lot
                if found <= by:
                    break
            if best == NEVER or best_books is None:
                return NEVER
            books.become(best_books)
            books.supplies[item][-1][1] -= min(missing, quantity)
            missing, day = missing - quantity, max(day, best)
        return day

    def _order(self, books: Books, item: str, missing: Fraction, by: int, row: Row) -> tuple[int, Fraction]:
        """Place one order with its components; return its due day and quantity."""
        lot = _lot(row, missing)
        start = lot / Fraction(str(row.get("yield_fraction", 1)))
        release, due = self._place(books, item, row, start, by, 0)
        if due == NEVER:
            return NEVER, lot
        pieces, earliest = dict(self._pieces), 0
        for lines in _in_groups(self.lines.get(item, [])):
            day = self._component(books, lines, start, release)
            if day == NEVER:
                return NEVER, lot
            earliest = max(earliest, day)
        if earliest > release:
            for (center, day), part in pieces.items():
                books.minutes[center][day] += part
            release, due = self._place(books, item, row, start, by, earliest)
            if due == NEVER:
                return NEVER, lot
        books.orders.append((item, lot, release, due))
        self._add(books, item, due, lot)
        return due, lot

    def _component(self, books: Books, lines: list[Row], start: Fraction, by: int) -> int:
        """Ask for a component, or for alternates in turn; the first in time, else the earliest."""
        best, best_books = NEVER, None
        for line in lines:
            tried, decimals = deepcopy(books), self.items[line["component_item_id"]].get("quantity_decimals")
            quantity = start * Fraction(str(line["quantity_per"]))
            if decimals is not None:
                quantity = Fraction(ceil(quantity * 10**decimals), 10**decimals)
            day = self.request(tried, line["component_item_id"], quantity, by)
            if best_books is None or day < best:
                best, best_books = day, tried
            if day <= by:
                break
        if best_books is not None:
            books.become(best_books)
        return best

    def _place(self, books: Books, item: str, row: Row, start: Fraction, by: int, earliest: int) -> tuple[int, int]:
        """Place an order backward from the day for which it is needed, else forward; return release and due day."""
        fence = row.get("planning_time_fence_days")
        after_fence = 0 if fence is None else fence + 1
        lead = row.get("lead_time_days") or 0
        wanted = max(by - (row.get("safety_lead_time_days") or 0), after_fence if fence is not None else -NEVER)
        for has_choice in (False, True):
            release = self._backward(books, item, start, wanted, lead, earliest, has_choice)
            if release is not None:
                return release, wanted
        end = self._work(deepcopy(books), item, start, Fraction(earliest), False, self._has_choice(item))
        due = max(earliest + lead, after_fence, NEVER if end is None else ceil(end))
        if due >= self.horizon:
            return NEVER, NEVER
        for has_choice in (self._has_choice(item),):
            release = self._backward(books, item, start, due, lead, earliest, has_choice)
            if release is not None:
                return release, due
        self._work(books, item, start, Fraction(earliest), False, self._has_choice(item))
        return earliest, due

    def _has_choice(self, item: str) -> bool:
        """Return whether a step can be done in several ways."""
        return any(len(rows) > 1 for rows in self.steps.get(item, []))

    def _backward(
        self, books: Books, item: str, start: Fraction, due: int, lead: int, earliest: int, has_choice: bool
    ) -> int | None:
        """Place the work of an order before a day; return the release day, ``None`` when that is too early."""
        tried = deepcopy(books)
        begin = self._work(tried, item, start, Fraction(due), True, has_choice)
        release = due - lead
        if release < earliest or begin is None or begin < earliest:
            return None
        books.become(tried)
        return min(release, floor(begin))

    def _work(
        self, books: Books, item: str, start: Fraction, at: Fraction, is_backward: bool, has_choice: bool
    ) -> Fraction | None:
        """Place all steps one after the other; return where they begin, or end."""
        self._pieces: dict[tuple[str, int], Fraction] = {}
        units, todo = start, []
        for rows in self.steps.get(item, []):
            todo.append((rows, units))
            units *= Fraction(str(rows[0].get("yield_fraction", 1)))
        for rows, lot in reversed(todo) if is_backward else todo:
            best = None
            for row in rows if has_choice else rows[:1]:
                place, pieces = self._fit(books, row, lot, at, is_backward)
                if best is None or _is_better(place, best[0], is_backward):
                    best = place, pieces, row
            if best is None or best[0] is None:
                return None
            for day, part in best[1]:
                center = best[2]["work_center_id"]
                books.minutes[center][day] -= part
                self._pieces[center, day] = self._pieces.get((center, day), Fraction(0)) + part
            at = best[0]
        return at

    def _fit(
        self, books: Books, row: Row, lot: Fraction, at: Fraction, is_backward: bool
    ) -> tuple[Fraction | None, list[tuple[int, Fraction]]]:
        """Return where a step begins that ends at a place, or ends that begins there, and its minutes by day."""
        center = row["work_center_id"]
        if not self.centers[center]["is_finite"]:
            return at, []
        queue, after = (Fraction(str(row.get(name, 0))) / _DAY for name in ("queue_minutes", "wait_minutes"))
        rest = Fraction(str(row["setup_minutes"])) + lot * Fraction(str(row["run_minutes_per_unit"]))
        unit, pieces = self.unit(center), []
        at += -after if is_backward else queue
        day = ceil(at) - 1 if is_backward else floor(at)
        while rest > 0:
            if not 0 <= day < self.horizon:
                return None, []
            free = books.minutes[center][day]
            room = (at - day if is_backward else day + 1 - at) * unit
            part = min(rest, room, free if free >= _LEAST * unit else Fraction(0))
            if part > 0:
                pieces.append((day, part))
                at += -part / unit if is_backward else part / unit
                rest -= part
            if rest > 0:
                at = Fraction(day) if is_backward else Fraction(day + 1)
                day += -1 if is_backward else 1
        at -= queue if is_backward else -after
        return (None if at < 0 else at), pieces

    def unit(self, center: str) -> Fraction:
        """Return what one unit of a work center can do on a day."""
        return _DAY * Fraction(str(self.centers[center].get("efficiency_fraction", 1)))

    @staticmethod
    def _add(books: Books, item: str, day: int, quantity: Fraction) -> None:
        """Make a quantity free from a day on."""
        books.supplies.setdefault(item, []).append([day, quantity])


def _take(books: Books, item: str, quantity: Fraction, is_meant: Any, latest_first: bool) -> Fraction:
    """Take what is free of the supplies that are meant; return how much."""
    taken, sign = Fraction(0), -1 if latest_first else 1
    for supply in sorted(books.supplies.get(item, []), key=lambda supply: sign * supply[0]):
        if is_meant(supply) and taken < quantity:
            part = min(supply[1], quantity - taken)
            supply[1] -= part
            taken += part
    return taken


def _lot(row: Row, missing: Fraction) -> Fraction:
    """Return the quantity of the next order."""
    if row.get("lot_sizing_rule") == "fixed_order_quantity":
        return Fraction(row["fixed_order_quantity"])
    if row.get("lot_sizing_rule") == "order_up_to":
        missing += Fraction(row["order_up_to_level"])
    lot = max(missing, Fraction(row.get("minimum_order_quantity") or 0))
    multiple = Fraction(row.get("order_multiple") or 0)
    if multiple:
        lot = ceil(lot / multiple) * multiple
    return min(lot, Fraction(row["maximum_order_quantity"])) if row.get("maximum_order_quantity") else lot


def _is_better(place: Fraction | None, best: Fraction | None, is_backward: bool) -> bool:
    """Return whether a place is later than the best one backward, earlier forward."""
    if place is None or best is None:
        return best is None and place is not None
    return place > best if is_backward else place < best


def _by(tables: dict[str, list[Row]], name: str, column: str) -> dict[str, list[Row]]:
    """Return the rows of a table by a column."""
    found: dict[str, list[Row]] = {}
    for row in tables.get(name, []):
        found.setdefault(row[column], []).append(row)
    return found


def _of(rows: list[Row], sequence: int) -> list[Row]:
    """Return the alternates of a step, the first choice first."""
    return sorted((row for row in rows if row["operation_sequence"] == sequence), key=lambda r: r["alternate_priority"])


def _in_groups(lines: list[Row]) -> list[list[Row]]:
    """Return the lines of a bill, alternates together, plain lines first."""
    groups: dict[str, list[Row]] = {}
    for row in sorted(lines, key=lambda row: row.get("alternate_priority") or 0):
        if row.get("alternate_group"):
            groups.setdefault(row["alternate_group"], []).append(row)
    return [[row] for row in lines if not row.get("alternate_group")] + list(groups.values())
