"""The benchmark cases by name: what each one is, how it is built, and at which sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import million

SEED = 1


@dataclass(frozen=True, slots=True)
class Case:
    """One benchmark case.

    Parameters
    ----------
    name, description
        What it is called and what it has, per item.
    build
        Writes the data set into a folder, from a size and a seed: equal sizes and seeds give equal files.
    sizes
        Numbers of items, smallest first; the smallest is the smoke run.
    """

    name: str
    description: str
    build: Callable[[Path, int, int], None]
    sizes: tuple[int, ...]

    def folder(self, root: Path, size: int, seed: int) -> Path:
        """Return the folder of the data set, built when it is not there yet."""
        folder = root / f"{self.name}-{size}-{seed}"
        if not (folder / "settings.toml").exists():
            self.build(folder, size, seed)
        return folder


CASES: dict[str, Case] = {
    case.name: case
    for case in (
        Case(
            "million",
            "one site, 12 levels, 5 % end items; per item 2 BOM lines, 4 demands over 365 days, 0.1 open orders; "
            "end items ship on one day in four weeks",
            million.build,
            (10_000, 100_000, 1_000_000),
        ),
        Case(
            "million_daily",
            "as million, but end items ship on any day",
            million.build_daily,
            (10_000, 100_000, 1_000_000),
        ),
    )
}
