"""CP-SAT of OR-tools, in a process of its own: schedules with a proven bound."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol

import numpy as np

from bom.errors import OptionError
from scheduling.problem import NONE, SchedulingProblem
from scheduling.schedule import Schedule
from scheduling.solvers.base import SolveStatus
from scheduling.solvers.cpsat_worker import CpSatMessage, CpSatRequest

_MOST_ARCS = 2_000_000
_MOST_LINKS = 2_000_000
_MOST_OPERATIONS = 200_000


class Listener(Protocol):
    """Who is told of schedules and bounds, and may end the search."""

    def __call__(self, schedule: Schedule | None, bound: float) -> bool:
        """Take a better schedule or bound, or neither; return whether to end."""
        ...


def unsupported(problem: SchedulingProblem) -> str:
    """Return what CP-SAT cannot model of a problem because it is too large, empty when nothing is.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> unsupported(problem_from_jobs([[[(0, 3)]]]))
    ''
    """
    if problem.n_operations > _MOST_OPERATIONS:
        return f"{problem.n_operations:,} operations are more than {_MOST_OPERATIONS:,}"
    on_machine = np.bincount(problem.mode_machine[problem.mode_machine != NONE], minlength=problem.n_machines)
    units, matrix = np.diff(problem.machine_unit_indptr), problem.machine_setup_matrix
    has_sequence = matrix != NONE
    in_campaign = problem.operation_campaign[problem.mode_operation] != NONE
    has_sequence[problem.mode_machine[in_campaign & (problem.mode_machine != NONE)]] = True
    arcs = on_machine.astype(np.int64) ** 2 * units
    n_arcs = int(arcs[has_sequence].sum())
    if n_arcs > _MOST_ARCS:
        return f"setups or campaigns with {n_arcs:,} pairs of operations are more than {_MOST_ARCS:,}"
    lengths = np.zeros(problem.n_machines, np.int64)
    has_calendar = problem.unit_calendar != NONE
    spans = np.diff(problem.calendar_indptr)[problem.unit_calendar[has_calendar]]
    np.add.at(lengths, problem.unit_machine[has_calendar], spans)
    n_links = int((lengths * on_machine)[problem.machine_pauses | has_sequence].sum())
    if n_links > _MOST_LINKS:
        return f"calendars with {n_links:,} pairs of an operation and an open interval are more than {_MOST_LINKS:,}"
    return ""


@dataclass(slots=True)
class CpSatSession:
    """A process that solves one problem after the other; use it in a ``with`` statement.

    Starting the process takes a second; who solves many small problems keeps the session.
    """

    _process: subprocess.Popen[bytes] | None = field(init=False, default=None)

    def __enter__(self) -> CpSatSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def solve(self, request: CpSatRequest, listener: Listener) -> SolveStatus:
        """Solve a problem; the listener gets every better schedule and bound, and a call four times a second.

        Raises
        ------
        OptionError
            When the problem is too large to be modelled.
        """
        if request.kept is None and (sentence := unsupported(request.problem)):
            raise OptionError("unsupported_problem", f"cpsat: {sentence}")
        process = self._process or self._start()
        if process.stdin is None or process.stdout is None:
            return SolveStatus.FAILED
        has_schedule = False
        try:
            pickle.dump(request, process.stdin)
            process.stdin.flush()
            while True:
                message: CpSatMessage = pickle.load(process.stdout)
                has_schedule |= message.schedule is not None
                if message.status:
                    if message.is_error:
                        raise OptionError("unsupported_problem", f"cpsat: {message.status}")
                    return _STATUS.get(message.status, SolveStatus.FAILED)
                if listener(message.schedule, message.bound):
                    self.close()
                    return SolveStatus.FEASIBLE if has_schedule else SolveStatus.NO_SOLUTION
        except (EOFError, BrokenPipeError, pickle.UnpicklingError):
            self.close()
            return SolveStatus.FAILED
        except BaseException:
            self.close()
            raise

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the process with the same path of modules; an interrupt from the keyboard does not reach it."""
        code = f"import sys; sys.path[:] = {sys.path!r}; from scheduling.solvers.cpsat_worker import main; main()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        return self._process


_STATUS = {
    "OPTIMAL": SolveStatus.OPTIMAL,
    "FEASIBLE": SolveStatus.FEASIBLE,
    "INFEASIBLE": SolveStatus.INFEASIBLE,
    "UNKNOWN": SolveStatus.NO_SOLUTION,
}
