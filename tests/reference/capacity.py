"""Loads operation by operation, written from docs/concepts/capacity.md alone: minute times are exact, no arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

Row = Mapping[str, Any]
DAY = 86_400
TINY = Fraction(1, 10**6)
MARGIN_DAYS = 730
COMPLETE = {"complete", "completed", "done", "finished", "closed"}
STARTED = {"started", "in_progress", "in progress", "running", "active"}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def number(row: Row, name: str, default: Any) -> Fraction:
    value = row.get(name)
    return Fraction(str(default if value is None else value))


def text(row: Row, name: str, default: str | None = None) -> str | None:
    value = row.get(name)
    return default if value is None else str(value)


class WorkingTime:
    """The working seconds of one calendar, one set of them per day, up to an end."""

    def __init__(self, calendar: Row | None, exceptions: Sequence[Row], as_of: date, end: int) -> None:
        self.end = end
        self.intervals: list[tuple[int, int]] = []
        if calendar is None:
            self.intervals = [(0, end)]
            return
        special = {row["date"]: row for row in exceptions if row["calendar_id"] == calendar["calendar_id"]}
        found: list[tuple[int, int]] = []
        for day in range(-1, end // DAY):
            at = as_of + timedelta(days=day)
            hours, shifts = number(calendar, WEEKDAYS[at.weekday()], 24), text(calendar, "shifts")
            if at in special:
                hours = number(special[at], "hours", 24)
                shifts = text(special[at], "shifts", shifts)
            found += [(day * DAY + a, day * DAY + b) for a, b in self.of_day(round(hours * 3600), shifts)]
        for first, last in sorted((max(0, a), min(b, end)) for a, b in found):
            if first >= last:
                continue
            if self.intervals and first <= self.intervals[-1][1]:
                self.intervals[-1] = (self.intervals[-1][0], max(last, self.intervals[-1][1]))
            else:
                self.intervals.append((first, last))

    @staticmethod
    def of_day(left: int, shifts: str | None) -> list[tuple[int, int]]:
        if not shifts:
            start = min(8 * 3600, DAY - left)
            return [(start, start + left)] if left else []
        found = []
        parts = []
        for part in shifts.split(";"):
            first, last = (int(h) * 3600 + int(m) * 60 for h, m in (clock.split(":") for clock in part.split("-")))
            parts.append((first, last if last > first else last + DAY))
        for first, last in sorted(parts):
            length = min(left, last - first)
            if length:
                found.append((first, first + length))
            left -= length
        return found

    def back(self, time: int, work: int) -> int | None:
        if time < 0:
            return None
        if work == 0:
            return time
        for first, last in reversed(self.intervals):
            if first < time:
                room = min(last, time) - first
                if work <= room:
                    return first + room - work
                work -= room
        return None

    def forward(self, time: int, work: int) -> int | None:
        if time >= self.end:
            return None
        if work == 0:
            return time
        for first, last in self.intervals:
            if last > time:
                room = last - max(first, time)
                if work <= room:
                    return max(first, time) + work
                work -= room
        return None

    def first(self, time: int, work: int) -> int:
        if time >= self.end:
            return self.end
        if work == 0:
            return time
        return next((max(a, time) for a, b in self.intervals if b > time), self.end)

    def worked(self, begin: int, end: int) -> int:
        return sum(max(0, min(b, end) - max(a, begin)) for a, b in self.intervals)


@dataclass
class Step:
    """One operation of one order."""

    row: Row
    center: Row
    time: WorkingTime
    units: Fraction
    setup: Fraction
    queue: int
    start: int = 0
    finish: int | None = 0

    def seconds(self, minutes: Fraction) -> int:
        return max(0, math.ceil(minutes * 60 / number(self.center, "efficiency_fraction", 1) - TINY))

    @property
    def run(self) -> Fraction:
        return number(self.row, "run_minutes_per_unit", 0)

    @property
    def minutes(self) -> Fraction:
        return self.setup + self.units * self.run

    @property
    def work(self) -> int:
        return self.seconds(self.minutes)

    @property
    def after(self) -> int:
        return round((number(self.row, "wait_minutes", 0) + number(self.row, "move_minutes", 0)) * 60)

    @property
    def batch(self) -> Fraction | None:
        value = self.row.get("transfer_batch_quantity")
        return None if value is None or Fraction(str(value)) >= self.units else Fraction(str(value))

    @property
    def gain(self) -> Fraction:
        return number(self.row, "yield_fraction", 1)


class CapacityReference:
    """All orders of a plan, loaded one by one.

    ``tables`` are rows with every date as a date; ``orders`` are dictionaries with order_id, item_id, site_id,
    start_quantity, effective, due and the open order's row (``receipt``) when it is one.
    """

    def __init__(self, tables: Mapping[str, Sequence[Row]], as_of: date, last_day: int, due_at: str = "start") -> None:
        self.tables, self.as_of, self.due_at = tables, as_of, due_at
        self.end = (last_day + 1 + MARGIN_DAYS) * DAY
        self.centers = {row["work_center_id"]: row for row in tables.get("work_centers", [])}
        self.times: dict[str | None, WorkingTime] = {}

    def time_of(self, center: Row) -> WorkingTime:
        sites = {row["site_id"]: text(row, "calendar_id") for row in self.tables.get("sites", [])}
        name = text(center, "calendar_id") or sites.get(text(center, "site_id", "MAIN"))
        if name not in self.times:
            rows = [row for row in self.tables.get("calendars", []) if row["calendar_id"] == name]
            exceptions = self.tables.get("calendar_exceptions", [])
            self.times[name] = WorkingTime(rows[0] if rows else None, exceptions, self.as_of, self.end)
        return self.times[name]

    def steps(self, order: Row) -> list[Step]:
        rows = [
            row
            for row in self.tables.get("operations", [])
            if (row["item_id"], text(row, "site_id", "MAIN")) == (order["item_id"], order["site_id"])
            and (row.get("effective_from") is None or row["effective_from"] <= order["effective"])
            and (row.get("effective_to") is None or order["effective"] < row["effective_to"])
        ]
        by_sequence: dict[int, list[Row]] = {}
        for row in rows:
            by_sequence.setdefault(row["operation_sequence"], []).append(row)
        steps, units = [], Fraction(order["start_quantity"])
        for sequence in sorted(by_sequence):
            row = min(by_sequence[sequence], key=lambda row: number(row, "alternate_priority", 1))
            center = self.centers[row["work_center_id"]]
            queue = round(number(row, "queue_minutes", 0) * 60)
            steps.append(Step(row, center, self.time_of(center), units, number(row, "setup_minutes", 0), queue))
            units *= steps[-1].gain
        return self.left(steps, order) if order.get("receipt") is not None else steps

    def left(self, steps: list[Step], order: Row) -> list[Step]:
        reports = {
            row["operation_sequence"]: row
            for row in self.tables.get("open_operations", [])
            if row["order_id"] == order["order_id"]
        }
        done = Fraction(0)
        for step in reversed(steps):
            report = reports.get(step.row["operation_sequence"], {})
            done = max(number(report, "completed_quantity", 0), done / step.gain)
            status = (text(report, "status") or "").lower()
            if status in COMPLETE:
                done = max(done, step.units)
            if done > 0 or status in STARTED or report.get("actual_start") is not None:
                step.setup = Fraction(0)
            step.units = max(step.units - done, Fraction(0))
        steps = [step for step in steps if step.units > 0]
        if steps and text(order["receipt"], "status", "released") == "released":
            steps[0].queue = 0
        return steps

    def schedule(self, order: Row) -> tuple[list[Step], bool, bool]:
        """Return the steps in time, whether they are forward, and whether the order is late."""
        steps = self.steps(order)
        due = ((order["due"] - self.as_of).days + (1 if self.due_at == "end" else 0)) * DAY
        if not steps or self.backward(steps, due):
            return steps, False, False
        self.forward(steps)
        last = steps[-1]
        return steps, True, last.finish is None or last.finish + last.after > due

    def backward(self, steps: list[Step], due: int) -> bool:
        for step, following in zip(reversed(steps), [None, *reversed(steps[1:])], strict=True):
            if following is None:
                start = step.time.back(due - step.after, step.work)
                finish = due - step.after
            else:
                gap = step.after + following.queue
                finish = following.start - gap
                if step.batch is None:
                    start = step.time.back(finish, step.work)
                else:
                    first = step.time.back(finish, step.seconds(step.setup + step.batch * step.run))
                    assert following.finish is not None
                    batch = min(step.batch * step.gain, following.units)
                    runs = following.time.back(following.finish, following.seconds(batch * following.run))
                    last = None if runs is None else step.time.back(runs - gap, step.work)
                    start = None if first is None or last is None else min(first, last)
            if start is None:
                return False
            step.start = start
            step.finish = step.time.forward(start, step.work) if step.work else start
        return steps[0].start >= steps[0].queue

    def forward(self, steps: list[Step]) -> None:
        for before, step in zip([None, *steps], steps, strict=False):
            latest: int | None = 0
            if before is None:
                ready = step.queue
            elif before.finish is None:
                ready = self.end
            else:
                gap = before.after + step.queue
                ready = before.finish + gap
                if before.batch is not None:
                    batch = min(before.batch * before.gain, step.units)
                    latest = step.time.forward(ready, step.seconds(batch * step.run))
                    first = before.time.forward(before.start, before.seconds(before.setup + before.batch * before.run))
                    assert first is not None
                    ready = first + gap
            step.start = step.time.first(ready, step.work)
            step.finish = step.time.forward(step.start, step.work)
            if step.finish is not None and (latest is None or step.finish < latest):
                step.finish = latest
                if latest is not None:
                    start = step.time.back(latest, step.work)
                    assert start is not None
                    step.start = start

    def load(self, step: Step, begin: int, end: int) -> Fraction:
        """Return the minutes of a step that are worked between two seconds."""
        finish = self.end if step.finish is None else step.finish
        if step.work == 0:
            return step.minutes if begin <= step.start < end else Fraction(0)
        worked = step.time.worked(max(step.start, begin), min(finish, end))
        return step.minutes * Fraction(worked, step.work)

    def available(self, center: Row, begin: int, end: int) -> Fraction:
        """Return the standard minutes that a work center can do between two seconds."""
        rate = number(center, "units", 1) * number(center, "efficiency_fraction", 1)
        return rate * number(center, "utilization_fraction", 1) * Fraction(self.time_of(center).worked(begin, end), 60)
