"""Where compiled kernels are kept, and how many threads they may use; both are read when numba is imported."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

_PACKAGES = ("bom", "planning", "scheduling")


def prepare_kernels(arguments: Sequence[str] = ()) -> bool:
    """Set the folder of compiled kernels, and room for ``--threads``; return whether they must be compiled first.

    Must run before numba is imported. The folder's name holds a hash of all kernels: numba looks at each file by
    itself, and would go on using a compiled function whose callee in another file has changed. ``NUMBA_CACHE_DIR``,
    when set, is used as it is.

    Parameters
    ----------
    arguments
        The command line.
    """
    os.environ.setdefault("NUMBA_CACHE_DIR", str(_cache_root() / _kernel_hash()))
    threads = threads_asked(arguments)
    if threads > (os.cpu_count() or 1):
        os.environ.setdefault("NUMBA_NUM_THREADS", str(threads))
    return not any(Path(os.environ["NUMBA_CACHE_DIR"]).rglob("net_level.net_level*.nbc"))


def threads_asked(arguments: Sequence[str]) -> int:
    """Return the number that follows ``--threads``, 0 when there is none.

    Examples
    --------
    >>> threads_asked(["plan", "data", "--threads", "4"]), threads_asked(["--threads=2"]), threads_asked(["plan"])
    (4, 2, 0)
    """
    for position, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--threads":
            value = value or (arguments[position + 1] if position + 1 < len(arguments) else "")
            return int(value) if value.isdigit() else 0
    return 0


def _cache_root() -> Path:
    """Return the user's cache folder for Lotwright."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "lotwright"


def _kernel_hash() -> str:
    """Return a hash of the place and text of all kernels."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            for path in sorted(Path(folder, "kernels").glob("*.py")):
                # numba keeps what it compiles by the source's path, so another copy of the engine must compile anew
                digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()[:16]
