"""MinHash signatures: 128 numbers for a text, from which the similarity of two texts is estimated without the texts.

The minimum of a random permutation over two sets is the same with a probability that is their Jaccard similarity. So the share
of equal places of two signatures estimates it, with the standard error ``sqrt(J (1 - J) / 128)``: .032 at .85, at most .044.
Source: Broder, "On the resemblance and containment of documents", SEQUENCES 1997; the permutations are ``a x + b`` modulo 2**32
with odd ``a``, after Bohman, Cooper and Frieze, "Min-wise independent linear permutations", 2000.
"""

import hashlib
import math
import unicodedata

import numpy as np
from numpy.typing import NDArray

from ingestion.duplicates.shingles import SHINGLE_WORDS, Shingled

PERMUTATIONS = 128
RECIPE = f"minhash 1: {PERMUTATIONS} permutations of {SHINGLE_WORDS} words, Unicode {unicodedata.unidata_version}"
"""Signatures can be compared when this is the same for both. Raise its number when the shingles or the permutations change."""

Signatures = NDArray[np.uint32]

NONE = np.uint32(0xFFFFFFFF)
"""Every place of the signature of a text without shingles."""

_WORD_BYTES = 4


def signatures_of(texts: Shingled) -> Signatures:
    """The signature of every text, uint32 of shape ``(n, 128)``."""
    found = np.full((PERMUTATIONS, len(texts.counts)), NONE, np.uint32)
    filled = np.flatnonzero(texts.counts)
    if filled.size:
        starts = np.concatenate(([0], np.cumsum(texts.counts[filled])[:-1]))
        values = (texts.hashes >> np.uint64(32)).astype(np.uint32)
        permuted = np.empty_like(values)
        for place, (factor, summand) in enumerate(zip(_FACTORS, _SUMMANDS, strict=True)):
            np.multiply(values, factor, out=permuted)
            np.add(permuted, summand, out=permuted)
            found[place, filled] = np.minimum.reduceat(permuted, starts)
    return np.ascontiguousarray(found.T)


def estimates(signature: Signatures, others: Signatures) -> NDArray[np.float64]:
    """The estimated similarity of a text to each of the others (a row each), in [0, 1]."""
    estimated: NDArray[np.float64] = (others == signature).mean(axis=1)
    return estimated


def standard_error(similarity: float) -> float:
    """Of an estimate, when the true value is ``similarity``."""
    return math.sqrt(similarity * (1 - similarity) / PERMUTATIONS)


def to_bytes(signature: Signatures) -> bytes:
    """A signature as it is stored: 512 bytes, little endian."""
    return signature.astype("<u4").tobytes()


def from_bytes(stored: bytes | bytearray) -> Signatures:
    """Signatures from what was stored of them, one after the other; shape ``(n, 128)``."""
    return np.frombuffer(stored, "<u4").astype(np.uint32, copy=False).reshape(-1, PERMUTATIONS)


def _constants(name: str) -> Signatures:
    """Fixed numbers that look random, the same under every version of every library."""
    digests = (hashlib.blake2b(f"{name} {place}".encode(), digest_size=_WORD_BYTES).digest() for place in range(PERMUTATIONS))
    return np.array([int.from_bytes(digest, "little") for digest in digests], np.uint32)


_FACTORS = _constants("factor") | np.uint32(1)
_SUMMANDS = _constants("summand")
