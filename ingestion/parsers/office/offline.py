"""The library ``unstructured`` without the network: no telemetry, no notice, no download of a language model.

It takes three functions from ``unstructured.nlp.tokenize``, the one module that imports spaCy and that fetches a model from the
internet when the first text is looked at. They serve to guess from the wording whether a paragraph is prose or a title, which
is not needed here: structure comes from styles. So a module with the same three functions stands in its place, and it is
checked that the library uses it.
"""

import os
import re
import sys
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

from ragline.errors import MissingExtra, RaglineError

_SEAM = "unstructured.nlp.tokenize"
_USER = "unstructured.partition.text_type"
_FUNCTIONS = ("pos_tag", "sent_tokenize", "word_tokenize")
# Read by the library when it is imported and at every call; the notice wants exactly "1".
_QUIET = {"UNSTRUCTURED_DISABLE_NOTICE": "1", "DO_NOT_TRACK": "true", "SCARF_NO_ANALYTICS": "true"}
_WORD = re.compile(r"\w+|[^\w\s]")
_SENTENCE_GAP = re.compile(r"(?<=[.!?。！？])\s+")

Partition = Callable[..., list[Any]]


def partition_docx() -> Partition:
    """The library's function for Word documents. Raises :class:`MissingExtra` and what :func:`check_stand_in` raises."""
    _prepare("docx")
    from unstructured.partition.docx import partition_docx as partition

    check_stand_in()
    found: Partition = partition
    return found


def partition_pptx() -> Partition:
    """The library's function for presentations. Raises as :func:`partition_docx`."""
    _prepare("pptx")
    from unstructured.partition.pptx import partition_pptx as partition

    check_stand_in()
    found: Partition = partition
    return found


def check_stand_in() -> None:
    """Raises :class:`RaglineError` when this version of the library takes its tokenizer from elsewhere."""
    user, ours = sys.modules.get(_USER), sys.modules.get(_SEAM)
    if user is None or ours is not _stand_in() or any(vars(user).get(name) is not vars(ours)[name] for name in _FUNCTIONS):
        raise RaglineError(
            "the installed version of unstructured would load a language model from the network. "
            "Install the version in constraints.txt, and report this one."
        )


def _prepare(format_name: str) -> None:
    """Everything that must stand before the first import of the library."""
    for name, value in _QUIET.items():
        os.environ[name] = value
    sys.modules[_SEAM] = _stand_in()
    try:
        import unstructured  # noqa: F401
    except ImportError as error:
        del sys.modules[_SEAM]
        raise MissingExtra("unstructured", extra="documents", purpose=f"reading {format_name} files") from error


@cache
def _stand_in() -> ModuleType:
    module = ModuleType(_SEAM, "Stands in for the library's tokenizer: no spaCy, no download.")
    vars(module).update(word_tokenize=_word_tokenize, pos_tag=_pos_tag, sent_tokenize=_sent_tokenize)
    return module


def _word_tokenize(text: str) -> list[str]:
    return _WORD.findall(text)


def _pos_tag(text: str) -> list[tuple[str, str]]:
    """A verb everywhere: the library asks for one to call a text prose."""
    return [(word, "VB") for word in _word_tokenize(text)]


def _sent_tokenize(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCE_GAP.split(text) if sentence.strip()]
