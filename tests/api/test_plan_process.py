"""The command ``lotwright plan`` in a process of its own: pipes, threads, kills, the first call."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import million
from planning.plan_tables import OUTPUT_TABLES
from tests.api.plan_folders import TINY, names, plan, run_of, tables_of

LOTWRIGHT = Path(sys.executable).with_name("lotwright")
FIRST_CALL = "lotwright: first call"


def lotwright(*arguments) -> subprocess.CompletedProcess[str]:
    """Return what the command gives in a process of its own, its output in a pipe."""
    return subprocess.run([LOTWRIGHT, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """Return a data set of 3,000 items: more than one chunk for each thread."""
    folder = tmp_path_factory.mktemp("generated") / "items_3000"
    million.build(folder, 3_000, 11)
    return folder


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out" / "plan"


def test_a_pipe_gets_no_progress(out):
    result = lotwright("plan", TINY, "--out", out)
    assert result.returncode == 0
    assert [line for line in result.stderr.splitlines() if not line.startswith(FIRST_CALL)] == []
    assert "\x1b" not in result.stdout


def test_the_plan_is_the_same_bytes_on_any_number_of_threads_and_every_time(generated, tmp_path):
    found = {}
    command = ("plan", generated, "--tables", ",".join(OUTPUT_TABLES))
    for name, threads in (("one", 1), ("two", 2), ("four", 4), ("again", 4)):
        assert lotwright(*command, "--out", tmp_path / name, "--threads", threads).returncode == 0
        found[name] = tables_of(tmp_path / name)
    assert len(found["one"]) == len(OUTPUT_TABLES)
    assert found["one"] == found["two"] == found["four"] == found["again"]


def wait_for(folder, pattern, process):
    """Return the first path that matches as soon as it is there."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if found := list(folder.glob(pattern)):
            return found[0]
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.0005)
    raise AssertionError(f"no {pattern}")


@pytest.mark.parametrize("moment", ["", "/planned_orders.csv", "/mrp_records.csv"])
@pytest.mark.parametrize("has_old", [True, False])
def test_a_killed_run_leaves_what_was_there(generated, tmp_path, moment, has_old):
    out = tmp_path / "plan"
    if has_old:
        plan(TINY, out)
        before = tables_of(out), run_of(out)
    with subprocess.Popen(
        [LOTWRIGHT, "plan", generated, "--out", out, "--period", "day"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        wait_for(tmp_path, f".plan.{process.pid}.partial{moment}", process)
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
    assert out.exists() is has_old
    if has_old:
        assert (tables_of(out), run_of(out)) == before
    assert plan(TINY, out).exit_code == 0
    assert (run_of(out)["rows"]["planned_orders"], names(tmp_path)) == (8, ["plan"])


def test_a_wrong_call_compiles_nothing_and_does_not_say_so(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "empty")}
    result = subprocess.run(
        [LOTWRIGHT, "plan", TINY, "--out", tmp_path / "plan", "--period", "year"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
        check=False,
    )
    assert result.returncode == 2
    assert FIRST_CALL not in result.stderr
