"""FAISS, an optional part: without it every search is an exact scan."""

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from indexes.vector.selection import Selection
from ragline.errors import CorruptIndexError, MissingExtra

PACKAGES = ("faiss-cpu", "numpy")


@cache
def has_faiss() -> bool:
    """Whether FAISS is installed; it is not imported."""
    return importlib.util.find_spec("faiss") is not None


def import_faiss(purpose: str) -> Any:
    """The ``faiss`` module. Raises :class:`MissingExtra` where it is not installed."""
    try:
        return importlib.import_module("faiss")
    except ImportError as error:
        raise MissingExtra("faiss-cpu", extra="ann", purpose=purpose) from error


@contextmanager
def faiss_threads(faiss: Any, threads: int) -> Iterator[None]:
    """FAISS uses so many threads for what this thread asks of it meanwhile; other threads are not concerned."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(threads)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def bitmap_selector(faiss: Any, selection: Selection) -> Any:
    """FAISS's view of a selection, which is kept with it."""
    return selection.derived("faiss", lambda selection: faiss.IDSelectorBitmap(selection.bitmap))


def read_index(faiss: Any, path: Path, *, mapped: bool) -> Any:
    """An index from a file whose checksum the caller has verified. Raises :class:`CorruptIndexError` where it is none."""
    try:
        return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC if mapped else 0)
    except RuntimeError as error:
        raise CorruptIndexError(f"{path} cannot be loaded ({error}). Run: ragline rebuild") from error
