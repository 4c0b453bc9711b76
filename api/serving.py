"""The space of a collection that is in service, and those that were and still have a reader.

A migration puts another space in use while queries run. Whatever a caller does goes on in the space in which it began, with
its store, its embedder and its retriever, to the end; the next call begins in the new one. A space that is no longer in use is
closed when the last one has left it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from indexes.canary import check_canary
from indexes.lock import WriteLock
from indexes.options import StoreOptions
from indexes.places import LOCK
from indexes.spaces import space_folder, space_in_use, stamp
from indexes.store import CollectionStore, WriteSession
from ragline.errors import EmbedderMismatchError, RaglineError
from ragline.settings import Settings
from retrieval.access import Gate
from retrieval.hybrid import HybridRetriever
from retrieval.query_vectors import AnsweringEmbedder
from retrieval.rerankers.registry import load_reranker
from retrieval.rerankers.weights import NamedWeights, fitted_weights, shipped_weights

if TYPE_CHECKING:
    from api.configuration import CollectionConfiguration
    from indexes.embedders.base import Embedder, Vectors

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Space:
    """A store with the embedder and the retriever that belong to it: one value, so that no two can be mixed.

    ``home`` is the collection's folder, for messages; ``lock`` is held while something is written; ``given`` names the settings
    that the caller chose.
    """

    def __init__(
        self,
        number: int,
        home: Path,
        configuration: CollectionConfiguration,
        settings: Settings,
        threads: int,
        lock: WriteLock,
        *,
        given: frozenset[str] = frozenset(),
    ) -> None:
        self.number = number
        self.home = home
        self.folder = space_folder(home, number)
        self.configuration = configuration
        self.threads = threads
        self.given = given
        self._settings = settings
        self._loading = threading.RLock()
        fingerprint = configuration.embedder
        options = StoreOptions(fingerprint.dim, str(fingerprint), threads, settings, given, configuration.analysis)
        golden = partial(golden_vectors, settings, lambda: self.embedder)
        self.store = CollectionStore(self.folder, options, golden=golden, lock=lock)
        self.stamp = (0, 0)
        self.readers = 0
        self.is_retired = False

    @cached_property
    def embedder(self) -> Embedder:
        """Loaded at first use. Raises :class:`EmbedderMismatchError` when what is installed is another one."""
        from indexes.embedders.registry import load_embedder

        with self._loading:
            wanted = self.configuration.embedder
            settings = self._settings
            embedder = load_embedder(wanted.name, threads=settings.threads or None, runtime=settings.runtime)
            if embedder.fingerprint != wanted:
                raise EmbedderMismatchError(
                    f"The collection {self.home} was embedded by {wanted}; installed is {embedder.fingerprint}. Install the "
                    f"package version that it was made with, or embed it anew: ragline migrate --embedder {wanted.name} --kb "
                    f"{self.home}"
                )
            check_canary(self.store.catalog.settings(), embedder, self.home)
            return embedder

    @cached_property
    def reranker_weights(self) -> NamedWeights:
        """Those that the collection was fitted with, else those that come with Ragline for its embedder."""
        fitted = fitted_weights(self.store.catalog.settings())
        return fitted or shipped_weights(self.configuration.embedder.name)

    @cached_property
    def retriever(self) -> HybridRetriever:
        reranker = load_reranker(self._settings, lambda: self.embedder, lambda: self.reranker_weights)
        return HybridRetriever(self.store, lambda: self.embedder, self._settings, reranker=reranker, gate=self.gate)

    @property
    def answering_embedder(self) -> AnsweringEmbedder:
        """The embedder, for answers to questions that were searched for."""
        return AnsweringEmbedder(self.embedder, self.retriever.query_vectors)

    @cached_property
    def gate(self) -> Gate:
        """Who may see what."""
        return Gate(self.store.catalog, self._settings.access)

    def close(self, *, wait: bool = True) -> None:
        """Close the store, and end what is measured of its searches. A rebuild is waited for, or ended."""
        try:
            self.store.close(wait=wait)
        finally:
            if "retriever" in self.__dict__:
                self.retriever.recall.close()


class Serving:
    """Hands out the space in use. Safe to use from several threads.

    Two locks, so that none is waited for with the other in hand: spaces are opened under ``_opening``, which may take the write
    lock (a repair does); whoever holds the write lock only counts.
    """

    def __init__(self, home: Path, open_space: Callable[[int, WriteLock], Space]) -> None:
        self._home = home
        self._open = open_space
        self.lock = WriteLock(home / LOCK)
        self._opening = threading.RLock()
        self._counting = threading.Lock()
        self._own = threading.local()
        self._retired: list[Space] = []
        self._prepared: Space | None = None
        self._is_closed = False
        self._newest = self._open_newest()

    def close(self, *, wait: bool = True) -> None:
        """Close every space; whoever is still in one meets a closed store. ``wait`` for a rebuild in the background."""
        with self._counting:
            self._is_closed = True
            left = [*self._retired, *filter(None, (self._prepared,))]
            self._retired.clear()
            self._prepared = None
        for space in left:
            space.close(wait=False)
        self._newest.close(wait=wait)

    def space(self) -> Space:
        """The space that this thread is in, or else the one in use."""
        found: Space | None = getattr(self._own, "space", None)
        return found if found is not None else self._current()

    @contextmanager
    def one_space(self) -> Iterator[Space]:
        """Inside, :meth:`space` is the same for this thread, whatever is switched meanwhile; but see :meth:`writing`."""
        if getattr(self._own, "space", None) is not None:
            yield self._own.space
            return
        self._enter()
        try:
            yield self._own.space
        finally:
            self._leave()

    @contextmanager
    def writing(self) -> Iterator[WriteSession]:
        """Hold the write lock of the space in use, which is :meth:`space` inside: nothing is written to one that was left.

        Raises as :meth:`indexes.store.CollectionStore.writing` does.
        """
        with self.holding(), self.space().store.writing() as session:
            yield session

    @contextmanager
    def holding(self) -> Iterator[Space]:
        """Hold the write lock, in the space in use."""
        with self.one_space() as space:
            space.store.snapshot()  # that it is closed is told before a lock is waited for
            while True:
                with self.lock.hold():
                    if self._is_closed or self._own.space.stamp == stamp(self._home):
                        yield self._own.space
                        return
                self._leave()
                self._enter()

    @contextmanager
    def prepared(self, number: int) -> Iterator[None]:
        """Open a space that is put in use inside, so that nothing has to be opened, and nothing can fail, when it is.

        The caller holds the write lock.
        """
        space = self._open(number, self.lock)
        with self._counting:
            self._prepared = space
        try:
            yield
        except BaseException:
            self._take_prepared(0)
            raise

    def _take_prepared(self, number: int) -> Space | None:
        """The space that is prepared, where it has this number; another one is of no use any more."""
        with self._counting:
            space, self._prepared = self._prepared, None
        if space is not None and space.number != number:
            space.close(wait=False)
            return None
        return space

    def _enter(self) -> None:
        while True:
            space = self._current()
            with self._counting:
                if not space.is_retired:
                    space.readers += 1
                    self._own.space = space
                    return

    def _leave(self) -> None:
        space: Space | None = self._own.space
        if space is None:  # another one could not be opened
            return
        self._own.space = None
        with self._counting:
            space.readers -= 1
            is_last = space.is_retired and not space.readers and space in self._retired
            if is_last:
                self._retired.remove(space)
        if is_last:
            space.close(wait=False)

    def _current(self) -> Space:
        if self._is_up_to_date():
            return self._newest
        with self._opening:
            if self._is_up_to_date():
                return self._newest
            newest = self._open_newest()
            with self._counting:
                if self._is_closed:
                    before = newest
                else:
                    before, self._newest = self._newest, newest
                before.is_retired = True
                is_idle = not before.readers
                if not is_idle:
                    self._retired.append(before)
            if is_idle:
                before.close(wait=False)
            return self._newest

    def _is_up_to_date(self) -> bool:
        return self._is_closed or stamp(self._home) == self._newest.stamp

    def _open_newest(self) -> Space:
        while True:
            seen = stamp(self._home)
            try:
                number = space_in_use(self._home).number
                space = self._take_prepared(number) or self._open(number, self.lock)
            except RaglineError:
                if stamp(self._home) == seen:
                    raise
                continue  # it was left, and removed, while it was opened
            if stamp(self._home) == seen:
                space.stamp = seen
                return space
            space.close(wait=False)


def golden_vectors(settings: Settings, embedder: Callable[[], Embedder]) -> Vectors | None:
    """Vectors of the queries of the golden set that new indexes are checked with, where the settings name one."""
    if not settings.golden_set:
        return None
    from api.evaluation import golden_queries

    return golden_queries(Path(settings.golden_set), embedder())


class Served(Protocol):
    """What has a :class:`Serving`."""

    _serving: Serving


Owner = TypeVar("Owner", bound=Served)


def on_one_space(
    method: Callable[Concatenate[Owner, Arguments], Result],
) -> Callable[Concatenate[Owner, Arguments], Result]:
    """A method that stays in the space in which it begins."""

    @wraps(method)
    def within(self: Owner, /, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        with self._serving.one_space():
            return method(self, *arguments, **named)

    return within
