"""The command ``lotwright plan`` in this process, and what is in the folder that it writes."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from api.cli.app import app

TINY = Path(__file__).parents[2] / "examples/tiny"


def plan(dataset, out, *options) -> Result:
    """Return what the command gives in this process: cheap, kernels are there already."""
    return CliRunner().invoke(app, ["plan", str(dataset), "--out", str(out), *map(str, options)])


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def run_of(out):
    return json.loads((out / "run.json").read_text())


def tables_of(out):
    """Return the bytes of every file but run.json, which has seconds in it."""
    return {path.name: path.read_bytes() for path in out.iterdir() if path.name != "run.json"}
