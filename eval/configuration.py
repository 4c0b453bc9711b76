"""What was measured, as a report records it."""

import hashlib
import json
from collections.abc import Mapping

Setting = str | int | float | bool | None


def fingerprint_of(configuration: Mapping[str, Setting]) -> str:
    """Twelve hexadecimal digits that differ whenever the configuration does, whatever the order of its settings."""
    canonical = json.dumps(dict(configuration), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]
