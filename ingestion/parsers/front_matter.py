"""YAML front matter: the block between two ``---`` lines at the head of a Markdown file.

``title`` and ``acl`` have a meaning; every other key is metadata. Access fails closed: an acl that cannot be read means
nobody, not everybody.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from ingestion.decode import replace_surrogates
from ragline.types import MetadataValue, Scalar

_FENCED = re.compile(r"---[^\S\n]*\n(.*?)^(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_OPENING = re.compile(r"---[^\S\n]*\n")
_KEY = re.compile(r"\s*[\w-]+[^\S\n]*:(?:\s|\Z)")
_ACL = re.compile(r"(?:^|[{,])\s*[\"']?acl[\"']?\s*:", re.MULTILINE | re.IGNORECASE)
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
        return FrontMatter()
    fenced = _FENCED.match(text)
    if fenced is None:
        head = text[opening.end() :].split("\n\n", 1)[0]
        return _broken("front matter is not closed by a line ---", head)
    block = fenced.group(1)
    if not block.strip():
        return FrontMatter(end=fenced.end())
    try:
        values = _load(block)
    except ValueError as error:
        return _broken(f"front matter is not valid YAML ({error})", block)
    if not isinstance(values, dict):
        return FrontMatter()
    return _from_values(values, fenced.end())


def _load(block: str) -> object:
    """The YAML value.

    Raises :class:`ValueError` with a short reason, also for aliases, which can expand without bound, and for deep nesting.
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
        return yaml.safe_load(block)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 2}" if error.problem_mark else "unknown line"
        raise ValueError(line) from error
    except (yaml.YAMLError, TypeError, RecursionError, OverflowError) as error:
        raise ValueError(type(error).__name__) from error


def _broken(reason: str, block: str) -> FrontMatter:
    """What cannot be read stays text; without any key it is no front matter at all, but prose below a rule."""
    if _ACL.search(block):
        return FrontMatter(
            acl=NOBODY, warnings=(f"{reason}; it names an acl, so nobody may see the document until it is fixed",)
        )
    return (
        FrontMatter(warnings=(f"{reason}; kept as text, correct it to use its keys",)) if _KEY.match(block) else FrontMatter()
    )


def _from_values(values: dict[object, object], end: int) -> FrontMatter:
    title = ""
    acl: tuple[str, ...] | None = None
    metadata: dict[str, MetadataValue] = {}
    warnings: list[str] = []
    for key, value in values.items():
        name = replace_surrogates(str(key))
        if name == "title" and _scalar(value) is not None:
            title = " ".join(str(_scalar(value)).split())
        elif name.casefold() == "acl":
            acl = _acl(value)
            if acl is None:
                acl = NOBODY
                warnings.append(
                    "the acl is not a list of names, so nobody may see the document; write it as acl: [name, group]"
                )
        else:
            metadata[name] = metadata_value(value)
    return FrontMatter(end, title, acl, metadata, tuple(warnings))


def _acl(value: object) -> tuple[str, ...] | None:
    if isinstance(value, str) and value.strip():
        return (value.strip(),)
    if isinstance(value, list) and all(isinstance(name, str) and name.strip() for name in value):
        return tuple(name.strip() for name in value)
    return None


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
