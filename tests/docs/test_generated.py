"""The generated pages are those that the code makes now; `make docs` writes them anew."""

from __future__ import annotations

import pytest

from docs.generate import ROOT, generated_pages

PAGES = generated_pages()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_generated_page_is_not_stale(path):
    assert path.exists(), "run make docs"
    assert path.read_text() == PAGES[path], "run make docs"
