"""Access control fails closed: in both legs, before ranking, whatever is asked."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import ragline
from ragline.errors import FilterError
from ragline.filters import CHUNK_FIELDS, DOCUMENT_FIELDS, fields_of, parse_filter
from ragline.types import Document, Hit, Principal

GROUPS = ("staff", "board", "hr")


def fill(kb: ragline.Collection) -> dict[str, tuple[str, ...] | None]:
    acls: dict[str, tuple[str, ...] | None] = {}
    for number in range(24):
        acl = (None, (), ("staff",), ("board",), ("hr", "ann"), ("board", "staff"))[number % 6]
        acls[f"d{number:02d}"] = acl
    kb.ingest(
        Document(name, f"shared words and secret{name}", metadata={f"field{name}": 1}, acl=acl) for name, acl in acls.items()
    )
    return acls


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.none() | st.tuples(st.sampled_from(["ann", "bob", ""]), st.frozensets(st.sampled_from(GROUPS))),
    words=st.lists(st.sampled_from(["shared", "words", "secretd01", "secretd02", "secretd04", "none"]), min_size=1, max_size=4),
    mode=st.sampled_from(["hybrid", "vector", "lexical"]),
    k=st.integers(1, 40),
    narrow=st.booleans(),
)
def test_no_result_outside_the_allowed_set(kb, names, words, mode, k, narrow) -> None:  # type: ignore[no-untyped-def]
    acls = fill(kb) if not kb.document_ids() else {d: kb.get(d).acl for d in kb.document_ids()}
    principal = None if names is None else Principal(*names)
    held = frozenset() if principal is None else principal.names
    allowed = {name for name, acl in acls.items() if acl is None or held & set(acl)}
    filters = {"not": {"doc_id": "d00"}} if narrow else None
    hits = kb.search(" ".join(words), k=k, mode=mode, principal=principal, filters=filters)
    expected = allowed - ({"d00"} if narrow else set())
    assert {hit.doc_id for hit in hits} <= expected
    if mode != "lexical":
        assert len(hits) == min(k, len(expected))
    answer = kb.answer(" ".join(words), principal=principal)
    assert {citation.doc_id for citation in answer.citations} <= allowed


def test_the_three_states_are_different(kb: ragline.Collection) -> None:
    kb.ingest(
        [Document("open", "words", acl=None), Document("closed", "words", acl=()), Document("some", "words", acl=("ann",))]
    )
    assert {hit.doc_id for hit in kb.search("words")} == {"open"}
    assert {hit.doc_id for hit in kb.search("words", principal=Principal("ann"))} == {"open", "some"}
    assert {hit.doc_id for hit in kb.search("words", principal=Principal("bob"))} == {"open"}


def test_an_empty_filter_list_matches_nothing(kb: ragline.Collection) -> None:
    kb.ingest([Document("a", "words", metadata={"x": 1})])
    assert kb.search("words", filters={"x": {"in": []}}) == []
    assert kb.search("words", filters={"or": []}) == []


def test_error_texts_do_not_name_fields_of_hidden_documents(kb: ragline.Collection) -> None:
    fill(kb)
    try:
        kb.search("words", filters={"nonsense": 1}, principal=Principal("bob", frozenset({"staff"})))
    except FilterError as error:
        message = str(error)
    assert "fieldd02" in message
    assert "fieldd01" not in message
    assert "fieldd03" not in message


def test_a_document_that_is_closed_by_an_edit_is_closed_at_once(kb: ragline.Collection) -> None:
    kb.ingest([Document("a", "words")])
    assert kb.search("words")
    kb.ingest([Document("a", "words", acl=())])
    assert kb.search("words") == []


WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta"]), min_size=1, max_size=6).map(" ".join)
FIELD_NAMES = st.sampled_from(["year", "year", "team", "plan"])
DOCUMENTS = st.lists(
    st.tuples(
        st.lists(WORDS, min_size=1, max_size=3).map("\n\n# Heading\n\n".join),
        st.dictionaries(FIELD_NAMES, st.sampled_from([1, 2, True, "1", "b", None, ["b", "c"]]), max_size=2),
        st.sampled_from([None, (), ("ann",), ("staff",), ("board", "staff"), ("board", "ann")]),
    ),
    min_size=2,
    max_size=9,
)
CONDITIONS = st.sampled_from([1, "1", True, "b", {"gte": 1}, {"in": [2, "c"]}, {"exists": False}, {"prefix": "b"}])
FILTERS = st.recursive(
    st.dictionaries(FIELD_NAMES | st.sampled_from(["kind", "doc_id", "unheard"]), CONDITIONS, max_size=2),
    lambda inner: st.fixed_dictionaries({"not": inner}) | st.builds(lambda *parts: {"or": list(parts)}, inner, inner),
    max_leaves=3,
)
QUERIES = st.tuples(
    WORDS,
    st.sampled_from([None, Principal("ann"), Principal("bob", frozenset({"staff"})), Principal("eve", frozenset({"board"}))]),
    FILTERS | st.none(),
    st.integers(1, 30),
)


FUSION_ALONE: dict[str, Any] = {"embedder": "light", "reranker": "none", "query_expansion": "none"}
"""What comes after the fusion, and beside the query, goes by what is seen; here the ranking is written out by hand."""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS, st.lists(QUERIES, min_size=2, max_size=8), st.booleans())
def test_what_is_seen_is_the_whole_ranking_without_what_is_not_allowed(
    documents: list[tuple[str, dict[str, Any], tuple[str, ...] | None]],
    queries: list[tuple[str, Principal | None, dict[str, Any] | None, int]],
    rebuilt: bool,
) -> None:
    written = [Document(f"d{n}", text, "", {**own, "format": "markdown"}, acl) for n, (text, own, acl) in enumerate(documents)]
    with (
        tempfile.TemporaryDirectory() as folder,
        ragline.open(Path(folder) / "guarded", **FUSION_ALONE) as guarded,
        ragline.open(Path(folder) / "open", **FUSION_ALONE) as unguarded,
    ):
        guarded.ingest(written)
        unguarded.ingest(Document(each.id, each.text, "", each.metadata) for each in written)
        if rebuilt:
            guarded.rebuild(kind="flat")
        for query, principal, filters, k in queries:
            names = frozenset() if principal is None else principal.names
            allowed = {each.id: each.metadata for each in written if each.acl is None or names & set(each.acl)}
            known = (DOCUMENT_FIELDS | CHUNK_FIELDS).union(*allowed.values())
            if unknown := fields_of(parse_filter(filters or {})) - known:
                event("an unknown field")
                with pytest.raises(FilterError) as caught:
                    guarded.search(query, filters=filters, principal=principal)
                listed = f"Fields of this collection: {', '.join(sorted(known))}."
                assert str(caught.value) == f"Unknown filter field {min(unknown)!r}. {listed}"
                continue
            matches = is_seen(allowed, filters)
            whole = {mode: unguarded.search(query, k=1000, mode=mode) for mode in ("vector", "lexical")}  # type: ignore[arg-type]
            visible = {mode: [hit for hit in hits if matches(hit)] for mode, hits in whole.items()}
            seen = {mode: [hit.chunk.id for hit in hits] for mode, hits in visible.items()}
            seen["hybrid"] = fused(*visible.values())
            event(f"filtered: {filters is not None}, hidden: {0 < len(seen['vector']) < len(whole['vector'])}")
            for mode, expected in seen.items():
                hits = guarded.search(query, k=k, mode=mode, filters=filters, principal=principal)  # type: ignore[arg-type]
                assert [hit.chunk.id for hit in hits] == expected[:k], mode


def is_seen(allowed: Mapping[str, Mapping[str, Any]], filters: dict[str, Any] | None) -> Callable[[Hit], bool]:
    typed = parse_filter(filters or {})

    def matches(hit: Hit) -> bool:
        own = {"doc_id": hit.doc_id, "kind": hit.chunk.kind}
        return hit.doc_id in allowed and typed.matches({**allowed[hit.doc_id], **own})

    return matches


def fused(*legs: list[Hit]) -> list[str]:
    """Reciprocal ranks, each weighed by its score relative to the leg's best, written out once more."""
    scores: dict[str, float] = {}
    for hits in legs:
        best = hits[0].score if hits else 0.0
        for rank, hit in enumerate(hits, start=1):
            share = 1.0 if best <= 0 else max(hit.score, 0.0) / best
            scores[hit.chunk.id] = scores.get(hit.chunk.id, 0.0) + share / (60 + rank)
    return sorted(scores, key=lambda chunk_id: (-scores[chunk_id], chunk_id))
