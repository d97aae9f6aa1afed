"""Plans opened again from their folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from api.plan_run import PlanRequest, run_plan
from api.stored_plan import StoredPlanError, open_plan
from planning.plan_tables import OUTPUT_TABLES

TINY = Path(__file__).parents[2] / "examples/tiny"


@pytest.fixture
def dataset(tmp_path):
    return shutil.copytree(TINY, tmp_path / "data")


@pytest.fixture
def folder(dataset, tmp_path):
    run_plan(PlanRequest(dataset, tmp_path / "plan", assignments=("mrp.net_per=line",)))
    return tmp_path / "plan"


def test_opened_plan_has_the_tables_that_were_written(folder):
    stored = open_plan(folder)
    assert stored.result.options.net_per == "line"
    for name in OUTPUT_TABLES:
        if (folder / f"{name}.csv").exists():
            assert stored.result.table(name).write_csv() == (folder / f"{name}.csv").read_text()


def test_plan_of_changed_data_is_not_opened(folder, dataset):
    path = dataset / "demands.csv"
    path.write_text(path.read_text() + "SO-3,BIKE,2026-03-02,1\n")
    with pytest.raises(StoredPlanError, match="data set has changed"):
        open_plan(folder)


def test_plan_is_opened_with_its_data_set_in_another_place(folder, dataset, tmp_path):
    moved = dataset.rename(tmp_path / "moved")
    with pytest.raises(StoredPlanError, match="not there any more"):
        open_plan(folder)
    assert open_plan(folder, moved).result.table("planned_orders").height > 0


def test_folder_without_run_is_not_a_plan(tmp_path):
    with pytest.raises(StoredPlanError, match="is not a plan"):
        open_plan(tmp_path)


def test_plan_of_another_version_is_not_opened(folder):
    run = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(run | {"engine": "lotwright 0.0.1"}))
    with pytest.raises(StoredPlanError, match=r"lotwright 0\.0\.1"):
        open_plan(folder)
