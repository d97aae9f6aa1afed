"""Progress of a search on standard error, and its end by Ctrl-C."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from scheduling.result import ScheduleProgress

_TOLD_EVERY = 1.0


class SearchWatch:
    """Tells how the search gets on: something better at once, else once a second.

    Parameters
    ----------
    is_quiet
        Tell nothing.
    scale, unit
        What objectives are divided by, and its name.
    """

    def __init__(self, is_quiet: bool, scale: float = 1.0, unit: str = "") -> None:
        self._is_quiet, self._last, self._told = is_quiet, (float("inf"), float("-inf")), -_TOLD_EVERY
        self._is_interrupted = False
        self._scale, self._unit = scale, f" {unit}" if unit else ""

    def interrupt(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """End the search with the best so far; a second interrupt ends the command."""
        if self._is_interrupted:
            raise KeyboardInterrupt
        self._is_interrupted = True

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Let Ctrl-C end the search and not the command."""
        before = signal.signal(signal.SIGINT, self.interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def __call__(self, progress: ScheduleProgress) -> bool:
        """Write a line on standard error; return whether the search was interrupted."""
        news = (progress.objective, progress.bound)
        if not self._is_quiet and (news != self._last or progress.seconds - self._told >= _TOLD_EVERY):
            self._last, self._told = news, progress.seconds
            objective, bound = (f"{number / self._scale:12,.10g}" for number in news)
            line = f"{progress.seconds:7.1f} s  {progress.step:16} objective {objective}"
            print(f"{line}  bound {bound}{self._unit}", file=sys.stderr, flush=True)
        return self._is_interrupted
