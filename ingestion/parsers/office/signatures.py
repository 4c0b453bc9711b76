"""What a file is by its bytes, checked before a library that reads one format only opens it."""

from ingestion.elements import RawSource
from ingestion.guard.content_type import content_type
from ragline.errors import ParseError

_ADVICE = {
    "doc": "convert it to docx",
    "ppt": "convert it to pptx",
    "encrypted": "save a copy without the password",
    "empty": "fill it or leave it out",
}


def require_kind(source: RawSource, *kinds: str) -> str:
    """The kind of the file, one of ``kinds``. Raises :class:`ParseError` with what it is where it is something else."""
    found = content_type(source.data)
    if found.kind in kinds:
        return found.kind
    advice = _ADVICE.get(found.kind, "give it the suffix of its real format, or save it again in its program")
    raise ParseError(f"the file is {found.name}, not {kinds[0]}; {advice}")
