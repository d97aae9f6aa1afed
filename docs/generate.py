"""The pages of docs/ that are made from the code: the tables, the command line and the packages' reference.

Run as ``python -m docs.generate`` (``make docs``); ``tests/docs/test_generated.py`` says when a page is stale.
"""

from __future__ import annotations

import re
from pathlib import Path

import typer
from typer.cli import get_docs_for_click
from typer.main import get_command

from api.cli.app import app
from docs.api_reference import modules_page, reference_page
from docs.service_pages import errors_page, settings_page
from docs.tables_page import tables_page

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bom", "planning", "scheduling", "api")
NOTE = "<!-- Made by `make docs`; edit the code that it is made from. -->\n\n"


def generated_pages() -> dict[Path, str]:
    """Return the text of every generated page by its path."""
    docs = ROOT / "docs"
    pages = {
        docs / "cli.md": command_line_page(),
        docs / "tables.md": tables_page(),
        docs / "service" / "settings.md": settings_page(),
        docs / "service" / "errors.md": errors_page(),
        docs / "modules.md": modules_page([ROOT / name for name in PACKAGES]),
    }
    pages |= {docs / "api" / f"{name}.md": reference_page(ROOT / name) for name in PACKAGES}
    return {path: NOTE + text for path, text in pages.items()}


def command_line_page() -> str:
    """Return the reference of the command ``lotwright``, from its own help."""
    command = get_command(app)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command), name="lotwright")
    text = re.sub(r"^\* `--help`.*\n", "", text, flags=re.MULTILINE)
    return text.replace("**Options**:\n\n\n", "").rstrip() + "\n"


def main() -> None:
    """Write every generated page that differs."""
    for path, text in generated_pages().items():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
