"""What the settings ask of the parsers, as options that hold for every source.

What a sidecar file or the caller says of one file goes before them, see :mod:`ingestion.description`.
"""

import json
from collections.abc import Mapping

from ragline.settings import Settings

Options = Mapping[str, str]
NO_OPTIONS: Options = {}

# Options of the parsers by the setting that gives them.
_BY_SETTING = {
    "ocr": "ocr",
    "parse_pages": "pages",
    "json_text": "text",
    "json_title": "title",
    "json_id": "id",
    "json_metadata": "metadata",
    "json_records": "records",
}


def parser_options(settings: Settings) -> Options:
    """The options by name; none for a setting that is as it is by default."""
    default = Settings()
    return {
        option: str(getattr(settings, name))
        for name, option in _BY_SETTING.items()
        if getattr(settings, name) != getattr(default, name)
    }


def options_fingerprint(options: Options) -> str:
    """Changes whenever a parser could read the same bytes differently; empty without options."""
    return f"options {json.dumps(options, sort_keys=True)}" if options else ""
