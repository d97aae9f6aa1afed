"""The house rules that no other tool checks: sizes, names, imports of kernels, pins, links."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bom", "planning", "scheduling", "api")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
CODE = MODULES + sorted(path for folder in ("benchmarks", "docs", "examples") for path in (ROOT / folder).rglob("*.py"))
KERNELS = [path for path in MODULES if "kernels" in path.parts]
PAGES = sorted(
    path
    for path in (ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md"))
    if path.exists()
)
MODULE_LINES, FUNCTION_LINES, KERNEL_LINES = 400, 40, 60
SHORTHAND = {"qty", "req", "reqs", "lt", "ss", "poh", "llc"}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef)]


def body_lines(function: ast.FunctionDef) -> int:
    """The lines of a function without its signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", CODE, ids=name_of)
class TestModule:
    def test_module_is_short(self, path):
        assert len(path.read_text().splitlines()) <= MODULE_LINES

    def test_functions_are_short(self, path):
        limit = KERNEL_LINES if "kernels" in path.parts else FUNCTION_LINES
        assert {f.name: body_lines(f) for f in functions(path) if body_lines(f) > limit} == {}

    def test_names_are_words_in_full(self, path):
        names = {node.id for node in ast.walk(parse(path)) if isinstance(node, ast.Name)}
        names |= {node.arg for node in ast.walk(parse(path)) if isinstance(node, ast.arg)}
        assert {name for name in names if SHORTHAND & set(name.lower().split("_"))} == set()

    def test_file_says_what_is_in_it(self, path):
        assert path.stem not in VAGUE_NAMES
        assert path.stem == path.stem.lower()

    def test_annotations_are_postponed(self, path):
        imports = [node for node in parse(path).body if isinstance(node, ast.Import | ast.ImportFrom)]
        has_future = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in imports)
        assert has_future or not imports or path.name == "__init__.py"


@pytest.mark.parametrize("path", KERNELS, ids=name_of)
def test_kernels_import_numpy_numba_stdlib_and_lower_kernels_only(path):
    imported = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module)
    outside = {name for name in imported if name.split(".")[0] not in {"numpy", "numba", *sys.stdlib_module_names}}
    assert {name for name in outside if name.split(".")[1:2] != ["kernels"]} == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_package_ships_its_types(package):
    assert (ROOT / package / "py.typed").exists()


def pins(name: str) -> dict[str, str]:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("==") for line in lines)


def declaration() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_has_names_and_versions_only(name):
    lines = [line for line in (ROOT / name).read_text().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []


def test_pins_lie_in_the_declared_ranges():
    project = declaration()["project"]
    locked = {
        canonicalize_name(name): version
        for lock in ("requirements.lock", "requirements-dev.lock")
        for name, version in pins(lock).items()
    }
    ranges = map(Requirement, [*project["dependencies"], *project["optional-dependencies"]["dev"]])
    assert [str(r) for r in ranges if not r.specifier.contains(locked[canonicalize_name(r.name)])] == []


def test_locks_do_not_pin_twice():
    assert set(pins("requirements.lock")) & set(pins("requirements-dev.lock")) == set()


def test_version_is_the_newest_of_the_changelog():
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest.group(1) == declaration()["project"]["version"]


def test_readme_fits_a_screen_or_two():
    assert len((ROOT / "README.md").read_text().splitlines()) < 120


def test_every_make_target_is_listed_by_help():
    text = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony is not None
    assert set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE)) == set(phony.group(1).split())


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_lead_somewhere(path):
    broken = []
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        page = (path.parent / file).resolve() if file else path
        if not page.exists() or (anchor and page.suffix == ".md" and anchor not in anchors(page)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/decisions/[0-9]*.md")), ids=lambda path: path.stem[:4])
def test_decision_has_its_parts_and_is_listed(path):
    headings = re.findall(r"^## (.*)$", path.read_text(), re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences", "Alternatives"]
    assert path.name in (path.parent / "index.md").read_text()
