"""Small shops for the tests of the local search, and their optima by looking at every schedule."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np

from scheduling.kernels.disjunctive_graph import Shop

Jobs = list[list[list[tuple[int, int]]]]

# Fisher and Thompson 1963, 6 jobs x 6 machines; the shortest schedule takes 55.
FT06 = """2 1 0 3 1 6 3 7 5 3 4 6
1 8 2 5 4 10 5 10 0 10 3 4
2 5 3 4 5 8 0 9 1 1 4 7
1 5 0 5 2 5 3 3 4 8 5 9
2 9 1 3 4 5 5 4 0 3 3 1
1 3 3 3 5 9 0 10 4 4 2 1"""

# Fisher and Thompson 1963, 10 jobs x 10 machines; the shortest schedule takes 930.
FT10 = """0 29 1 78 2 9 3 36 4 49 5 11 6 62 7 56 8 44 9 21
0 43 2 90 4 75 9 11 3 69 1 28 6 46 5 46 7 72 8 30
1 91 0 85 3 39 2 74 8 90 5 10 7 12 6 89 9 45 4 33
1 81 2 95 0 71 4 99 6 9 8 52 7 85 3 98 9 22 5 43
2 14 0 6 1 22 5 61 3 26 4 69 8 21 7 49 9 72 6 53
2 84 1 2 5 52 3 95 8 48 9 72 0 47 6 65 4 6 7 25
1 46 0 37 3 61 2 13 6 32 5 21 9 32 8 89 7 30 4 55
2 31 0 86 1 46 5 74 4 32 6 88 8 19 9 48 7 36 3 79
0 76 1 69 3 76 5 51 2 85 9 11 6 40 7 89 4 26 8 74
1 85 0 13 2 61 6 7 8 64 9 76 5 47 3 52 4 90 7 45"""


def jobs_of(text: str) -> Jobs:
    """Return the jobs of a job shop in the usual text form: machine and duration in turn."""
    rows = [[int(word) for word in line.split()] for line in text.splitlines()]
    return [[[pair] for pair in zip(row[::2], row[1::2], strict=True)] for row in rows]


def random_jobs(rng: np.random.Generator, n_jobs: int, n_machines: int, is_flexible: bool) -> Jobs:
    """Return jobs that visit every machine once; flexible: one or two machines an operation; durations from 1 to 9."""
    jobs: Jobs = []
    for _ in range(n_jobs):
        job = []
        for machine in rng.permutation(n_machines):
            choices = [(int(machine), int(rng.integers(1, 10)))]
            if is_flexible and rng.random() < 0.5:
                choices.append((int(machine + 1) % n_machines, int(rng.integers(1, 10))))
            job.append(choices)
        jobs.append(job)
    return jobs


def shop_of(jobs: Jobs) -> Shop:
    """Return a shop of jobs given as operations given as pairs of machine and duration."""
    size = sum(len(job) for job in jobs) + 1
    before, after = np.full(size, size - 1, dtype=np.int32), np.full(size, size - 1, dtype=np.int32)
    last, indptr, machines, durations = [], [0], [], []
    x = 0
    for job in jobs:
        for place, choices in enumerate(job):
            if place:
                before[x], after[x - 1] = x - 1, x
            machines += [machine for machine, _ in choices]
            durations += [duration for _, duration in choices]
            indptr.append(len(machines))
            x += 1
        last.append(x - 1)
    zero = np.zeros(size, dtype=np.int32)
    arrays = [np.array(values, dtype=np.int32) for values in (last, indptr, machines, durations)]
    return Shop(before, after, zero, zero.copy(), arrays[0], arrays[1], arrays[2], arrays[3], max(machines) + 1)


def shortest_makespan(jobs: Jobs) -> int:
    """Return the optimum of a tiny shop: every order of the operations that keeps the jobs, on every machine choice."""
    letters = [job for job, operations in enumerate(jobs) for _ in operations]
    best = 1 << 30
    for order in set(permutations(letters)):
        for choice in product(*(choices for job in jobs for choices in job)):
            best = min(best, _makespan(jobs, order, choice))
    return best


def _makespan(jobs: Jobs, order: tuple[int, ...], choice: tuple[tuple[int, int], ...]) -> int:
    """Return the makespan of operations put as early as they can go, one after the other."""
    first = np.cumsum([0] + [len(job) for job in jobs])
    done, ready, free = [0] * len(jobs), [0] * len(jobs), dict.fromkeys(range(20), 0)
    for job in order:
        machine, duration = choice[first[job] + done[job]]
        ready[job] = free[machine] = max(ready[job], free[machine]) + duration
        done[job] += 1
    return max(ready)
