"""The score of a chunk: how likely it is that something in it was written to give orders to a model.

A linear model over the features of each segment (see ``features.py``); the chunk has the score of its worst segment. The
weights are made by ``python -m benchmarks.injection_training``.
"""

import hashlib
import json
import math
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from ingestion.guard.injection.features import NAMES, Segment, evidence, segments
from ingestion.guard.injection.tokens import TABLE
from ragline.errors import CorruptIndexError

FILE_NAME = "weights.json"
FLAGGED = 0.5
"""The score at which about one of a hundred chunks of clean documents is flagged: that is how the scores are scaled."""

_LARGEST = 40.0  # exp() of more says nothing that a score in [0, 1] could show


RULES = 2
"""Raise it whenever the same text could get another score by the same weights."""

# Underscores are letters to Python, and emphasis to a reader.
_EMPHASIS = re.compile(r"(?<!\w)_++|(?<=[^\W_])_++(?![^\W_])")
_ZERO = 128  # the number in a table that weighs nothing


@dataclass(frozen=True, slots=True)
class Weights:
    """``named`` has a weight for each feature with a name; those of the table are ``step`` times its numbers less 128.

    ``threshold`` is the log-odds that become the score 0.5.
    """

    named: Sequence[float]
    table: Sequence[int]
    step: float
    threshold: float
    fingerprint: str


def injection_score(text: str, context: str = "") -> float:
    """The score of a chunk in [0, 1], rounded to three decimals; 0 where nothing in it could be an order.

    Of the ``context`` (title, headings) only what speaks to a model or hides counts: a heading may well be a question.
    """
    weights = load_weights()
    text, context = _without_emphasis(text), _without_emphasis(context)
    worst = max((segment_logit(each, weights) for each in segments(text, context)), default=-_LARGEST)
    logit = max(worst, _context_logit(context)) - weights.threshold if context else worst - weights.threshold
    return round(1 / (1 + math.exp(-max(-_LARGEST, min(_LARGEST, logit)))), 3)


def _without_emphasis(text: str) -> str:
    """The text with blanks for the underscores at the edges of words: ``_ignore_`` is read as ``ignore``."""
    return _EMPHASIS.sub(" ", text) if "_" in text else text


def segment_logit(segment: Segment, weights: Weights) -> float:
    """Named features count as they are, hashed ones by the root of their number."""
    count = 3 * len(segment.tokens.words)
    hashed = weights.step * (segment.tokens.weight(weights.table) - _ZERO * count)
    return sum(map(weights.named.__getitem__, segment.named)) + hashed / math.sqrt(count)


@lru_cache(maxsize=256)
def _context_logit(context: str) -> float:
    """The chunks of a section have the same."""
    values = load_weights().named
    bias = values[NAMES.index("bias")]
    return max((bias + sum(values[place] for place in each) for each in evidence(context)), default=-_LARGEST)


@cache
def load_weights() -> Weights:
    """The weights in the file beside this module. Raises :class:`CorruptIndexError` for one of another table."""
    data = files("ingestion.guard.injection").joinpath(FILE_NAME).read_bytes()
    stored = json.loads(data)
    named, table = stored["named"], [(byte + _ZERO) % 256 for byte in b64decode(stored["hashed"])]
    if tuple(named) != NAMES or len(table) != TABLE:
        raise CorruptIndexError(
            f"{FILE_NAME} of the injection detector has other features than this release. Reinstall ragline, or make it anew: "
            f"python -m benchmarks.injection_training"
        )
    fingerprint = hashlib.blake2b(data, digest_size=4).hexdigest()
    weights = list(map(float, named.values()))  # a list gives an item sooner than a tuple or bytes; so for the table
    return Weights(weights, table, float(stored["step"]), float(stored["threshold"]), fingerprint)
