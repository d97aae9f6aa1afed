"""Tests and doctests use the command's folder of compiled kernels, so that a changed kernel is compiled anew."""

from __future__ import annotations

from api.kernel_cache import prepare_kernels

prepare_kernels()
