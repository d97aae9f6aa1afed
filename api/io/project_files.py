"""Files of project scheduling instances: PSPLIB's ``.sm`` and ``.mm``, and Patterson's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from api.io.number_rows import NumberRows, SchedulingFileError, rows_of_text, text_of_file
from scheduling.finite.make import problem_from_jobs
from scheduling.problem import NONE, SchedulingProblem


@dataclass(frozen=True, slots=True)
class _Activity:
    """An activity: what follows it, and its modes with duration and what each holds."""

    successors: list[int]
    modes: list[tuple[int, list[int]]]


def read_project(path: Path) -> SchedulingProblem:
    """Return a project: one job whose operations hold renewable resources only.

    Notes
    -----
    PSPLIB's text has sections under headings (``PRECEDENCE RELATIONS``, ``REQUESTS/DURATIONS``,
    ``RESOURCEAVAILABILITIES``). Patterson's is ``activities resources``, the capacities, and for each activity its
    duration, what it holds of each resource, the number of its successors and the successors, from 1. Resources that
    are used up (non-renewable) are refused.
    """
    text = text_of_file(path)
    if re.search(r"^PRECEDENCE RELATIONS", text, re.MULTILINE):
        return _problem(*_read_psplib(path.name, text))
    return _problem(*_read_patterson(rows_of_text(path.name, text)))


def _problem(activities: list[_Activity], capacities: list[int]) -> SchedulingProblem:
    """Return the problem of a project."""
    needs: list[list[int]] = []
    mode = 0
    for activity in activities:
        for _, held in activity.modes:
            needs.extend([mode, resource, units] for resource, units in enumerate(held) if units)
            mode += 1
    return problem_from_jobs(
        [[[(NONE, duration) for duration, _ in activity.modes] for activity in activities]],
        arcs=[(one, after - 1) for one, activity in enumerate(activities) for after in activity.successors],
        needs=needs,
        resource_capacity=capacities,
        operation_ids=[str(one + 1) for one in range(len(activities))],
    )


def _read_patterson(source: NumberRows) -> tuple[list[_Activity], list[int]]:
    """Return the activities and capacities of Patterson's text, whose line breaks say nothing."""
    numbers = [(line, value) for line, row in source.rows for value in row]
    place = 0

    def take(length: int, what: str) -> list[int]:
        nonlocal place
        if length < 0 or place + length > len(numbers):
            source.fail(numbers[-1][0], f"the file ends where {what} should stand")
        place += length
        return [value for _, value in numbers[place - length : place]]

    n_activities, n_resources = take(2, "the numbers of activities and resources")
    capacities = take(n_resources, "the capacities")
    activities = []
    for one in range(n_activities):
        duration, *held, n_successors = take(n_resources + 2, f"activity {one + 1}")
        activities.append(_Activity(take(n_successors, f"the successors of activity {one + 1}"), [(duration, held)]))
    if place < len(numbers):
        source.fail(numbers[place][0], f"{len(numbers) - place} numbers follow the last activity")
    source.raise_found()
    return activities, capacities


def _read_psplib(name: str, text: str) -> tuple[list[_Activity], list[int]]:
    """Return the activities and capacities of PSPLIB's text."""
    n_renewable, *others = (
        _stated(text, kind) for kind in (r"-\s*renewable", r"-\s*nonrenewable", "doubly constrained")
    )
    n_used_up = sum(others)
    if n_used_up:
        kind = f"{name}: {n_used_up} resources are used up (non-renewable); only renewable ones can be scheduled"
        raise SchedulingFileError("unsupported_file", kind)
    follows = _section(name, text, "PRECEDENCE RELATIONS")
    requests = _section(name, text, "REQUESTS/DURATIONS")
    capacities = _section(name, text, "RESOURCEAVAILABILITIES").take("the capacities", n_renewable, n_renewable)
    activities: list[_Activity] = []
    while follows.n_left:
        activity, n_modes, n_successors, *successors = follows.take("an activity", 3)
        if activity != len(activities) + 1 or n_successors != len(successors):
            follows.add(
                f"activity {activity} should be number {len(activities) + 1} and have {n_successors} successors"
            )
        modes = []
        for mode in range(n_modes):
            row = requests.take(f"mode {mode + 1} of activity {activity}", n_renewable + 2)
            modes.append((row[-n_renewable - 1], row[len(row) - n_renewable :]))
        activities.append(_Activity(successors, modes))
    follows.raise_found()
    return activities, capacities


def _stated(text: str, kind: str) -> int:
    """Return the number of resources of a kind that the head of the file states; 0 when it says nothing of them."""
    found = re.search(rf"{kind}\s*:\s*(\d+)", text)
    return int(found.group(1)) if found else 0


def _section(name: str, text: str, heading: str) -> NumberRows:
    """Return the rows of numbers below a heading."""
    found = re.search(rf"^{heading}[^\n]*\n(.*?)(?=^\*{{5}}|\Z)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise SchedulingFileError("unreadable_file", f"{name}: there is no section {heading}")
    skipped = text[: found.start(1)].count("\n")
    lines = found.group(1).splitlines()
    # names of resources, as in "R 1  R 2", are no row of numbers
    kept = [line if not re.search(r"[A-Za-z]", line) else "" for line in lines]
    return rows_of_text(name, "\n" * skipped + "\n".join(kept))
