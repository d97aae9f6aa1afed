"""Text files of whole numbers: rows with their lines, taken in turn, and what was found wrong."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from itertools import takewhile
from math import isfinite
from pathlib import Path
from typing import NoReturn

from bom.errors import OptionError
from scheduling.problem import SchedulingDataError

_MOST_FINDINGS = 50


class SchedulingFileError(SchedulingDataError):
    """A file cannot be read; the text names file and line of everything that was found."""


@dataclass(slots=True)
class NumberRows:
    """The rows of numbers of a file; lines of words between them, and what follows ``#``, are left out.

    Parameters
    ----------
    name
        The name of the file.
    rows
        The line and the numbers of each row.
    findings
        What is wrong, by line.
    place
        The next row.
    """

    name: str
    rows: list[tuple[int, list[int]]]
    findings: list[str] = field(default_factory=list)
    place: int = 0

    @property
    def n_left(self) -> int:
        """The number of rows that are left."""
        return len(self.rows) - self.place

    def take(self, what: str, least: int = 1, most: int | None = None) -> list[int]:
        """Return the next row; raise when there is none, or when it has too few or too many numbers."""
        if self.n_left == 0:
            self.fail(self.rows[-1][0] if self.rows else 1, f"the file ends where {what} should stand")
        line, row = self.rows[self.place]
        if len(row) < least or (most is not None and len(row) > most):
            wanted = f"{least}" if most == least else f"{least} or more" if most is None else f"{least} to {most}"
            self.fail(line, f"{what} should have {wanted} numbers, there are {len(row)}")
        self.place += 1
        return row

    def line(self) -> int:
        """Return the line of the row that was taken last."""
        return self.rows[self.place - 1][0]

    def add(self, text: str) -> None:
        """Note what is wrong in the row that was taken last."""
        self.findings.append(f"{self.name} line {self.line()}: {text}")

    def fail(self, line: int, text: str) -> NoReturn:
        """Raise what was found, this last."""
        self.findings.append(f"{self.name} line {line}: {text}")
        self.raise_found()
        raise AssertionError

    def raise_found(self) -> None:
        """Raise what was found, when something was."""
        if self.findings:
            more = len(self.findings) - _MOST_FINDINGS
            told = [*self.findings[:_MOST_FINDINGS], *([f"and {more} more"] if more > 0 else [])]
            raise SchedulingFileError("unreadable_file", "\n".join(told))


def number_rows(path: Path) -> NumberRows:
    """Return the rows of numbers of a file, or of the only file in a zip archive."""
    return rows_of_text(path.name, text_of_file(path))


def rows_of_text(name: str, text: str) -> NumberRows:
    r"""Return the rows of numbers of a text.

    Examples
    --------
    >>> rows_of_text("ft", "jobs machines\n2 1 # small\n0 3\n0 4").rows
    [(2, [2, 1]), (3, [0, 3]), (4, [0, 4])]
    """
    source = NumberRows(name, [])
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].replace(",", " ").split()
        values = [value for value in map(_number, words) if value is not None]
        if not values:
            continue
        whole = [int(value) for value in takewhile(float.is_integer, values)]
        # the first row may end with a mean, as in Hurink's flexible shops
        if len(values) == len(words) and (len(whole) == len(words) or (whole and not source.rows)):
            source.rows.append((number, whole))
        elif source.rows:
            source.findings.append(f"{name} line {number}: {line.strip()[:40]!r} is not a row of whole numbers")
    if not source.rows:
        source.fail(1, "there are no rows of whole numbers")
    return source


def text_of_file(path: Path) -> str:
    """Return the text of a file, or of the only file in a zip archive."""
    try:
        if not zipfile.is_zipfile(path):
            return path.read_text(encoding="utf-8", errors="replace")
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/") and "__MACOSX" not in name]
            if len(names) != 1:
                raise OptionError("unreadable_file", f"{path}: the archive has {len(names)} files; it must have one")
            return archive.read(names[0]).decode("utf-8", errors="replace")
    except OSError as error:
        raise OptionError("unreadable_file", f"{path}: the file cannot be read ({error.strerror})") from error
    except zipfile.BadZipFile as error:
        raise OptionError("unreadable_file", f"{path}: the archive cannot be read ({error})") from error


def _number(word: str) -> float | None:
    """Return the finite number that a word is, ``None`` when it is none."""
    try:
        value = float(word)
    except ValueError:
        return None
    return value if isfinite(value) else None
