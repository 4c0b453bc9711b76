"""What a document must be: everything else is an InputError that says what to do, whatever it is."""

import datetime as dt
import json
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.chunkers.structure import StructureChunker
from ingestion.documents import check_document, shown_id
from ingestion.pipeline import document_hash, prepare_document
from ragline.errors import InputError
from ragline.types import Document


class WordCounter:
    max_tokens: int | None = 256

    def count_tokens(self, texts: Any) -> list[int]:
        return [len(text.split()) for text in texts]


def document(**values: Any) -> Document:
    return Document(**{"id": "d", "text": "words", **values})


WRONG = [
    ({"id": ""}, "the id is blank"),
    ({"id": " \n"}, "the id is blank"),
    ({"id": 7}, "the id is of type int; give a text"),
    ({"id": ["d"]}, "the id is of type list"),
    ({"id": "a\ud800"}, "the id has a lone surrogate at character 1"),
    ({"text": None}, "the text of document 'd' is None; give a text"),
    ({"text": b"words"}, "of type bytes; decode it first"),
    ({"text": "wor\udfffds"}, "lone surrogate at character 3"),
    ({"title": None}, "the title of document 'd' is None"),
    ({"title": "\ud800"}, "lone surrogate"),
    ({"metadata": None}, "the metadata of document 'd' is None; give a mapping"),
    ({"metadata": [("a", 1)]}, "of type list; give a mapping"),
    ({"metadata": {1: "a"}}, "key of document 'd' is of type int"),
    ({"metadata": {"\ud800": "a"}}, "lone surrogate"),
    ({"metadata": {"a": "\ud800"}}, "'a' of document 'd' has a lone surrogate"),
    ({"metadata": {"a": ["x", "\ud800"]}}, "lone surrogate"),
    ({"metadata": {"a": {"b": 1}}}, "of type dict"),
    ({"metadata": {"a": [["b"]]}}, "of type list"),
    ({"metadata": {"a": b"x"}}, "of type bytes"),
    ({"metadata": {"a": dt.date(2026, 1, 2)}}, "of type date; .*ISO text"),
    ({"metadata": {"a": float("nan")}}, "is nan; give a finite number"),
    ({"metadata": {"a": 2**63}}, "more than 64 bits; give it as a text"),
    ({"metadata": {"a": [1, "b"]}}, "mixes numbers and texts"),
    ({"metadata": {"a": [None]}}, "is None"),
    ({"metadata": {"a": np.int64(3)}}, "of type int64"),
    ({"metadata": {"a": {1, 2}}}, "of type set"),
    ({"acl": "board"}, r"of type str; .*acl=\('board',\)"),
    ({"acl": b"board"}, "of type bytes; give a list, tuple or set"),
    ({"acl": {"board": 1}}, "of type dict"),
    ({"acl": ("board", 3)}, "of type int"),
    ({"acl": ("board", "")}, "is blank"),
    ({"acl": ("\ud800",)}, "lone surrogate"),
    ({"acl": 0}, "of type int"),
]


@pytest.mark.parametrize(("values", "reason"), WRONG, ids=repr)
def test_what_is_wrong_is_named_with_the_way_out(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        check_document(document(**values))


@pytest.mark.parametrize(
    ("acl", "expected"),
    [
        (None, None),
        ((), ()),
        ([], ()),
        (["b", "a"], ("b", "a")),
        ({"b", "a"}, ("a", "b")),
        (frozenset({"b", "a"}), ("a", "b")),
    ],
)
def test_acls_are_taken_as_lists_tuples_and_sets(acl: Any, expected: tuple[str, ...] | None) -> None:
    assert check_document(document(acl=acl)).acl == expected


def test_metadata_may_be_any_mapping_of_scalars_and_lists() -> None:
    values = {"a": None, "b": True, "c": -(2**63), "d": 1.5, "e": "x", "f": ("x", "y"), "g": [1, 2.5], "h": [], "i": [True]}
    checked = check_document(document(metadata=MappingProxyType(values)))
    assert checked.metadata == values | {"f": ["x", "y"]}
    assert json.loads(json.dumps(checked.metadata)) == checked.metadata


def test_a_good_document_stays_as_it_is() -> None:
    good = Document("d", "text", "title", {"a": 1}, ("hr",))
    assert check_document(good) == good
    assert document_hash(check_document(good)) == document_hash(good)


def test_any_id_can_be_shown() -> None:
    for value in ("a\ud800b", 7, None, ["x" * 500], b"\xff"):
        shown = shown_id(document(id=value))
        shown.encode("utf-8")
        assert 0 < len(shown) <= 80


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=4) | st.binary(max_size=3)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(scalars, inner, max_size=3), max_leaves=6
)


@given(id=anything, text=anything | st.text(max_size=20), title=anything | st.text(max_size=5), metadata=anything, acl=anything)
def test_whatever_passes_can_be_stored(id: Any, text: Any, title: Any, metadata: Any, acl: Any) -> None:  # noqa: A002
    try:
        checked = check_document(Document(id, text, title, metadata, acl))
    except InputError as error:
        reason = str(error)
    else:
        reason = ""
    if reason:
        reason.encode("utf-8")
        assert ";" in reason
        return
    document_hash(checked)
    prepared = prepare_document(checked, StructureChunker(WordCounter()))
    json.dumps(
        [prepared.doc_id, prepared.text, prepared.title, dict(prepared.metadata), prepared.acl], allow_nan=False
    ).encode()
