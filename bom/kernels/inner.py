"""The decorator of compiled functions that only compiled functions call."""

from __future__ import annotations

from numba import njit

inner = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Compiles without the wrapper by which Python calls a function, which for records takes longer than the function."""

uncounted = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False)
"""As `inner`, and arrays are not counted as in use; nothing in it may make an array or return one.

Else a count goes up and down again, by instructions that lock memory, each time an array is taken out of a tuple, and
who calls holds the arrays anyhow. Where functions take microseconds and dozens of arrays, that was nine tenths of them.
"""
