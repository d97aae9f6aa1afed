"""What the README shows is what the program prints."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_program_prints_what_the_readme_says(capsys):
    found = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", README, re.DOTALL)
    assert found is not None
    exec(compile(found.group(1), "README.md", "exec"), {})
    assert capsys.readouterr().out.split() == found.group(2).split()


def test_summary_is_that_of_the_example(tmp_path):
    """All but the seconds, and the folder that the tables lie in."""
    found = re.search(r"<!-- output:.*?```\n(.*?)```", README, re.DOTALL)
    assert found is not None
    program = "from api.cli.entry import main; main()"
    command = [sys.executable, "-c", program, "plan", "examples/adventureworks", "--out", str(tmp_path / "out")]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert steady_lines(printed) == steady_lines(found.group(1))


def steady_lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if not line.startswith(("seconds:", "Tables:"))]
