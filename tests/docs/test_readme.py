"""The README's program runs and prints what the README says."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def test_program_prints_what_the_readme_says(capsys):
    found = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    exec(compile(found.group(1), str(README), "exec"), {})
    assert capsys.readouterr().out.split() == found.group(2).split()
