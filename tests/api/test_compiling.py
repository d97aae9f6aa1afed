"""A command says once that it compiles, when it does."""

from __future__ import annotations

import pytest
from numba import njit
from numba.core import event

from api.cli.compiling import tell_when_compiling


@pytest.mark.parametrize(("is_first_call", "said"), [(True, "after installation"), (False, "of this command")])
def test_compiling_is_told_once_when_it_begins(capsys, is_first_call, said):
    notice = tell_when_compiling(is_first_call)
    try:
        assert capsys.readouterr().err == ""
        for number in range(2):
            assert njit(lambda value: value + 1)(number) == number + 1
    finally:
        event.unregister("numba:compile", notice)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"lotwright: first call {said}, compiling")
