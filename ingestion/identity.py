"""Stable identities: the same content under the same configuration has the same ids, everywhere and always."""

from hashlib import blake2b, sha256

# 128 bits: among 10^12 chunks the chance of two with one id is below 10^-14 (birthday bound).
_ID_BYTES = 16


def content_hash(data: bytes) -> str:
    """SHA-256 of ``data``, in hexadecimal."""
    return sha256(data).hexdigest()


def chunk_id(doc_id: str, text: str, ordinal_among_equals: int, chunker_fingerprint: str) -> str:
    """32 hexadecimal characters that depend on every argument and on nothing else.

    ``ordinal_among_equals`` counts, from 0, the chunks of the document before this one with the same text. Fields are
    prefixed with their length, so that no two different sets of arguments are hashed as the same bytes.
    """
    parts = (doc_id, text, str(ordinal_among_equals), chunker_fingerprint)
    fields = [part.encode("utf-8", "surrogatepass") for part in parts]
    return blake2b(b"".join([b"%d:%b" % (len(field), field) for field in fields]), digest_size=_ID_BYTES).hexdigest()
