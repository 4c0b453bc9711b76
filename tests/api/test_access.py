"""Access control fails closed: in both legs, before ranking, whatever is asked."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ragline
from ragline.errors import FilterError
from ragline.types import Document, Principal

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
