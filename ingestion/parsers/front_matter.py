"""YAML front matter: the block between two ``---`` lines at the head of a text, blank lines before it aside.

``title`` and ``acl`` have a meaning; every other key is metadata. Access fails closed: an acl that is there and cannot be read
means nobody, not everybody. It counts as there when a line of the head begins like one, however broken the head is: not closed,
closed late, indented, no YAML, a list, TOML between ``+++`` lines, or the acl below another key.
"""

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from ingestion.decode import replace_surrogates
from ragline.types import MetadataValue, Scalar

_OPENING = re.compile(r"(?:[^\S\n]*\n)*---[^\S\n]*\n")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.MULTILINE)
_LAST_MARK = re.compile(r"\n(?:---|\.\.\.)\s*\Z")
# What was meant as an opening line, by someone who indented it, writes TOML, or does not see the character in front of it.
_OTHER_OPENING = re.compile(r"[\s\ufeff\u200b-\u200f\u2060]*(?:---|\+\+\+)[^\S\n]*\n")
_KEY = re.compile(r"\s*[\w-]+[^\S\n]*:(?:\s|\Z)")
_ACL = re.compile(r"(?:^[^\S\n]*(?:[-?][^\S\n]+)*|[{,]\s*)[\"']?acl[\"']?\s*[:=]", re.MULTILINE | re.IGNORECASE)
# A header is a few lines; a longer block between two rules is prose, or an attack on the YAML reader.
_MAX_CHARS = 65_536
# The time of the YAML reader grows with the square of the depth.
_MAX_DEPTH = 32
# SQLite and the vector stores hold 64-bit integers.
_MAX_INTEGER = 2**63 - 1

NOBODY: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The parsed header. ``end`` is the offset behind it in the text (0 where there is none, or where it stays text)."""

    end: int = 0
    title: str = ""
    acl: tuple[str, ...] | None = None
    metadata: Mapping[str, MetadataValue] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def read_front_matter(text: str) -> FrontMatter:
    """The header of ``text``. A broken one stays part of the text, with a warning; if it names an acl, nobody may see it."""
    opening = _OPENING.match(text)
    if opening is None:
        other = _OTHER_OPENING.match(text)
        if other is None or not _ACL.search(text, other.end(), other.end() + _MAX_CHARS):
            return FrontMatter()
        return _closed("front matter begins with a line --- at the left margin, and this one does not")
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        # Without an end, all that follows may belong to it.
        return _broken("front matter is not closed by a line ---", text[opening.end() : opening.end() + _MAX_CHARS])
    block = text[opening.end() : closing.start()]
    front = _read_block(block, closing.end())
    # The line below an empty header may be meant to open the real one.
    return _with_second(front, text, front.end if block.strip() else closing.start()) if front.end else front


def _with_second(front: FrontMatter, text: str, begin: int) -> FrontMatter:
    """The header, closed where another one follows at once and names an acl: two were put together, and only one is read."""
    opening = _OPENING.match(text, begin)
    closing = None if opening is None else _CLOSING.search(text, opening.end())
    if opening is None or closing is None:
        return front
    if not _ACL.search(text, opening.end(), min(closing.start(), opening.end() + _MAX_CHARS)):
        return front
    warning = "a second front matter names an acl, so nobody may see the document; put it into the first"
    return replace(front, acl=NOBODY, warnings=(*front.warnings, warning))


def _read_block(block: str, end: int) -> FrontMatter:
    """What stands between the two lines; ``end`` is behind the second."""
    if not block.strip():
        return FrontMatter(end=end)
    try:
        values = _load(block, lines_above=1)
    except ValueError as error:
        return _broken(f"front matter is not valid YAML ({error})", block)
    if not isinstance(values, dict):
        return _closed("front matter is not keys with values") if _ACL.search(block) else FrontMatter()
    return _from_values(values, end)


def read_keys(text: str) -> FrontMatter:
    """What a text says that is one YAML or JSON document and nothing else, such as a sidecar file.

    Raises :class:`ValueError` with a short reason, also for a second document behind the first: its acl would be lost.
    """
    try:
        if text.startswith("{"):
            # JSON is YAML but for two things: tabs are blanks, and what lies beyond U+FFFF is escaped as a pair.
            values = _load(text.replace("\t", " "))
            with suppress(ValueError):
                values = json.loads(text)
        else:
            values = _load(_LAST_MARK.sub("", text))
    except ValueError as error:
        raise ValueError(f"it is not one YAML document: {error}") from error
    if not isinstance(values, dict):
        raise ValueError("it holds no keys with values")
    return _from_values(values, len(text))


def _load(block: str, *, lines_above: int = 0) -> object:
    """The YAML value.

    Raises :class:`ValueError` with a short reason, also for aliases, which can expand without bound, for deep nesting, and for
    more than one document. The line that it names counts the ``lines_above`` the block.
    """
    import yaml

    if len(block) > _MAX_CHARS:
        raise ValueError(f"longer than {_MAX_CHARS} characters")
    try:
        depth = 0
        for event in yaml.parse(block, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent):
                raise ValueError("aliases are not read")
            if depth > _MAX_DEPTH:
                raise ValueError(f"nested deeper than {_MAX_DEPTH}")
        loader = yaml.SafeLoader(block)
        node = loader.get_single_node()
        keys = [str(key.value).strip().casefold() for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
        if keys.count("acl") > 1:
            raise ValueError("the acl is given twice")  # YAML would take the last
        return loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + lines_above + 1}" if error.problem_mark else "unknown line"
        raise ValueError(line) from error
    except (yaml.YAMLError, TypeError, RecursionError, OverflowError) as error:
        raise ValueError(type(error).__name__) from error


def _broken(reason: str, block: str) -> FrontMatter:
    """What cannot be read stays text; without any key it is no front matter at all, but prose below a rule."""
    if _ACL.search(block):
        return _closed(reason)
    return (
        FrontMatter(warnings=(f"{reason}; kept as text, correct it to use its keys",)) if _KEY.match(block) else FrontMatter()
    )


def _closed(reason: str) -> FrontMatter:
    return FrontMatter(acl=NOBODY, warnings=(f"{reason}; it names an acl, so nobody may see the document until it is fixed",))


def _from_values(values: dict[object, object], end: int) -> FrontMatter:
    title = ""
    acl: tuple[str, ...] | None = None
    metadata: dict[str, MetadataValue] = {}
    warnings: list[str] = []
    is_acl_clear = True
    for key, value in values.items():
        name = replace_surrogates(str(key))
        if name == "title" and _scalar(value) is not None:
            title = " ".join(str(_scalar(value)).split())
        elif name.strip().casefold() == "acl":
            is_acl_clear = is_acl_clear and acl is None
            acl = _acl(value)
            is_acl_clear = is_acl_clear and acl is not None
        else:
            metadata[name] = metadata_value(value)
            is_acl_clear = is_acl_clear and not _ACL.match(name) and not _holds_acl(value)
    if not is_acl_clear:
        acl = NOBODY
        warnings.append(
            "the acl is not one list of names at the top, so nobody may see the document; write it once, as acl: [name, group]"
        )
    return FrontMatter(end, title, acl, metadata, tuple(warnings))


def _holds_acl(value: object) -> bool:
    """Whether there is a key ``acl`` anywhere in it."""
    if isinstance(value, dict):
        return any(str(key).strip().casefold() == "acl" or _holds_acl(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_holds_acl, value))


def _acl(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str) and value.strip():
        return (value.strip(),)
    if isinstance(value, list) and all(isinstance(name, str) and name.strip() for name in value):
        return tuple(name.strip() for name in value)
    return None


def language_of(metadata: Mapping[str, MetadataValue]) -> str | None:
    """The language that metadata name, as ``lang`` or ``language``."""
    language = metadata.get("lang", metadata.get("language"))
    return language if isinstance(language, str) else None


def metadata_value(value: object) -> MetadataValue:
    """``value`` as metadata: scalars and lists of one type as they are, dates as ISO strings, the rest as a JSON string."""
    if value is None:
        return None
    scalar = _scalar(value)
    if scalar is not None:
        return scalar
    if isinstance(value, list):
        scalars = [_scalar(item) for item in value]
        known = [item for item in scalars if item is not None]
        if len(known) == len(scalars):
            return _uniform(known)
    return replace_surrogates(json.dumps(value, ensure_ascii=False, default=str))


def _scalar(value: object) -> Scalar | None:
    if isinstance(value, str):
        return replace_surrogates(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _MAX_INTEGER else hex(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return None


def _uniform(values: list[Scalar]) -> list[str] | list[int] | list[float]:
    integers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    if len(integers) == len(values) and values:
        return integers
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(numbers) == len(values) and values:
        return [float(value) for value in numbers]
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
