"""Documents from the web, on their way to a parser: fetched here, where the network is, and read by a child from a file."""

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from ingestion.sources import SourceFile

# The longest name that file systems take is 255 bytes.
_MAX_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class SourceUrl:
    """An address that :func:`ingestion.guard.url.check_url` has passed; it is the id of its document."""

    doc_id: str


def is_url(text: str) -> bool:
    """Whether ``text`` is meant as an address of the web."""
    return text[:8].lower().startswith(("http://", "https://"))


class Downloads:
    """Files of one ingest in a folder of their own, which goes when the context is left."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def take(self, source: SourceUrl) -> SourceFile:
        """Fetch a document. Raises :class:`ragline.errors.ParseError` when that does not succeed."""
        from ingestion.guard.url import fetch

        found = fetch(source.doc_id)
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="ragline-"))
        self._count += 1
        place = self._folder / str(self._count)
        place.mkdir()
        # The title is made from the name where the document has none.
        path = place / (PurePosixPath(found.name).name[-_MAX_NAME_CHARS:].lstrip(".") or "page")
        path.write_bytes(found.data)
        return SourceFile(path, source.doc_id, len(found.data), url=source.doc_id)

    def discard(self, source: SourceFile) -> None:
        """The file of a document that has been read."""
        if source.url:
            with suppress(OSError):
                source.path.unlink()
