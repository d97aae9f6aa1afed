"""The benchmark of loads, run small."""

from __future__ import annotations

import numba

from benchmarks.capacity_figures import figures
from benchmarks.registry import CASES


def test_figures_of_a_small_case(tmp_path):
    before = numba.get_num_threads()
    try:
        found = figures(CASES["million"].folder(tmp_path, 400, 1), 1)
    finally:
        numba.set_num_threads(before)
    assert found["items"] == 400
    assert found["operations"] >= found["orders"] > 0
    assert 1 <= found["routing_rows"] / found["make_items"] <= 5
    assert found["load_by_week_seconds"] > 0
