"""Reference pages made from the packages' docstrings, without importing them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

Definition: TypeAlias = ast.ClassDef | ast.FunctionDef
_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)
_LISTS = ("Parameters", "Attributes", "Returns", "Yields", "Raises")


def reference_page(package: Path) -> str:
    """Return the page of one package: each module outside ``kernels`` with its public classes and functions."""
    parts = [f"# {package.name}\n\n{_docstring(_parse(package / '__init__.py'))}"]
    for path in _modules(package):
        module = path.relative_to(package.parent).with_suffix("")
        if "kernels" in module.parts or "cli" in module.parts or module.name.startswith("_"):
            continue
        tree = _parse(path)
        parts.append(f"## {'.'.join(module.parts)}\n\n{_docstring(tree)}")
        parts += [_entry(definition, "") for definition in _public(tree)]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def modules_page(packages: Sequence[Path]) -> str:
    """Return the page that lists every module of the packages with the first line of its docstring."""
    parts = ["# Modules\n\nEvery module with the first line of its docstring; what ends in kernels/ is compiled."]
    for package in packages:
        rows = [f"| `{path.relative_to(package.parent)}` | {_first_line(path)} |" for path in _modules(package)]
        parts.append("\n".join([f"## {package.name}\n", "| module | what is in it |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _modules(package: Path) -> list[Path]:
    """Return the modules of a package, each folder's own before those of the folders in it."""
    return sorted(package.rglob("*.py"), key=lambda path: (path.parent, path.name))


def _first_line(path: Path) -> str:
    return _docstring(_parse(path)).split("\n")[0]


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _docstring(node: ast.Module | Definition) -> str:
    """Return a docstring as Markdown: sections in bold, parameters as a list, doctests as code."""
    text = inspect.cleandoc(ast.get_docstring(node) or "")
    lead, *sections = _SECTION.split(text)
    parts = [_inline(lead.strip())]
    parts += [f"**{name}**\n\n{_section(name, body)}" for name, body in zip(sections[::2], sections[1::2], strict=True)]
    return "\n\n".join(parts)


def _section(name: str, body: str) -> str:
    """Return the body of one numpydoc section as Markdown."""
    if name in _LISTS:
        return _definition_list(body)
    if name == "Examples":
        return f"```python\n{body.strip()}\n```"
    return _inline(body.strip())


def _definition_list(body: str) -> str:
    """Return a numpydoc list, terms at the margin and texts indented, as a Markdown list."""
    items: list[str] = []
    for line in body.splitlines():
        if line and not line.startswith(" "):
            items.append(f"- `{line.strip()}`:")
        elif line.strip():
            items[-1] += " " + _inline(line.strip())
    return "\n".join(items)


def _inline(text: str) -> str:
    """Return reStructuredText's inline code and roles as Markdown's."""
    return re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text).replace("``", "`")


def _public(node: ast.Module | ast.ClassDef) -> Iterator[Definition]:
    """Yield the public classes and functions that have a docstring, in the order of the file."""
    for child in node.body:
        if isinstance(child, ast.ClassDef | ast.FunctionDef) and not child.name.startswith("_"):
            yield child


def _entry(definition: Definition, prefix: str) -> str:
    """Return one class, with its public methods, or one function."""
    name = prefix + definition.name
    parts = [f"###{'#' if prefix else ''} {name}", f"```python\n{_signature(definition)}\n```", _docstring(definition)]
    if isinstance(definition, ast.ClassDef):
        parts += [_entry(member, f"{name}.") for member in _public(definition)]
    return "\n\n".join(parts)


def _signature(definition: Definition) -> str:
    """Return the line that declares it; for a class the fields too, which are its constructor's arguments."""
    decorators = [f"@{ast.unparse(decorator)}" for decorator in definition.decorator_list]
    if isinstance(definition, ast.FunctionDef):
        returns = f" -> {ast.unparse(definition.returns)}" if definition.returns else ""
        return "\n".join([*decorators, f"def {definition.name}({ast.unparse(definition.args)}){returns}"])
    bases = f"({', '.join(map(ast.unparse, definition.bases))})" if definition.bases else ""
    fields = [f"    {ast.unparse(child)}" for child in definition.body if _is_field(child)]
    return "\n".join([*decorators, f"class {definition.name}{bases}:", *(fields or ["    ..."])])


def _is_field(node: ast.stmt) -> bool:
    """Whether a statement of a class body declares a field or an enumeration's value."""
    if isinstance(node, ast.AnnAssign):
        return isinstance(node.target, ast.Name) and not node.target.id.startswith("_")
    return isinstance(node, ast.Assign) and not any(ast.unparse(t).startswith("_") for t in node.targets)
