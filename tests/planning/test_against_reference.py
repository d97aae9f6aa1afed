"""The engine against the slow, exact reference, on random small cases over all options of rules 1-10.

`pytest tests/planning/test_against_reference.py --reference-cases 10000` runs 10,000 of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from planning.mrp import run_mrp
from planning.options import MrpOptions
from tests.asserts import run_mrp_checked
from tests.reference.cases import Case, generate
from tests.reference.compare import data_of, differences_of, differences_of_result, report, shrink
from tests.reference.merge import merged

CASES_PER_TEST = 50
N_ALONE = 10
N_MERGED = 5
MOST_REPORTED = 3


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seeds" in metafunc.fixturenames:
        n_cases = metafunc.config.getoption("reference_cases")
        batches = [range(start, min(start + CASES_PER_TEST, n_cases)) for start in range(0, n_cases, CASES_PER_TEST)]
        metafunc.parametrize("seeds", batches, ids=[f"{batch.start}-{batch.stop - 1}" for batch in batches])


def test_engine_agrees_with_the_reference(seeds: range, pytestconfig: pytest.Config) -> None:
    """Some cases alone, the others five in one data set, which takes the engine hardly longer than one."""
    reports: list[str] = []
    for case in cases_of(seeds):
        run = run_mrp_checked if case.n_seeds > 1 else run_mrp
        result = run(data_of(case), MrpOptions(**case.options))
        differences = differences_of_result(case, result)
        if differences and pytestconfig.getoption("no_shrink"):
            pytest.fail(report(case, differences), pytrace=False)
        if differences:
            smaller = shrink(case, lambda other: bool(differences_of(other)))
            reports.append(report(smaller, differences_of(smaller)))
        if len(reports) == MOST_REPORTED:
            break
    if reports:
        pytest.fail("\n".join(reports), pytrace=False)


def cases_of(seeds: range) -> Iterator[Case]:
    alone, others = seeds[:N_ALONE], seeds[N_ALONE:]
    yield from map(generate, alone)
    for start in range(0, len(others), N_MERGED):
        yield merged([generate(seed) for seed in others[start : start + N_MERGED]])


def test_a_failing_case_is_shrunk_to_what_fails() -> None:
    """A case counts as failing here when it has a demand for I0 and the option net_per."""

    def is_failing(case: Case) -> bool:
        return "net_per" in case.options and any(row["item_id"] == "I0" for row in case.tables.get("demands", []))

    failing = next(case for case in map(generate, range(500)) if is_failing(case))
    smaller = shrink(failing, is_failing)
    assert list(smaller.options) == ["net_per"]
    assert [len(rows) for rows in smaller.tables.values() if rows] == [1]
    assert "D" in report(smaller, [])
