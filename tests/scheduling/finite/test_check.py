"""Every constraint, violated once in a feasible schedule, is found with its operations and amount."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from scheduling.check import check
from scheduling.finite.make import problem_from_jobs
from scheduling.objective import Measure, Objective
from scheduling.problem import NEVER, NONE, SchedulingDataError, SchedulingProblem
from scheduling.schedule import Constraint, Schedule

PAINT, OVEN, SAW, LATHE = range(4)
RED, BLUE = 0, 1


def shop() -> SchedulingProblem:
    """A shop with every feature: paint with setups, an oven of two units with batches, a saw that pauses overnight."""
    jobs = [
        [[(SAW, 4)], [(PAINT, 3)], [(OVEN, 5)]],
        [[(SAW, 6)], [(PAINT, 2)], [(OVEN, 5)]],
        [[(LATHE, 3), (SAW, 5)], [(NONE, 4)]],
        [[(LATHE, 4)], [(LATHE, 2)]],
    ]
    # arcs in the order of the operations: 1.1-1.2, 1.2-1.3, 2.1-2.2, 2.2-2.3, 3.1-3.2, 4.1-4.2
    return problem_from_jobs(
        jobs,
        job_due=[20, 30, NEVER, 12],
        job_weight=[2, 1, 1, 3],
        job_deadline=[40, 40, 40, 40],
        operation_release=[0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
        operation_deadline=[NEVER] * 7 + [20] + [NEVER] * 2,
        operation_setup_group=[NONE, RED, NONE, NONE, BLUE, NONE, NONE, NONE, NONE, NONE],
        operation_batch=[NONE, NONE, 0, NONE, NONE, 0, NONE, NONE, NONE, NONE],
        operation_campaign=[NONE] * 8 + [7, 7],
        operation_lock_start=[0] + [NONE] * 9,
        operation_lock_machine=[SAW] + [NONE] * 9,
        operation_is_started=[True] + [False] * 9,
        arc_minimum_lag=[1, 0, 0, 2, 0, 0],
        arc_maximum_lag=[NEVER, NEVER, NEVER, NEVER, 3, NEVER],
        arc_overlap=[0, 0, 0.5, 0, 0, 0],
        needs=[[2, 0, 1], [5, 0, 1], [6, 0, 1], [9, 0, 1]],
        resource_capacity=[1],
        machine_units=[1, 2, 1, 1],
        machine_pauses=[False, False, True, False],
        machine_calendar=[NONE, NONE, 0, 1],
        machine_setup_matrix=[0, NONE, NONE, NONE],
        unit_initial_group=[BLUE, NONE, NONE, NONE, NONE],
        setup_time=[[0, 3], [2, 0]],
        setup_cost=[[0, 7.5], [5, 0]],
        calendars=[[(0, 8), (16, 24), (32, 40)], [(1, 40)]],
        blocked=[(LATHE, NONE, 15, 17), (OVEN, 1, 0, 12)],
        objective=Objective(((Measure.WEIGHTED_TARDINESS, 1.0), (Measure.SETUP_COST, 0.1))),
    )


def plan() -> Schedule:
    """A feasible schedule of the shop, by hand: (mode, unit, start, end) of each operation."""
    rows = [
        (0, 3, 0, 4), (1, 0, 5, 8), (2, 1, 23, 28),
        (3, 3, 4, 18), (4, 0, 19, 21), (5, 1, 23, 28),
        (6, 4, 8, 11), (8, NONE, 12, 16),
        (9, 4, 1, 5), (10, 4, 5, 7),
    ]  # fmt: skip
    mode, unit, start, end = np.array(rows).T
    return Schedule(mode.astype(np.int32), unit.astype(np.int32), start.astype(np.int64), end.astype(np.int64))


def changed(schedule: Schedule, **cells: dict[int, int]) -> Schedule:
    """The schedule with other cells: ``start={3: 5}``."""
    arrays = {field.name: getattr(schedule, field.name).copy() for field in dataclasses.fields(schedule)}
    for name, values in cells.items():
        for operation, value in values.items():
            arrays[f"operation_{name}"][operation] = value
    return Schedule(**arrays)


def test_the_schedule_by_hand_is_feasible_and_measured():
    checked = check(shop(), plan())
    assert checked.violations == ()
    assert checked.is_feasible
    values = checked.values
    assert values.weighted_tardiness == 2 * 8
    assert values.earliness == 1 * 2 + 3 * 5
    assert values.makespan == 28
    assert values.setup_time == 2 + 3
    assert values.setup_cost == 12.5
    assert values.flow_time == 2 * 28 + 28 + 16 + 3 * 7
    assert values.n_late_jobs == 1
    assert Fraction(shop().objective.value(values)) == Fraction(16 + 1.25)


MUTATIONS = [
    # what is changed, the constraint that breaks, its operations, by how much
    ({"mode": {6: 9}}, Constraint.MODE, ("3.1",), 1),
    ({"unit": {1: 2}}, Constraint.MODE, ("1.2",), 1),
    ({"unit": {7: 0}}, Constraint.MODE, ("3.2",), 1),
    ({"mode": {6: 7}}, Constraint.MODE, ("3.1",), 1),
    ({"end": {4: 22}}, Constraint.DURATION, ("2.2",), 1),
    ({"end": {3: 19}}, Constraint.DURATION, ("2.1",), 1),
    ({"start": {6: 14}, "end": {6: 17}}, Constraint.CLOSED_TIME, ("3.1",), 2),
    ({"start": {3: 8}, "end": {3: 22}}, Constraint.CLOSED_TIME, ("2.1",), 8),
    ({"unit": {2: 2, 5: 2}, "start": {2: 11, 5: 11}, "end": {2: 16, 5: 16}}, Constraint.CLOSED_TIME, ("1.3",), 1),
    ({"start": {8: 0}, "end": {8: 4}}, Constraint.CLOSED_TIME, ("4.1",), 1),
    ({"start": {6: 6}, "end": {6: 9}}, Constraint.CAPACITY, ("4.2", "3.1"), 1),
    ({"start": {1: 1}, "end": {1: 4}}, Constraint.SETUP, ("1.2",), 1),
    ({"start": {4: 10}, "end": {4: 12}}, Constraint.SETUP, ("1.2", "2.2"), 1),
    ({"start": {6: 0}, "end": {6: 3}}, Constraint.RELEASE, ("3.1",), 1),
    ({"start": {7: 17}, "end": {7: 21}}, Constraint.DEADLINE, ("3.2",), 1),
    ({"start": {2: 37, 5: 37}, "end": {2: 42, 5: 42}}, Constraint.DEADLINE, ("1.3",), 2),
    ({"start": {1: 4}, "end": {1: 7}}, Constraint.PRECEDENCE, ("1.1", "1.2"), 1),
    ({"start": {2: 22, 5: 22}, "end": {2: 27, 5: 27}}, Constraint.PRECEDENCE, ("2.2", "2.3"), 1),
    ({"start": {7: 15}, "end": {7: 19}}, Constraint.MAXIMUM_LAG, ("3.1", "3.2"), 1),
    ({"start": {4: 6}, "end": {4: 8}}, Constraint.OVERLAP, ("2.1", "2.2"), 1),
    ({"start": {4: 16}, "end": {4: 18}}, Constraint.OVERLAP, ("2.1", "2.2"), 1),
    ({"start": {6: 4}, "end": {6: 7}}, Constraint.RESOURCE, ("3.1",), 1),
    ({"start": {6: 25}, "end": {6: 28}}, Constraint.RESOURCE, ("3.1",), 1),
    ({"start": {2: 24}, "end": {2: 29}}, Constraint.BATCH, ("1.3", "2.3"), 1),
    ({"unit": {2: 2}}, Constraint.BATCH, ("1.3", "2.3"), 1),
    ({"start": {9: 11}, "end": {9: 13}}, Constraint.CAMPAIGN, ("4.2",), 1),
    ({"start": {0: 1}, "end": {0: 5}}, Constraint.LOCK, ("1.1",), 1),
]


@pytest.mark.parametrize(("cells", "constraint", "operations", "amount"), MUTATIONS)
def test_each_constraint_violated_once_is_found(cells, constraint, operations, amount):
    checked = check(shop(), changed(plan(), **cells))
    assert not checked.is_feasible
    told = [violation for violation in checked.violations if violation.constraint is constraint]
    fitting = [one for one in told if set(operations) <= set(one.operations) and one.amount == amount]
    assert fitting, checked.violations
    assert operations[-1] in fitting[0].sentence


def test_every_constraint_has_a_mutation():
    assert {constraint for _, constraint, _, _ in MUTATIONS} == set(Constraint) - {Constraint.SHAPE}


def test_arrays_of_another_problem_are_no_schedule():
    short = Schedule(*(getattr(plan(), field.name)[:4] for field in dataclasses.fields(Schedule)))
    assert check(shop(), short).counts == {Constraint.SHAPE: 1}
    assert check(shop(), changed(plan(), mode={0: 99})).counts == {Constraint.SHAPE: 1}
    assert check(shop(), changed(plan(), unit={0: 9})).counts == {Constraint.SHAPE: 1}


def test_violations_are_counted_beyond_those_that_are_told():
    problem = problem_from_jobs([[[(0, 2)]]] * 50)
    zeros = np.zeros(50, dtype=np.int64)
    checked = check(problem, Schedule(np.arange(50, dtype=np.int32), zeros.astype(np.int32), zeros, zeros + 2))
    assert checked.counts == {Constraint.CAPACITY: 49}
    assert len(checked.violations) == 20


def test_a_lock_on_a_unit_or_machine_holds():
    problem = problem_from_jobs(
        [[[(0, 2), (1, 2)]]], machine_units=[2, 1], operation_lock_machine=0, operation_lock_unit=1
    )
    start, end = np.array([0]), np.array([2])
    for mode, unit, is_kept in ((0, 1, True), (0, 0, False), (1, 2, False)):
        one = Schedule(np.array([mode], np.int32), np.array([unit], np.int32), start, end)
        assert check(problem, one).is_feasible is is_kept


BAD = [
    ({"jobs": [[[(0, -1)]]]}, "the duration of operation 1.1 is -1"),
    ({"jobs": [[[]]]}, "operation 1.1 has no machine"),
    ({"jobs": [[[(0, 1)]]], "job_weight": -1}, "the weight of job 1 is -1"),
    ({"jobs": [[[(0, 1)], [(0, 1)]]], "arcs": [[0, 1], [1, 0]]}, "the precedences close a circle"),
    ({"jobs": [[[(0, 1)]]], "arcs": [[0, 0]]}, "operation 1.1 comes before itself"),
    ({"jobs": [[[(0, 1)]]], "arcs": [[0, 5]]}, "arc_to[0] is 5; there are 1"),
    ({"jobs": [[[(0, 1)]]], "operation_lock_machine": 1, "n_machines": 2}, "none of its alternates"),
    ({"jobs": [[[(0, 1)]]], "operation_is_started": True}, "its machine and start must be locked"),
    ({"jobs": [[[(0, 1)]]], "needs": [[0, 0, 1]]}, "need_resource[0] is 0; there are 0"),
    ({"jobs": [[[(0, 1)]]], "calendars": [[]], "machine_calendar": 0}, "unit 1 is never open"),
    ({"jobs": [[[(0, 1)]]], "setup_time": [[-1]]}, "is below 0"),
    ({"jobs": [[[(0, 1)]], [[(0, 2)]]], "operation_batch": 3}, "of a batch differ"),
    ({"jobs": [[[(0, 1)], [(0, 1)]]], "operation_batch": 3}, "close a circle"),
    ({"jobs": [[[(0, 1)], [(1, 1)]]], "operation_campaign": 3}, "of a campaign have no machine in common"),
    ({"jobs": [[[(0, 1)], [(0, 1)]]], "arc_minimum_lag": 3, "arc_maximum_lag": 2}, "less than the minimum lag"),
    ({"jobs": [[[(0, 1)], [(0, 1)]]], "arc_overlap": 1.5}, "it must be from 0 to 1"),
    ({"jobs": [[[(0, 1)]]], "machine_units": [0]}, "has no units"),
    ({"jobs": [[[(0, 1)]]], "job_ids": ("a", "b")}, "job_ids has 2 names for 1"),
]


@pytest.mark.parametrize(("data", "sentence"), BAD)
def test_data_that_contradict_themselves_are_told(data, sentence):
    with pytest.raises(SchedulingDataError) as error:
        problem_from_jobs(**data)
    assert sentence in str(error.value)
