"""Files of published scheduling instances: job shop, flexible job shop, hybrid flow shop, project scheduling."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from api.io.number_rows import NumberRows, SchedulingFileError, number_rows
from api.io.project_files import read_project
from scheduling.finite.make import problem_from_jobs
from scheduling.problem import SchedulingDataError, SchedulingProblem

Alternates = list[tuple[int, int]]
Job = list[Alternates]


class SchedulingFormat(StrEnum):
    """A format of files."""

    JSP = "jsp"
    FJSP = "fjsp"
    HFSP = "hfsp"
    RCPSP = "rcpsp"


def read_scheduling(path: Path, form: SchedulingFormat) -> SchedulingProblem:
    """Return the problem in a file, with the makespan as its objective; the file may be zipped.

    Raises
    ------
    SchedulingFileError
        With what was found wrong, by file and line.
    OptionError
        When there is no such file.
    """
    readers = {
        SchedulingFormat.JSP: read_job_shop,
        SchedulingFormat.FJSP: read_flexible_job_shop,
        SchedulingFormat.HFSP: read_hybrid_flow_shop,
        SchedulingFormat.RCPSP: read_project,
    }
    try:
        return readers[form](path)
    except SchedulingFileError:
        raise
    except SchedulingDataError as error:
        raise SchedulingFileError("invalid_file", f"{path.name}: {error.message}") from error


def read_job_shop(path: Path) -> SchedulingProblem:
    """Return a job shop.

    Notes
    -----
    Standard text: ``jobs machines``, then for each job its operations as pairs ``machine duration``, machines from 0;
    jobs may differ in length and end with ``-1 -1``. Taillard's: ``jobs machines ...`` (or the two on a line each),
    then a table of durations and one of machines from 1, a row for each job.
    """
    source = number_rows(path)
    n_jobs, n_machines = _sizes(source)
    if source.n_left == 2 * n_jobs and all(len(row) == n_machines for _, row in source.rows[source.place :]):
        durations = [source.take("durations") for _ in range(n_jobs)]
        machines = [source.take("machines") for _ in range(n_jobs)]
        pairs = [list(zip(*rows, strict=True)) for rows in zip(machines, durations, strict=True)]
    else:
        pairs = [_pairs(source, f"job {job + 1}") for job in range(n_jobs)]
    _raise_at_end(source)
    jobs = [[[pair] for pair in job] for job in pairs]
    return problem_from_jobs(_from_zero(source, jobs, n_machines), n_machines=n_machines)


def read_flexible_job_shop(path: Path) -> SchedulingProblem:
    """Return a flexible job shop.

    Notes
    -----
    Brandimarte's text: ``jobs machines [mean alternates]``, then for each job the number of its operations and for each
    operation the number of alternates and that many pairs ``machine duration``, machines from 1 (from 0 where a 0
    occurs). Naderi, Ruiz and Roshanaei's (2023): jobs, machines, and the operations of each job on a line each, then
    for each operation its duration on each machine, 0 where it cannot run.
    """
    source = number_rows(path)
    if len(source.rows[0][1]) == 1:
        jobs = _alternates_as_table(source)
        _raise_at_end(source)
        return problem_from_jobs(jobs, n_machines=source.rows[1][1][0])
    n_jobs, n_machines = _sizes(source)
    jobs = [_alternates(source, f"job {job + 1}") for job in range(n_jobs)]
    _raise_at_end(source)
    return problem_from_jobs(_from_zero(source, jobs, n_machines, is_from_one=True), n_machines=n_machines)


def read_hybrid_flow_shop(path: Path) -> SchedulingProblem:
    """Return a hybrid flow shop: stages of equal parallel machines, which all jobs pass in the same order.

    Notes
    -----
    The text of Naderi, Ruiz and Roshanaei (2023): jobs, stages, and the machines of each stage on a line each, then a
    row for each job with its duration at each stage. Jobs and stages may stand on one line.
    """
    source = number_rows(path)
    n_jobs, n_stages = _sizes(source)
    machines = source.take("the machines of each stage", n_stages, n_stages)
    if min(machines) < 1:
        source.add(f"a stage has {min(machines)} machines; it must have 1 or more")
    rows = [source.take(f"job {job + 1}", n_stages, n_stages) for job in range(n_jobs)]
    _raise_at_end(source)
    return problem_from_jobs(
        [[[(stage, time)] for stage, time in enumerate(row)] for row in rows], machine_units=machines
    )


def _sizes(source: NumberRows) -> tuple[int, int]:
    """Return the two numbers that a file begins with, on one line or two."""
    first = source.take("the numbers of jobs and machines")
    sizes = first[:2] if len(first) > 1 else [first[0], source.take("the number of machines or stages", 1, 1)[0]]
    if min(sizes) < 1:
        source.fail(
            source.line(), f"{sizes[0]} jobs and {sizes[1]} machines or stages; there must be 1 or more of each"
        )
    return sizes[0], sizes[1]


def _pairs(source: NumberRows, what: str) -> list[tuple[int, int]]:
    """Return the pairs of a row up to ``-1 -1``."""
    row = source.take(what, 0)
    if len(row) % 2:
        source.add(f"{what} should have pairs of machine and duration, there are {len(row)} numbers")
    pairs = list(zip(row[::2], row[1::2], strict=False))
    return pairs[: pairs.index((-1, -1))] if (-1, -1) in pairs else pairs


def _alternates(source: NumberRows, what: str) -> Job:
    """Return the operations of a row with their alternates."""
    row = source.take(what, 1)
    job: Job = []
    place = 1
    for operation in range(row[0]):
        n_alternates = row[place] if place < len(row) else -1
        end = place + 1 + 2 * n_alternates
        if n_alternates < 1 or end > len(row):
            source.add(f"{what} ends within operation {operation + 1} of {row[0]}")
            return job
        job.append(list(zip(row[place + 1 : end : 2], row[place + 2 : end : 2], strict=True)))
        place = end
    if place < len(row):
        source.add(f"{what} has {len(row) - place} numbers after its {row[0]} operations")
    return job


def _alternates_as_table(source: NumberRows) -> list[Job]:
    """Return jobs from durations by machine, one row for each operation."""
    n_jobs, n_machines = _sizes(source)
    lengths = source.take("the operations of each job", n_jobs, n_jobs)
    jobs: list[Job] = []
    for job, length in enumerate(lengths):
        rows = [source.take(f"operation {job + 1}.{place + 1}", n_machines, n_machines) for place in range(length)]
        jobs.append([[(machine, time) for machine, time in enumerate(row) if time > 0] for row in rows])
    return jobs


def _from_zero(source: NumberRows, jobs: Sequence[Job], n_machines: int, is_from_one: bool = False) -> list[Job]:
    """Return jobs with machines from 0; they count from 1 where the format says so, or where the last is there."""
    machines = {machine for job in jobs for operation in job for machine, _ in operation}
    shift = 1 if (is_from_one or n_machines in machines) and 0 not in machines else 0
    if machines and not 0 <= min(machines) - shift <= max(machines) - shift < n_machines:
        most = max(machines) if max(machines) - shift >= n_machines else min(machines)
        source.fail(source.line(), f"machine {most} occurs; there are {n_machines} machines, from {shift}")
    return [[[(machine - shift, time) for machine, time in one] for one in job] for job in jobs]


def _raise_at_end(source: NumberRows) -> None:
    """Raise what was found, rows that are left among it."""
    if source.n_left:
        source.fail(source.rows[source.place][0], "there are more rows than the first lines say")
    source.raise_found()
