"""What a query may see: masks belong to the rows they are over, are never incomplete, and cost once."""

import gc
import random
import tempfile
import threading
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import ragline
from indexes.catalog.reader import CatalogReader
from indexes.catalog.records import DocumentFields
from indexes.snapshot import StaleSnapshotError
from ragline.errors import FilterError, InputError
from ragline.filters import parse_filter
from ragline.types import Document, Principal
from retrieval.access import Gate
from retrieval.scope import ScopeBuilder


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[ragline.Collection]:
    """A collection that reclaims replaced versions at once, which is what overtakes a filter."""
    with ragline.open(tmp_path / "kb", embedder="light", keep_runs=0) as collection:
        yield collection


class RecordingCatalog:
    """A catalog that notes which documents' fields and which chunks' fields are read."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog
        self.documents: list[int] = []
        self.chunks: list[int] = []

    def document_fields(self, doc_nos: Sequence[int]) -> dict[int, DocumentFields]:
        self.documents += doc_nos
        return self._catalog.document_fields(doc_nos)

    def chunk_fields(self, chunk_nos: Sequence[int]) -> dict[int, dict[str, Any]]:
        self.chunks += chunk_nos
        return self._catalog.chunk_fields(chunk_nos)


def builder(kb: ragline.Collection) -> tuple[ScopeBuilder, RecordingCatalog]:
    catalog = RecordingCatalog(kb._store.catalog)
    return ScopeBuilder(catalog, Gate(kb._store.catalog, "lists")), catalog  # type: ignore[arg-type]


def put(kb: ragline.Collection, **years: Any) -> None:
    """Documents by id, each with a year."""
    report = kb.ingest([Document(name, f"words of {name}", metadata={"year": year}) for name, year in years.items()])
    assert not report.failures


def found(kb: ragline.Collection, filters: dict[str, Any], **how: Any) -> set[str]:
    return {hit.doc_id for hit in kb.search("words", k=100, filters=filters, **how)}


def seen(kb: ragline.Collection, scopes: ScopeBuilder, filters: dict[str, Any]) -> set[int]:
    """Numbers of the document versions that a filter leaves, of those that can be found."""
    snapshot = kb._store.snapshot()
    mask = scopes.build(snapshot, None, filters).mask
    assert mask is not None
    assert mask.shape == (snapshot.count,)
    return set(snapshot.doc_nos[mask if snapshot.removed is None else mask & ~snapshot.removed].tolist())


@pytest.mark.parametrize("mode", ["vector", "lexical", "hybrid"])
def test_a_mask_is_never_used_for_another_row_table(kb: ragline.Collection, mode: str) -> None:
    put(kb, **{f"d{number}": number for number in range(10)})
    kb.rebuild(kind="flat")
    put(kb, gone=3)
    kb.delete("gone")
    put(kb, late=4, later=1)
    assert found(kb, {"year": {"gte": 8}}, mode=mode) == {"d8", "d9"}
    assert found(kb, {"year": 1}, mode=mode) == {"d1", "later"}
    kb.rebuild(kind="flat")
    for _ in range(2):
        kb.rollback() if kb.stats()["generation"] == 2 else kb.rebuild(kind="flat")
        assert found(kb, {"year": {"gte": 8}}, mode=mode) == {"d8", "d9"}
        assert found(kb, {"year": 1}, mode=mode) == {"d1", "later"}


@pytest.mark.parametrize("values", [(True, 1, "1"), (1, True, "1"), ("0", False, 0), (0, False, "0")])
def test_values_of_different_types_have_masks_of_their_own(kb: ragline.Collection, values: tuple[Any, ...]) -> None:
    names = ["first", "second", "third"]
    put(kb, **dict(zip(names, values, strict=True)))
    for name, value in zip(names, values, strict=True):
        assert found(kb, {"year": value}) == {name}
        assert found(kb, {"year": {"in": [value]}}) == {name}


def test_a_filter_on_a_view_that_lost_documents_is_refused_and_not_remembered(kb: ragline.Collection) -> None:
    put(kb, a=1, b=2, c=1)
    held = kb._store.snapshot()
    put(kb, b=1)
    kb.delete("c")
    scopes, _ = builder(kb)
    for filters in ({"year": 1}, {"kind": "paragraph"}, {"nonsense": 1}):
        with pytest.raises(StaleSnapshotError):
            scopes.build(held, None, filters)
    with pytest.raises(FilterError):
        scopes.build(kb._store.snapshot(), None, {"nonsense": 1})
    for filters in ({"year": 1}, {"kind": "paragraph"}):
        assert len(seen(kb, scopes, filters)) == 2


def test_a_view_finds_its_own_documents_when_a_newer_one_was_filtered_before(kb: ragline.Collection) -> None:
    put(kb, a=1, b=1)
    held = kb._store.snapshot()
    scopes, _ = builder(kb)
    assert len(seen(kb, scopes, {"year": 1})) == 2
    put(kb, b=2)
    assert len(seen(kb, scopes, {"year": 1})) == 1
    assert len(seen(kb, scopes, {"year": 2})) == 1
    mask = scopes.build(held, None, {"year": 1}).mask
    assert mask is not None
    assert mask.tolist() == [True, True]
    with pytest.raises(StaleSnapshotError):  # never evaluated for b while its fields were there
        scopes.build(held, None, {"year": 2})


@pytest.mark.parametrize("fields_of", ["document_fields", "chunk_fields"])
def test_a_query_starts_again_when_a_publish_overtakes_its_filter(
    kb: ragline.Collection, monkeypatch: pytest.MonkeyPatch, fields_of: str
) -> None:
    put(kb, a=1, b=2)
    read, pending = getattr(kb._store.catalog, fields_of), [{"a": 3}, {"a": 2}]

    def overtaken(numbers: Sequence[int]) -> Any:
        if pending:
            put(kb, **pending.pop(0))
        return read(numbers)

    monkeypatch.setattr(kb._store.catalog, fields_of, overtaken)
    assert found(kb, {"and": [{"year": 2}, {"kind": "paragraph"}]}) == {"a", "b"}
    assert not pending


def test_filters_hold_while_documents_are_replaced_and_indexes_rebuilt(kb: ragline.Collection) -> None:
    names = [f"d{number}" for number in range(60)]
    put(kb, **{name: number % 3 for number, name in enumerate(names)})
    done, errors, random_ = threading.Event(), [], random.Random(0)

    def reader() -> None:
        while not done.is_set():
            try:
                for mode in ("vector", "lexical"):
                    hits = kb.search("words", k=100, filters={"year": 1}, mode=mode)  # type: ignore[arg-type]
                    assert {hit.chunk.metadata["year"] for hit in hits} <= {1}
                    assert len(hits) == 20, (mode, len(hits))
            except Exception as error:  # noqa: BLE001 - the test's own thread must report whatever comes
                errors.append(repr(error))
                return

    threads = [threading.Thread(target=reader) for _ in range(2)]
    for thread in threads:
        thread.start()
    for round_ in range(12):
        changed = random_.sample(range(60), 12)
        kb.ingest([Document(names[n], f"words {round_} of {names[n]}", metadata={"year": n % 3}) for n in changed])
        if round_ % 4 == 3:
            kb.rebuild(kind="flat")
        if round_ == 9:
            kb.rollback()
    done.set()
    for thread in threads:
        thread.join()
    assert not errors


def test_an_unchanged_view_costs_no_evaluation(kb: ragline.Collection) -> None:
    put(kb, a=1, b=2)
    scopes, catalog = builder(kb)
    snapshot = kb._store.snapshot()
    condition = parse_filter({"and": [{"year": 1}, {"kind": "paragraph"}]})
    first = scopes.build(snapshot, None, condition).mask
    catalog.documents.clear()
    catalog.chunks.clear()
    again = scopes.build(snapshot, None, {"and": [{"year": 1.0}, {"kind": "paragraph"}]}).mask
    assert first is not None
    assert again is not None
    assert np.shares_memory(first, again)
    assert (catalog.documents, catalog.chunks) == ([], [])


def test_a_new_view_costs_its_new_rows_only(kb: ragline.Collection) -> None:
    put(kb, a=1, b=2, c=1)
    scopes, catalog = builder(kb)
    filters = {"and": [{"year": 1}, {"kind": "paragraph"}]}
    before = seen(kb, scopes, filters)
    catalog.documents.clear()
    catalog.chunks.clear()
    put(kb, d=1)
    kb.delete("c")
    snapshot = kb._store.snapshot()
    assert len(seen(kb, scopes, filters) - before) == 1
    assert catalog.documents == snapshot.doc_nos[-1:].tolist()
    assert catalog.chunks == snapshot.chunk_nos[-1:].tolist()


def test_a_rebuilt_index_costs_no_evaluation(kb: ragline.Collection) -> None:
    """Else the first filtered query after a swap would judge every document again."""
    put(kb, **{f"d{number}": number % 2 for number in range(6)})
    scopes, catalog = builder(kb)
    filters = {"and": [{"year": 1}, {"kind": "paragraph"}]}
    before = seen(kb, scopes, filters)
    put(kb, d1=1)
    kb.delete("d3")
    catalog.documents.clear()
    catalog.chunks.clear()
    kb.rebuild(kind="flat")
    put(kb, later=1)
    snapshot = kb._store.snapshot()
    after = seen(kb, scopes, filters)
    assert len(after - before) == 1
    assert len(before - after) == 1
    assert catalog.documents == snapshot.doc_nos[-1:].tolist()
    assert catalog.chunks == snapshot.chunk_nos[-1:].tolist()


def test_masks_cannot_be_changed_by_those_who_use_them(kb: ragline.Collection) -> None:
    put(kb, a=1)
    scopes, _ = builder(kb)
    mask = scopes.build(kb._store.snapshot(), None, {"year": 1}).mask
    assert mask is not None
    with pytest.raises(ValueError, match="read-only"):
        mask[0] = False


def test_replaced_documents_are_forgotten(kb: ragline.Collection) -> None:
    scopes, _ = builder(kb)
    put(kb, stays=0)
    for year in range(20):
        put(kb, edited=year, deleted=year)
        kb.delete("deleted")
        if year % 5 == 4:
            kb.rebuild(kind="flat")
        seen(kb, scopes, {"year": year})
        view = kb._store.snapshot()
        live = set((view.doc_nos if view.removed is None else view.doc_nos[~view.removed]).tolist())
        assert scopes._masks._documents.keys() == live


def test_masks_end_with_their_row_table(kb: ragline.Collection) -> None:
    put(kb, a=1, b=2)
    scopes, _ = builder(kb)
    seen(kb, scopes, {"year": 1})
    table = weakref.ref(kb._store.snapshot().rows)
    kb.rebuild(kind="flat")
    seen(kb, scopes, {"year": 1})
    gc.collect()
    assert table() is None


def test_a_field_of_deleted_documents_only_is_unknown(kb: ragline.Collection) -> None:
    put(kb, a=1)
    kb.ingest([Document("b", "words", metadata={"plan": "secret"})])
    assert found(kb, {"plan": "secret"}) == {"b"}
    kb.delete("b")
    with pytest.raises(FilterError, match="Unknown filter field 'plan'") as caught:
        found(kb, {"plan": "secret"})
    assert "plan" not in str(caught.value).partition("Fields of this collection")[2]


def test_a_null_field_is_known(kb: ragline.Collection) -> None:
    put(kb, a=None, b=1)
    assert found(kb, {"year": {"exists": False}}) == {"a"}
    kb.delete("b")
    assert found(kb, {"year": {"exists": False}}) == {"a"}


def test_own_fields_go_before_metadata_of_the_same_name(kb: ragline.Collection) -> None:
    kb.ingest([Document("a", "words", "Title", {"doc_id": "x", "title": "y", "kind": "z", "page": 1})])
    assert found(kb, {"doc_id": "a", "title": "Title"}) == {"a"}
    assert found(kb, {"kind": "paragraph", "page": {"exists": False}}) == {"a"}
    assert found(kb, {"or": [{"doc_id": "x"}, {"title": "y"}, {"kind": "z"}, {"page": 1}]}) == set()


def test_access_and_filter_only_narrow(kb: ragline.Collection) -> None:
    kb.ingest([Document(n, "words", metadata={"y": 1}, acl=acl) for n, acl in (("a", None), ("b", ("ann",)), ("c", ()))])
    assert found(kb, {"y": 1}) == {"a"}
    assert found(kb, {"y": 1}, principal=Principal("ann")) == {"a", "b"}
    assert found(kb, {}, principal=Principal("ann")) == {"a", "b"}
    assert found(kb, {"or": []}, principal=Principal("ann")) == set()
    assert found(kb, {"not": {"or": []}}, principal=Principal("bob")) == {"a"}


IDS = st.sampled_from([f"doc{number}" for number in range(6)])
YEARS = st.sampled_from([None, True, False, 0, 1, 2, 1.0, "1", "2024-05-01", ["a", "b"], [1, 2], []])


class FiltersAgainstDictionary(RuleBasedStateMachine):
    """Whatever was added, removed, rebuilt, rolled back or reopened, a filter finds what it matches in ``{id: year}``."""

    @initialize()
    def start(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.kb = ragline.open(Path(self._folder.name) / "kb", embedder="light")
        self.model: dict[str, Any] = {}

    def teardown(self) -> None:
        self.kb.close()
        self._folder.cleanup()

    @rule(years=st.dictionaries(IDS, YEARS, min_size=1, max_size=4))
    def put(self, years: dict[str, Any]) -> None:
        put(self.kb, **years)
        self.model |= years

    @rule(doc_id=IDS)
    def delete(self, doc_id: str) -> None:
        self.kb.delete(doc_id)
        self.model.pop(doc_id, None)

    @rule()
    def rebuild(self) -> None:
        self.kb.rebuild(kind="flat")

    @rule()
    def rollback(self) -> None:
        try:
            self.kb.rollback()
        except InputError:
            assert len(self.kb._store.generations.numbers()) < 2 or self.kb.stats()["generation"] == min(
                self.kb._store.generations.numbers()
            )

    @rule()
    def reopen(self) -> None:
        self.kb.close()
        self.kb = ragline.open(self.kb.folder)

    @invariant()
    def filters_find_what_they_match(self) -> None:
        if not self.model:
            return
        for condition in (True, 1, "1", "a", {"gte": 1}, {"gte": "2024-01-01"}, {"exists": False}):
            for filters in ({"year": condition}, {"not": {"year": condition}, "kind": "paragraph"}):
                typed = parse_filter(filters)
                fields = {doc_id: {"year": year, "kind": "paragraph"} for doc_id, year in self.model.items()}
                expected = {doc_id for doc_id, each in fields.items() if typed.matches(each)}
                for mode in ("vector", "lexical"):
                    assert found(self.kb, filters, mode=mode) == expected, (filters, mode)


FiltersAgainstDictionary.TestCase.settings = settings(
    max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestFiltersAgainstDictionary = FiltersAgainstDictionary.TestCase
