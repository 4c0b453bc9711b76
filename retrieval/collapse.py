"""Collapsing: of hits that are near-duplicates of one another the best stays, and says for which others it stands.

A row or the summary of a table and the passage that holds the table are one hit to begin with: they are ways to find the same
characters. It has the place of the best of them and shows the passage, in which all of it can be read.

Which texts are near-duplicates is known from the links of the last analysis. Of a text that came later, and of every text when
there was none, it is found out on the spot: by the exact similarity to the hits that stay, some milliseconds for the two
hundred candidates of a query. The same is done whatever the links say in a collection with access control: a link may be owed
to a hidden document that is like both texts, and what is hidden may change nothing that is seen. It is done for a principal
that sees all too: that nothing is hidden from it is for nobody to learn either.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from indexes.catalog import signatures
from indexes.catalog.reader import CatalogReader
from indexes.catalog.signatures import LinkedChunk
from indexes.snapshot import StaleSnapshotError
from ingestion.duplicates.clusters import DEFAULT_THRESHOLD
from ingestion.duplicates.jaccard import jaccard, may_reach
from ingestion.duplicates.shingles import Shingler

DEEPEST = 10_000
"""Candidates of a leg beyond which no more are fetched to fill the list: the limit of the setting ``depth``."""


@dataclass(frozen=True, slots=True)
class Group:
    """A candidate that stays, and those that it stands for, as places in the ranking (from 0), the best first.

    ``doc_ids`` are the documents of the latter, each once and without the document of the one that stays. ``shown`` is the
    candidate whose text is shown in its place: itself, unless it is a part of a table whose passage is among the others.
    """

    kept: int
    others: tuple[int, ...]
    doc_ids: tuple[str, ...]
    shown: int


@dataclass(frozen=True, slots=True)
class Collapsed:
    """The groups, in the order of those that stay, and a note on how they were found."""

    groups: tuple[Group, ...]
    plan: str

    @property
    def places(self) -> tuple[list[int], list[int]]:
        """Of every group the candidate that stays, and the one that is shown."""
        return [group.kept for group in self.groups], [group.shown for group in self.groups]


class Collapser:
    """Collapses the rankings of one collection. Safe to use from several threads."""

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog
        self._shingler = Shingler()

    def collapse(self, chunk_nos: Sequence[int], k: int, *, by_links: bool) -> Collapsed:
        """At most ``k`` groups of a ranking, given by its chunk numbers. Without ``by_links`` all texts are compared.

        Raises :class:`StaleSnapshotError` when a chunk's rows are gone.
        """
        known = self._catalog.read(partial(signatures.linked_chunks, chunk_nos=chunk_nos))
        if len(known) != len(set(chunk_nos)):
            raise StaleSnapshotError
        items = [known[chunk_no] for chunk_no in chunk_nos]
        if not by_links:
            items = [replace(item, cluster=None) for item in items]
        wholes = whole_passages(items)
        passages = [items[whole.shown] for whole in wholes]
        unlinked = sum(item.cluster is None for item in passages)
        similar = self._similar(passages) if unlinked else _never
        groups = [_group([wholes[number] for number in numbers], items) for numbers in collapse(passages, similar, k)]
        count = sum(len(group.others) for group in groups)
        how = f"links, {unlinked} compared" if by_links else "all compared"
        return Collapsed(tuple(groups), f"collapse: {count} of {len(items)} candidates ({how})")

    def _similar(self, items: Sequence[LinkedChunk]) -> Callable[[int, int], bool]:
        """Whether the texts at two places reach the threshold of the links."""
        made_by = self._catalog.read(signatures.link_settings).get(signatures.CHUNKS.links, {})
        threshold = float(made_by.get("threshold", DEFAULT_THRESHOLD))
        numbers = list(dict.fromkeys(item.vector_no for item in items))
        texts = self._catalog.read(partial(signatures.texts, unit=signatures.CHUNKS, numbers=numbers))
        if len(texts) != len(numbers):
            raise StaleSnapshotError
        sets = dict(zip(texts, self._shingler.shingle(list(texts.values())).sets(), strict=True))

        def similar(place: int, other: int) -> bool:
            one, two = sets[items[place].vector_no], sets[items[other].vector_no]
            return may_reach(one, two, threshold) and jaccard(one, two) >= threshold

        return similar


@dataclass(frozen=True, slots=True)
class Whole:
    """Candidates that are ways to find one passage: their places, the best first, and the place of the one to be shown."""

    places: tuple[int, ...]
    shown: int


def whole_passages(items: Sequence[LinkedChunk]) -> list[Whole]:
    """The candidates with every row and summary at the passage that holds it, where that is a candidate too.

    The order is that of the best candidate of each.
    """
    bodies: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        if item.role == "body":
            bodies.setdefault(item.doc_id, []).append(place)
    members: dict[int, list[int]] = {}
    for place, item in enumerate(items):
        members.setdefault(_holder(items, place, bodies.get(item.doc_id, [])), []).append(place)
    return [Whole(tuple(places), shown) for shown, places in members.items()]


def _holder(items: Sequence[LinkedChunk], place: int, bodies: Sequence[int]) -> int:
    """The best of ``bodies`` that holds all of a row or summary; a body, and what nothing holds, is its own."""
    item = items[place]
    if item.role == "body":
        return place
    return next((body for body in bodies if items[body].start <= item.start and item.end <= items[body].end), place)


def collapse(items: Sequence[LinkedChunk], similar: Callable[[int, int], bool], k: int) -> list[list[int]]:
    """Groups of places, each with the one that stays in front; at most ``k``.

    A candidate joins the first group whose foremost member has the same text, or is in the same cluster, or, where one of the
    two has no link, is ``similar``. Otherwise it stays, as long as fewer than ``k`` do. The order never changes.
    """
    groups: list[list[int]] = []
    joined: dict[int, list[int] | None] = {}
    for place, item in enumerate(items):
        if item.vector_no in joined:  # an equal text has been placed; those that stay are still the same, or more
            group = joined[item.vector_no]
        else:
            group = next((each for each in groups if _alike(items, place, each[0], similar)), None)
            if group is None and len(groups) < k:
                group = []
                groups.append(group)
            joined[item.vector_no] = group
        if group is not None:
            group.append(place)
    return groups


def _alike(items: Sequence[LinkedChunk], place: int, kept: int, similar: Callable[[int, int], bool]) -> bool:
    own, other = items[place].cluster, items[kept].cluster
    return similar(place, kept) if own is None or other is None else own == other


def _group(wholes: Sequence[Whole], items: Sequence[LinkedChunk]) -> Group:
    kept, *rest = wholes[0].places
    others = sorted([*rest, *(place for whole in wholes[1:] for place in whole.places)])
    doc_ids = dict.fromkeys(items[place].doc_id for place in others)
    doc_ids.pop(items[kept].doc_id, None)
    return Group(kept, tuple(others), tuple(doc_ids), wholes[0].shown)


def _never(place: int, other: int) -> bool:  # noqa: ARG001 - every text has a link
    return False
