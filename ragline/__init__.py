"""Ragline: retrieval-augmented generation that measures itself.

The doorway: it imports nothing heavy. Names are loaded on first use (PEP 562).
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from api.collection import Collection as Collection
    from api.collection import open as open  # noqa: A004 - the public name
    from api.comparing import compare as compare
    from api.tracking import track as track
    from api.upkeep import restore as restore
    from eval.reports import read_result as read_result
    from ragline.errors import RaglineError as RaglineError
    from ragline.reports import IngestReport as IngestReport
    from ragline.settings import Settings as Settings
    from ragline.types import Answer as Answer
    from ragline.types import Chunk as Chunk
    from ragline.types import Citation as Citation
    from ragline.types import Description as Description
    from ragline.types import Document as Document
    from ragline.types import Hit as Hit
    from ragline.types import Principal as Principal
    from ragline.types import Turn as Turn

__version__ = "0.1.0"

_HOMES = {
    "open": "api.collection",
    "Collection": "api.collection",
    "compare": "api.comparing",
    "track": "api.tracking",
    "restore": "api.upkeep",
    "RaglineError": "ragline.errors",
    "Settings": "ragline.settings",
    "Answer": "ragline.types",
    "Chunk": "ragline.types",
    "Citation": "ragline.types",
    "Description": "ragline.types",
    "Document": "ragline.types",
    "Hit": "ragline.types",
    "IngestReport": "ragline.reports",
    "Principal": "ragline.types",
    "Turn": "ragline.types",
    "read_result": "eval.reports",
}
_ROOMS = ("ingestion", "indexes", "retrieval", "eval", "api")

__all__ = ["__version__", *sorted(_HOMES)]


def _refuse_shadowed_rooms() -> None:
    """Raise an ImportError when another package named like one of our rooms would be imported in its place."""
    home = Path(__file__).resolve().parent.parent
    for room in _ROOMS:
        module = sys.modules.get(room)
        spec = module.__spec__ if module is not None else importlib.util.find_spec(room)
        found = "nowhere" if spec is None else spec.origin or str(spec.submodule_search_locations)
        if Path(found).resolve() != home / room / "__init__.py":
            raise ImportError(
                f"Ragline's package {room!r} is shadowed: Python finds it at {found} instead of {home / room}. "
                f"Rename that package, or start Python from another folder (or with `python -P`) so that it does not "
                f"come first on sys.path."
            )


_refuse_shadowed_rooms()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ragline' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
