"""The rule of access for one document, the three states of a collection, and what a collection demands of queries."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ragline
from ragline.errors import AccessDeniedError, IncompatibleError, InputError
from ragline.types import Document, Principal
from retrieval.access import (
    KEPT_MASKS,
    SETTING,
    Gate,
    NoAccessControl,
    NothingAllowed,
    TheseAllowed,
    may_see,
)
from retrieval.scope import Scope

ANN = Principal("ann", frozenset({"board"}), "acme")
EVE = Principal("eve", frozenset({"board"}), "globex")
BOB = Principal("bob", frozenset({"board"}))


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    with ragline.open(tmp_path / "kb", embedder="light") as collection:
        yield collection


@pytest.mark.parametrize(
    ("acl", "seen_by"),
    [
        (None, {"ann", "eve", "bob", None}),
        ((), set()),
        (("board",), {"ann", "eve", "bob"}),
        (("ann",), {"ann"}),
        (("tenant:acme",), {"ann"}),
        (("tenant:acme", "board"), {"ann"}),
        (("tenant:acme", "staff"), set()),
        (("tenant:acme", "eve"), set()),
        (("tenant:acme", "tenant:globex"), {"ann", "eve"}),
        (("tenant:acme", "tenant:globex", "eve"), {"eve"}),
        (("tenant:",), set()),
        (("",), set()),
    ],
)
def test_a_tenant_is_a_boundary_and_not_a_name_more(acl: tuple[str, ...] | None, seen_by: set[str | None]) -> None:
    asking = {"ann": ANN, "eve": EVE, "bob": BOB, None: None}
    assert {name for name, principal in asking.items() if may_see(acl, principal, "lists")} == seen_by


def test_an_empty_name_is_nobodys() -> None:
    assert not may_see(("",), Principal("", frozenset({""})), "lists")


@pytest.mark.parametrize("acl", [None, (), ("board",), ("ann",)])
def test_what_names_no_tenant_is_seen_by_nobody_where_tenants_are_demanded(acl: tuple[str, ...] | None) -> None:
    assert not may_see(acl, ANN, "tenants")
    assert may_see(("tenant:acme",), ANN, "tenants")


NAMES = st.sampled_from(["ann", "board", "staff", "tenant:acme", "tenant:globex", ""])
PRINCIPALS = st.builds(
    Principal,
    st.sampled_from(["ann", "eve", ""]),
    st.frozensets(st.sampled_from(["board", "staff", ""])),
    st.sampled_from([None, "acme", "globex"]),
)


@given(st.lists(NAMES, max_size=4).map(tuple), PRINCIPALS | st.none())
def test_whoever_is_of_no_tenant_that_a_list_names_sees_nothing_of_it(acl: tuple[str, ...], who: Principal | None) -> None:
    named = {entry for entry in acl if entry.startswith("tenant:")}
    if named and (who is None or f"tenant:{who.tenant}" not in named):
        assert not may_see(acl, who, "lists")
    if may_see(acl, who, "tenants"):
        assert may_see(acl, who, "required")
        assert named


@pytest.mark.parametrize(
    "make",
    [
        lambda: Principal("tenant:acme"),
        lambda: Principal("ann", frozenset({"tenant:acme"})),
        lambda: Principal("ann", tenant=""),
        lambda: Principal("ann", "staff"),  # type: ignore[arg-type]
        lambda: Principal("\ud800"),  # half a character, which no log could hold
        lambda: Principal("ann", tenant="\udfff"),
        lambda: Principal(7),  # type: ignore[arg-type]
        lambda: Principal("ann", frozenset({7})),  # type: ignore[arg-type]
    ],
)
def test_nobody_passes_for_a_tenant_by_a_name(make: Callable[[], Principal]) -> None:
    with pytest.raises(InputError):
        make()


def test_groups_may_be_given_as_any_collection() -> None:
    assert Principal("ann", ["staff", "staff"]) == Principal("ann", frozenset({"staff"}))  # type: ignore[arg-type]


def test_the_three_states_are_types_of_their_own(kb: ragline.Collection) -> None:
    kb.ingest([Document("open", "words")])
    gate = Gate(kb._store.catalog, "lists")
    assert gate.access(kb._store.snapshot(), None) == NoAccessControl()
    kb.ingest([Document("closed", "words", acl=("ann",))])
    access = gate.access(kb._store.snapshot(), None)
    assert isinstance(access, TheseAllowed)
    assert access.rows.tolist() == [True, False]
    kb.delete("open")
    kb.rebuild(kind="flat")
    nothing = gate.access(kb._store.snapshot(), None)
    assert nothing == NothingAllowed(1)
    assert kb.search("words") == []
    with pytest.raises(AccessDeniedError, match="defect"):  # and never passes for "no filter"
        Scope(nothing, None, "")


QUERIES: list[Callable[..., Any]] = [
    lambda kb, **who: kb.search("words", **who),
    lambda kb, **who: kb.search("words", mode="lexical", filters={"year": 1}, **who),
    lambda kb, **who: kb.answer("Which words?", **who),
    lambda kb, **who: list(kb.stream_answer("Which words?", **who)),
    lambda kb, **who: kb.neighbours(kb.chunks("a")[0], **who),
    lambda kb, **who: kb.section(kb.chunks("a")[0], **who),
    lambda kb, **who: kb.duplicates_of("a", **who),
    lambda kb, **who: kb.evaluate(kb.folder.parent / "golden.jsonl", answers=False, **who),
]


@pytest.mark.parametrize("ask", QUERIES)
def test_a_forgotten_principal_is_refused_where_one_is_demanded(kb: ragline.Collection, ask: Callable[..., Any]) -> None:
    line = '{"id": "1", "query": "words", "relevant": [{"doc_id": "a", "grade": 1}], "answerable": true}\n'
    (kb.folder.parent / "golden.jsonl").write_text(line)
    acls = {"a": ("tenant:acme",), "b": None}
    kb.ingest(Document(name, "words", metadata={"year": 1}, acl=acl) for name, acl in acls.items())
    kb.set_access("required")
    with pytest.raises(AccessDeniedError, match="principal="):
        ask(kb)
    ask(kb, principal=BOB)
    kb.set_access("tenants")
    with pytest.raises(AccessDeniedError, match="tenant="):
        ask(kb, principal=BOB)
    ask(kb, principal=ANN)
    kb.set_access("lists")
    ask(kb)


@pytest.mark.parametrize("ask", QUERIES)
def test_a_bare_name_is_no_principal(kb: ragline.Collection, ask: Callable[..., Any]) -> None:
    line = '{"id": "1", "query": "words", "relevant": [{"doc_id": "a", "grade": 1}], "answerable": true}\n'
    (kb.folder.parent / "golden.jsonl").write_text(line)
    kb.ingest([Document("a", "words", metadata={"year": 1})])
    for demand in ("lists", "required"):
        kb.set_access(demand)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="Principal"):
            ask(kb, principal="ann")


@pytest.mark.parametrize("read", ["get", "chunks"])
@pytest.mark.parametrize("doc_id", ["a", "nonesuch"])
def test_whoever_is_not_admitted_does_not_learn_which_ids_there_are(kb: ragline.Collection, read: str, doc_id: str) -> None:
    kb.ingest([Document("a", "words", acl=("tenant:acme",))])
    kb.set_access("tenants")
    with pytest.raises(AccessDeniedError, match="tenant="):
        getattr(kb, read)(doc_id, principal=BOB)


def test_what_a_collection_demands_holds_at_once_wherever_it_is_open(kb: ragline.Collection) -> None:
    kb.ingest([Document("a", "words")])
    with ragline.open(kb.folder) as elsewhere:
        assert elsewhere.search("words")
        kb.set_access("required")
        assert elsewhere.stats()["access"] == "required"
        with pytest.raises(AccessDeniedError):
            elsewhere.search("words")


def test_a_setting_asks_for_more_and_never_for_less(kb: ragline.Collection, tmp_path: Path) -> None:
    with ragline.open(tmp_path / "kb", access="required") as strict, pytest.raises(AccessDeniedError):
        strict.search("words")
    kb.search("words")  # what a process asks for is no other's affair
    kb.set_access("required")
    with ragline.open(tmp_path / "kb", access="lists") as loose, pytest.raises(AccessDeniedError):
        loose.search("words")
    with pytest.raises(InputError, match="required"):
        kb.set_access("open")  # type: ignore[arg-type]
    with kb._serving.writing() as session:
        session.catalog.set_settings({SETTING: "by the moon"})
    with pytest.raises(IncompatibleError, match="moon"):  # of a newer release: refused, and not taken for the least
        kb.search("words")


def test_a_collection_keeps_what_was_demanded_when_it_was_made(tmp_path: Path) -> None:
    ragline.open(tmp_path / "kb", embedder="light", access="tenants").close()
    with ragline.open(tmp_path / "kb") as kb:
        kb.ingest([Document("a", "words", acl=("tenant:acme",)), Document("b", "words"), Document("c", "words", acl=("ann",))])
        assert [hit.doc_id for hit in kb.search("words", principal=ANN)] == ["a"]
        assert kb.search("words", principal=EVE) == []
        assert kb.document_ids() == ["a", "b", "c"]  # for the owner


def test_what_is_demanded_survives_migrations_rollbacks_and_backups(kb: ragline.Collection, tmp_path: Path) -> None:
    kb.ingest([Document("a", "words", acl=("ann",))])
    kb.set_access("required")
    kb.migrate(chunk_tokens=64)
    assert kb.stats()["access"] == "required"
    kb.set_access("tenants")
    kb.rollback(space=True)
    assert kb.stats()["access"] == "tenants"
    kb.backup(tmp_path / "copy")
    ragline.restore(tmp_path / "copy", tmp_path / "restored")
    with ragline.open(tmp_path / "restored") as restored, pytest.raises(AccessDeniedError):
        restored.search("words")


def test_what_is_kept_for_one_is_never_given_to_another(kb: ragline.Collection) -> None:
    """Principals that differ in one group or in their tenant, views that differ in one edit, demands that differ."""
    kb.ingest(
        [Document("a", "words", acl=("tenant:acme", "board")), Document("b", "words", acl=("board",)), Document("c", "words")]
    )
    gate, snapshot = Gate(kb._store.catalog, "lists"), kb._store.snapshot()

    def seen(who: Principal | None, asked: Gate = gate) -> list[bool]:
        access = asked.access(kb._store.snapshot(), who)
        return access.rows.tolist() if isinstance(access, TheseAllowed) else []

    for _ in range(2):
        assert [seen(who) for who in (ANN, BOB, EVE, Principal("ann", tenant="acme"), None)] == [
            [True, True, True],
            [False, True, True],
            [False, True, True],
            [False, False, True],
            [False, False, True],
        ]
        assert seen(ANN, Gate(kb._store.catalog, "tenants")) == [True, False, False]
    kb.ingest([Document("b", "words", acl=())])
    assert seen(BOB) == [False, True, True, False]  # the row of the former b is out of sight in the view itself
    access = gate.access(snapshot, BOB)
    assert isinstance(access, TheseAllowed)
    assert access.rows.tolist() == [False, True, True]
    with pytest.raises(ValueError, match="read-only"):
        access.rows[0] = True
    for number in range(200):
        seen(Principal(f"user{number}"))
    assert all(len(masks) <= KEPT_MASKS for masks in gate._known.values())


def test_a_kept_answer_is_no_way_around_what_is_demanded(tmp_path: Path) -> None:
    """Nor is it one into another tenant, or to what has been closed since."""
    question = "How long does the warranty last?"
    with ragline.open(tmp_path / "kb", embedder="light", answer_cache="exact") as kb:
        kb.ingest(
            [
                Document("a", "The warranty lasts three years."),
                Document("b", "Pumps are blue.", acl=("tenant:acme",)),
            ]
        )
        first = kb.answer(question)
        assert kb.answer(question).cached
        assert not kb.answer(question, principal=ANN).cached
        assert not kb.answer(question, principal=replace(ANN, tenant="globex")).cached
        kb.set_access("required")
        for ask in (kb.answer, lambda text: list(kb.stream_answer(text))):
            with pytest.raises(AccessDeniedError):
                ask(question)
        kb.set_access("tenants")
        assert kb.answer(question, principal=ANN).citations == ()  # of a, which names no tenant
        kb.set_access("lists")
        kb.ingest([Document("a", "The warranty lasts three years.", acl=())])
        assert first.citations
        assert kb.answer(question).citations == ()
