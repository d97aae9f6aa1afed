"""One face for all solvers: CP-SAT beside HiGHS, bounds, interrupts, what is refused."""

from __future__ import annotations

from pathlib import Path

import highspy
import numpy as np
import pytest

from api.io.scheduling_files import SchedulingFormat, read_scheduling
from bom.errors import OptionError
from scheduling.check import check
from scheduling.finite.make import make_problem, problem_from_jobs
from scheduling.objective import Measure, Objective
from scheduling.solve import solve
from scheduling.solvers.base import SolveStatus
from scheduling.solvers.cpsat import CpSatSession, unsupported
from scheduling.solvers.cpsat_worker import CpSatRequest

INSTANCES = Path(__file__).parents[3] / "benchmarks" / "instances"


@pytest.mark.parametrize(
    ("name", "form", "best"),
    [
        ("ft06.txt", "jsp", 55),
        ("mk01.txt", "fjsp", 40),
        ("j301_1.sm", "rcpsp", 43),
        ("hfsp_small.txt", "hfsp", 19),
    ],
)
def test_small_published_instances_are_solved_to_their_optima(name, form, best):
    problem = read_scheduling(INSTANCES / name, SchedulingFormat(form))
    result = solve(problem, "cpsat", time_limit=60, threads=2)
    assert (result.status, result.objective, result.bound) == (SolveStatus.OPTIMAL, best, best)
    assert check(problem, result.schedule).violations == ()
    assert result.gap == 0.0


def test_cpsat_solves_in_a_process_that_has_loaded_highs():
    """In one process they cannot be: both bring a library of the same name."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.addVar(0.0, 4.0)
    solver.changeColCost(0, -1.0)
    solver.run()
    assert solver.getInfo().objective_function_value == -4.0
    assert solve(problem_from_jobs([[[(0, 3), (1, 3)]]] * 3), "cpsat").objective == 6.0


def go_on(schedule, bound):
    return False


def late_jobs(**named):
    return problem_from_jobs([[[(0, 3)]], [[(0, 2)]], [[(0, 4)]]], job_due=[4, 4, 4], job_weight=[1, 5, 2], **named)


def test_measures_in_weights_and_one_after_the_other():
    tardiness, earliness = Measure.WEIGHTED_TARDINESS, Measure.EARLINESS
    weighted = late_jobs(objective=Objective(((tardiness, 1.0), (Measure.FLOW_TIME, 0.25))))
    # 2, 3, 1: ends 2, 6, 9; lateness 0, 2 x 2, 1 x 5; flow 10 + 12 + 9
    assert solve(weighted, "cpsat").objective == 9 + 0.25 * 31
    in_turn = late_jobs(objective=Objective(((tardiness, 1.0), (earliness, 1.0)), is_lexicographic=True))
    result = solve(in_turn, "cpsat")
    assert result.status is SolveStatus.OPTIMAL
    assert in_turn.objective.key(result.values) == (9.0, 10.0)
    assert result.bound == 9.0


def test_a_problem_that_cannot_be_scheduled_is_proven_so():
    problem = problem_from_jobs([[[(0, 3)]], [[(0, 3)]]], job_deadline=5)
    assert solve(problem, "dispatch").status is SolveStatus.NO_SOLUTION
    result = solve(problem, "cpsat")
    assert (result.status, result.schedule) == (SolveStatus.INFEASIBLE, None)


def test_a_search_that_is_told_to_stop_returns_the_best_so_far():
    problem = read_scheduling(INSTANCES / "ft10.txt", SchedulingFormat.JSP)
    calls = []

    def stop(progress):
        calls.append(progress)
        return progress.step == "cpsat"

    result = solve(problem, "cpsat", time_limit=30, on_progress=stop)
    assert calls[-1].step == "cpsat"
    assert result.status is SolveStatus.FEASIBLE
    assert check(problem, result.schedule).is_feasible


def test_a_session_solves_one_problem_after_the_other_and_survives_the_end_of_its_process():
    problem = late_jobs()
    request = CpSatRequest(problem, None, 10.0, 1, 0)
    with CpSatSession() as session:
        assert session.solve(request, go_on) is SolveStatus.OPTIMAL
        assert session.solve(request, go_on) is SolveStatus.OPTIMAL
        session._process.kill()
        assert session.solve(request, go_on) is SolveStatus.FAILED
        assert session.solve(request, go_on) is SolveStatus.OPTIMAL


def test_what_cpsat_cannot_model_is_refused_by_name():
    n = 2000
    problem = make_problem(
        job_indptr=np.arange(n + 1),
        mode_indptr=np.arange(n + 1),
        mode_machine=np.zeros(n),
        mode_duration=np.ones(n),
        operation_setup_group=0,
        setup_time=[[0]],
        machine_setup_matrix=0,
    )
    assert unsupported(problem) == "setups or campaigns with 4,000,000 pairs of operations are more than 2,000,000"
    with CpSatSession() as session, pytest.raises(OptionError, match="cpsat: setups or campaigns"):
        session.solve(CpSatRequest(problem, None, 1.0, 1, 0), go_on)
    assert solve(problem, "auto").schedule is not None


def test_an_unknown_solver_is_told():
    with pytest.raises(OptionError, match="there is no solver 'magic'"):
        solve(late_jobs(), "magic")
