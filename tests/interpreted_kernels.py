"""Runs the kernels as plain Python, for short runs that would spend their time compiling.

    NUMBA_DISABLE_JIT=1 python -m pytest -p tests.interpreted_kernels tests/planning/test_against_reference.py

Compiled, a row of a structured array has its fields as attributes; in Python only a row of a record array has. So
structured arrays are made as record arrays here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def with_records(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that makes a record array where ``make`` makes a structured array."""

    def make_with_records(*arguments: Any, **named: Any) -> Any:
        made = make(*arguments, **named)
        return made.view(np.recarray) if made.dtype.names else made

    return make_with_records


def pytest_configure() -> None:
    """Make record arrays; the bit tricks of kernels overflow on purpose."""
    np.seterr(over="ignore")
    for name in ("empty", "zeros", "full"):
        setattr(np, name, with_records(getattr(np, name)))
