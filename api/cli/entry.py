"""The entry of the console command: what must be set before the engine is imported."""

from __future__ import annotations

import sys

from api.kernel_cache import prepare_kernels


def main() -> None:
    """Run the command line."""
    must_compile = prepare_kernels(sys.argv[1:])
    if must_compile and sys.argv[1:2] in (["plan"], ["bom"], ["check"]):
        print("lotwright: first call after installation, compiling kernels (about a minute, once)", file=sys.stderr)
    # numba reads its settings when it is imported, so the commands come after them
    from api.cli.app import app

    app()
