"""The entry of the console command: what must be set before the engine is imported."""

from __future__ import annotations

import gc
import sys

from api.kernel_cache import prepare_kernels


def main() -> None:
    """Run the command line."""
    # importing and loading kernels makes objects that stay: looking for garbage among them takes 0.2 s of a 1.7 s plan
    gc.set_threshold(1_000_000)
    is_first_call = prepare_kernels(sys.argv[1:])
    # numba reads its settings when it is imported, so the commands come after them
    from api.cli.app import app
    from api.cli.compiling import tell_when_compiling

    tell_when_compiling(is_first_call)
    try:
        app()
    finally:
        # what is left is given back to the system as it is: to look it all through at exit takes another 0.5 s
        gc.freeze()
