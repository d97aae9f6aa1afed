"""The benchmark of net change gives its figures, at a size that takes a second."""

from __future__ import annotations

from benchmarks import million
from benchmarks.net_change_figures import figures


def test_figures_of_net_change(tmp_path):
    million.build(tmp_path, 1_000, 1)
    found = figures(tmp_path, 2, scenarios=4)
    assert found["one_demand"]["orders_in_difference"] > 0
    assert 0 < found["end_items"]["nodes_changed"] <= found["end_items"]["nodes_netted"] < 1_000
    assert found["scattered"]["nodes_netted"] > found["end_items"]["nodes_netted"]
    assert found["scenarios"] > 0
    assert found["peak_memory_mib"] > 0
