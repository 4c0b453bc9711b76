"""Functions and classes of Python code, read with the standard library."""

import ast
import warnings
from collections.abc import Sequence

from ingestion.parsers.code_units import Unit


def python_units(text: str) -> list[Unit] | None:
    """The functions and classes, ``None`` where the text is no Python of this interpreter's version."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes in the strings of the author
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two for code that is nested too deeply
        return None
    return _units(tree.body, text.split("\n"))


def _units(body: Sequence[ast.stmt], lines: list[str]) -> list[Unit]:
    units = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            units.append(Unit(node.name, _first(node, lines), node.end_lineno or node.lineno))
        elif isinstance(node, ast.ClassDef):
            members = tuple(_units(node.body, lines))
            units.append(Unit(node.name, _first(node, lines), node.end_lineno or node.lineno, members))
        elif isinstance(node, ast.If | ast.Try | ast.With):
            # Functions that exist under a condition only.
            units += _units([child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)], lines)
    return sorted(units, key=lambda unit: unit.first)


def _first(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, lines: list[str]) -> int:
    """The line of the first decorator, or of the comment directly above."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
    while first > 0 and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first
