"""The shape that a structured answer has: a JSON Schema, a dataclass or a pydantic model."""

import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

from ragline.errors import InputError, MissingExtra

MAX_PROBLEMS = 5
"""Problems of a reply that a model is told: what comes first mostly explains the rest."""


_OF_THE_ROOT = ("$defs", "definitions", "$schema", "$id")


@dataclass(frozen=True, slots=True)
class OutputSchema:
    """``json_schema`` is what a reply is validated with; ``kind`` the dataclass or model to make of it, else ``None``."""

    json_schema: Mapping[str, Any]
    kind: type | None = None

    @property
    def text(self) -> str:
        """The schema as compact JSON, for a prompt."""
        return json.dumps(self.json_schema, ensure_ascii=False, separators=(",", ":"))

    @property
    def identity(self) -> str:
        """A text that no other schema has."""
        kind = "" if self.kind is None else f"{self.kind.__module__}.{self.kind.__qualname__} "
        return kind + self.text

    @property
    def envelope(self) -> dict[str, Any]:
        """The schema of a whole reply: ``data`` and ``sources``. Definitions go to its root, where references look for them."""
        inner = {
            name: value for name, value in self.json_schema.items() if name not in ("$defs", "definitions", "$schema", "$id")
        }
        source = {
            "type": "object",
            "properties": {"field": {"type": "string"}, "passages": {"type": "array", "items": {"type": "integer"}}},
            "required": ["field", "passages"],
            "additionalProperties": False,
        }
        shared = {name: self.json_schema[name] for name in ("$defs", "definitions") if name in self.json_schema}
        return {
            "type": "object",
            "properties": {"data": {"anyOf": [inner, {"type": "null"}]}, "sources": {"type": "array", "items": source}},
            "required": ["data", "sources"],
            "additionalProperties": False,
        } | shared

    def problems(self, value: object) -> list[str]:
        """What is wrong with ``value``, in words, at most :data:`MAX_PROBLEMS`; empty where it is valid.

        They say what is asked for and repeat no value: a model is told them, and a value can be text of a document.
        """
        found = [
            f"{error.json_path}: does not keep to {error.validator}: {json.dumps(error.validator_value, ensure_ascii=False)}"
            for error in sorted(_validator(self.json_schema).iter_errors(value), key=str)
        ]
        return found[:MAX_PROBLEMS] or self._problems_of_kind(value)

    def build(self, value: Any) -> Any:
        """``value``, which has no problems, as what the caller gave: a dictionary, or an instance of the class."""
        return value if self.kind is None else _adapter(self.kind).validate_python(value)

    def _problems_of_kind(self, value: object) -> list[str]:
        """What validators of the class say beyond its schema."""
        if self.kind is None:
            return []
        from pydantic import ValidationError

        try:
            self.build(value)
        except ValidationError as error:
            return [f"{'.'.join(map(str, each['loc'])) or '$'}: {each['msg']}" for each in error.errors()[:MAX_PROBLEMS]]
        return []


def output_schema(schema: object) -> OutputSchema:
    """The shape that a caller asks for: a mapping with a JSON Schema, a dataclass or a pydantic model.

    Raises :class:`InputError` unless it is a valid schema of an object that refers to nothing outside itself, and
    :class:`MissingExtra` without jsonschema or pydantic, which come with the extra "llm".
    """
    if isinstance(schema, Mapping):
        found, kind = dict(schema), None
    elif inspect.isclass(schema) and (is_dataclass(schema) or hasattr(schema, "model_json_schema")):
        found, kind = _adapter(schema).json_schema(), schema
    else:
        name = schema.__name__ if inspect.isclass(schema) else f"{type(schema).__name__} value"
        raise InputError(f"A {name} is no schema. Pass a JSON Schema as a dictionary, a dataclass or a pydantic model.")
    for reference in _references(found):
        if not reference.startswith("#"):
            raise InputError(f"The schema refers to {reference!r}, and nothing is fetched. Put it under $defs.")
    jsonschema = _jsonschema()
    try:
        jsonschema.Draft202012Validator.check_schema(found)
    except jsonschema.SchemaError as error:
        raise InputError(f"The schema is no JSON Schema ({error.json_path}: {error.message}). Correct it.") from error
    if found.get("type") != "object" and "$ref" not in found:
        raise InputError("The schema is not that of an object. Give it 'type': 'object', with the values as properties.")
    return OutputSchema(found, kind)


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, Mapping):
        for name, value in schema.items():
            if name in ("$ref", "$dynamicRef") and isinstance(value, str):
                yield value
            yield from _references(value)
    elif isinstance(schema, list | tuple):
        for value in schema:
            yield from _references(value)


def _validator(schema: Mapping[str, Any]) -> Any:
    from referencing import Registry  # comes with jsonschema; an empty one fetches nothing

    return _jsonschema().Draft202012Validator(schema, registry=Registry())


def _jsonschema() -> Any:
    try:
        import jsonschema
    except ModuleNotFoundError as error:
        raise MissingExtra("jsonschema", extra="llm", purpose="Answering in a schema") from error
    return jsonschema


def _adapter(kind: type) -> Any:
    try:
        from pydantic import TypeAdapter
    except ModuleNotFoundError as error:
        raise MissingExtra("pydantic", extra="llm", purpose="Answering in a class") from error
    return TypeAdapter(kind)
