"""The process that solves with CP-SAT: problems come in on standard input, schedules go out on standard output.

A process of its own because OR-tools and highspy each bring a library of the name ``libhighs.so.1``, of different
versions; of one name only the first is loaded (docs/decisions/0034).
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from scheduling.objective import Measure
from scheduling.problem import NONE, Flags, Longs, SchedulingProblem
from scheduling.schedule import Schedule, is_counted
from scheduling.solvers.cpsat_model import ScheduleModel

_BEAT = 0.25


@dataclass(frozen=True, slots=True)
class CpSatRequest:
    """What is solved, and how.

    Parameters
    ----------
    problem, start
        What is scheduled, and a schedule to begin with.
    time_limit, threads, seed, gap
        Seconds; CP-SAT's workers; of its random choices; it ends when the bound is so near.
    work_limit
        CP-SAT's deterministic time: with it and one thread the same request gives the same schedule; 0: no limit.
    takes_turns
        The workers do a little of each of CP-SAT's ways of search in turns, instead of one each.
    kept
        bool, shape (n_operations,): of these, those on one unit keep the order of ``start``.
    """

    problem: SchedulingProblem
    start: Schedule | None
    time_limit: float
    threads: int
    seed: int
    gap: float = 0.0
    work_limit: float = 0.0
    takes_turns: bool = False
    kept: Flags | None = None


@dataclass(frozen=True, slots=True)
class CpSatMessage:
    """What the process tells: a beat, a better schedule or bound, or the end with its status.

    Parameters
    ----------
    status
        Empty until the end; then CP-SAT's word, or the text of an error.
    schedule
        A better schedule.
    bound
        What no schedule is better than; -inf when nothing new is known.
    is_error
        It ends because something went wrong.
    """

    status: str = ""
    schedule: Schedule | None = None
    bound: float = -np.inf
    is_error: bool = False


class _Sender:
    """Sends messages from any thread; ends the process when nobody listens any more."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._lock = out, threading.Lock()

    def __call__(self, message: CpSatMessage) -> None:
        """Send one message."""
        try:
            with self._lock:
                pickle.dump(message, self._out)
                self._out.flush()
        except OSError:
            os._exit(0)


def main() -> None:
    """Answer requests until standard input ends."""
    out = os.fdopen(os.dup(1), "wb")
    # what a library prints must not come between the messages
    os.dup2(2, 1)
    send = _Sender(out)
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(_BEAT):
            send(CpSatMessage())

    threading.Thread(target=beat, daemon=True).start()
    while True:
        try:
            request: CpSatRequest = pickle.load(sys.stdin.buffer)
        except EOFError:
            break
        try:
            send(CpSatMessage(status=_solve(request, send)))
        except (ValueError, RuntimeError, TypeError, MemoryError) as error:
            send(CpSatMessage(status=f"{type(error).__name__}: {error}", is_error=True))
    ended.set()


def _solve(request: CpSatRequest, send: _Sender) -> str:
    """Solve one problem, a stage for each measure when they count one after the other; return CP-SAT's status."""
    # slow to import, and nothing but this process may
    from ortools.sat.python import cp_model

    model = ScheduleModel(request.problem, cp_model, request.start, request.kept)
    model.build()
    objective = request.problem.objective
    stages: list[list[tuple[Measure, float]]] = [list(objective.terms)]
    if objective.is_lexicographic:
        stages = [[(measure, 1.0)] for measure, _ in objective.terms]
    status, left = "UNKNOWN", request.time_limit
    for stage, measures in enumerate(stages):
        expression, scale, is_exact = model.minimise(measures)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = max(0.01, left / (len(stages) - stage))
        solver.parameters.num_workers = max(1, request.threads)
        solver.parameters.random_seed = request.seed
        solver.parameters.interleave_search = request.takes_turns
        solver.parameters.relative_gap_limit = request.gap
        if request.work_limit > 0.0:
            solver.parameters.max_deterministic_time = request.work_limit / len(stages)
        if stage == 0 and is_exact:
            solver.best_bound_callback = lambda bound, scale=scale: send(CpSatMessage(bound=bound / scale))
        found = _watcher(model, request.problem, send)
        status = solver.status_name(solver.solve(model.model, found))
        left -= solver.wall_time
        if status not in ("OPTIMAL", "FEASIBLE"):
            break
        if stage == 0 and is_exact:
            send(CpSatMessage(bound=solver.best_objective_bound / scale))
        if len(stages) > 1:
            model.model.add(expression <= round(solver.objective_value))
            model.model.clear_hints()
            _hint_all(model, solver)
    return status


def _watcher(model: ScheduleModel, problem: SchedulingProblem, send: _Sender) -> Any:
    """Return the callback that sends every better schedule."""
    from ortools.sat.python import cp_model

    class Found(cp_model.CpSolverSolutionCallback):  # type: ignore[misc]
        def on_solution_callback(self) -> None:
            """Send the schedule."""
            send(CpSatMessage(schedule=schedule_from(model, problem, self.value)))

    return Found()


def _hint_all(model: ScheduleModel, solver: Any) -> None:
    """Begin the next stage with the schedule of the last."""
    for one in np.flatnonzero(is_counted(model.problem)).tolist():
        model.model.add_hint(model.starts[one], solver.value(model.starts[one]))
        model.model.add_hint(model.ends[one], solver.value(model.ends[one]))


def schedule_from(model: ScheduleModel, problem: SchedulingProblem, value: Any) -> Schedule:
    """Return the schedule that values of variables are."""
    start = np.array([value(variable) for variable in model.starts], dtype=np.int64)
    end = np.array([value(variable) for variable in model.ends], dtype=np.int64)
    mode, unit = (np.full(problem.n_operations, NONE, dtype=np.int64) for _ in range(2))
    for one, places in enumerate(model.places):
        place = next(place for place in places if len(places) == 1 or value(place.chosen))
        mode[one] = place.mode
        unit[one] = place.unit
    # operations of a batch have the modes of their own, at the same place as those of the first
    leader = _leaders(problem)
    mode = mode - problem.mode_indptr[leader] + problem.mode_indptr[:-1]
    _spread_pools(problem, mode, unit, start, end)
    return Schedule(mode.astype(np.int32), unit[leader].astype(np.int32), start, end)


def _leaders(problem: SchedulingProblem) -> Longs:
    """Return the first operation of the batch of each, or itself."""
    first: dict[int, int] = {}
    batch = problem.operation_batch.tolist()
    return np.array([one if b == NONE else first.setdefault(b, one) for one, b in enumerate(batch)], dtype=np.int64)


def _spread_pools(problem: SchedulingProblem, mode: Longs, unit: Longs, start: Longs, end: Longs) -> None:
    """Write a free unit for every operation on a machine whose units are alike."""
    machine = problem.mode_machine[mode]
    waiting = np.flatnonzero((unit == NONE) & (machine != NONE) & is_counted(problem))
    free = np.zeros(problem.n_units, dtype=np.int64)
    for one in waiting[np.argsort(start[waiting], kind="stable")].tolist():
        units = range(*problem.machine_unit_indptr[machine[one] : machine[one] + 2].tolist())
        unit[one] = next((at for at in units if free[at] <= start[one]), units[0])
        free[unit[one]] = end[one]


if __name__ == "__main__":
    main()
