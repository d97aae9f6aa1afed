"""Rounding: requirements up, outputs down, and the noise of floating point left out."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bom.units import round_output_down, round_quantities, round_requirement_up

hundredths = st.integers(0, 10**7)


@settings(max_examples=200, deadline=None)
@given(hundredths, st.integers(0, 4))
def test_rounding_agrees_with_exact_fractions(units, decimals):
    exact = Fraction(units, 1000)
    quantity, power = units / 1000, 10**decimals
    assert round_requirement_up(quantity, decimals) == ceil(exact * power) / power
    assert round_output_down(quantity, decimals) == floor(exact * power) / power


@pytest.mark.parametrize(
    ("quantity", "decimals", "expected"),
    [
        (0.1 * 3, 1, 0.3),  # 0.30000000000000004 is 0.3
        (2.0001, 0, 3.0),
        (2.0001, -1, 2.0001),  # no unit precision: nothing is rounded
        (3_000_000_001.0, 0, 3_000_000_001.0),  # a whole number stays itself however large
        (123_456.123456789, 9, 123_456.123456789),
        (0.0, 3, 0.0),
    ],
)
def test_a_requirement_is_rounded_up(quantity, decimals, expected):
    assert round_requirement_up(quantity, decimals) == expected


def test_an_output_is_rounded_down():
    assert round_output_down(0.7 + 0.2, 1) == 0.9  # 0.8999999999999999 is 0.9
    assert round_output_down(2.9999, 0) == 2.0
    assert round_output_down(2.9999, -1) == 2.9999


def test_by_products_are_rounded_down_in_size():
    decimals = np.array([0, 0, 1, -1], np.int8)
    assert round_quantities(np.array([1.5, -1.5, -0.25, -0.25]), decimals).tolist() == [2.0, -1.0, -0.2, -0.25]
