"""Local search over the sequences of units, for any objective, with setups, calendars, parallel units and due dates."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bom.ranges import ranges
from scheduling.kernels.sequence_graph import (
    N_MEMORY,
    N_TERMS,
    VIOLATION,
    Codes,
    Floats,
    Longs,
    SequenceGraph,
    SequenceShop,
)
from scheduling.kernels.sequence_search import (
    BEST_COST,
    CURRENT_COST,
    MOVES_MADE,
    PROGRESS_SIZE,
    anneal_slice,
    start_sequences,
)
from scheduling.objective import Measure
from scheduling.problem import NEVER, NONE, SchedulingProblem
from scheduling.schedule import Schedule

MEASURES = (
    Measure.WEIGHTED_TARDINESS,
    Measure.MAKESPAN,
    Measure.SETUP_TIME,
    Measure.SETUP_COST,
    Measure.FLOW_TIME,
    Measure.EARLINESS,
)
FIRST_BEFORE_SECOND = 1e-5
VIOLATION_WEIGHT = 1e7


def can_sequence(problem: SchedulingProblem) -> bool:
    """Return whether sequences of units say all that a schedule of a problem must keep.

    They do without secondary resources, batches, campaigns, maximum lags and overlap.
    """
    return (
        problem.need_resource.size == 0
        and bool((problem.operation_batch == NONE).all())
        and bool((problem.operation_campaign == NONE).all())
        and bool((problem.arc_maximum_lag >= NEVER).all())
        and bool((problem.arc_overlap == 0.0).all())
        and problem.n_units > 0
    )


@dataclass(frozen=True, slots=True)
class Placements:
    """Where each operation can run: a mode on a unit.

    Parameters
    ----------
    indptr
        int64, shape (n_operations + 1,).
    mode, unit, duration
        int32, int32, int64, shape (n_placements,); unit ``NONE``: no machine.
    """

    indptr: Longs
    mode: Codes
    unit: Codes
    duration: Longs


def placements_of(problem: SchedulingProblem) -> Placements:
    """Return the units that locks leave to each operation."""
    machine = problem.mode_machine
    has = machine != NONE
    n_units = np.ones(machine.shape[0], dtype=np.int64)
    n_units[has] = np.diff(problem.machine_unit_indptr)[machine[has]]
    mode = np.repeat(np.arange(machine.shape[0], dtype=np.int32), n_units)
    within = ranges(np.zeros_like(n_units), n_units)
    unit = np.full(mode.shape[0], NONE, dtype=np.int32)
    on = has[mode]
    unit[on] = problem.machine_unit_indptr[machine[mode[on]]] + within[on]
    owner = problem.mode_operation[mode]
    lock_machine, lock_unit = problem.operation_lock_machine[owner], problem.operation_lock_unit[owner]
    keeps = ((lock_machine == NONE) | (lock_machine == machine[mode])) & ((lock_unit == NONE) | (lock_unit == unit))
    counts = np.bincount(owner[keeps], minlength=problem.n_operations)
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Placements(indptr, mode[keeps], unit[keeps], problem.mode_duration[mode[keeps]])


def term_weights(problem: SchedulingProblem) -> Floats:
    """Return what each term of the objective counts; one after the other becomes weights far apart."""
    weights = np.zeros(N_TERMS)
    scale = 1.0
    for measure, weight in problem.objective.terms:
        place = MEASURES.index(measure)
        if problem.objective.is_lexicographic:
            weights[place] += scale
            scale *= FIRST_BEFORE_SECOND
        else:
            weights[place] += weight
    weights[VIOLATION] = VIOLATION_WEIGHT * max(1.0, float(weights.max()))
    return weights


def sequence_shop(problem: SchedulingProblem, placements: Placements) -> SequenceShop:
    """Return a problem as the arrays of the kernels."""
    job = problem.operation_job
    arcs = problem.predecessor_arcs
    release = np.maximum(np.maximum(problem.operation_release, problem.job_release[job]), 0)
    fixed = np.where(problem.operation_lock_start == NONE, -1, problem.operation_lock_start)
    machine = problem.unit_machine
    return SequenceShop(
        predecessor_indptr=problem.predecessor_indptr.astype(np.int64),
        predecessor=problem.arc_from[arcs].astype(np.int32),
        predecessor_lag=problem.arc_minimum_lag[arcs].astype(np.int64),
        successor_indptr=problem.successor_indptr.astype(np.int64),
        successor=problem.arc_to.astype(np.int32),
        release=release.astype(np.int64),
        deadline=np.minimum(problem.operation_deadline, problem.job_deadline[job]).astype(np.int64),
        fixed_start=fixed.astype(np.int64),
        group=np.append(problem.operation_setup_group, NONE).astype(np.int32),
        is_started=np.append(problem.operation_is_started, False).astype(np.uint8),
        placement_indptr=placements.indptr,
        placement_unit=placements.unit,
        placement_duration=placements.duration.astype(np.int64),
        unit_matrix=problem.machine_setup_matrix[machine].astype(np.int32),
        unit_pauses=problem.machine_pauses[machine].astype(np.uint8),
        unit_calendar=problem.unit_calendar.astype(np.int32),
        unit_group=problem.unit_initial_group.astype(np.int32),
        setup_time=problem.setup_time.astype(np.int64),
        setup_cost=problem.setup_cost.astype(np.float64),
        calendar_indptr=problem.calendar_indptr.astype(np.int64),
        calendar_start=problem.calendar_start.astype(np.int64),
        calendar_end=problem.calendar_end.astype(np.int64),
        operation_job=job.astype(np.int32),
        job_indptr=problem.job_indptr.astype(np.int64),
        job_due=problem.job_due.astype(np.int64),
        job_release=problem.job_release.astype(np.int64),
        job_weight=problem.job_weight.astype(np.float64),
        weights=term_weights(problem),
    )


def empty_sequences(n_operations: int, n_units: int, n_jobs: int) -> SequenceGraph:
    """Return a graph without sequences."""
    size = n_operations + 1

    def codes(length: int = size) -> Codes:
        return np.full(length, n_operations, dtype=np.int32)

    def longs(length: int = size) -> Longs:
        return np.zeros(length, dtype=np.int64)

    dirty_words = longs(size // 8 + 1)
    return SequenceGraph(
        placement=np.zeros(size, dtype=np.int32),
        before=codes(),
        after=codes(),
        first=codes(n_units),
        last=codes(n_units),
        order=codes(),
        position=codes(),
        start=longs(),
        end=longs(),
        setup=longs(),
        job_end=longs(n_jobs),
        terms=np.zeros(N_TERMS),
        old_terms=np.zeros(N_TERMS),
        dirty=dirty_words.view(np.uint8),
        dirty_words=dirty_words,
        marked=np.zeros(size, dtype=np.uint8),
        buffer=codes(),
        window=codes(),
        logged=codes(),
        logged_start=longs(),
        logged_end=longs(),
        logged_setup=longs(),
        logged_job=codes(n_jobs),
        logged_job_end=longs(n_jobs),
        memory=longs(N_MEMORY),
    )


def schedule_order(problem: SchedulingProblem, schedule: Schedule) -> Codes:
    """Return a topological order of a schedule's operations, with the code "none" behind.

    By start, then end; operations that take no time and share a moment follow their precedences.
    """
    depth = np.zeros(problem.n_operations, dtype=np.int64)
    if (schedule.operation_start == schedule.operation_end).any():
        depth = _depths(problem)
    order = np.lexsort((depth, schedule.operation_end, schedule.operation_start))
    return np.append(order, problem.n_operations).astype(np.int32)


def _depths(problem: SchedulingProblem) -> Longs:
    """Return the number of arcs on the longest way to each operation."""
    depth = np.zeros(problem.n_operations, dtype=np.int64)
    while True:
        deeper = depth.copy()
        np.maximum.at(deeper, problem.arc_to, depth[problem.arc_from] + 1)
        if (deeper == depth).all():
            return depth
        depth = deeper


@dataclass(slots=True)
class SequenceSearch:
    """Annealing from a schedule, by a number of moves at a time; the same seed and moves give the same schedule.

    Parameters
    ----------
    problem
        What is scheduled; :func:`can_sequence` must hold.
    start
        The schedule to begin with; only its sequences and alternates count.
    seed
        Of the random numbers.

    Attributes
    ----------
    cost
        The objective of the best schedule, violations of deadlines and locks with a weight of 10 million.
    moves_made
        Moves tried so far.
    """

    problem: SchedulingProblem
    start: Schedule
    seed: int = 0
    _shop: SequenceShop = field(init=False)
    _placements: Placements = field(init=False)
    _graph: SequenceGraph = field(init=False)
    _progress: Floats = field(init=False)
    _order: Codes = field(init=False)
    _placement: Codes = field(init=False)
    _random_state: Longs = field(init=False)
    _kinds: Longs = field(init=False)

    def __post_init__(self) -> None:
        """Time the sequences of the schedule to begin with."""
        problem = self.problem
        self._placements = placements_of(problem)
        self._shop = sequence_shop(problem, self._placements)
        self._graph = empty_sequences(problem.n_operations, problem.n_units, problem.n_jobs)
        self._progress = np.zeros(PROGRESS_SIZE)
        mixed = (self.seed * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % (1 << 61) + 1
        self._random_state = np.array([mixed], dtype=np.int64)
        self._kinds = _chances(problem, self._placements)
        self._graph.order[:] = schedule_order(problem, self.start)
        self._graph.placement[:-1] = self._given_placements()
        start_sequences(self._shop, self._graph, self._progress)
        self._order, self._placement = self._graph.order.copy(), self._graph.placement.copy()

    @property
    def cost(self) -> float:
        """The objective of the best schedule."""
        return float(self._progress[BEST_COST])

    @property
    def moves_made(self) -> int:
        """Moves tried so far."""
        return int(self._progress[MOVES_MADE])

    def warmth(self) -> float:
        """Return a temperature at which an average operation's time, on an average job, is a small step."""
        weights = self._shop.weights
        duration = float(self._placements.duration.mean()) if self._placements.duration.size else 1.0
        per_job = weights[0] + weights[4] + weights[5]
        return 0.2 * duration * float(per_job * self.problem.job_weight.mean() + weights[1] + weights[2])

    def advance(self, n_moves: int, temperature: float = 0.0) -> None:
        """Try a number of moves at a temperature."""
        anneal_slice(
            self._shop,
            self._graph,
            self._progress,
            self._order,
            self._placement,
            self._random_state,
            self._kinds,
            float(temperature),
            n_moves,
        )

    def back_to_best(self) -> None:
        """Go on from the best schedule."""
        made, kept_best = self._progress[MOVES_MADE], self._progress[BEST_COST]
        if self._progress[CURRENT_COST] > kept_best:
            self._graph.order[:], self._graph.placement[:] = self._order, self._placement
            start_sequences(self._shop, self._graph, self._progress)
            self._progress[MOVES_MADE] = made

    def schedule(self) -> Schedule:
        """Return the best schedule."""
        graph = empty_sequences(self.problem.n_operations, self.problem.n_units, self.problem.n_jobs)
        graph.order[:], graph.placement[:] = self._order, self._placement
        start_sequences(self._shop, graph, np.zeros(PROGRESS_SIZE))
        placement = graph.placement[:-1]
        return Schedule(
            operation_mode=self._placements.mode[placement],
            operation_unit=self._placements.unit[placement],
            operation_start=graph.start[:-1].copy(),
            operation_end=graph.end[:-1].copy(),
        )

    def _given_placements(self) -> Codes:
        """Return the placement of each operation in the schedule to begin with."""
        places, owner = (
            self._placements,
            np.repeat(np.arange(self.problem.n_operations), np.diff(self._placements.indptr)),
        )
        is_given = (places.mode == self.start.operation_mode[owner]) & (places.unit == self.start.operation_unit[owner])
        given = places.indptr[:-1].astype(np.int32)
        given[owner[is_given]] = np.flatnonzero(is_given)
        return given


def _chances(problem: SchedulingProblem, placements: Placements) -> Longs:
    """Return the chances of the kinds of moves, added up, in percent."""
    has_setups = bool((problem.machine_setup_matrix != NONE).any()) and problem.setup_time.size > 0
    has_choice = bool((np.diff(placements.indptr) > 1).any())
    shares = np.array([60, 25 if has_setups else 0, 30 if has_choice else 0, 15], dtype=np.int64)
    return np.cumsum(shares * 100 // shares.sum())
