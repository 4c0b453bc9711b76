"""Keeps a collection in step with folders while they change."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from api.collection import Collection
from ragline.errors import CollectionLockedError, InputError, MissingExtra
from ragline.reports import IngestReport

QUIET_MS = 1600
"""Changes are gathered until nothing has changed for so long: an editor saves in several steps."""


def watch(
    collection: Collection, folders: Sequence[Path], *, stop: threading.Event | None = None, quiet_ms: int = QUIET_MS
) -> Iterator[IngestReport | InputError | CollectionLockedError]:
    """Sync at once and after every change, until ``stop`` is set; yields each report.

    What keeps a sync from happening (the brake, another writer) is yielded too, and the next change tries again. Raises
    :class:`MissingExtra` without the package ``watchfiles``.
    """
    try:
        from watchfiles import watch as changes
    except ImportError as error:
        raise MissingExtra("watchfiles", extra="watch", purpose="watching folders") from error
    own, is_first = collection.folder.resolve(), True
    # It yields in quiet times too, so that the first sync comes when the watching has begun and no change falls between.
    for changed in changes(
        *folders,
        debounce=quiet_ms,
        step=quiet_ms // 8 or 1,
        rust_timeout=quiet_ms,
        stop_event=stop,
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        if is_first or any(not Path(path).resolve().is_relative_to(own) for _, path in changed):
            is_first = False
            yield _sync(collection, folders)


def _sync(collection: Collection, folders: Sequence[Path]) -> IngestReport | InputError | CollectionLockedError:
    try:
        return collection.sync(folders)
    except (InputError, CollectionLockedError) as error:
        return error
