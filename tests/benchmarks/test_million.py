"""The data set of the case ``million``: what it promises, and that it can be made again."""

from __future__ import annotations

import networkx as nx
import numpy as np
import polars as pl
import pytest

from benchmarks.million import LEVEL_SHARES
from benchmarks.registry import CASES

SIZE = 2_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return CASES["million"].folder(tmp_path_factory.mktemp("data"), SIZE, seed=7)


def read(folder, table: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{table}.parquet")


def test_rows_follow_from_the_size(folder):
    assert read(folder, "items").height == SIZE
    assert read(folder, "bom_lines").height == 2 * SIZE
    assert read(folder, "demands").height == 4 * SIZE
    assert read(folder, "scheduled_receipts").height == SIZE // 10


def test_bill_of_material_has_no_cycle_and_all_levels(folder):
    lines = read(folder, "bom_lines")
    graph = nx.DiGraph(zip(lines["parent_item_id"], lines["component_item_id"], strict=True))
    assert nx.dag_longest_path_length(graph) == LEVEL_SHARES.size - 1


def test_demands_are_mostly_on_end_items(folder):
    components = set(read(folder, "bom_lines")["component_item_id"])
    share = 1 - read(folder, "demands")["item_id"].is_in(components).mean()
    assert share == pytest.approx(0.9, abs=0.02)


def test_equal_seeds_give_equal_files(folder, tmp_path):
    again = CASES["million"].folder(tmp_path, SIZE, seed=7)
    other = CASES["million"].folder(tmp_path, SIZE, seed=8)
    for path in folder.glob("*.parquet"):
        assert read(folder, path.stem).equals(read(again, path.stem))
    assert not read(other, "demands").equals(read(again, "demands"))


def test_numbers_are_finite_and_ids_are_known(folder):
    known = read(folder, "items")["item_id"]
    for table, column in (("demands", "item_id"), ("on_hand", "item_id"), ("bom_lines", "component_item_id")):
        assert read(folder, table)[column].is_in(known.implode()).all()
    numbers = read(folder, "items").select(pl.selectors.float()).fill_null(0.0).to_numpy()
    assert np.isfinite(numbers).all()
    assert (numbers >= 0).all()
