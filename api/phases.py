"""The phases of a run: their seconds and memory, and their progress on a terminal."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@dataclass(frozen=True, slots=True)
class Phase:
    """One finished phase.

    Parameters
    ----------
    name
        What was done.
    seconds
        How long it took.
    peak_memory_mib
        The largest resident memory of the process up to its end.
    """

    name: str
    seconds: float
    peak_memory_mib: float

    def as_dict(self) -> dict[str, Any]:
        """Return the phase for ``run.json``."""
        return {
            "name": self.name,
            "seconds": round(self.seconds, 4),
            "peak_memory_mib": round(self.peak_memory_mib, 1),
        }


@dataclass
class Phases:
    """Measures the phases of one run, and shows them on a terminal.

    Parameters
    ----------
    is_shown
        Show a progress bar on standard error; in a pipe nothing is shown.
    """

    is_shown: bool
    done: list[Phase] = field(default_factory=list)
    _progress: Progress | None = None

    def __enter__(self) -> Phases:
        console = Console(stderr=True)
        if self.is_shown and console.is_terminal:
            columns = (SpinnerColumn(), TextColumn("{task.description:<16}"), BarColumn(), TimeElapsedColumn())
            self._progress = Progress(*columns, console=console, transient=True)
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    @contextmanager
    def phase(self, name: str, total: float | None = None) -> Iterator[_Bar]:
        """Measure one phase; the value's ``advance`` moves its bar."""
        started = time.perf_counter()
        task = None if self._progress is None else self._progress.add_task(name, total=total)
        yield _Bar(self._progress, task)
        seconds = time.perf_counter() - started
        # Linux counts ru_maxrss in KiB.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.done.append(Phase(name, seconds, peak))
        if self._progress is not None and task is not None:
            self._progress.update(task, total=1.0, completed=1.0)


@dataclass(frozen=True, slots=True)
class _Bar:
    """The bar of one phase; does nothing when none is shown."""

    progress: Progress | None
    task: Any

    def advance(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` is done."""
        if self.progress is not None:
            self.progress.update(self.task, completed=done, total=total)
