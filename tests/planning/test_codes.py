"""Ids as codes and days as numbers, against what plain Python gives."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planning.encoding.codes import NO_CODE, IdIndex, codes_of, dates_of, days_of, grouped_rows
from planning.kernels.id_hash import fill_slots, look_up
from planning.kernels.netting_arrays import ALWAYS, NEVER

TEXTS = st.text(alphabet="abAB@/ é", max_size=3)


def expected_codes(values, ids):
    positions = {text: position for position, text in enumerate(ids)}
    return [positions.get(value, NO_CODE) for value in values]


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, unique=True, max_size=40), st.lists(st.none() | TEXTS, max_size=60))
def test_codes_are_positions_as_a_dictionary_gives_them(ids, values):
    found = codes_of(pl.Series(values, dtype=pl.String), pl.Series(ids, dtype=pl.String))
    assert found.dtype == np.int32
    assert found.tolist() == expected_codes(values, ids)


@pytest.mark.parametrize("share_unknown", [0.0, 0.1])
@pytest.mark.parametrize("share_empty", [0.0, 0.1])
def test_many_ids_with_empty_and_unknown_ones(share_unknown, share_empty):
    chance = random.Random(7)
    ids = [f"I{number}" for number in chance.sample(range(1_000_000), 20_000)]
    values = [
        None if chance.random() < share_empty else "?" if chance.random() < share_unknown else chance.choice(ids)
        for _ in range(30_000)
    ]
    index = IdIndex(pl.Series(ids))
    assert index.codes_of(pl.Series(values, dtype=pl.String)).tolist() == expected_codes(values, ids)
    assert index.codes_of(pl.Series(values[:3], dtype=pl.String)).tolist() == expected_codes(values[:3], ids)


def test_ids_of_which_two_share_a_hash_are_found_by_a_join():
    ids, values = ["a", "b", "c"], ["c", None, "x", "a", "b", "c"]
    index = IdIndex(pl.Series(ids))
    index._is_unique = False
    assert index.codes_of(pl.Series(values)).tolist() == expected_codes(values, ids)


def test_a_hash_that_an_unknown_text_shares_with_an_id_gives_no_code(monkeypatch):
    index = IdIndex(pl.Series(["a", "b"]))
    monkeypatch.setattr(index, "_ids", pl.Series(["a", "other"]))
    assert index.codes_of(pl.Series(["a", "b"])).tolist() == [0, NO_CODE]


def test_hashes_in_one_slot_are_told_apart():
    hashes = np.array([3, 3 + 16, 3 + 32], np.uint64)
    slots, out = np.empty(16, np.int32), np.empty(4, np.int32)
    assert fill_slots(hashes, slots)
    look_up(np.array([3 + 32, 3, 3 + 48, 3 + 16], np.uint64), hashes, slots, out)
    assert out.tolist() == [2, 0, -1, 1]
    assert not fill_slots(np.array([5, 5], np.uint64), slots)


@given(st.lists(st.none() | st.dates(date(1900, 1, 1), date(2200, 1, 1)), max_size=20))
def test_dates_and_day_numbers_are_each_others_inverse(dates):
    as_of = date(2026, 1, 5)
    days = days_of(pl.Series(dates, dtype=pl.Date), as_of, NEVER)
    assert days.tolist() == [NEVER if day is None else (day - as_of).days for day in dates]
    assert dates_of(days, as_of).to_list() == dates


def test_days_without_an_end_are_empty_dates():
    as_of = date(2026, 1, 5)
    days = np.array([ALWAYS, -1, NEVER], np.int32)
    assert dates_of(days, as_of).to_list() == [None, as_of - timedelta(days=1), None]


@given(st.lists(st.integers(0, 6), max_size=60))
def test_rows_are_grouped_in_their_given_order(codes):
    indptr, rows = grouped_rows(np.array(codes, np.int32), 7)
    groups = [rows[indptr[code] : indptr[code + 1]].tolist() for code in range(7)]
    assert groups == [[row for row, code in enumerate(codes) if code == group] for group in range(7)]
