"""Importing ragas when it is first needed: without telemetry, and with an error that says what to do."""

import os
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from ragline.errors import MissingExtra

PURPOSE = "Judging answers with ragas"

MAX_CAUSE = 300
"""Characters of the import's own message that are passed on; a broken installation can write pages."""


def load_ragas() -> ModuleType:
    """``ragas.metrics.collections``.

    Raises :class:`MissingExtra` where ragas is not installed, or does not import: then with the cause. Version 0.4.3 does not
    with langchain-community 0.4, for example.
    """
    os.environ["RAGAS_DO_NOT_TRACK"] = "true"
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or its import asks the network for a price list
    try:
        collections = import_module("ragas.metrics.collections")
    except ModuleNotFoundError as error:
        if error.name == "ragas":
            raise MissingExtra("ragas", extra="eval", purpose=PURPOSE) from error
        raise _broken(error) from error
    except Exception as error:
        raise _broken(error) from error
    analytics = sys.modules.get("ragas._analytics")
    if analytics is not None:
        analytics.do_not_track.cache_clear()  # another user of ragas in the process may have had it read the variable before
    return collections


def ragas_version() -> str:
    """The version that is installed. Raises :class:`MissingExtra` without one."""
    try:
        return version("ragas")
    except PackageNotFoundError as error:
        raise MissingExtra("ragas", extra="eval", purpose=PURPOSE) from error


def _broken(error: Exception) -> MissingExtra:
    cause = " ".join(f"{type(error).__name__}: {error}".split())[:MAX_CAUSE]
    return MissingExtra("ragas", extra="eval", purpose=PURPOSE, cause=cause)
