"""One table of broken data sets: each kind of breakage with the findings that it gives, and no other error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from api.io.dataset import RawDataset, read_dataset
from bom.errors import DataError, Finding, Severity
from planning.checks import ValidationResult, validate
from tests.planning.broken_case import Case
from tests.planning.broken_files import RIGHT, write_csv_folder, write_parquet_folder, write_workbook
from tests.planning.broken_links import BROKEN_LINKS
from tests.planning.broken_rows import BROKEN_ROWS
from tests.planning.broken_sources import BROKEN_SOURCES

CASES: dict[str, Case] = {**BROKEN_SOURCES, **BROKEN_ROWS, **BROKEN_LINKS}
FORMATS = {"csv": write_csv_folder, "parquet": write_parquet_folder, "xlsx": write_workbook}


def read_broken(case: str, folder: Path, form: str = "csv") -> RawDataset:
    folder.mkdir(exist_ok=True)
    return read_dataset(FORMATS[form](CASES[case][0](RIGHT), folder))


def check(raw: RawDataset) -> tuple[Finding, ...]:
    try:
        return validate(raw.tables, raw.settings, problems=raw.problems).findings
    except DataError as error:
        return error.findings


def test_the_table_has_sixty_kinds_at_least() -> None:
    assert len(CASES) == len(BROKEN_SOURCES) + len(BROKEN_ROWS) + len(BROKEN_LINKS) >= 60
    codes = {expected.code for _, findings in CASES.values() for expected in findings}
    assert len(codes) >= 35


@pytest.mark.parametrize("form", FORMATS)
def test_the_right_data_set_has_no_finding(tmp_path: Path, form: str) -> None:
    assert check(read_dataset(FORMATS[form](RIGHT, tmp_path))) == ()


@pytest.mark.parametrize("case", CASES)
def test_broken_data_gives_its_findings_and_no_other_in_every_format(tmp_path: Path, case: str) -> None:
    findings = check(read_broken(case, tmp_path / "csv"))
    expected = CASES[case][1]
    missing = [one for one in expected if not any(one.is_told_by(finding) for finding in findings)]
    unexpected = [finding for finding in findings if not any(one.is_told_by(finding) for one in expected)]
    assert (missing, unexpected) == ([], [])
    if not CASES[case][0](RIGHT).raw:  # else the breakage is in a file of one format
        assert check(read_broken(case, tmp_path / "parquet", "parquet")) == findings
        assert check(read_broken(case, tmp_path / "xlsx", "xlsx")) == findings


@pytest.mark.parametrize("case", CASES)
def test_quarantine_leaves_data_without_errors_and_says_what_it_left_out(tmp_path: Path, case: str) -> None:
    raw = read_broken(case, tmp_path)
    if is_unplannable(check(raw)):
        with pytest.raises(DataError):
            validate(raw.tables, raw.settings, on_error="quarantine", problems=raw.problems)
        return
    result = validate(raw.tables, raw.settings, on_error="quarantine", problems=raw.problems)
    is_broken = any(expected.severity is Severity.ERROR for expected in CASES[case][1])
    assert is_broken == bool(result.left_out.height + result.assumed.height)
    again: ValidationResult = validate(result.data.tables, result.data.settings)
    assert [finding for finding in again.findings if finding.severity is Severity.ERROR] == []


def is_unplannable(findings: Sequence[Finding]) -> bool:
    """Without a planning date, options that can be read, or items there is no plan."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    return any(
        finding.column == "as_of"
        or finding.code == "unreadable_settings"
        or (finding.table, finding.row) == ("items", 0)
        for finding in errors
    )
