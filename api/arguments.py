"""What callers give to be ingested: one path or many, patterns, addresses of the web, documents in hand."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sized
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.downloads import SourceUrl, is_url
from ingestion.guard.files import is_folder
from ingestion.sources import Survey, survey
from ragline.errors import InputError
from ragline.settings import variable
from ragline.types import Document

if TYPE_CHECKING:
    from api.serving import Serving
    from indexes.ingest import Source
    from ingestion.description import Describe


class Arguments:
    """Turns what a caller gives into sources with ids, for one collection, which remembers the folders that give ids."""

    def __init__(self, serving: Serving, *, allow_urls: bool) -> None:
        self._serving = serving
        self._allow_urls = allow_urls

    def resolve(
        self,
        sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str] | Document],
        root: str | os.PathLike[str] | None,
        describe: Describe | None,
    ) -> tuple[Iterable[Source], list[Path], int | None]:
        """What to ingest, the folders of which that is all there is, and how many sources it is where that is known."""
        if isinstance(sources, str | os.PathLike):
            sources = [sources]
        if isinstance(sources, Mapping) or not isinstance(sources, Iterable):
            raise InputError(f"Cannot ingest a {type(sources).__name__}. Give paths or ragline.Document values.")
        total = len(sources) if isinstance(sources, Sized) else None
        items = iter(sources)
        first = list(islice(items, 1))
        if first and isinstance(first[0], Document):
            documents = _documents(chain(first, items))
            # Of a list, a wrong item is known before anything is written; a stream is read as it comes.
            return (documents if total is None else list(documents)), [], total
        if not first and total is None:
            return (), [], 0
        paths = [path_text(item) for item in chain(first, items)]
        urls = self._urls(paths)
        files = [path for path in paths if not is_url(path)]
        if urls and not files:
            return urls, [], len(urls)
        found = self.survey(files, root, describe)
        self.remember(found.new_roots)
        folders = [path for path in map(absolute, files) if is_folder(path)]
        return [*found.found, *urls], folders, len(found.found) + len(urls)

    def _urls(self, paths: list[str]) -> list[SourceUrl]:
        """The addresses of the web among the paths, each once."""
        urls = dict.fromkeys(path for path in paths if is_url(path))
        if not urls:
            return []
        if not self._allow_urls:
            raise InputError(
                f"{next(iter(urls))} is an address of the web, and fetching from there is off. Switch it on with "
                f"ragline.open(..., allow_urls=True), ragline ingest --allow-urls or {variable('allow_urls')}=true."
            )
        from ingestion.guard.url import check_url

        return [SourceUrl(doc_id) for doc_id in dict.fromkeys(map(check_url, urls))]

    def survey(
        self,
        paths: list[str],
        root: str | os.PathLike[str] | None,
        describe: Describe | None,
        *,
        may_be_empty: bool = False,
    ) -> Survey:
        known = {Path(folder): prefix for folder, prefix in self._serving.space().store.catalog.roots().items()}
        place = None if root is None else Path(root)
        return survey(paths, root=place, known_roots=known, may_be_empty=may_be_empty, describe=describe)

    def remember(self, roots: Mapping[Path, str]) -> None:
        """Remember which folder an id prefix stands for, so that every file of it keeps its id later."""
        if roots:
            with self._serving.writing() as session:
                for folder, prefix in roots.items():
                    session.catalog.set_root(str(folder), prefix)


def _documents(items: Iterable[object]) -> Iterator[Document]:
    for item in items:
        if not isinstance(item, Document):
            raise InputError(f"Cannot ingest a {type(item).__name__} among documents. Give ragline.Document values only.")
        yield item


def absolute(path: str) -> Path:
    return Path(path).absolute()


def path_text(item: object) -> str:
    if isinstance(item, str | os.PathLike):
        return os.fsdecode(item)
    raise InputError(f"Cannot ingest a {type(item).__name__} among paths. Give paths only, or ragline.Document values only.")
