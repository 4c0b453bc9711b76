"""Reading ``report.json`` back: the evaluation as it was when the report was written."""

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from eval.reports.files import FORMAT, VERSION, report_files
from eval.result import EvalResult
from ragline.errors import InputError

_AGAIN = "Give the report.json of `ragline eval`, or measure again with this release"


def read_result(path: str | Path) -> EvalResult:
    """The result that the report at ``path`` was made of: equal to the one that was written, its files included.

    ``path`` is a ``report.json``, or the folder that it is in; ``files`` are the reports that lie beside it. Raises
    :class:`InputError` where there is none, and where it is damaged or of another version.
    """
    path = Path(path)
    file = path / "report.json" if path.is_dir() else path
    try:
        record = json.loads(file.read_bytes())
    except OSError as error:
        raise InputError(f"{file}: no report can be read there ({error.strerror}). {_AGAIN}.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}: not valid JSON ({error}). {_AGAIN}.") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise InputError(f"{file}: not the report of an evaluation. {_AGAIN}.")
    if record.get("version") != VERSION:
        raise InputError(f"{file}: a report of version {record.get('version')}, and {VERSION} is read here. {_AGAIN}.")
    try:
        return _result(record, file)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{file}: damaged ({type(error).__name__}: {error}). {_AGAIN}.") from error


def _result(record: Mapping[str, Any], file: Path) -> EvalResult:
    plain = {field.name: field.name for field in fields(EvalResult)} | {"golden_name": "", "golden_sha256": "", "files": ""}
    hints = _hints(EvalResult)
    return EvalResult(
        golden_name=_value(str, record["golden"]["name"]),
        golden_sha256=_value(str, record["golden"]["sha256"]),
        files={name: place for name, place in report_files(file.parent, file).items() if place.is_file()},
        **{name: _value(hints[name], record[name]) for name in plain.values() if name},
    )


def _value(kind: Any, value: Any) -> Any:
    """``value``, as JSON has it, as a value of the type ``kind``. Raises TypeError where it is none, KeyError for a lack."""
    origin, parameters = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{field.name: _value(hints[field.name], value[field.name]) for field in fields(kind)})
    if origin in (Union, types.UnionType):
        return _one_of(parameters, value)
    if origin is Literal:
        return _checked(value in parameters, kind, value)
    if origin is tuple:
        _checked(isinstance(value, list), kind, value)
        return tuple(_value(parameters[0], each) for each in value)
    if origin is Mapping:
        _checked(isinstance(value, dict), kind, value)
        return {name: _value(parameters[1], each) for name, each in value.items()}
    if kind is float:
        return _checked(isinstance(value, int | float) and not isinstance(value, bool), kind, value)
    return _checked(isinstance(value, kind) and (kind is bool or not isinstance(value, bool)), kind, value)


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    """``value`` as the first of ``kinds`` that it is one of."""
    if value is None:
        return _checked(type(None) in kinds, kinds, value)
    for kind in kinds:
        if kind is not type(None):
            try:
                return _value(kind, value)
            except (TypeError, KeyError):
                continue
    raise TypeError(f"{value!r} is none of {kinds}")


def _checked(holds: bool, kind: Any, value: Any) -> Any:
    if not holds:
        raise TypeError(f"{str(value)[:80]!r} is no {getattr(kind, '__name__', kind)}")
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
