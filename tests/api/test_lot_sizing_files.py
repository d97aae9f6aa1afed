from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.io.lot_sizing_files import LotSizingFileError, LotSizingFormat, read_lot_sizing
from bom.errors import OptionError
from scheduling.lot_sizing.schedule import LotSizingSchedule, check

TRIGEIRO = """   2    3
    1
   30
 1.00 2.00  3. 20.
 1.00 1.00  2. 10.
    0    8
    9    0
    4   10
  Bi   hi   su   su
           time cost
"""

MLCLSP = {
    "3AA.dat": "2\n1\n3\n1\t4.0\t1.0\t1\n2\t1.0\t1.0\t1\n1\n2\t1\t2.0\t1.0\n\n#1  # of items\n",
    "3A_1.dem": "2 1 2\n1\t5\t0\n2\t5\t1\n3\t5\t0\n1\t0\t0\n2\t10\t0\n#1 periods\n",
    "3A_11.sco": "1\t20\n2\t12\n#1\titem\n",
    "3A_12.sco": "1\t40\n2\t24\n#1\titem\n",
    "3AA1_11.cap": "1\t30\t30\t30\n#1 resource\n",
    "3_____1.set": "1\t2\n2\t3\n",
}


@pytest.fixture
def trigeiro(tmp_path):
    path = tmp_path / "tiny.dat"
    path.write_text(TRIGEIRO)
    return path


@pytest.fixture
def mlclsp(tmp_path):
    for name, text in MLCLSP.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_trigeiro_file_is_read(trigeiro):
    problem = read_lot_sizing(trigeiro, LotSizingFormat.TRIGEIRO)
    assert problem.demand.tolist() == [[0, 9, 4], [8, 0, 10]]
    assert (problem.run_time.tolist(), problem.holding_cost.tolist()) == ([1, 1], [2, 1])
    assert (problem.setup_time.tolist(), problem.setup_cost.tolist()) == ([3, 2], [20, 10])
    assert problem.capacity.tolist() == [[30, 30, 30]]


def test_demand_of_more_than_fifteen_items_stands_in_blocks(tmp_path):
    items = "\n".join("1 1 1 1" for _ in range(17))
    blocks = "\n".join([" ".join(["1"] * 15), " ".join(["2"] * 15), "3 4", "5 6"])
    (tmp_path / "wide.dat").write_text(f"17 2\n1\n99\n{items}\n{blocks}\n")
    demand = read_lot_sizing(tmp_path / "wide.dat", LotSizingFormat.TRIGEIRO).demand
    assert demand[14].tolist() == [1, 2]
    assert demand[15:].tolist() == [[3, 5], [4, 6]]


@pytest.mark.parametrize("name", ["3AA1111", "3AA.dat", "3A_1.dem", "3A_11.sco", "3AA1_11.cap", "3_____1.set"])
def test_an_instance_is_found_by_its_name_or_any_of_its_files(mlclsp, name):
    problem = read_lot_sizing(mlclsp / name, LotSizingFormat.MLCLSP)
    assert problem.demand.tolist() == [[5, 5, 5], [0, 1, 0]]
    assert (problem.setup_cost.tolist(), problem.setup_time.tolist()) == ([20, 12], [2, 3])
    assert (problem.initial_stock.tolist(), problem.resource.tolist()) == ([0, 10], [0, 0])
    assert (problem.bom_parent.tolist(), problem.bom_component.tolist()) == ([0], [1])
    assert (problem.bom_quantity.tolist(), problem.bom_lead_time.tolist()) == ([2], [1])
    assert np.array_equal(problem.capacity, [[30, 30, 30]])


def test_the_name_chooses_the_setup_costs_and_lead_times_may_be_ignored(mlclsp):
    problem = read_lot_sizing(mlclsp / "3AA1211", LotSizingFormat.MLCLSP, has_lead_times=False)
    assert problem.setup_cost.tolist() == [40, 24]
    assert problem.bom_lead_time.tolist() == [0]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("    9    0\n", "    9\n", "tiny.dat line 7: the demand of period 2 for items 1 to 2 should have 2 numbers"),
        ("   30\n", "  many\n", "tiny.dat line 10: the file ends where the demand of period 3"),
        (" 1.00 1.00  2. 10.\n", " 1.00 -1.0  2. 10.\n", "holding_cost of item 2 is -1; it must be 0 or more"),
        ("   2    3", "   2    4", "the file ends where the demand of period 4 for items 1 to 2 should stand"),
        ("   2    3", "   2.5  3", "line 1: items and periods must be whole numbers above 0"),
        ("    1\n", "    2\n", "line 2: there must be 1 machine, there are 2"),
        ("   2    3", "   2    2", "line 8: there are more rows than the first lines say"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(trigeiro, old, new, text):
    trigeiro.write_text(TRIGEIRO.replace(old, new, 1))
    with pytest.raises(LotSizingFileError) as caught:
        read_lot_sizing(trigeiro, LotSizingFormat.TRIGEIRO)
    assert text in str(caught.value)


def test_all_that_is_wrong_is_told_at_once(mlclsp):
    (mlclsp / "3A_11.sco").write_text("1\t20\n2\n")
    (mlclsp / "3AA1_11.cap").write_text("1\t30\t30\n")
    with pytest.raises(LotSizingFileError) as caught:
        read_lot_sizing(mlclsp / "3AA1111", LotSizingFormat.MLCLSP)
    assert "3A_11.sco line 2: item 2 should have 2 numbers, there are 1" in str(caught.value)
    assert "3AA1_11.cap line 1: resource 1 should have 4 numbers, there are 3" in str(caught.value)


@pytest.mark.parametrize("form", list(LotSizingFormat))
def test_a_file_that_is_not_there_is_a_wrong_call(tmp_path, form):
    with pytest.raises(OptionError):
        read_lot_sizing(tmp_path / "none.dat", form)


def test_solve_prints_lots_that_keep_every_rule(trigeiro):
    called = CliRunner().invoke(app, ["solve", str(trigeiro), "--format", "trigeiro", "--time-limit", "5", "--json"])
    assert called.exit_code == 0
    said = json.loads(called.stdout)
    problem = read_lot_sizing(trigeiro, LotSizingFormat.TRIGEIRO)
    lots, set_up = np.zeros(problem.demand.shape), np.zeros(problem.demand.shape, dtype=bool)
    for lot in said["lots"]:
        place = int(lot["item"]) - 1, lot["period"] - 1
        lots[place], set_up[place] = lot["quantity"], lot["is_set_up"]
    assert check(problem, LotSizingSchedule(lots, set_up, np.zeros_like(set_up))) == []
    assert (said["status"], said["objective"]) == ("optimal", 48.0)
    assert said["gap"] <= 1e-4
    assert said["seconds"] < 60


def test_solve_prints_a_table_and_its_progress(mlclsp):
    called = CliRunner().invoke(app, ["solve", str(mlclsp / "3AA1111"), "--format", "mlclsp"])
    assert called.exit_code == 0
    assert "status     optimal" in called.stdout
    assert "first lots" in called.stderr


def test_solve_tells_what_is_wrong(trigeiro):
    trigeiro.write_text("2 3\n")
    called = CliRunner().invoke(app, ["solve", str(trigeiro), "--format", "trigeiro"])
    assert called.exit_code == 1
    assert "tiny.dat line 1: the file ends where the capacity should stand" in called.stderr
    assert CliRunner().invoke(app, ["solve", "none", "--format", "trigeiro"]).exit_code == 2
