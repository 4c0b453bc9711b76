"""A line for every live document: what access control and counts need of it, without its text."""

import json
import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listed:
    """``changed_at`` is when it was last changed, or else ingested, in seconds since 1970; ``acl`` as in a document."""

    doc_id: str
    acl: tuple[str, ...] | None
    chunks: int
    changed_at: float


def listed_documents(connection: sqlite3.Connection) -> list[Listed]:
    """All live documents by id."""
    rows = connection.execute(
        "SELECT doc_id, acl, (SELECT count(*) FROM chunks WHERE chunks.doc_no = documents.doc_no AND NOT quarantined), "
        "coalesce(modified_at, ingested_at) FROM documents WHERE removed_seq IS NULL"
    )
    found = [Listed(doc_id, acl and tuple(json.loads(acl)), chunks, changed_at) for doc_id, acl, chunks, changed_at in rows]
    return sorted(found, key=lambda each: each.doc_id)
