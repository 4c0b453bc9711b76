"""FAISS, an optional part: without it every search is an exact scan."""

import importlib
import importlib.util
from functools import cache
from typing import Any

from ragline.errors import MissingExtra


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
