"""The scheduling problem as a CP-SAT model: one family of constraints, one method.

``docs/concepts/finite_scheduling.md`` has the model in formulas. OR-tools is imported by the process that solves, see
:mod:`scheduling.solvers.cpsat`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from scheduling.objective import Measure
from scheduling.problem import NEVER, NONE, Flags, SchedulingProblem
from scheduling.schedule import Schedule, is_counted
from scheduling.solvers.cpsat_sequence import UnitOrder
from scheduling.solvers.cpsat_time import UnitTime, horizon_of

_SCALES = (1, 2, 4, 5, 8, 10, 100, 1000, 10_000)


@dataclass(slots=True)
class Place:
    """An alternate of an operation on a unit, or on any unit of a machine whose units are alike (``unit`` NONE)."""

    mode: int
    machine: int
    unit: int
    chosen: Any
    interval: Any = None


@dataclass(slots=True)
class ScheduleModel:
    """Builds the model of a problem.

    Parameters
    ----------
    problem
        What is scheduled.
    cp
        The module ``ortools.sat.python.cp_model``.
    start
        A schedule to begin with.
    kept
        bool, shape (n_operations,): of these, those on one unit keep the order of ``start``; ``None``: all are free.
    """

    problem: SchedulingProblem
    cp: Any
    start: Schedule | None = None
    kept: Flags | None = None
    model: Any = field(init=False)
    horizon: int = field(init=False)
    starts: list[Any] = field(init=False)
    ends: list[Any] = field(init=False)
    places: list[list[Place]] = field(init=False)
    setup_terms: list[tuple[Any, int, float]] = field(init=False, default_factory=list)
    campaign_entries: dict[int, list[Any]] = field(init=False, default_factory=dict)
    times: UnitTime = field(init=False)
    order: UnitOrder = field(init=False)
    measures: dict[Measure, Any] = field(init=False, default_factory=dict)

    def build(self) -> None:
        """Put the families together."""
        self.model = self.cp.CpModel()
        self.horizon = horizon_of(self.problem, self.start)
        self.times = UnitTime(self.problem, self.model, self.horizon)
        self.order = UnitOrder(self.problem, self.times.earliest, self.times.latest, self.start, self.kept)
        self._operations()
        self._alternates()
        self._precedences()
        self._overlaps()
        self._pools()
        self._units()
        self._campaigns()
        self._resources()
        self._hints()

    def _operations(self) -> None:
        """``release <= start``, ``end <= deadline``, locked starts; operations of a batch share their variables."""
        problem, model = self.problem, self.model
        job = problem.operation_job
        release = np.maximum(problem.operation_release, problem.job_release[job])
        deadline = np.minimum(problem.operation_deadline, problem.job_deadline[job])
        leader: dict[int, int] = {}
        self.starts, self.ends = [], []
        for one in range(problem.n_operations):
            batch = int(problem.operation_batch[one])
            first = one if batch == NONE else leader.setdefault(batch, one)
            if first == one:
                self.starts.append(model.new_int_var(0, self.horizon, f"start[{one}]"))
                self.ends.append(model.new_int_var(0, self.horizon, f"end[{one}]"))
            else:
                self.starts.append(self.starts[first])
                self.ends.append(self.ends[first])
            if release[one] > 0:
                model.add(self.starts[one] >= int(release[one]))
            if deadline[one] < NEVER:
                model.add(self.ends[one] <= int(deadline[one]))
            if problem.operation_lock_start[one] != NONE:
                model.add(self.starts[one] == int(problem.operation_lock_start[one]))

    def _alternates(self) -> None:
        """``sum of chosen = 1``; ``chosen -> end - start = duration``, in open time."""
        counted = is_counted(self.problem)
        leader: dict[int, int] = {}
        self.places = []
        for one in range(self.problem.n_operations):
            batch = int(self.problem.operation_batch[one])
            first = one if batch == NONE else leader.setdefault(batch, one)
            self.places.append(self._places_of(one) if counted[one] else self.places[first])

    def _places_of(self, one: int) -> list[Place]:
        """Return the places of an operation, exactly one of which is chosen."""
        problem, model = self.problem, self.model
        found: list[tuple[int, int, int]] = []
        for mode in range(int(problem.mode_indptr[one]), int(problem.mode_indptr[one + 1])):
            machine = int(problem.mode_machine[mode])
            if problem.operation_lock_machine[one] not in (NONE, machine):
                continue
            units = [NONE]
            if machine != NONE and not self.times.is_pooled[machine]:
                units = list(range(*problem.machine_unit_indptr[machine : machine + 2].tolist()))
            locked = int(problem.operation_lock_unit[one])
            found.extend((mode, machine, unit) for unit in units if NONE in (locked, unit) or locked == unit)
        is_single = len(found) == 1
        places = [
            Place(
                mode,
                machine,
                unit,
                model.new_constant(1) if is_single else model.new_bool_var(f"chosen[{one},{number}]"),
            )
            for number, (mode, machine, unit) in enumerate(found)
        ]
        if not is_single:
            model.add_exactly_one([place.chosen for place in places])
        for place in places:
            duration = int(problem.mode_duration[place.mode])
            unit = place.unit
            if unit == NONE and place.machine != NONE:
                unit = int(problem.machine_unit_indptr[place.machine])
            self.times.run(one, unit, duration, self.starts[one], self.ends[one], place.chosen)
            size = duration
            if self.times.pauses(unit):
                size = model.new_int_var(duration, self.horizon, "")
            place.interval = model.new_optional_interval_var(
                self.starts[one], size, self.ends[one], place.chosen, f"run[{one},{place.mode},{place.unit}]"
            )
        return places

    def _precedences(self) -> None:
        """``end + minimum lag <= start <= end + maximum lag``."""
        problem, model = self.problem, self.model
        for arc in range(problem.n_arcs):
            of, to = int(problem.arc_from[arc]), int(problem.arc_to[arc])
            if problem.arc_overlap[arc] == 0:
                model.add(self.starts[to] >= self.ends[of] + int(problem.arc_minimum_lag[arc]))
            if problem.arc_maximum_lag[arc] < NEVER:
                model.add(self.starts[to] <= self.ends[of] + int(problem.arc_maximum_lag[arc]))

    def _overlaps(self) -> None:
        """The first transfer batch is there at the start; the last before what it takes is left to do."""
        problem, model = self.problem, self.model
        for arc in np.flatnonzero(problem.arc_overlap > 0).tolist():
            of, to = int(problem.arc_from[arc]), int(problem.arc_to[arc])
            share, lag = float(problem.arc_overlap[arc]), int(problem.arc_minimum_lag[arc])
            for place in self.places[of]:
                batch = int(np.ceil(share * problem.mode_duration[place.mode] - 1e-9))
                point = self.times.after_work(of, self._time_unit(place), self.starts[of], batch, place.chosen)
                model.add(self.starts[to] >= point + lag).only_enforce_if(place.chosen)
            for place in self.places[to]:
                batch = int(np.ceil(share * problem.mode_duration[place.mode] - 1e-9))
                point = self.times.before_work(to, self._time_unit(place), self.ends[to], batch, place.chosen)
                model.add(self.ends[of] + lag <= point).only_enforce_if(place.chosen)

    def _time_unit(self, place: Place) -> int:
        """Return a unit with the calendar of a place."""
        if place.unit == NONE and place.machine != NONE:
            return int(self.problem.machine_unit_indptr[place.machine])
        return place.unit

    def _pools(self) -> None:
        """Of a machine whose units are alike, no more run at once than there are units."""
        by_machine: dict[int, list[Any]] = {}
        for one in np.flatnonzero(is_counted(self.problem)).tolist():
            for place in self.places[one]:
                if place.machine != NONE and place.unit == NONE:
                    by_machine.setdefault(place.machine, []).append(place.interval)
        for machine, intervals in by_machine.items():
            n_units = int(np.diff(self.problem.machine_unit_indptr)[machine])
            self.model.add_cumulative(intervals, [1] * len(intervals), n_units)

    def _units(self) -> None:
        """On a unit nothing overlaps; with setups, ``start >= end of the one before + setup`` in open time."""
        by_unit: dict[int, list[tuple[int, Place]]] = {}
        for one in np.flatnonzero(is_counted(self.problem)).tolist():
            for place in self.places[one]:
                if place.unit != NONE:
                    by_unit.setdefault(place.unit, []).append((one, place))
        for unit, places in sorted(by_unit.items()):
            self.model.add_no_overlap([place.interval for _, place in places])
            operations = [one for one, _ in places]
            kept = self.order.kept_sequence(operations)
            for before, after in pairwise(kept):
                self.model.add(self.starts[after] >= self.ends[before])
            if self.times.has_sequence(unit, operations):
                self._sequence(unit, places, {one: place for place, one in enumerate(kept)})

    def _sequence(self, unit: int, places: list[tuple[int, Place]], kept: dict[int, int]) -> None:
        """A circuit through the operations of a unit, from node 0 and back; those kept follow each other."""
        model, problem = self.model, self.problem
        empty = model.new_bool_var("")
        arcs: list[tuple[int, int, Any]] = [(0, 0, empty)]
        for node, (one, place) in enumerate(places, 1):
            arcs.append((node, node, ~place.chosen if len(self.places[one]) > 1 else model.new_constant(0)))
            model.add_implication(empty, ~place.chosen)
            if kept.get(one, len(kept) - 1) == len(kept) - 1:
                arcs.append((node, 0, self._follows(unit, one, NONE)))
            for before, (other, _) in enumerate([(NONE, place), *places]):
                if before == node or not self._can_follow(other, one, kept):
                    continue
                follows = self._follows(unit, other, one)
                arcs.append((before, node, follows))
                self._setup(unit, other, one, follows)
                campaign = int(problem.operation_campaign[one])
                if campaign != NONE and (other == NONE or problem.operation_campaign[other] != campaign):
                    self.campaign_entries.setdefault(campaign, []).append(follows)
        model.add_circuit(arcs)

    def _can_follow(self, before: int, after: int, kept: dict[int, int]) -> bool:
        """Return whether an operation can be right behind another, or (``NONE``) the first."""
        if before == NONE:
            return kept.get(after, 0) == 0
        if before in kept and after in kept:
            return kept[after] == kept[before] + 1
        return self.order.may_follow(before, after)

    def _follows(self, unit: int, before: int, after: int) -> Any:
        """Return a variable for being right behind another, with its value in the schedule to begin with."""
        follows = self.model.new_bool_var(f"follows[{unit},{before},{after}]")
        if self.start is not None:
            self.model.add_hint(follows, self.order.follows(unit, before, after))
        return follows

    def _setup(self, unit: int, before: int, after: int, follows: Any) -> None:
        """``follows -> work(start) >= work(end of the one before) + setup time``."""
        problem = self.problem
        groups, matrix = problem.operation_setup_group, int(problem.machine_setup_matrix[problem.unit_machine[unit]])
        group = int(problem.unit_initial_group[unit] if before == NONE else groups[before])
        time, cost = 0, 0.0
        if min(matrix, group, int(groups[after])) != NONE and not problem.operation_is_started[after]:
            time = int(problem.setup_time[matrix, group, groups[after]])
            cost = float(problem.setup_cost[matrix, group, groups[after]])
        if time or cost:
            self.setup_terms.append((follows, time, cost))
        start = self.starts[after]
        if before != NONE:
            # of two without duration at the same time, the lesser code comes first
            both = all(self._is_nothing(one) for one in (before, after))
            gap = 1 if both and before > after else 0
            self.model.add(start >= self.ends[before] + gap).only_enforce_if(follows)
        is_given = self.order.is_fixed[after] and (before == NONE or self.order.is_fixed[before])
        if time and not is_given:
            free = 0 if before == NONE else self.times.worked(before, unit, self.ends[before], is_end=True)
            worked = self.times.worked(after, unit, start, is_end=False)
            self.model.add(worked >= free + time).only_enforce_if(follows)

    def _is_nothing(self, one: int) -> bool:
        """Return whether an operation may take no time."""
        first, last = self.problem.mode_indptr[one : one + 2]
        return bool((self.problem.mode_duration[first:last] == 0).any())

    def _campaigns(self) -> None:
        """A campaign is entered from outside once."""
        for entries in self.campaign_entries.values():
            self.model.add_exactly_one(entries)

    def _resources(self) -> None:
        """At no time is more of a resource held than there is."""
        problem = self.problem
        held: dict[int, tuple[list[Any], list[int]]] = {}
        for one in np.flatnonzero(is_counted(problem)).tolist():
            for place in self.places[one]:
                if problem.mode_duration[place.mode] == 0:
                    continue
                for need in range(int(problem.need_indptr[place.mode]), int(problem.need_indptr[place.mode + 1])):
                    intervals, units = held.setdefault(int(problem.need_resource[need]), ([], []))
                    intervals.append(place.interval)
                    units.append(int(problem.need_units[need]))
        for resource, (intervals, units) in held.items():
            self.model.add_cumulative(intervals, units, int(problem.resource_capacity[resource]))

    def _hints(self) -> None:
        """Begin with a known schedule."""
        if self.start is None:
            return
        for one in np.flatnonzero(is_counted(self.problem)).tolist():
            self.model.add_hint(self.starts[one], int(self.start.operation_start[one]))
            self.model.add_hint(self.ends[one], int(self.start.operation_end[one]))
            if len(self.places[one]) == 1:
                continue
            for place in self.places[one]:
                is_chosen = place.mode == self.start.operation_mode[one]
                is_chosen &= place.unit in (NONE, int(self.start.operation_unit[one]))
                self.model.add_hint(place.chosen, bool(is_chosen))

    def measure(self, measure: Measure) -> list[tuple[Any, float]]:
        """Return a measure as variables with coefficients."""
        if measure is Measure.SETUP_TIME:
            return [(follows, float(time)) for follows, time, _ in self.setup_terms if time]
        if measure is Measure.SETUP_COST:
            return [(follows, cost) for follows, _, cost in self.setup_terms if cost]
        if measure is Measure.MAKESPAN:
            moving = np.flatnonzero(~self.order.is_fixed).tolist()
            return [(self._last_end(moving, is_exact=False), 1.0)]
        return [term for job in range(self.problem.n_jobs) for term in self._job_term(job, measure)]

    def _job_term(self, job: int, measure: Measure) -> list[tuple[Any, float]]:
        """Return what a job adds to a measure."""
        problem, model = self.problem, self.model
        operations = range(*problem.job_indptr[job : job + 2].tolist())
        weight, due = float(problem.job_weight[job]), int(problem.job_due[job])
        if not operations or weight == 0 or (measure is not Measure.FLOW_TIME and due >= NEVER):
            return []
        end = self._last_end(operations, is_exact=measure is Measure.EARLINESS)
        if measure is Measure.FLOW_TIME:
            return [(end, weight), (model.new_constant(1), -weight * float(problem.job_release[job]))]
        beyond = model.new_int_var(0, max(self.horizon, due), f"{measure.value}[{job}]")
        model.add(beyond >= (end - due if measure is Measure.WEIGHTED_TARDINESS else due - end))
        return [(beyond, weight)]

    def _last_end(self, operations: Sequence[int], is_exact: bool) -> Any:
        """Return the last end of some operations, or what is at least that."""
        last = self.model.new_int_var(0, self.horizon, "")
        if is_exact:
            self.model.add_max_equality(last, [self.ends[one] for one in operations])
        else:
            for one in operations:
                self.model.add(last >= self.ends[one])
        return last

    def minimise(self, measures: list[tuple[Measure, float]]) -> tuple[Any, int, bool]:
        """Set the objective; return its expression, the scale of its coefficients, and whether they are exact."""
        terms = [
            (variable, weight * factor) for measure, weight in measures for variable, factor in self.measure(measure)
        ]
        factors = np.array([factor for _, factor in terms])
        scale, is_exact = _SCALES[-1], False
        for one in _SCALES:
            if np.abs(factors * one - np.round(factors * one)).max(initial=0.0) < 1e-9:
                scale, is_exact = one, True
                break
        whole = [round(factor * scale) for _, factor in terms]
        expression = self.cp.LinearExpr.weighted_sum([variable for variable, _ in terms], whole)
        self.model.minimize(expression)
        return expression, scale, is_exact
