"""The mutations fit the kernels as they are; whether tests notice them takes too long for every run."""

from __future__ import annotations

import pytest

from tests.mutation_check import MUTATIONS, ROOT


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.wrong)
def test_line_to_break_is_there_once(mutation):
    assert (ROOT / mutation.path).read_text().count(mutation.right) == 1
    assert mutation.wrong != mutation.right
