"""What a :class:`~ragline.types.Document` must be to be stored; checked when it is ingested, before anything else."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ragline.errors import InputError
from ragline.types import Document, MetadataValue

# SQLite and the vector stores hold 64-bit integers.
_INTEGERS = range(-(2**63), 2**63)
_SHOWN_CHARS = 80


def check_document(document: Document) -> Document:
    """The document with its acl as a tuple and lists in its metadata as lists.

    Raises :class:`InputError`, which says which part is wrong and what to put there: the id must be a text that is not blank,
    text and title texts, the metadata a mapping from texts to texts, finite numbers of at most 64 bits, truth values, ``None``
    and lists of one of these kinds, the acl ``None`` or a list, tuple or set of names.
    """
    _check_text("the id", document.id)
    if not document.id.strip():
        raise InputError("the id is blank; give each document a name of its own")
    name = f"of document {shown_id(document)!r}"
    _check_text(f"the text {name}", document.text)
    _check_text(f"the title {name}", document.title)
    if not isinstance(document.metadata, Mapping):
        raise InputError(f"the metadata {name} is {_kind(document.metadata)}; give a mapping, {{}} for none")
    metadata = {_key(key, name): _value(key, value, name) for key, value in document.metadata.items()}
    return replace(document, metadata=metadata, acl=_acl(document.acl, name))


def shown_id(document: Document) -> str:
    """The id as it can be printed, whatever was given as one."""
    given: object = document.id
    text = given if isinstance(given, str) else repr(given)[:_SHOWN_CHARS]
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _check_text(what: str, value: object) -> None:
    if not isinstance(value, str):
        way = "decode it first" if isinstance(value, bytes | bytearray) else "give a text"
        raise InputError(f"{what} is {_kind(value)}; {way}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"{what} has a lone surrogate at character {error.start}; decode it with errors='replace' and pass it again"
        ) from error


def _key(key: object, name: str) -> str:
    if not isinstance(key, str):
        raise InputError(f"a metadata key {name} is {_kind(key)}; give texts as keys")
    _check_text(f"a metadata key {name}", key)
    return key


def _value(key: str, value: object, name: str) -> MetadataValue:
    what = f"the metadata field {key!r} {name}"
    if isinstance(value, list | tuple):
        kinds = {_check_scalar(item, f"an item of {what}") for item in value}
        if len(kinds) > 1:
            raise InputError(f"{what} mixes {' and '.join(sorted(kinds))}; give a list of one kind")
        items: Any = list(value)
        return items  # type: ignore[no-any-return]
    if value is not None:
        _check_scalar(value, what)
    scalar: Any = value
    return scalar  # type: ignore[no-any-return]


def _check_scalar(value: object, what: str) -> str:
    """The kind of a value."""
    if isinstance(value, str):
        _check_text(what, value)
        return "texts"
    if isinstance(value, bool):
        return "truth values"
    if isinstance(value, int):
        if value not in _INTEGERS:
            raise InputError(f"{what} is an integer of more than 64 bits; give it as a text")
        return "numbers"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InputError(f"{what} is {value}; give a finite number, or None")
        return "numbers"
    raise InputError(f"{what} is {_kind(value)}; give a text, a number, a truth value, or a list of them (a date as ISO text)")


def _acl(acl: object, name: str) -> tuple[str, ...] | None:
    if acl is None:
        return None
    if not isinstance(acl, list | tuple | set | frozenset):
        example = f"({acl!r},)" if isinstance(acl, str) else "('name', 'group')"
        raise InputError(f"the acl {name} is {_kind(acl)}; give a list, tuple or set of names, such as acl={example}")
    for item in acl:
        _check_text(f"a name in the acl {name}", item)
        if not item.strip():
            raise InputError(f"a name in the acl {name} is blank; give names, an empty tuple for nobody, or None for everybody")
    return tuple(sorted(acl)) if isinstance(acl, set | frozenset) else tuple(acl)


def _kind(value: object) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"
