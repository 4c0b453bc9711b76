"""Names for runs: the time they started, and what tells two of the same second apart."""

import time
import uuid


def new_run_id() -> str:
    """For example ``20260131T120000Z-1f2e3d4c``, in UTC."""
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{uuid.uuid4().hex[:8]}"
