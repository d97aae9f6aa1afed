"""Options of the test run."""

from __future__ import annotations

import os

import pytest

from api.kernel_cache import prepare_kernels

# Before anything imports numba: with its own cache numba would test a compiled function whose callee has changed since.
prepare_kernels()

# Before anything imports polars: on frames of ten rows its threads cost more time than they save, and pytest-xdist
# uses the processors already (250 random cases: 34 s with them, 27 s without).
os.environ.setdefault("POLARS_MAX_THREADS", "1")


# They compile no kernel of netting.
NOT_COMPILED = ("tests/reference/test_cases.py", "tests/test_project.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests that compile nothing behind the first eighth of the others.

    Of two workers of pytest-xdist one gets the first eighth of the tests and the other the second: so not both compile
    the same kernels, a minute of each, at the same time.
    """
    late = [item for item in items if item.nodeid.startswith(NOT_COMPILED)]
    others = [item for item in items if not item.nodeid.startswith(NOT_COMPILED)]
    eighth = len(items) // 8
    items[:] = [*others[:eighth], *late, *others[eighth:]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--reference-cases",
        type=int,
        default=800,
        help="how many random cases the engine and the slow reference are compared on",
    )
    parser.addoption(
        "--no-shrink",
        action="store_true",
        help="tell the first random case in which engine and reference differ as it is",
    )
    parser.addoption(
        "--net-change-cases",
        type=int,
        default=300,
        help="after how many random sequences of edits a replanned result and a full run are compared",
    )
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write tests/golden/*/expected anew instead of comparing with it; review the difference",
    )
