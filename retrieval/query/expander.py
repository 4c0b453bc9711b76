"""Runs further forms of a query as legs of their own, to be fused with those of the query itself.

A leg of a form is named after its kind and the form's origin: "lexical:variants", "vector:parts.1". It searches in the same
scope as the query does, and what it is made from is visible there too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from indexes.catalog.reader import CatalogReader
from indexes.embedders.base import Embedder, Vectors
from indexes.snapshot import Candidates, Snapshot, StaleSnapshotError
from ragline.errors import MissingExtra
from ragline.settings import Settings
from retrieval.query import feedback
from retrieval.query.by_model import QueryModel
from retrieval.query.forms import BY_MODEL, QueryForm, numbered
from retrieval.query.identifiers import rewritten
from retrieval.query.parts import parts_of
from retrieval.query.spelling import corrected
from retrieval.query.vocabulary import VisibleWords
from retrieval.query_vectors import QueryVectors
from retrieval.scope import Scope

LONGEST = 4_000
"""Characters of a query up to which its own words are looked at ("variants", "parts"): a longer one is a text, no question."""


class QueryExpander:
    """Makes the forms that a search asks for. Safe to use from several threads. ``query_vectors`` embeds them."""

    def __init__(
        self, catalog: CatalogReader, embedder: Callable[[], Embedder], settings: Settings, query_vectors: QueryVectors
    ) -> None:
        self._catalog = catalog
        self._embedder = embedder
        self._settings = settings
        self._query_vectors = query_vectors

    def forms(
        self,
        expansions: Sequence[str],
        query: str,
        vector: Vectors | None,
        snapshot: Snapshot,
        scope: Scope,
        first: Mapping[str, Candidates],
    ) -> list[QueryForm]:
        """All forms, with their vectors where they run in a vector leg. ``first`` are the legs of the query itself.

        Raises :class:`StaleSnapshotError` where chunks have been replaced meanwhile, :class:`ragline.errors.InputError` where a
        model is needed and none is set, or where it refuses the request.
        """
        forms = self._made(expansions, query, vector, snapshot, scope, first)
        bare = [form.text for form in forms if form.vector is None and "vector" in form.legs and "vector" in first]
        vectors = dict(zip(bare, self._query_vectors.vectors(bare), strict=True)) if bare else {}
        return [replace(form, vector=vectors[form.text]) if form.text in vectors else form for form in forms]

    def _made(
        self,
        expansions: Sequence[str],
        query: str,
        vector: Vectors | None,
        snapshot: Snapshot,
        scope: Scope,
        first: Mapping[str, Candidates],
    ) -> list[QueryForm]:
        forms: list[QueryForm] = []
        for expansion in expansions:
            if expansion in {"variants", "parts"} and len(query) > LONGEST:
                continue
            if expansion == "variants":
                words = VisibleWords(snapshot, scope, self._catalog)
                text = corrected(rewritten(query, words), words, self._is_word)
                # A second vector would double the time of such a query; what it adds is in decision 0032.
                forms += [QueryForm("variants", text, ("lexical",))] if text != query else []
            elif expansion == "parts":
                forms += numbered("parts", parts_of(query))
            elif expansion == "feedback":
                forms += self._relevance_model(query, snapshot, first.get("lexical"))
            elif expansion == "rocchio":
                forms += _rocchio(vector, snapshot, first.get("vector"))
            elif expansion == "hyde":
                forms += self._hypothetical(query, vector)
            elif expansion in BY_MODEL:
                forms += numbered(expansion, self._model.texts(expansion, query))
        return forms

    def _is_word(self, text: str) -> bool:
        """Whether the embedder's tokenizer has it whole: it has common words so, and mistyped ones in pieces.

        Nothing is known to be a word where the embedder is not installed, which a lexical search does without.
        """
        try:
            return self._embedder().count_tokens([text]) == [1]
        except MissingExtra:
            return False

    def _relevance_model(self, query: str, snapshot: Snapshot, leg: Candidates | None) -> list[QueryForm]:
        if leg is None or not len(leg.rows):
            return []
        numbers = [int(number) for number in snapshot.chunk_nos[leg.rows[: feedback.FEEDBACK_CHUNKS]]]
        chunks = self._catalog.chunks(numbers)
        if len(chunks) < len(numbers):
            raise StaleSnapshotError
        terms = snapshot.lexical.content_terms
        texts = [terms(f"{chunks[number].context}\n{chunks[number].text}") for number in numbers]
        weights = feedback.relevance_model(terms(query), texts, leg.scores[: len(numbers)].tolist())
        return [QueryForm("feedback", feedback.strongest(weights), ("lexical",), terms=weights)]

    def _hypothetical(self, query: str, vector: Vectors | None) -> list[QueryForm]:
        """The mean of the query's vector and that of a passage that would answer it, for the vector leg."""
        if vector is None:
            return []
        forms = []
        embedder = self._embedder()
        for text in self._model.texts("hyde", query):
            passage = _fitting(text, embedder)
            both = np.mean([vector, embedder.embed_documents([passage])[0]], axis=0)
            unit = (both / np.linalg.norm(both)).astype(np.float32)
            forms.append(QueryForm("hyde", passage, ("vector",), vector=unit))
        return forms

    @cached_property
    def _model(self) -> QueryModel:
        return QueryModel(self._settings)


def run_forms(
    forms: Sequence[QueryForm], snapshot: Snapshot, scope: Scope, depths: Mapping[str, int], first: Mapping[str, Candidates]
) -> dict[str, Candidates]:
    """The legs of these forms. ``first`` are those of the query itself: a form runs only in legs that it ran in."""
    legs: dict[str, Candidates] = {}
    for form in forms:
        if form.vector is not None and "vector" in form.legs and "vector" in first:
            found = snapshot.vector_candidates(form.vector, depths["vector"], scope.mask)
            legs[f"vector:{form.origin}"] = replace(found, form=form.text)
        if "lexical" in form.legs and "lexical" in first:
            if form.terms is None:
                found = snapshot.lexical_candidates(form.text, depths["lexical"], scope.mask)
            else:
                found = snapshot.term_candidates(form.terms, depths["lexical"], scope.mask)
            legs[f"lexical:{form.origin}"] = replace(found, form=form.text)
    return legs


def _rocchio(vector: Vectors | None, snapshot: Snapshot, leg: Candidates | None) -> list[QueryForm]:
    if vector is None or leg is None or not len(leg.rows):
        return []
    rows = leg.rows[: feedback.ROCCHIO_CHUNKS]
    moved = feedback.rocchio(vector, snapshot.vectors_of(rows))
    return [QueryForm("rocchio", f"the mean of {len(rows)} chunks", ("vector",), vector=moved)]


def _fitting(text: str, embedder: Embedder) -> str:
    """As many words of a text as the embedder reads."""
    words = text.split()
    while len(words) > 1 and embedder.max_tokens and embedder.count_tokens([" ".join(words)])[0] > embedder.max_tokens:
        words = words[: len(words) * 3 // 4]
    return " ".join(words)
