"""The tutorial, run: its commands give the output it shows, and its arithmetic is right.

``--update-golden`` writes the outputs anew; the text and the arithmetic around them are then to be read again.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
ARITHMETIC = re.compile(r"(?<![\w.-])(\d[\d,]*(?: [-+x] \d[\d,]*)+)\s+=\s+(-?\d[\d,]*)")
MAKE_PLAN = "lotwright plan examples/adventureworks --out out/adventureworks"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder that looks like the repository to the tutorial's commands."""
    folder = tmp_path_factory.mktemp("tutorial")
    (folder / "examples").symlink_to(ROOT / "examples")
    return folder


def run(command: str, folder: Path) -> list[str]:
    command = command.replace("make plan", MAKE_PLAN)
    scripts = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": scripts, "PYTHONPATH": str(ROOT), "LC_ALL": "C", "COLUMNS": "100"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.rstrip().splitlines()


def steady(lines: list[str]) -> list[str]:
    """Return the lines that do not depend on the machine."""
    return [line.rstrip() for line in lines if not line.startswith("seconds: ")]


def test_the_commands_give_what_the_tutorial_shows(folder, request):
    text = TUTORIAL.read_text()
    blocks = [block.splitlines() for block in BLOCK.findall(text)]
    outputs = [run(block[0].removeprefix("$ "), folder) for block in blocks]
    if request.config.getoption("--update-golden"):
        shown = iter(zip(blocks, outputs, strict=True))
        TUTORIAL.write_text(BLOCK.sub(lambda _: "```console\n" + "\n".join(renewed(*next(shown))) + "\n```", text))
        return
    for block, output in zip(blocks, outputs, strict=True):
        assert steady(output) == steady(block[1:]), block[0]


def renewed(block: list[str], output: list[str]) -> list[str]:
    """Return a block with the new output; as it was, when only the seconds are others."""
    return block if steady(output) == steady(block[1:]) else [block[0], *output]


def test_the_arithmetic_of_the_tutorial_is_right():
    sums = ARITHMETIC.findall(TUTORIAL.read_text())
    assert len(sums) >= 9
    for left, right in sums:
        terms = re.findall(r"[-+x]|\d[\d,]*", left.replace(",", ""))
        assert eval(" ".join(terms).replace("x", "*")) == int(right.replace(",", "")), f"{left} = {right}"


def test_the_tutorial_checks_a_made_a_bought_and_a_deep_order():
    orders = re.findall(
        r"^([\w-]+@MAIN/\S+?),\S+,MAIN,(make|buy),.*,(\d),[\d.]+,(?:true|false)$", TUTORIAL.read_text(), re.M
    )
    kinds = {(supply_type, int(level) >= 4) for _, supply_type, level in orders}
    assert kinds == {("make", False), ("buy", False), ("buy", True)}
