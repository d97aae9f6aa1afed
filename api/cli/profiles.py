"""The command ``lotwright profiles``: the options that give another system's numbers."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.frames import FrameFormat, print_frame


def profiles(
    form: Annotated[FrameFormat, typer.Option("--format", help="How the rows are written.")] = FrameFormat.TABLE,
) -> None:
    """List the profiles, the options that each sets, and why: use one with --set mrp.profile=NAME."""
    import polars as pl

    from planning.profiles import PROFILES

    rows = [
        {"profile": profile.name, "option": option, "value": str(value).lower(), "why": profile.reasons[option]}
        for profile in PROFILES.values()
        for option, value in profile.options.items()
    ]
    systems = "; ".join(f"{profile.name}: {profile.system}" for profile in PROFILES.values())
    print_frame(pl.DataFrame(rows), form, systems)
