"""The true share of near-duplicates, found without signatures and bands: by every shingle of every text."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from ingestion.duplicates.shingles import Shingler, words_of

_PARAGRAPHS = re.compile(r"\n\s*\n")
_VERSION = re.compile(r"(?:versioned_docs|reference_versioned_docs)/version-[^/]+/")


def true_leaders(texts: Sequence[str], threshold: float) -> int:
    """How many texts lead: each that is less than ``threshold`` alike to every leader before it.

    Exact: an inverted index over all shingles counts what a text has in common with each leader.
    """
    shingler = Shingler()
    having: defaultdict[int, list[int]] = defaultdict(list)
    sizes: list[int] = []
    for text in texts:
        (own,) = shingler.shingle([text]).sets()
        lists = [having[shingle] for shingle in own if shingle in having]
        if lists:
            common = np.bincount(np.concatenate([np.array(each, np.int64) for each in lists]), minlength=len(sizes))
            if (common / (np.array(sizes) + len(own) - common)).max() >= threshold:
                continue
        for shingle in own:
            having[shingle].append(len(sizes))
        sizes.append(len(own))
    return len(sizes)


def repeated_words(texts: Iterable[str]) -> float:
    """The share of all words that stand in a paragraph which came up before, by the hash of its casefolded words."""
    seen: set[bytes] = set()
    repeated = total = 0
    for text in texts:
        for paragraph in _PARAGRAPHS.split(text):
            words = words_of(paragraph)
            digest = hashlib.blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=16).digest()
            total += len(words)
            repeated += len(words) if digest in seen else 0
            seen.add(digest)
    return repeated / total if total else 0.0


def page_of(doc_id: str) -> str:
    """The page that a document is a version of: its path without the folder of its version."""
    path = doc_id.partition("/")[2]
    return _VERSION.sub(lambda match: "reference/" if match[0].startswith("reference") else "docs/", path, count=1)
