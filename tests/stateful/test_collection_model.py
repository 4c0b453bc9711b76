"""A collection against a dictionary: any series of additions, edits, deletes, searches, filters, rebuilds, swaps, rollbacks,
reopenings and crashes agrees.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import ragline
from indexes.duplicate_report import Unit
from ragline.errors import FilterError, InputError
from ragline.types import Document, Principal

IDS = st.sampled_from([f"doc{number}" for number in range(6)])
WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "zeta", "eta"]), min_size=1, max_size=12)
ACLS = st.sampled_from([None, None, ("staff",), ()])
SETTINGS: dict[str, Any] = {"embedder": "light", "exact_threshold": 3, "auto_rebuild": "off", "threads": 1}
CRASHING = Path(__file__).with_name("crashing_child.py")
MOST_CRASHES = 1
"""In one series; each takes the start of a process."""


class CollectionAgainstDictionary(RuleBasedStateMachine):
    """The model is ``{id: (text, acl)}``; what the collection shows must follow from it."""

    @initialize()
    def start(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.kb = ragline.open(Path(self._folder.name) / "kb", **SETTINGS)
        self.crashes = 0
        self.model: dict[str, tuple[str, tuple[str, ...] | None]] = {}

    def teardown(self) -> None:
        self.kb.close()
        self._folder.cleanup()

    @rule(doc_id=IDS, words=WORDS, acl=ACLS)
    def put(self, doc_id: str, words: list[str], acl: tuple[str, ...] | None) -> None:
        text = f"own{doc_id} " + " ".join(words)
        metadata = {"length": len(words)}
        (row,) = self.kb.ingest([Document(doc_id, text, metadata=metadata, acl=acl)]).rows
        before = self.model.get(doc_id)
        assert row.status == ("added" if before is None else "unchanged" if before == (text, acl) else "updated")
        self.model[doc_id] = (text, acl)

    @rule(doc_id=IDS)
    def delete(self, doc_id: str) -> None:
        assert self.kb.delete(doc_id).found == (doc_id in self.model)
        self.model.pop(doc_id, None)

    @rule(kind=st.sampled_from(["flat", "hnsw", "hnsw-int8", "ivf-rabitq"]))
    def rebuild(self, kind: str) -> None:
        assert self.kb.rebuild(kind=kind).count == len(self.model)

    @rule(kind=st.sampled_from(["flat", "hnsw"]))
    def begin_a_swap(self, kind: str) -> None:
        """It comes into use at some time during what follows, or is overtaken."""
        if self.model:
            self.kb.start_rebuild(kind=kind)

    @rule()
    def end_a_swap(self) -> None:
        assert self.kb.wait_for_rebuild(120)
        assert self.kb.stats()["rebuild"] == "idle"

    @rule(length=st.integers(1, 12))
    def filtered(self, length: int) -> None:
        wanted = {doc_id for doc_id, (text, acl) in self.model.items() if acl is None and len(text.split()) - 1 >= length}
        for mode in ("hybrid", "vector"):
            try:
                hits = self.kb.search("alpha own", k=20, mode=mode, filters={"length": {"gte": length}})  # type: ignore[arg-type]
            except FilterError:  # no document that may be seen has the field
                assert all(acl is not None for _, acl in self.model.values())
                return
            found = {hit.doc_id for hit in hits}
            assert found <= wanted
            assert mode == "hybrid" or found == wanted

    @precondition(lambda self: self.crashes < MOST_CRASHES)
    @rule(doc_id=IDS, words=WORDS, step=st.integers(1, 60))
    def crash(self, doc_id: str, words: list[str], step: int) -> None:
        """Another process edits a document, and is killed in front of one of its steps: the edit is there, or it is not."""
        self.crashes += 1
        self.kb.wait_for_rebuild(120)
        text = f"own{doc_id} " + " ".join(words)
        work = json.dumps({"folder": str(self.kb.folder), "doc_id": doc_id, "text": text, "length": len(words), "step": step})
        subprocess.run([sys.executable, CRASHING], input=work, text=True, check=False)
        found = self.kb.get(doc_id)
        if found is not None and found.text == text:
            self.model[doc_id] = (text, None)
        else:
            assert (None if found is None else (found.text, found.acl)) == self.model.get(doc_id)
        self.reopen()  # which brings the indexes up to what was committed

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
        self.kb = ragline.open(self.kb.folder, **SETTINGS)

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
