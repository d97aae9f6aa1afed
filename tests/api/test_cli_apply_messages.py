"""The command ``lotwright apply-messages``, run as a planner runs it."""

from __future__ import annotations

import polars as pl
import pytest
from typer.testing import CliRunner

from api.cli.app import app

ORDERS = """order_id,item_id,due_date,quantity,buyer
R1,A,2026-01-20,5,Ann
R2,B,2026-01-30,7,Bob
"""


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def plan(tmp_path):
    """Return a plan with R1 to expedite and R2 to cancel."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "settings.toml").write_text("as_of = 2026-01-05\n")
    (folder / "items.csv").write_text("item_id\nA\nB\n")
    (folder / "demands.csv").write_text("item_id,due_date,quantity\nA,2026-01-15,5\n")
    (folder / "scheduled_receipts.csv").write_text(ORDERS)
    assert run("plan", folder, "--out", tmp_path / "plan").exit_code == 0
    return tmp_path / "plan"


def orders(folder):
    """Return the open orders of a data set."""
    frame = pl.read_csv(folder / "scheduled_receipts.csv")
    return frame.select("order_id", "due_date", "quantity", "buyer").rows()


def test_all_messages_are_followed_and_the_next_plan_has_none(plan, tmp_path):
    result = run("apply-messages", plan, "--out", tmp_path / "new")
    assert result.exit_code == 0
    assert "2 messages, 2 open orders changed" in result.stdout
    assert orders(tmp_path / "new") == [("R1", "2026-01-15", 5.0, "Ann"), ("R2", "2026-01-30", 0.0, "Bob")]
    assert run("plan", tmp_path / "new", "--out", tmp_path / "next").exit_code == 0
    assert pl.read_csv(tmp_path / "next/messages.csv").is_empty()


@pytest.mark.parametrize("choice", [["--kinds", "cancel"], ["--items", "B"]])
def test_kinds_and_items_choose_what_is_followed(plan, tmp_path, choice):
    assert run("apply-messages", plan, "--out", tmp_path / "new", *choice).exit_code == 0
    assert orders(tmp_path / "new") == [("R1", "2026-01-20", 5.0, "Ann"), ("R2", "2026-01-30", 0.0, "Bob")]


def test_a_kind_that_cannot_be_followed_is_a_wrong_call(plan, tmp_path):
    result = run("apply-messages", plan, "--out", tmp_path / "new", "--kinds", "release")
    assert (result.exit_code, "--kinds release" in result.stderr) == (2, True)
