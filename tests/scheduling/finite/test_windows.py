"""Windows of a schedule done anew by CP-SAT: on tiny problems with every feature, and what may move."""

from __future__ import annotations

import dataclasses
from functools import partial

import numpy as np
import pytest

from scheduling.check import check
from scheduling.dispatch import Rule, run_dispatch
from scheduling.finite.draws import Draws
from scheduling.finite.left_shift import latest_starts, shift_left
from scheduling.finite.make import problem_from_jobs
from scheduling.finite.rule_search import try_rules
from scheduling.finite.search import ScheduleSearch
from scheduling.finite.window_choice import WindowKind, choose_window
from scheduling.finite.window_problem import make_window
from scheduling.finite.window_search import WindowOptions, WindowSearch, search_windows
from scheduling.objective import Measure, Objective
from scheduling.problem import NEVER, NONE
from scheduling.schedule import Schedule
from scheduling.solve import solve
from scheduling.solvers.base import SolveStatus
from scheduling.solvers.cpsat import CpSatSession
from scheduling.solvers.cpsat_worker import CpSatRequest
from tests.reference.scheduling_cases import generate

CASES = range(30)


@pytest.fixture(scope="module")
def session():
    with CpSatSession() as one:
        yield one


def solved_by_rules(seed: int, most_operations: int = 7) -> ScheduleSearch | None:
    search = ScheduleSearch(generate(seed, most_operations))
    try_rules(search)
    return None if search.is_over or search.schedule is None else search


def best_by_cpsat(session, problem):
    found = []

    def listen(schedule, bound):
        found.extend([schedule] if schedule is not None else [])
        return False

    assert session.solve(CpSatRequest(problem, None, 20.0, 1, 0), listen) is SolveStatus.OPTIMAL
    return problem.objective.key(check(problem, found[-1]).values)


def test_windows_stay_feasible_never_worsen_and_end_at_the_optimum(session):
    n_tried = n_better = 0
    for seed in CASES:
        search = solved_by_rules(seed)
        if search is None:
            continue
        state = WindowSearch(search, WindowOptions(first_size=3, most_kept=seed % 3), seed, 1, search.schedule)
        key = first = search.problem.objective.key(search.values)
        for size in (3, 5, 7):
            state.sizes = dict.fromkeys(WindowKind, float(size))
            if not search.is_over:
                state.step(session, 5.0)
            checked = check(search.problem, state.current)
            assert checked.violations == (), seed
            assert search.problem.objective.key(checked.values) <= key, seed
            key = search.problem.objective.key(checked.values)
        assert state.n_refused == 0, seed
        n_tried += 1
        n_better += key < first
        if state.sizes[WindowKind.TIME] >= search.problem.n_operations and not search.is_over:
            # the last window may have been all of it
            assert best_by_cpsat(session, search.problem) <= key, seed
    assert n_tried > 10
    assert n_better > 3


def test_one_window_of_everything_is_the_whole_problem(session):
    for seed in range(100, 125):
        search = solved_by_rules(seed, 5)
        if search is None:
            continue
        window = make_window(search.problem, search.schedule, np.ones(search.problem.n_operations, np.bool_))
        assert best_by_cpsat(session, window.problem) == pytest.approx(best_by_cpsat(session, search.problem)), seed


def job_shop(n_jobs: int = 12, n_machines: int = 4, seed: int = 3, **named):
    random = np.random.default_rng(seed)
    jobs = [[[(int(m), int(random.integers(1, 20)))] for m in random.permutation(n_machines)] for _ in range(n_jobs)]
    return problem_from_jobs(jobs, **named)


def with_resources(objective):
    """A shop with setups, an operator for each two machines and tools: nothing that sequences alone say."""
    random = np.random.default_rng(5)
    return job_shop(
        needs=[(mode, int(random.integers(2)), 1) for mode in range(48)],
        resource_capacity=[2, 1],
        operation_setup_group=random.integers(0, 3, 48),
        setup_time=[[0, 3, 5], [4, 0, 2], [1, 6, 0]],
        machine_setup_matrix=0,
        job_due=random.integers(60, 160, 12),
        objective=objective,
    )


LATE = Objective(((Measure.WEIGHTED_TARDINESS, 1.0), (Measure.SETUP_TIME, 1.0)))


def test_what_a_window_does_not_free_keeps_its_unit_and_order(session):
    problem = with_resources(LATE)
    search = ScheduleSearch(problem)
    try_rules(search)
    draws = Draws(1)
    for most_kept in (0, 10):
        state = WindowSearch(search, WindowOptions(), 1, 1, search.schedule)
        free = choose_window(problem, search.schedule, WindowKind.TIME, 8, draws)
        window = make_window(problem, search.schedule, free, most_kept)
        part, _ = state._solve(session, window, 5.0)
        whole = window.put_into(search.schedule, part)
        assert check(problem, whole).is_feasible
        moved = whole.operation_start != search.schedule.operation_start
        assert int((moved & ~free).sum()) <= most_kept
        assert (whole.operation_unit == search.schedule.operation_unit)[~free].all()
        for unit in range(problem.n_units):
            others = np.flatnonzero(~free & (whole.operation_unit == unit))
            by_start = [others[np.argsort(one.operation_start[others])] for one in (search.schedule, whole)]
            assert by_start[0].tolist() == by_start[1].tolist()


def test_the_same_seed_on_one_thread_gives_the_same_schedule():
    starts = []
    for _ in range(2):
        search = ScheduleSearch(with_resources(LATE))
        try_rules(search)
        before = search.objective
        options = WindowOptions(n_windows=3, work=0.05, first_size=8)
        search_windows(search, 7, 1, options=options)
        assert search.objective < before
        starts.append(search.schedule.operation_start.tolist())
    assert starts[0] == starts[1]


def test_an_interrupt_leaves_the_best_schedule_so_far():
    calls = []

    def interrupt(progress):
        calls.append(progress.step)
        if progress.step == "windows" and calls.count("windows") > 1:
            raise KeyboardInterrupt
        return False

    search = ScheduleSearch(with_resources(LATE), watch=interrupt)
    try_rules(search)
    search_windows(search, 0, 1)
    assert search.is_stopped
    assert check(search.problem, search.schedule).is_feasible


def test_shifting_left_keeps_every_constraint_and_moves_nothing_to_the_right():
    n_tried = n_moved = 0
    for seed in range(150):
        problem = generate(seed, 7)
        schedule = run_dispatch(problem, Rule.FIFO)
        if schedule is None or not check(problem, schedule).is_feasible:
            continue
        shifted = shift_left(problem, schedule)
        assert check(problem, shifted).violations == (), seed
        assert (shifted.operation_start <= schedule.operation_start).all(), seed
        n_tried += 1
        n_moved += bool((shifted.operation_start < schedule.operation_start).any())
    assert n_tried > 100
    assert n_moved > 0


def test_shifting_left_closes_gaps_in_calendars_setups_and_resources():
    problem = problem_from_jobs(
        [[[(0, 4)]], [[(0, 3)]], [[(1, 5)]]],
        operation_setup_group=[0, 1, NONE],
        setup_time=[[0, 2], [2, 0]],
        machine_setup_matrix=[0, NONE],
        calendars=[[(0, 5), (10, 40)]],
        machine_calendar=[0, NONE],
        needs=[(1, 0, 1), (2, 0, 1)],
        resource_capacity=[1],
    )
    late = Schedule(
        np.arange(3, dtype=np.int32), np.array([0, 0, 1], np.int32), np.array([12, 25, 30]), np.array([16, 28, 35])
    )
    assert check(problem, late).is_feasible
    # 0 fits before the pause; its setup takes 1 before and 1 behind the pause; 2 waits for the operator
    assert shift_left(problem, late).operation_start.tolist() == [0, 11, 14]


def test_latest_starts_are_those_of_the_same_order_from_behind():
    problem = problem_from_jobs([[[(0, 3)], [(1, 4)]], [[(1, 2)], [(0, 1)]]], job_due=[NEVER, 5])
    now = Schedule(
        np.arange(4, dtype=np.int32), np.array([0, 1, 1, 0], np.int32), np.array([0, 3, 0, 3]), np.array([3, 7, 2, 4])
    )
    assert latest_starts(problem, now).tolist() == [0, 3, 1, 6]


def test_batches_go_into_windows_wholly():
    problem = dataclasses.replace(job_shop(), operation_batch=np.repeat([NONE, 0, NONE], [20, 4, 24]).astype(np.int32))
    schedule = run_dispatch(job_shop())
    for seed in range(20):
        free = choose_window(problem, schedule, WindowKind.JOBS, 6, Draws(seed))
        assert len(set(free[20:24].tolist())) == 1


def test_auto_goes_on_by_windows_where_sequences_do_not_say_all(monkeypatch):
    monkeypatch.setattr("scheduling.finite.mixing.MOST_OPERATIONS_AS_A_WHOLE", 20)
    monkeypatch.setattr("scheduling.finite.mixing.MOST_OPERATIONS_TO_END_AS_A_WHOLE", 20)
    options = WindowOptions(n_windows=3, work=0.1, first_size=12)
    monkeypatch.setattr("scheduling.finite.mixing.search_windows", partial(search_windows, options=options))
    steps = []

    def watch(progress):
        steps.append(progress.step)
        return False

    result = solve(with_resources(LATE), "auto", on_progress=watch)
    assert "windows" in steps
    assert "cpsat" not in steps
    assert result.objective <= solve(with_resources(LATE), "dispatch").objective
