"""What is said of a file from outside it: by a sidecar file beside it, or by the caller.

A sidecar of ``report.pdf`` is ``report.pdf.meta.yaml`` (or ``.yml``, ``.json``): ``title``, ``acl`` and ``language`` have a
meaning, ``options`` go to the parser, every other key is metadata. What the caller says goes before the sidecar, and the
sidecar before what the file says of itself. Access fails closed: a sidecar that cannot be read means nobody.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ingestion.documents import check_document
from ingestion.elements import ParsedDocument
from ingestion.guard.files import is_link, is_there, read_regular
from ingestion.identity import content_hash
from ingestion.parsers.front_matter import NOBODY, read_keys
from ragline.errors import InputError
from ragline.types import Description, Document

SIDECAR_SUFFIXES = (".meta.yaml", ".meta.yml", ".meta.json")
MAX_SIDECAR_BYTES = 1 << 20

Describe = Callable[[Path], Description | None]


def is_sidecar(name: str) -> bool:
    """Whether a file describes another. The case of the suffix does not matter: an access list must not be lost by it."""
    return bool(_suffix(name))


def described_by(path: Path) -> Path:
    """The file that a sidecar describes."""
    return path.with_name(path.name[: -len(_suffix(path.name))])


class Sidecars:
    """Finds the sidecars of files; every folder is looked into once."""

    def __init__(self) -> None:
        self._folders: dict[Path, dict[str, list[Path]] | None] = {}

    def of(self, path: Path) -> list[list[Path]]:
        """The sidecars of a file: those beside the file that it is a link to, then those beside it."""
        places = [path.resolve(), path] if is_link(path) else [path]
        return [found for found in map(self._beside, places) if found]

    def _beside(self, path: Path) -> list[Path]:
        if path.parent not in self._folders:
            self._folders[path.parent] = _sidecars_in(path.parent)
        sidecars = self._folders[path.parent]
        if sidecars is not None:
            return sidecars.get(path.name, [])
        places = [path.with_name(path.name + suffix) for suffix in SIDECAR_SUFFIXES]  # a folder that cannot be listed
        return [place for place in places if is_there(place) or is_link(place)]


def describe_file(path: Path, caller: Describe | None, sidecars: Sidecars) -> Description | None:
    """All that is said of a file from outside it, ``None`` when nothing is.

    Raises :class:`InputError` when the caller's description is not usable.
    """
    found = None
    for places in sidecars.of(path):
        own = read_sidecar(places[0])
        if len(places) > 1:
            own = _unreadable(places[0], f"{places[1].name} describes the same file")
        found = own if found is None else _merged(found, own)
    said = None if caller is None else caller(path)
    if said is None:
        return found
    said = _checked(said, path)
    return said if found is None else _merged(found, said)


def read_sidecar(path: Path) -> Description:
    """The description in a sidecar file; one that cannot be read shuts the document off, with a warning."""
    try:
        if is_link(path):  # it could lead to a file whose keys nobody meant to show
            raise ValueError("it is a link")
        data = read_regular(path, MAX_SIDECAR_BYTES + 1)
        if len(data) > MAX_SIDECAR_BYTES:
            raise ValueError(f"larger than {MAX_SIDECAR_BYTES} bytes")
        text = data.decode("utf-8-sig").strip()
        if not text:
            raise ValueError("it is empty")
        head = read_keys(text)
    except (OSError, ValueError) as error:
        return _unreadable(path, str(error))
    metadata = dict(head.metadata)
    language, options = metadata.pop("language", None), metadata.pop("options", None)
    try:
        given = {} if options is None else json.loads(str(options))
        chosen = {str(key): str(value) for key, value in given.items()}
    except (ValueError, AttributeError):
        return _unreadable(path, "options are not keys with values")
    warnings = tuple(f"{path.name}: {warning}" for warning in head.warnings)
    return Description(head.title, metadata, head.acl, language if isinstance(language, str) else None, chosen, warnings)


def apply_description(parsed: ParsedDocument, description: Description | None) -> ParsedDocument:
    """The parsed document with what is said of it put before what it says itself."""
    if description is None:
        return parsed
    return replace(
        parsed,
        title=description.title or parsed.title,
        metadata={**parsed.metadata, **description.metadata},
        acl=parsed.acl if description.acl is None else description.acl,
        language=description.language or parsed.language,
        warnings=(*parsed.warnings, *description.warnings),
    )


def source_hash(data: bytes, description: Description | None) -> str:
    """Changes whenever the file or what is said of it does."""
    if description is None:
        return content_hash(data)
    said = json.dumps(description_to_wire(description), sort_keys=True)
    return content_hash(b"%d:" % len(data) + data + said.encode())


def description_to_wire(description: Description | None) -> dict[str, Any] | None:
    """As plain JSON values."""
    return None if description is None else asdict(description)


def description_from_wire(values: Mapping[str, Any] | None) -> Description | None:
    """The counterpart of :func:`description_to_wire`."""
    if values is None:
        return None
    acl = None if values["acl"] is None else tuple(values["acl"])
    return Description(**{**values, "acl": acl, "warnings": tuple(values["warnings"])})


def _suffix(name: str) -> str:
    return next((suffix for suffix in SIDECAR_SUFFIXES if name[-len(suffix) :].lower() == suffix), "")


def _sidecars_in(folder: Path) -> dict[str, list[Path]] | None:
    """The sidecars in a folder by the name that they describe; ``None`` where it cannot be listed."""
    found: dict[str, list[Path]] = {}
    try:
        with os.scandir(folder) as entries:
            for name in sorted(entry.name for entry in entries if is_sidecar(entry.name)):
                found.setdefault(described_by(folder / name).name, []).append(folder / name)
    except OSError:
        return None
    return found


def _merged(found: Description, said: Description) -> Description:
    return Description(
        said.title or found.title,
        {**found.metadata, **said.metadata},
        found.acl if said.acl is None else said.acl,
        said.language or found.language,
        {**found.options, **said.options},
        (*found.warnings, *said.warnings),
    )


def _checked(said: object, path: Path) -> Description:
    if not isinstance(said, Description):
        raise InputError(f"describe returned a {type(said).__name__} for {path}; return a ragline.Description or None")
    checked = check_document(Document(path.name, "", said.title, said.metadata, said.acl))
    return replace(said, metadata=checked.metadata, acl=checked.acl)


def _unreadable(path: Path, reason: str) -> Description:
    warning = f"{path.name} cannot be read ({reason}), so nobody may see the document; correct it or remove it"
    return Description(acl=NOBODY, warnings=(warning,))
