from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from api.io.dataset import read_dataset
from planning.checks import validate
from planning.options import MrpOptions
from tests.asserts import run_mrp_checked

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def run_example(name: str) -> list[str]:
    """Return the lines that an example prints."""
    script = [sys.executable, f"examples/{name}.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(script, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_plan_in_python_prints_the_planned_orders():
    """10 kits due 20 January: 20 boards less 3 in stock a day before, 10 boxes in dozens."""
    printed = run_example("plan_in_python")
    assert sorted(printed) == [
        "buy     12 box    release 2026-01-16 due 2026-01-19",
        "buy     17 board  release 2026-01-14 due 2026-01-19",
        "make    10 kit    release 2026-01-19 due 2026-01-20",
    ]


def test_what_if_in_python_prints_what_the_edits_change():
    """Half as many kits again; boxes in dozens from a supplier that takes two days longer."""
    printed = run_example("what_if_in_python")
    assert printed == [
        "resized           kit  10 -> 15, release 2026-01-19 -> 2026-01-19, by edit 1",
        "moved_and_resized box  12 -> 24, release 2026-01-16 -> 2026-01-14, by edit 1, 2",
        "planned_value_make            200.00      300.00",
        "planned_value_buy              24.00       48.00",
        "inventory_value_average         2.86       12.86",
        "inventory_value_end             4.00       18.00",
        "purchase_spend                 24.00       48.00",
    ]


def test_the_tiny_example_plans_as_its_readme_says():
    raw = read_dataset(EXAMPLES / "tiny")
    result = validate(raw.tables, raw.settings, problems=raw.problems)
    assert result.findings == ()
    orders = run_mrp_checked(result.data, MrpOptions()).table("planned_orders")
    planned = orders.select("item_id", "quantity", pl.col("release_date", "due_date").cast(str)).rows()
    told = re.findall(r"\| ([A-Z]+) \| (\d+) \| (\S+) \| (\S+) \|", (EXAMPLES / "tiny" / "README.md").read_text())
    assert sorted(planned) == sorted((item, float(quantity), release, due) for item, quantity, release, due in told)
    assert len(planned) == 8


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_an_example_is_shorter_than_80_lines(script):
    assert len(script.read_text().splitlines()) < 80
