"""How docstrings become pages."""

from __future__ import annotations

import pytest

from docs.api_reference import modules_page, reference_page

SOURCE = '''
"""Doubling."""

class Pair(Base):
    """Two numbers.

    Parameters
    ----------
    first, second
        The numbers; see :func:`double`
        and ``triple``.
    """

    first: int
    second: int = 2
    _hidden: int = 3

    def total(self) -> int:
        """Return the sum."""

def double(number: int, *, times: int = 1) -> int:
    """Return the number doubled.

    Examples
    --------
    >>> double(2)
    4
    """

def _private() -> None:
    """Not shown."""
'''


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "arithmetic"
    (folder / "kernels").mkdir(parents=True)
    (folder / "__init__.py").write_text('"""Arithmetic."""')
    (folder / "doubling.py").write_text(SOURCE)
    (folder / "kernels" / "loops.py").write_text('"""Loops."""')
    return folder


def test_parameters_become_a_list(package):
    assert "- `first, second`: The numbers; see `double` and `triple`.\n" in reference_page(package)


def test_class_shows_its_public_fields_and_methods(package):
    page = reference_page(package)
    assert "class Pair(Base):\n    first: int\n    second: int = 2\n```" in page
    assert "#### Pair.total" in page


def test_function_shows_its_signature_and_example(package):
    page = reference_page(package)
    assert "def double(number: int, *, times: int=1) -> int\n" in page
    assert "```python\n>>> double(2)\n4\n```" in page


def test_private_names_and_kernels_are_left_out(package):
    page = reference_page(package)
    assert "_private" not in page
    assert "Loops" not in page


def test_list_of_modules_has_kernels_too(package):
    page = modules_page([package])
    assert "| `arithmetic/doubling.py` | Doubling. |" in page
    assert "| `arithmetic/kernels/loops.py` | Loops. |" in page
