"""Recognises flow lines: jobs visit the same stages in one order; a stage is machines that stand for each other."""

from __future__ import annotations

import numpy as np

from scheduling.problem import NONE, Ints, Longs, SchedulingProblem

MOST_STAGES = 200
LEAST_FILLED = 0.5


def flow_stages(problem: SchedulingProblem) -> Ints | None:
    """Return the operation of each job at each stage; ``None`` where the problem is no flow line.

    Two machines belong to one stage when an operation can be done on both. It is a flow line when all jobs are chains
    that visit stages in one order, none of them twice, and jobs visit at least half of the stages on average.

    Returns
    -------
    operation
        int32, shape (n_jobs, n_stages): ``NONE`` where a job leaves a stage out.

    Examples
    --------
    >>> from scheduling.finite.make import problem_from_jobs
    >>> flow_stages(problem_from_jobs([[[(0, 3), (1, 4)], [(2, 2)]], [[(1, 4)]]])).tolist()
    [[0, 1], [2, -1]]
    >>> flow_stages(problem_from_jobs([[[(0, 3)], [(1, 2)]], [[(1, 4)], [(0, 2)]]])) is None
    True
    """
    if not are_chains(problem):
        return None
    machine_stage = _machine_stages(problem)
    stage = machine_stage[problem.mode_machine[problem.mode_indptr[:-1]]]
    follows = problem.operation_job[1:] == problem.operation_job[:-1]
    pairs = np.unique(np.column_stack([stage[:-1][follows], stage[1:][follows]]), axis=0)
    n_machines = problem.n_machines
    if pairs.shape[0] > MOST_STAGES * MOST_STAGES // 2 or np.unique(stage).size > MOST_STAGES:
        return None
    level = np.zeros(n_machines, dtype=np.int64)
    for _ in range(MOST_STAGES + 1):
        deeper = level.copy()
        np.maximum.at(deeper, pairs[:, 1], level[pairs[:, 0]] + 1)
        if (deeper == level).all():
            return _by_stage(problem, stage, level)
        level = deeper
    return None


def are_chains(problem: SchedulingProblem) -> bool:
    """Return whether each job's operations follow each other, each on a machine."""
    n_arcs = problem.n_operations - problem.n_jobs
    return (
        problem.n_jobs > 1
        and bool((np.diff(problem.job_indptr) > 0).all())
        and problem.n_arcs == n_arcs
        and bool((problem.arc_to == problem.arc_from + 1).all())
        and bool((problem.mode_machine != NONE).all())
    )


def _machine_stages(problem: SchedulingProblem) -> Longs:
    """Return the least machine that stands for each machine, through any number of operations."""
    label = np.arange(problem.n_machines, dtype=np.int64)
    first = np.repeat(problem.mode_machine[problem.mode_indptr[:-1]], np.diff(problem.mode_indptr))
    pairs = np.unique(np.column_stack([first, problem.mode_machine]), axis=0)
    while True:
        lower = label.copy()
        np.minimum.at(lower, pairs[:, 0], label[pairs[:, 1]])
        np.minimum.at(lower, pairs[:, 1], label[pairs[:, 0]])
        if (lower == label).all():
            return label
        label = lower


def _by_stage(problem: SchedulingProblem, stage: Longs, level: Longs) -> Ints | None:
    """Return the operations by job and stage, stages in the order of the flow."""
    used = np.unique(stage)
    used = used[np.argsort(level[used], kind="stable")]
    if problem.n_operations < LEAST_FILLED * problem.n_jobs * used.size:
        return None
    column = np.zeros(problem.n_machines, dtype=np.int64)
    column[used] = np.arange(used.size)
    operation = np.full((problem.n_jobs, used.size), NONE, dtype=np.int32)
    operation[problem.operation_job, column[stage]] = np.arange(problem.n_operations)
    return operation
