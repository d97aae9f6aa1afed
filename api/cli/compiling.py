"""A word on standard error when a command compiles kernels: it takes seconds to minutes, once."""

from __future__ import annotations

import sys
from typing import Any

from numba.core import event


class CompileNotice:
    """Says once, when the first kernel is compiled, that this takes a while.

    Parameters
    ----------
    text
        What it says.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._is_told = False

    def notify(self, found: Any) -> None:
        """Take an event of numba's: it tells of compiling, not of kernels that are loaded."""
        if found.is_start and not self._is_told:
            self._is_told = True
            print(self._text, file=sys.stderr, flush=True)


event.Listener.register(CompileNotice)


def tell_when_compiling(is_first_call: bool) -> CompileNotice:
    """Say so as soon as a kernel is compiled; return what can be given to ``numba.core.event.unregister``."""
    when = "of this command, compiling its kernels (up to a minute or two, once)"
    if is_first_call:
        when = "after installation, compiling kernels (about a minute, once)"
    notice = CompileNotice(f"lotwright: first call {when}")
    event.register("numba:compile", notice)
    return notice
