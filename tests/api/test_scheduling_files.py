"""Files of published scheduling instances, and what is said of those that cannot be read."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from api.io.number_rows import SchedulingFileError
from api.io.scheduling_files import SchedulingFormat, read_scheduling
from bom.errors import OptionError
from scheduling.problem import NONE

INSTANCES = Path(__file__).parents[2] / "benchmarks" / "instances"


def read(tmp_path: Path, form: str, text: str):
    (tmp_path / "case.txt").write_text(text)
    return read_scheduling(tmp_path / "case.txt", SchedulingFormat(form))


def modes(problem) -> list[list[tuple[int, int]]]:
    rows = list(zip(problem.mode_machine.tolist(), problem.mode_duration.tolist(), strict=True))
    return [rows[a:b] for a, b in zip(problem.mode_indptr[:-1], problem.mode_indptr[1:], strict=True)]


@pytest.mark.parametrize(
    ("name", "form", "sizes", "work"),
    [
        ("ft06.txt", "jsp", (6, 36, 6), 197),
        ("ft10.txt", "jsp", (10, 100, 10), 5109),
        ("la01.txt", "jsp", (10, 50, 5), 2849),
        ("mk01.txt", "fjsp", (10, 55, 6), None),
        ("j301_1.sm", "rcpsp", (1, 32, 0), 158),
        ("hfsp_small.txt", "hfsp", (4, 12, 3), 47),
    ],
)
def test_published_instances_are_read(name, form, sizes, work):
    problem = read_scheduling(INSTANCES / name, SchedulingFormat(form))
    assert (problem.n_jobs, problem.n_operations, problem.n_machines) == sizes
    assert work is None or int(problem.mode_duration.sum()) == work


def test_the_first_operations_of_ft06_and_mk01():
    assert modes(read_scheduling(INSTANCES / "ft06.txt", SchedulingFormat.JSP))[:3] == [[(2, 1)], [(0, 3)], [(1, 6)]]
    flexible = modes(read_scheduling(INSTANCES / "mk01.txt", SchedulingFormat.FJSP))
    assert flexible[:2] == [[(0, 5), (2, 4)], [(4, 3), (2, 5), (1, 1)]]


def test_a_project_keeps_precedences_and_needs():
    problem = read_scheduling(INSTANCES / "j301_1.sm", SchedulingFormat.RCPSP)
    assert problem.resource_capacity.tolist() == [12, 13, 4, 12]
    assert problem.n_arcs == 48
    assert problem.mode_machine.tolist() == [NONE] * 32
    assert list(zip(problem.arc_from.tolist()[:3], problem.arc_to.tolist()[:3], strict=True)) == [
        (0, 1),
        (0, 2),
        (0, 3),
    ]
    assert problem.need_units[problem.need_indptr[1] : problem.need_indptr[3]].tolist() == [4, 10]


def test_the_same_project_in_pattersons_text_is_the_same_problem(tmp_path):
    project = read_scheduling(INSTANCES / "j301_1.sm", SchedulingFormat.RCPSP)
    rows = ["32 4", "12 13 4 12"]
    for one in range(32):
        held = np.zeros(4, dtype=int)
        at = slice(int(project.need_indptr[one]), int(project.need_indptr[one + 1]))
        held[project.need_resource[at]] = project.need_units[at]
        after = project.arc_to[project.arc_from == one] + 1
        rows.append(" ".join(map(str, [project.mode_duration[one], *held, len(after), *after])))
    other = read(tmp_path, "rcpsp", "\n".join(rows))
    for name in ("arc_from", "arc_to", "mode_duration", "need_indptr", "need_resource", "need_units"):
        assert np.array_equal(getattr(project, name), getattr(other, name))


def test_a_job_shop_in_taillards_text_and_in_a_zip(tmp_path):
    standard = read(tmp_path, "jsp", "2 2\n0 3 1 4\n1 5 0 6 -1 -1\n")
    taillard = "Nb of jobs, Nb of Machines, Time seed\n2 2 840612802\nTimes\n3 4\n5 6\nMachines\n1 2\n2 1\n"
    assert modes(standard) == modes(read(tmp_path, "jsp", taillard)) == [[(0, 3)], [(1, 4)], [(1, 5)], [(0, 6)]]
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as archive:
        archive.writestr("inside.txt", "2 2\n0 3 1 4\n1 5 0 6\n")
    assert modes(read_scheduling(tmp_path / "case.zip", SchedulingFormat.JSP)) == modes(standard)


def test_a_flexible_job_shop_as_a_table_of_durations(tmp_path):
    problem = read(tmp_path, "fjsp", "2\n3\n1 2\n5 0 4\n0 3 0\n1 1 1\n")
    assert modes(problem) == [[(0, 5), (2, 4)], [(1, 3)], [(0, 1), (1, 1), (2, 1)]]
    assert problem.job_indptr.tolist() == [0, 1, 3]


def test_the_mean_of_alternates_in_the_first_line_is_left_out(tmp_path):
    problem = read(tmp_path, "fjsp", "1 2 1.5\n2 1 1 5 2 1 3 2 4\n")
    assert modes(problem) == [[(0, 5)], [(0, 3), (1, 4)]]


def test_stages_of_a_hybrid_flow_shop_are_machines_with_units():
    problem = read_scheduling(INSTANCES / "hfsp_small.txt", SchedulingFormat.HFSP)
    assert np.diff(problem.machine_unit_indptr).tolist() == [2, 1, 2]
    assert modes(problem)[:3] == [[(0, 3)], [(1, 4)], [(2, 5)]]


BAD = [
    ("jsp", "2 2\n0 3 1 4\n", "line 2: the file ends where job 2 should stand"),
    ("jsp", "1 2\n0 3 1 4\n0 3\n", "line 3: there are more rows"),
    ("jsp", "1 2\n0 3 1\n", "line 2: job 1 should have pairs"),
    ("jsp", "1 2\n0 3 7 4\n", "machine 7 occurs; there are 2 machines, from 0"),
    ("jsp", "1 2\n0 3 1 x\n", "line 2: '0 3 1 x' is not a row of whole numbers"),
    ("jsp", "1 2\n0 3 1 -4\n", "the duration of operation 1.2 is -4"),
    ("jsp", "1 2\n0 3 1 4.5\n", "line 2: '0 3 1 4.5' is not a row of whole numbers"),
    ("jsp", "nothing\n", "there are no rows of whole numbers"),
    ("jsp", "0 2\n", "0 jobs and 2 machines"),
    ("fjsp", "1 2\n2 1 1 5 3 1 4\n", "line 2: job 1 ends within operation 2 of 2"),
    ("fjsp", "1 2\n1 1 1 5 3\n", "line 2: job 1 has 1 numbers after its 1 operations"),
    ("fjsp", "1 2\n1 1 3 5\n", "machine 3 occurs; there are 2 machines, from 1"),
    ("hfsp", "1\n2\n1 0\n3 4\n", "line 3: a stage has 0 machines"),
    ("hfsp", "1\n2\n1 1\n3\n", "line 4: job 1 should have 2 numbers, there are 1"),
    ("rcpsp", "2 1\n4\n3 1 1 2\n3 1 1\n", "the file ends where the successors of activity 2 should stand"),
    ("rcpsp", "1 1\n4\n3 1 0 9\n", "1 numbers follow the last activity"),
    ("rcpsp", "PRECEDENCE RELATIONS:\n  - nonrenewable : 2\n", "2 resources are used up"),
    ("rcpsp", "PRECEDENCE RELATIONS:\n 1 1 0\n****\n", "there is no section REQUESTS/DURATIONS"),
]


@pytest.mark.parametrize(("form", "text", "sentence"), BAD)
def test_files_that_cannot_be_read_say_where_and_why(tmp_path, form, text, sentence):
    with pytest.raises(SchedulingFileError) as error:
        read(tmp_path, form, text)
    assert "case.txt" in str(error.value)
    assert sentence in str(error.value)


def test_a_missing_file_and_an_archive_of_several_are_told(tmp_path):
    with pytest.raises(OptionError, match="cannot be read"):
        read_scheduling(tmp_path / "none.txt", SchedulingFormat.JSP)
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.txt", "1")
        archive.writestr("b.txt", "1")
    with pytest.raises(OptionError, match="the archive has 2 files"):
        read_scheduling(tmp_path / "two.zip", SchedulingFormat.JSP)
