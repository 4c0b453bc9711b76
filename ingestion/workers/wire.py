"""What parent and child say to each other: JSON in frames, so that nothing a child sends can run as code.

A frame is its length (8 bytes, big endian) and that many bytes of UTF-8. The parent sends one frame with the set-up, then one
per batch of tasks; the child answers every batch with one frame.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from ingestion.description import description_from_wire, description_to_wire
from ingestion.elements import Element, ParsedDocument, Table
from ingestion.guard.injection.policy import InjectionPolicy
from ingestion.guard.privacy import Privacy
from ingestion.pipeline import PreparedDocument
from ingestion.source_map import SourceMap
from ingestion.sources import SourceFile
from ingestion.workers.recipes import AnalysisRecipe, ChunkerRecipe, CounterRecipe
from ingestion.workers.tasks import Task
from ragline.types import Chunk, Document, Metadata

_ENCODER = json.JSONEncoder(separators=(",", ":"))
_LENGTH_BYTES = 8
_FILE_FIELDS = 4


def write_frame(stream: IO[bytes], message: Any) -> None:
    """Send one message."""
    data = _ENCODER.encode(message).encode("ascii")
    stream.write(len(data).to_bytes(_LENGTH_BYTES, "big"))
    stream.write(data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> Any | None:
    """The next message, ``None`` at the end of the stream, also when it ends inside a frame."""
    head = stream.read(_LENGTH_BYTES)
    if len(head) < _LENGTH_BYTES:
        return None
    size = int.from_bytes(head, "big")
    data = stream.read(size)
    return None if len(data) < size else json.loads(data)


def recipe_to_wire(recipe: ChunkerRecipe | None) -> dict[str, Any] | None:
    return None if recipe is None else asdict(recipe)


def recipe_from_wire(message: Mapping[str, Any] | None) -> ChunkerRecipe | None:
    if message is None:
        return None
    return ChunkerRecipe(**{**message, "counter": CounterRecipe(**message["counter"])})


def analysis_to_wire(recipe: AnalysisRecipe | None) -> dict[str, str | None] | None:
    return None if recipe is None else asdict(recipe)


def analysis_from_wire(message: Mapping[str, Any] | None) -> AnalysisRecipe | None:
    return None if message is None else AnalysisRecipe(**message)


def privacy_to_wire(privacy: Privacy) -> dict[str, Any]:
    return asdict(privacy)


def privacy_from_wire(message: Mapping[str, Any]) -> Privacy:
    return Privacy(message["mode"], tuple(message["kinds"]))


def injection_to_wire(injection: InjectionPolicy) -> dict[str, Any]:
    return asdict(injection)


def injection_from_wire(message: Mapping[str, Any]) -> InjectionPolicy:
    return InjectionPolicy(**message)


def task_to_wire(task: Task) -> list[Any]:
    if isinstance(task.source, Document):
        source = task.source
        return [source.id, source.text, source.title, dict(source.metadata), source.acl]
    return [task.doc_id, str(task.source.path), description_to_wire(task.source.description), task.source.place]


def task_from_wire(message: list[Any]) -> Task:
    if len(message) == _FILE_FIELDS:
        doc_id, path, description, place = message
        source = SourceFile(Path(path), doc_id, description=description_from_wire(description), place=place)
        return Task(source, doc_id, 0)
    doc_id, text, title, metadata, acl = message
    return Task(Document(doc_id, text, title, metadata, _names(acl)), doc_id, 0)


def parsed_to_wire(parsed: ParsedDocument, content_hash: str) -> dict[str, Any]:
    """A parsed file, for a parent that chunks it itself."""
    return {"parsed": asdict(parsed), "hash": content_hash}


def parsed_from_wire(message: Mapping[str, Any]) -> tuple[ParsedDocument, str]:
    fields = message["parsed"]
    elements = tuple(_element(each) for each in fields["elements"])
    lists = {"elements": elements, "acl": _names(fields["acl"]), "warnings": tuple(fields["warnings"])}
    return ParsedDocument(**{**fields, **lists, "source_map": _source_map(fields["source_map"])}), message["hash"]


def prepared_to_wire(prepared: PreparedDocument, task: Task) -> dict[str, Any]:
    """The text of a document that the parent has in hand is left out when it is still the same."""
    is_same = isinstance(task.source, Document) and prepared.text == task.source.text
    return {
        "text": None if is_same else prepared.text,
        "title": prepared.title,
        "hash": prepared.content_hash,
        "metadata": dict(prepared.metadata),
        "acl": prepared.acl,
        "language": prepared.language,
        "warnings": prepared.warnings,
        "findings": dict(prepared.findings),
        "chunks": [_chunk_to_wire(chunk) for chunk in prepared.chunks],
    }


def prepared_from_wire(message: Mapping[str, Any], task: Task) -> PreparedDocument:
    text, title, metadata = message["text"], message["title"], message["metadata"]
    if text is None and isinstance(task.source, Document):
        text = task.source.text
    chunks = tuple(
        _chunk_from_wire(fields, task.doc_id, ordinal, text, title, metadata)
        for ordinal, fields in enumerate(message["chunks"])
    )
    acl, warnings = _names(message["acl"]), tuple(message["warnings"])
    rest = (metadata, acl, message["language"], warnings, message["findings"])
    return PreparedDocument(task.doc_id, text, title, message["hash"], chunks, *rest)


def findings_from_wire(message: Mapping[str, Any]) -> dict[str, int]:
    """What was found in a document that is refused for it."""
    return dict(message.get("findings", {}))


def _chunk_to_wire(chunk: Chunk) -> list[Any]:
    """What is the chunk's own."""
    bounds = [chunk.start, chunk.end, chunk.section_start, chunk.section_end]
    scored = [chunk.injection, chunk.quarantined]
    return [chunk.id, *bounds, chunk.kind, chunk.section_path, chunk.page, chunk.context, chunk.role, *scored]


def _chunk_from_wire(fields: list[Any], doc_id: str, ordinal: int, text: str, title: str, metadata: Metadata) -> Chunk:
    chunk_id, start, end, section_start, section_end, kind, path, page, context, role, injection, quarantined = fields
    return Chunk(
        id=chunk_id,
        doc_id=doc_id,
        ordinal=ordinal,
        title=title,
        metadata=metadata,
        text=text[start:end],
        start=start,
        end=end,
        section_start=section_start,
        section_end=section_end,
        kind=kind,
        section_path=tuple(path),
        page=page,
        context=context,
        role=role,
        injection=injection,
        quarantined=quarantined,
    )


def _element(message: Mapping[str, Any]) -> Element:
    rows = tuple((start, end) for start, end in message["rows"])
    header = None if message["header"] is None else (message["header"][0], message["header"][1])
    box, table = message["box"], message["table"]
    return Element(
        **{
            **message,
            "section_path": tuple(message["section_path"]),
            "rows": rows,
            "header": header,
            "box": None if box is None else tuple(box),
            "table": None if table is None else _table(table),
        }
    )


def _table(message: Mapping[str, Any]) -> Table:
    return Table(tuple(message["columns"]), tuple(map(tuple, message["cells"])), message["caption"])


def _source_map(message: Mapping[str, Any] | None) -> SourceMap | None:
    return None if message is None else SourceMap(message["mark"], tuple(message["pairs"]))


def _names(acl: list[str] | tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if acl is None else tuple(acl)
