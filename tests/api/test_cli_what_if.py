"""The commands ``what-if``, ``compare`` and ``scenario``, run as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app
from planning.comparing.tables import COMPARISON_TABLES
from planning.plan_tables import BY_DEFAULT

TINY = Path(__file__).parents[2] / "examples/tiny"
TWICE = "demands: quantity * 2"


def lotwright(*arguments) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans") / "tiny"
    assert lotwright("plan", TINY, "--out", folder).exit_code == 0
    return folder


@pytest.fixture
def branched(plan, tmp_path):
    """Return a plan of its own with two scenarios that want one quantity differently."""
    folder = tmp_path / "plan"
    assert lotwright("plan", TINY, "--out", folder).exit_code == 0
    assert lotwright("scenario", "add", folder, "more", "--edit", TWICE, "--author", "me").exit_code == 0
    texts = ["--edit", "demands where quantity > 5: quantity + 1", "--edit", "items: lead_time_days + 1"]
    assert lotwright("scenario", "add", folder, "one more", *texts).exit_code == 0
    return folder


def told(result: Result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_what_if_says_what_changes(plan):
    result = lotwright("what-if", plan, "--edit", TWICE)
    assert (result.exit_code, result.stderr) == (0, "")
    text = " ".join(result.stdout.split())
    for part in (
        "with 1 edit demands: quantity * 2 (2 rows)", "planned_value_buy", "resized", "BIKE@MAIN", "all changes",
        "seconds: open plan", "seconds: plan again", "seconds: compare orders",
    ):  # fmt: skip
        assert part in text, result.stdout


def test_json_has_the_same_and_the_counts_add_up(plan):
    run = told(lotwright("what-if", plan, "--edit", TWICE, "--json", "--top", 3))
    assert run["edits"] == [{"edit": TWICE, "rows": 2}]
    assert sum(run["counts"].values()) == run["totals"]["changed"] > 3
    assert len(run["orders"]) == 3
    touched = [order["value_touched"] for order in run["orders"]]
    assert touched == sorted(touched, reverse=True)
    assert {"plan again", "compare orders", "compare messages"} <= {phase["name"] for phase in run["phases"]}


def test_edits_come_from_a_file_and_from_the_call(plan, tmp_path):
    (tmp_path / "edits.txt").write_text(f"# more\n{TWICE}\n", encoding="utf-8")
    run = told(
        lotwright("what-if", plan, "--edits", tmp_path / "edits.txt", "--edit", "on_hand: quantity = 0", "--json")
    )
    assert [edit["edit"] for edit in run["edits"]] == [TWICE, "on_hand: quantity = 0"]


def test_out_has_the_tables_of_the_comparison_and_of_the_new_plan(plan, tmp_path):
    out = tmp_path / "out"
    lotwright("what-if", plan, "--edit", TWICE, "--out", out, "--new-plan")
    names = {path.name for path in out.iterdir()}
    assert names == {f"{name}.csv" for name in (*COMPARISON_TABLES, *BY_DEFAULT)} | {"run.json"}
    run = json.loads((out / "run.json").read_text())
    for name, table in COMPARISON_TABLES.items():
        frame = pl.read_csv(out / f"{name}.csv", schema=table.empty().schema)
        assert frame.height == run["rows"][name]
    before = pl.read_csv(plan / "planned_orders.csv").height
    after = pl.read_csv(out / "planned_orders.csv").height
    assert after - before == run["counts"]["created"] - run["counts"]["cancelled"]


def test_compare_says_the_same_of_two_plans_on_disk(plan, branched, tmp_path):
    data, other = tmp_path / "data", tmp_path / "other"
    assert lotwright("scenario", "promote", branched, "more", "--out", data).exit_code == 0
    assert lotwright("plan", data, "--out", other).exit_code == 0
    run, edited = (
        told(lotwright("compare", plan, other, "--json")), told(lotwright("what-if", plan, "--edit", TWICE, "--json")),
    )  # fmt: skip
    assert {order.pop("edits") for order in edited["orders"]} == {"1"}
    assert {order.pop("edits") for order in run["orders"]} == {None}
    for name in ("counts", "totals", "kpis", "messages", "orders"):
        assert run[name] == edited[name]


def test_a_plan_compared_with_itself_has_no_changes(plan):
    result = lotwright("compare", plan, plan)
    assert result.exit_code == 0
    assert "nothing" in result.stdout
    assert sum(told(lotwright("compare", plan, plan, "--json"))["counts"].values()) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (
            ["--edit", "demands: quantty * 2"],
            2,
            "column 10: quantty is not a column of demands; did you mean quantity?",
        ),
        ([], 2, "there is nothing to change; give --edit or --edits"),
        (["--edits", "nowhere.txt"], 2, "--edits cannot be read"),
        (["--edit", "demands: quantity = -1"], 1, "2 errors, no warnings"),
        (["--edit", "delete demands where demand_id = 'no'"], 1, "1 error"),
        (["--edit", TWICE, "--period", "year"], 2, "must be one of day, week, month"),
    ],
)
def test_what_cannot_be_done_is_told(plan, arguments, code, part):
    result = lotwright("what-if", plan, *arguments)
    assert (result.exit_code, part in result.stderr) == (code, True), result.stderr


def test_a_folder_that_is_not_a_plan_is_refused(tmp_path):
    for command in (
        ["what-if", tmp_path, "--edit", TWICE],
        ["compare", tmp_path, tmp_path],
        ["scenario", "list", tmp_path],
    ):
        result = lotwright(*command)
        assert (result.exit_code, "is not a plan" in result.stderr) == (2, True)


def test_scenarios_are_listed_and_shown(branched):
    listed = lotwright("scenario", "list", branched, "--format", "csv").stdout.splitlines()
    assert listed == ["name,parent,edits,author,note", 'more,"",1,me,""', 'one more,"",2,"",""']
    assert TWICE in lotwright("scenario", "show", branched, "more").stdout


def test_a_branch_is_planned_against_its_parent(branched):
    lotwright("scenario", "add", branched, "later", "--parent", "more", "--edit", "demands: due_date + 7")
    run = told(lotwright("scenario", "plan", branched, "later", "--against", "more", "--json"))
    assert run["against"] == "more"
    assert sum(run["counts"].values()) == run["totals"]["changed"] > 0


def test_a_merge_lists_the_conflicts_and_takes_a_side(branched):
    refused = lotwright("scenario", "merge", branched, "more", "one more", "both")
    assert (refused.exit_code, "--take" in refused.stderr) == (1, True)
    assert "demands" in refused.stdout
    assert lotwright("scenario", "merge", branched, "more", "one more", "both", "--take", "a").exit_code == 0
    shown = lotwright("scenario", "show", branched, "both").stdout
    assert "lead_time_days" in shown
    wrong = lotwright("scenario", "merge", branched, "more", "one more", "other", "--take", "both")
    assert (wrong.exit_code, "must be a, b or" in wrong.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["add", "{}", "more", "--edit", TWICE], "there is a scenario of that name: more"),
        (["add", "{}", "new", "--edit", TWICE, "--parent", "mor"], "did you mean more?"),
        (["add", "{}", "../new", "--edit", TWICE], "a name has letters"),
        (["plan", "{}", "no"], "there is no such scenario"),
        (["show", "{}", "no"], "there is no such scenario"),
    ],
)
def test_a_scenario_that_cannot_be_is_refused(branched, arguments, part):
    result = lotwright("scenario", *(str(branched) if text == "{}" else text for text in arguments))
    assert (result.exit_code, part in result.stderr) == (2, True), result.output


def test_a_file_that_is_no_scenario_is_named(branched):
    (branched.with_name("plan.scenarios") / "broken.toml").write_text('name = "broken"\nedits = ["demands: x"]\n')
    result = lotwright("scenario", "list", branched)
    assert (result.exit_code, "broken.toml is not a scenario" in result.stderr) == (2, True)
