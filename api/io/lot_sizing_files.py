"""Files of published lot-sizing instances: Trigeiro's one level, and multi-level classes of five files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from bom.errors import OptionError
from scheduling.lot_sizing.problem import LotSizingDataError, LotSizingProblem, make_problem

_BLOCK = 15
_MOST_FINDINGS = 50


class LotSizingFormat(StrEnum):
    """A format of files."""

    TRIGEIRO = "trigeiro"
    MLCLSP = "mlclsp"


class LotSizingFileError(LotSizingDataError):
    """A file cannot be read; the text names file and line of everything that was found."""


@dataclass(slots=True)
class _Rows:
    """The rows of numbers of a file with their lines, and what was found wrong."""

    name: str
    rows: list[tuple[int, list[float]]]
    findings: list[str]
    n_lines: int
    place: int = 0

    def take(self, what: str, least: int, most: int | None = None) -> list[float]:
        """Return the next row, which must have so many numbers; zeros, and a finding, when it has not."""
        if self.place >= len(self.rows):
            self.add(self.n_lines, f"the file ends where {what} should stand")
            return [0.0] * least
        line, row = self.rows[self.place]
        self.place += 1
        if not least <= len(row) <= (least if most is None else most):
            self.add(line, f"{what} should have {least} numbers, there are {len(row)}")
            return (row + [0.0] * least)[:least]
        return row

    def take_count(self, what: str) -> int:
        """Return a number of things, which must be whole and above 0."""
        line = self.rows[self.place][0] if self.place < len(self.rows) else self.n_lines
        value = self.take(what, 1)[0]
        if value != int(value) or value < 1:
            self.add(line, f"{what} is {value:g}; it must be a whole number above 0")
            raise LotSizingFileError("unreadable_file", _told(self.findings))
        return int(value)

    def add(self, line: int, text: str) -> None:
        """Note what is wrong."""
        self.findings.append(f"{self.name} line {line}: {text}")


def read_lot_sizing(path: Path, form: LotSizingFormat, has_lead_times: bool = True) -> LotSizingProblem:
    """Return the problem in a file, or in the files of an instance.

    Parameters
    ----------
    path
        ``trigeiro``: the file. ``mlclsp``: any of its five files, or their folder with the name of the instance,
        such as ``class3/3AA1111``.
    form
        The format.
    has_lead_times
        Read the lead times of bill lines; else components are there in the period in which they are made.

    Raises
    ------
    LotSizingFileError
        With everything that was found wrong, by file and line.
    OptionError
        When there is no such file.
    """
    return read_trigeiro(path) if form is LotSizingFormat.TRIGEIRO else read_mlclsp(path, has_lead_times)


def read_trigeiro(path: Path) -> LotSizingProblem:
    """Return the problem in a file of Trigeiro, Thomas and McClain.

    Notes
    -----
    ``items periods``; ``1``, the number of machines; capacity of a period; per item run time, holding cost, setup time
    and setup cost; then the demand of items 1 to 15 by period, and so on for the next 15. What follows is a comment.
    """
    source = _read_rows(path, stops_at_text=True)
    first = source.take("the line of items and periods", 2)
    n_items, n_periods = int(first[0]), int(first[1])
    if n_items < 1 or n_periods < 1 or first != [n_items, n_periods]:
        source.add(source.rows[0][0] if source.rows else 1, "items and periods must be whole numbers above 0")
        raise LotSizingFileError("unreadable_file", _told(source.findings))
    machines = source.take("the number of machines", 1)[0]
    if machines != 1:
        source.add(source.rows[min(1, len(source.rows) - 1)][0], f"there must be 1 machine, there are {machines:g}")
    capacity = source.take("the capacity", 1)[0]
    costs = np.array([source.take(f"item {item + 1}", 4) for item in range(n_items)])
    demand = np.zeros((n_items, n_periods))
    for start in range(0, n_items, _BLOCK):
        wide = min(_BLOCK, n_items - start)
        for period in range(n_periods):
            what = f"the demand of period {period + 1} for items {start + 1} to {start + wide}"
            demand[start : start + wide, period] = source.take(what, wide)
    _raise_when_found([source])
    run_time, holding_cost, setup_time, setup_cost = costs.T
    limits = np.full((1, n_periods), capacity)
    return _problem(path, demand, holding_cost, setup_cost, run_time, setup_time, limits)


def read_mlclsp(path: Path, has_lead_times: bool = True) -> LotSizingProblem:
    """Return the multi-level problem of an instance of five files.

    Notes
    -----
    An instance has seven characters: class, structure, cyclic or not, demand, time between orders, utilisation, setup
    times. Of 3AA1111 the files are ``3AA.dat`` (items and bill), ``3A_1.dem`` (demand and stock), ``3A_11.sco`` (setup
    costs), ``3AA1_11.cap`` (capacity) and ``3_____1.set`` (setup times). What a file name leaves open takes the first
    value for which there are files.
    """
    folder, name = _instance(path)
    parts = _file_names(name)
    data, demands, costs, capacities, times = (_read_rows(folder / part, stops_at_text=False) for part in parts)
    n_items, n_resources = data.take_count("the number of items"), data.take_count("the number of resources")
    n_periods = data.take_count("the number of periods")
    items = np.array([data.take(f"item {item + 1}", 4) for item in range(n_items)])
    n_lines = int(data.take("the number of bill lines", 1)[0])
    lines = np.array([data.take(f"bill line {line + 1}", 4) for line in range(n_lines)]).reshape(-1, 4)
    demands.take("the line of item numbers", n_items + 1)
    demand = np.array([demands.take(f"period {one + 1}", n_items + 1)[1:] for one in range(n_periods)]).T
    stock = np.array([demands.take(f"the stock of item {item + 1}", 3)[1] for item in range(n_items)])
    setup_cost = np.array([costs.take(f"item {item + 1}", 2)[1] for item in range(n_items)])
    setup_time = np.array([times.take(f"item {item + 1}", 2)[1] for item in range(n_items)])
    capacity = np.array([capacities.take(f"resource {one + 1}", n_periods + 1)[1:] for one in range(n_resources)])
    _raise_when_found([data, demands, costs, capacities, times])
    waits = lines[:, 3] if has_lead_times else np.zeros(n_lines)
    bom = np.column_stack([lines[:, 1] - 1, lines[:, 0] - 1, lines[:, 2], waits])
    return _problem(
        folder / name,
        demand,
        items[:, 1],
        setup_cost,
        items[:, 2],
        setup_time,
        capacity,
        resource=items[:, 3] - 1,
        initial_stock=stock,
        bom=bom,
    )


def _problem(path: Path, *values: object, **named: object) -> LotSizingProblem:
    """Return the checked problem, the file named in what is wrong."""
    try:
        return make_problem(*values, **named)  # type: ignore[arg-type]
    except LotSizingDataError as error:
        raise LotSizingFileError("invalid_file", f"{path.name}: {error.message}") from error


def _read_rows(path: Path, stops_at_text: bool) -> _Rows:
    """Return the rows of numbers of a file, up to its comment."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise OptionError("unreadable_file", f"{path}: the file cannot be read ({error.strerror})") from error
    source = _Rows(path.name, [], [], max(1, text.count("\n")))
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if line.lstrip().startswith("#"):
            break
        if not words:
            continue
        values = _numbers(words)
        if values is None:
            if stops_at_text and source.rows and not any(_numbers([word]) for word in words[:1]):
                break
            source.add(number, f"{line.strip()[:40]!r} is not a row of numbers")
            continue
        source.rows.append((number, values))
    return source


def _numbers(words: Sequence[str]) -> list[float] | None:
    """Return the numbers that words are, ``None`` when one is not."""
    try:
        values = [float(word) for word in words]
    except ValueError:
        return None
    return values if bool(np.isfinite(np.array(values)).all()) else None


def _raise_when_found(sources: Sequence[_Rows]) -> None:
    """Raise what was found in any of the files."""
    for source in sources:
        if source.place < len(source.rows):
            source.add(source.rows[source.place][0], "there are more rows than the first lines say")
    findings = [text for source in sources for text in source.findings]
    if findings:
        raise LotSizingFileError("unreadable_file", _told(findings))


def _told(findings: Sequence[str]) -> str:
    """Return the findings as one text, the first of them when there are many."""
    more = [f"and {len(findings) - _MOST_FINDINGS} more"] if len(findings) > _MOST_FINDINGS else []
    return "\n".join([*findings[:_MOST_FINDINGS], *more])


def _file_names(name: str) -> tuple[str, str, str, str, str]:
    """Return the five files of an instance.

    Examples
    --------
    >>> _file_names("3AA1112")
    ('3AA.dat', '3A_1.dem', '3A_11.sco', '3AA1_12.cap', '3_____2.set')
    """
    group, shape, cyclic, demand, between, load, times = tuple(name)
    return (
        f"{group}{shape}{cyclic}.dat",
        f"{group}{shape}_{demand}.dem",
        f"{group}{shape}_{demand}{between}.sco",
        f"{group}{shape}{cyclic}{demand}_{load}{times}.cap",
        f"{group}_____{times}.set",
    )


def _instance(path: Path) -> tuple[Path, str]:
    """Return the folder and the name of an instance, from its name or one of its files."""
    folder, given = path.parent, path.stem
    if not folder.is_dir():
        raise OptionError("unknown_folder", f"{folder} is not a folder")
    pattern = "".join("?" if sign == "_" else sign for sign in given).ljust(7, "?")
    known = {file.name for file in folder.iterdir()}
    digits = sorted({file.stem[place] for file in folder.iterdir() for place in range(3, len(file.stem))} - {"_"})
    for capacity in sorted(file.stem for file in folder.glob("*.cap") if len(file.stem) == 7):
        for between in digits:
            name = capacity[:4] + between + capacity[5:]
            fits = all(wanted in ("?", sign) for wanted, sign in zip(pattern, name, strict=False))
            if len(pattern) == 7 and fits and known.issuperset(_file_names(name)):
                return folder, name
    raise OptionError("unknown_instance", f"{folder} has no files of an instance {given} ({given}.dat, .dem, .sco ...)")
