"""The decorator of compiled functions that only compiled functions call."""

from __future__ import annotations

from numba import njit

inner = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Compiles without the wrapper by which Python calls a function, which for records takes longer than the function."""
