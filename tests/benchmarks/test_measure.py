"""What the driver measures, and how it tells it."""

from __future__ import annotations

import sys

import pytest

from benchmarks.measure import CommandError, measure
from benchmarks.report import BEGIN, END, case_text, figures_text, median_phases, write


def test_measurement_counts_time_and_memory():
    program = "import time; data = b'x' * 200 * 2**20; time.sleep(0.2)"
    taken = measure([sys.executable, "-c", program])
    assert taken.wall_seconds > 0.2
    assert taken.peak_memory_mib > 200


def test_failing_command_says_what_it_printed():
    with pytest.raises(CommandError, match=r"ended with 3:\nno data"):
        measure([sys.executable, "-c", "print('no data'); raise SystemExit(3)"])


def test_environment_is_added_to_ours():
    measured = measure(
        [sys.executable, "-c", "import os; assert os.environ['CASE'] == 'a'; assert os.environ['PATH']"], {"CASE": "a"}
    )
    assert measured.wall_seconds > 0  # a failing command raises


def test_phases_are_medians_and_peaks():
    runs = [
        {"phases": [{"name": "read", "seconds": s, "peak_memory_mib": m}]} for s, m in ((1.0, 5), (9.0, 7), (2.0, 6))
    ]
    assert median_phases(runs) == [{"name": "read", "seconds": 2.0, "peak_memory_mib": 7}]


def test_figures_go_between_the_marks_of_the_page(tmp_path):
    page = tmp_path / "README.md"
    page.write_text(f"# Above\n{BEGIN}\nold\n{END}\nbelow\n")
    write(page, tmp_path / "results")
    assert page.read_text() == f"# Above\n{BEGIN}\n\n\n{END}\nbelow\n"


def test_figures_become_tables_of_targets_figures_and_rows():
    found = {
        "machine": {"cores": "2"},
        "one_edit": {"seconds": 0.00780227, "nodes": 1143},
        "targets": {"one edit, ms": {"target": 10.0, "measured": 7.80227, "is_met": True}},
        "instances": [{"name": "G69", "gap": 0.5, "best": None}],
    }
    text = figures_text("net_change", found)
    assert "## net_change\n\ncores 2." in text
    assert "| one edit, ms | 10 | 7.802 | yes |" in text
    assert "| one_edit: seconds | 0.007802 |\n| one_edit: nodes | 1,143 |" in text
    assert "| name | gap | best |\n| --- | ---: | ---: |\n| G69 | 0.5 |  |" in text


def test_case_becomes_two_tables():
    phase = {"name": "read", "seconds": 0.5, "peak_memory_mib": 100.0}
    size = {
        "size": 1000,
        "seed": 1,
        "rows": {"planned_orders": 5000},
        "wall_seconds": 2.0,
        "processor_seconds": 3.0,
        "peak_memory_mib": 400.0,
        "phases": [phase],
        "baseline": {"rows": 9000, "read_seconds": 0.1, "write_seconds": 0.2},
    }
    first_call = {"size": 1000, "first_call_seconds": 60.0, "second_call_seconds": 2.0}
    text = case_text({"case": "small", "machine": {"cores": "2"}, "first_call": first_call, "sizes": [size]})
    assert "| 1,000 | 9,000 | 5,000 | 2.00 | 3.00 | 400 | 0.10 | 0.20 |" in text
    assert "| read | 0.50 (100) |" in text
    assert "cores 2. Seed 1." in text
