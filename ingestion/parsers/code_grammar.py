"""Functions and classes of code in other languages, found with the grammars of tree-sitter."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ingestion.parsers.code_units import Unit

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

# Modules below modules below modules: deeper, code is one piece.
_MAX_DEPTH = 12
_COMMENTS = frozenset(
    {"comment", "line_comment", "block_comment", "attribute_item", "attribute_list", "decorator", "modifiers", "annotation"}
)


@dataclass(frozen=True, slots=True)
class Grammar:
    """Where a grammar is, and the types of its nodes.

    ``units`` are functions and other pieces, ``holders`` those with such pieces inside (classes), ``wrappers`` what only stands
    around them (an export, a template, a condition of the preprocessor).
    """

    module: str
    units: frozenset[str]
    holders: frozenset[str] = frozenset()
    wrappers: frozenset[str] = frozenset()
    function: str = "language"


_SCRIPT = Grammar(
    "tree_sitter_javascript",
    frozenset({"function_declaration", "generator_function_declaration", "method_definition"}),
    frozenset({"class_declaration", "class"}),
    frozenset(
        {"export_statement", "lexical_declaration", "variable_declaration", "ambient_declaration", "expression_statement"}
    ),
)
_TYPED = Grammar(
    "tree_sitter_typescript",
    _SCRIPT.units | {"interface_declaration", "type_alias_declaration", "enum_declaration", "function_signature"},
    _SCRIPT.holders | {"abstract_class_declaration", "internal_module", "module"},
    _SCRIPT.wrappers,
    "language_typescript",
)
_C_UNITS = frozenset({"function_definition", "type_definition", "struct_specifier", "union_specifier", "enum_specifier"})
_C_WRAPPERS = frozenset(
    {"preproc_ifdef", "preproc_if", "preproc_else", "preproc_elif", "linkage_specification", "declaration_list", "declaration"}
)
GRAMMARS = {
    "javascript": _SCRIPT,
    "typescript": _TYPED,
    "tsx": Grammar("tree_sitter_typescript", _TYPED.units, _TYPED.holders, _TYPED.wrappers, "language_tsx"),
    "go": Grammar("tree_sitter_go", frozenset({"function_declaration", "method_declaration", "type_declaration"})),
    "rust": Grammar(
        "tree_sitter_rust",
        frozenset({"function_item", "struct_item", "enum_item", "union_item", "type_item", "macro_definition"}),
        frozenset({"impl_item", "trait_item", "mod_item"}),
    ),
    "java": Grammar(
        "tree_sitter_java",
        frozenset({"method_declaration", "constructor_declaration", "annotation_type_declaration"}),
        frozenset({"class_declaration", "interface_declaration", "enum_declaration", "record_declaration"}),
        frozenset({"enum_body_declarations"}),
    ),
    "c": Grammar("tree_sitter_c", _C_UNITS, wrappers=_C_WRAPPERS),
    "cpp": Grammar(
        "tree_sitter_cpp",
        frozenset({"function_definition", "type_definition", "enum_specifier", "alias_declaration", "concept_definition"}),
        frozenset({"class_specifier", "struct_specifier", "union_specifier", "namespace_definition"}),
        _C_WRAPPERS | {"template_declaration", "field_declaration"},
    ),
    "csharp": Grammar(
        "tree_sitter_c_sharp",
        frozenset({"method_declaration", "constructor_declaration", "enum_declaration", "delegate_declaration"})
        | {"operator_declaration", "local_function_statement"},
        frozenset({"class_declaration", "struct_declaration", "interface_declaration", "record_declaration"})
        | {"namespace_declaration", "file_scoped_namespace_declaration"},
        frozenset({"global_statement"}),
    ),
    "ruby": Grammar(
        "tree_sitter_ruby", frozenset({"method", "singleton_method"}), frozenset({"class", "module", "singleton_class"})
    ),
    "php": Grammar(
        "tree_sitter_php",
        frozenset({"function_definition", "method_declaration"}),
        frozenset(
            {"class_declaration", "interface_declaration", "trait_declaration", "enum_declaration", "namespace_definition"}
        ),
        function="language_php",
    ),
    "bash": Grammar("tree_sitter_bash", frozenset({"function_definition"})),
}
# What a constant is when it is a function after all: ``const run = () => {}``.
_FUNCTION_VALUES = frozenset({"arrow_function", "function_expression", "function", "generator_function", "class"})
# Fields that lead to the name of a piece, in this order.
_NAME_FIELDS = ("name", "declarator", "type", "left")


def grammar_units(text: str, language: str) -> list[Unit]:
    """The functions and classes. Raises :class:`ImportError` where the grammar is not installed."""
    grammar = GRAMMARS[language]
    tree = _parser(language).parse(text.encode("utf-8"))
    return _units(tree.root_node.children, grammar, 0)


@cache
def _parser(language: str) -> "Parser":
    from tree_sitter import Language, Parser

    grammar = GRAMMARS[language]
    module: Any = import_module(grammar.module)
    return Parser(Language(getattr(module, grammar.function)()))


def _units(nodes: Iterable["Node"], grammar: Grammar, depth: int) -> list[Unit]:
    """The units among neighbours, each with the comments and attributes directly above it."""
    units: list[Unit] = []
    above: int | None = None
    after = -1
    for child in nodes:
        first, last = child.start_point[0], _last_line(child)
        if child.type in _COMMENTS:
            if above is None or first > after + 1:
                above = first
            after = last - 1
            continue
        found = _unit(child, grammar, depth)
        if found and above is not None and after + 1 >= found[0].first:
            found[0] = Unit(found[0].name, min(above, found[0].first), found[0].last, found[0].members)
        units += found
        above = None
    return units


def _unit(node: "Node", grammar: Grammar, depth: int) -> list[Unit]:
    """The units that a node is or holds."""
    first, last = node.start_point[0], _last_line(node)
    if node.type in grammar.units:
        name = _name(node)
        return [Unit(name, first, last)] if name and (node.type.endswith("definition") or _has_body(node)) else []
    if node.type in grammar.holders:
        members = _units(_members(node), grammar, depth + 1) if depth < _MAX_DEPTH else []
        return [Unit(_name(node), first, last, tuple(members))]
    if node.type in grammar.wrappers and depth < _MAX_DEPTH:
        inner = _units(node.children, grammar, depth + 1)
        if len(inner) == 1 and not node.type.startswith("preproc"):
            # The export or the template belongs to the one thing that it is about.
            return [Unit(inner[0].name, min(first, inner[0].first), max(last, inner[0].last), inner[0].members)]
        return inner
    if node.type in {"variable_declarator", "assignment_expression"}:
        value = node.child_by_field_name("value") or node.child_by_field_name("right")
        if value is not None and value.type in _FUNCTION_VALUES:
            return [Unit(_name(node), first, last)]
    return []


def _has_body(node: "Node") -> bool:
    """False for a mere mention: ``struct point p;``."""
    return (
        node.type not in {"struct_specifier", "union_specifier", "enum_specifier"}
        or node.child_by_field_name("body") is not None
    )


def _members(node: "Node") -> Iterator["Node"]:
    """What is in a class: the children of its body. In Ruby, comments in front of the first method are no part of the body."""
    body = node.child_by_field_name("body")
    for child in node.children:
        if child == body or child.type in {"body_statement", "declaration_list"}:
            yield from child.children
        elif child.type in _COMMENTS:
            yield child


def _name(node: "Node") -> str:
    """The name of a piece; of a method in Go with the type that it belongs to, of an ``impl`` in Rust the type."""
    receiver = node.child_by_field_name("receiver")
    if receiver is not None:
        owner = next((each for each in _descendants(receiver) if each.type == "type_identifier"), None)
        prefix = f"{_text(owner)}." if owner is not None else ""
        return prefix + _text(node.child_by_field_name("name"))
    current: Node | None = node
    while current is not None:
        named = next((found for name in _NAME_FIELDS if (found := current.child_by_field_name(name)) is not None), None)
        if named is None:
            spec = next((child for child in current.children if child.type in {"type_spec", "type_alias"}), None)
            if current is node and spec is not None:
                current = spec
                continue
            return _text(current) if current is not node else ""
        if not named.child_by_field_name("declarator") and not named.child_by_field_name("name"):
            return _text(named)
        current = named
    return ""


def _text(node: "Node | None") -> str:
    text = node.text if node is not None else None
    return " ".join(text.decode("utf-8", "replace").split())[:200] if text else ""


def _descendants(node: "Node") -> Iterator["Node"]:
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(current.children))


def _last_line(node: "Node") -> int:
    """Behind the last line of a node; one that ends with a line end does not reach into the next line."""
    row, column = node.end_point[0], node.end_point[1]
    return row if column == 0 and row > node.start_point[0] else row + 1
