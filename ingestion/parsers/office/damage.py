"""What libraries raise on damaged files is a reason of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from ragline.errors import ParseError, RaglineError


@contextmanager
def damage_reported(program: str) -> Iterator[None]:
    """Around everything that reads with a library of others: whatever it raises becomes a :class:`ParseError`.

    ``program`` is what the file can be repaired with. Our own errors and a lack of memory pass.
    """
    try:
        yield
    except (RaglineError, MemoryError):
        raise
    except RecursionError as error:
        raise ParseError(f"its parts are nested too deeply to be read; flatten it in {program}") from error
    except Exception as error:
        raise ParseError(f"its content is damaged ({type(error).__name__}); open it in {program} and save it again") from error
