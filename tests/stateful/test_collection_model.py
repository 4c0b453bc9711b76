"""A collection against a dictionary: any series of additions, edits, deletes, rebuilds, rollbacks and reopenings agrees."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import ragline
from indexes.duplicate_report import Unit
from ragline.errors import InputError
from ragline.types import Document, Principal

IDS = st.sampled_from([f"doc{number}" for number in range(6)])
WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "zeta", "eta"]), min_size=1, max_size=12)
ACLS = st.sampled_from([None, None, ("staff",), ()])


class CollectionAgainstDictionary(RuleBasedStateMachine):
    """The model is ``{id: (text, acl)}``; what the collection shows must follow from it."""

    @initialize()
    def start(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.kb = ragline.open(Path(self._folder.name) / "kb", embedder="light")
        self.model: dict[str, tuple[str, tuple[str, ...] | None]] = {}

    def teardown(self) -> None:
        self.kb.close()
        self._folder.cleanup()

    @rule(doc_id=IDS, words=WORDS, acl=ACLS)
    def put(self, doc_id: str, words: list[str], acl: tuple[str, ...] | None) -> None:
        text = f"own{doc_id} " + " ".join(words)
        (row,) = self.kb.ingest([Document(doc_id, text, acl=acl)]).rows
        before = self.model.get(doc_id)
        assert row.status == ("added" if before is None else "unchanged" if before == (text, acl) else "updated")
        self.model[doc_id] = (text, acl)

    @rule(doc_id=IDS)
    def delete(self, doc_id: str) -> None:
        assert self.kb.delete(doc_id).found == (doc_id in self.model)
        self.model.pop(doc_id, None)

    @rule(kind=st.sampled_from(["flat", "hnsw"]))
    def rebuild(self, kind: str) -> None:
        assert self.kb.rebuild(kind=kind).count == len(self.model)

    @rule()
    def rollback(self) -> None:
        try:
            self.kb.rollback()
        except InputError:
            assert self.kb.stats()["generation"] in {0, 1} or self.kb.stats()["generation"] == min(
                self.kb._store.generations.numbers()
            )

    @rule(unit=st.sampled_from(["document", "chunk"]))
    def link_duplicates(self, unit: Unit) -> None:
        assert self.kb.duplicates(unit=unit).items == len(self.model)

    @rule()
    def reopen(self) -> None:
        self.kb.close()
        self.kb = ragline.open(self.kb.folder)

    @invariant()
    def the_collection_shows_the_model(self) -> None:
        assert self.kb.document_ids() == sorted(self.model)
        assert self.kb.health()["ok"], self.kb.health()
        staff = Principal("ann", frozenset({"staff"}))
        for principal, seen in ((None, (None,)), (staff, (None, ("staff",)))):
            visible = {doc_id for doc_id, (_, acl) in self.model.items() if acl in seen}
            for mode in ("hybrid", "vector", "lexical"):
                query = "alpha " + " ".join(f"own{doc_id}" for doc_id in sorted(self.model)) or "alpha"
                hits = self.kb.search(query, k=20, mode=mode, principal=principal)  # type: ignore[arg-type]
                assert {hit.doc_id for hit in hits} == visible, mode
                assert all(hit.text == self.model[hit.doc_id][0] for hit in hits)
            hits = self.kb.search(query, k=20, principal=principal, collapse=True)
            named = [name for hit in hits for name in (hit.doc_id, *hit.duplicates)]
            assert sorted(named) == sorted(visible)  # each has its place or is named by another, and nothing else is


CollectionAgainstDictionary.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestCollectionAgainstDictionary = CollectionAgainstDictionary.TestCase
