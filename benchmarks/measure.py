"""A command measured from outside: wall time, processor time and peak memory, as the operating system counts them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one run of a command took.

    Parameters
    ----------
    wall_seconds, processor_seconds
        From start to end, and the sum over its threads.
    peak_memory_mib
        The largest resident memory of its process.
    """

    wall_seconds: float
    processor_seconds: float
    peak_memory_mib: float


class CommandError(Exception):
    """A measured command failed; the message has its last lines."""


def measure(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Measurement:
    """Return what one run of the command took.

    Raises
    ------
    CommandError
        When it ends with another exit code than 0.
    """
    with TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            text = output.read().decode(errors="replace")
            raise CommandError(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{text[-3000:]}")
    # Linux counts ru_maxrss in KiB.
    return Measurement(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
