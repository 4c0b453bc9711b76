"""Source code: an element for each function and class with its comment. The source is the canonical text."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from ingestion.decode import decode
from ingestion.elements import Element, ParsedDocument, RawSource
from ingestion.parsers.code_grammar import GRAMMARS, grammar_units
from ingestion.parsers.code_python import python_units
from ingestion.parsers.code_sql import sql_units
from ingestion.parsers.code_units import Unit, block_elements, code_elements
from ragline.errors import MissingExtra

_LANGUAGES = {
    ".py": "python", ".pyi": "python", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascript",
    ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx", ".go": "go", ".rs": "rust", ".java": "java",
    ".c": "c", ".h": "c", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".hpp": "cpp", ".hh": "cpp", ".hxx": "cpp",
    ".cs": "csharp", ".rb": "ruby", ".php": "php", ".sh": "bash", ".bash": "bash", ".sql": "sql",
}  # fmt: skip
# Headers of C++ have the suffix of C.
_CPP = re.compile(r"^\s*(?:class|namespace|template)\b|\bstd::|^\s*(?:public|private|protected):", re.MULTILINE)


class CodeParser:
    """The section path of an element is the file's name and the classes and functions that it is in.

    Code between functions (imports, constants, a class without its methods) is an element of its own; a small class stays
    whole. Where code cannot be read in its language, elements are the blocks between blank lines.
    """

    name = "code"
    version = 1
    suffixes: tuple[str, ...] = tuple(_LANGUAGES)

    def parse(self, source: RawSource) -> ParsedDocument:
        decoded = decode(source.data)
        text = decoded.text
        name = PurePosixPath(source.name).name
        title = " ".join(name.split()) or "code"
        language = _LANGUAGES.get(PurePosixPath(name).suffix.lower(), "")
        if language == "c" and name.lower().endswith(".h") and _CPP.search(text):
            language = "cpp"
        warnings = list(decoded.warnings)
        try:
            units = _units(text, language)
        except ImportError:
            missing = MissingExtra("tree-sitter", extra="code", purpose=f"telling functions apart in {language}")
            warnings.append(f"split at blank lines: {missing}")
            units = None
        return ParsedDocument(
            text=text,
            elements=tuple(_elements(text, units, language, (title,))),
            title=title,
            metadata=decoded.metadata,
            warnings=tuple(warnings),
            source_map=decoded.source_map,
        )


def _units(text: str, language: str) -> list[Unit] | None:
    """The functions and classes, ``None`` where the text has none that can be told."""
    if language == "python":
        return python_units(text)
    if language == "sql":
        return sql_units(text)
    return grammar_units(text, language) if language in GRAMMARS else None


def _elements(text: str, units: Sequence[Unit] | None, language: str, path: tuple[str, ...]) -> list[Element]:
    if units:
        return code_elements(text, units, language=language, path=path)
    return block_elements(text, language=language, path=path)
