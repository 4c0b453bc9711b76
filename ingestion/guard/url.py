"""Fetches a document from the web, where that has been switched on: only from public addresses, with limits on everything.

A name is resolved once, every address that it has is checked, and the connection goes to the checked address itself, so that
a second answer of the resolver (DNS rebinding) reaches nobody. Every redirect goes the same way from its beginning. Proxies of
the environment, cookies and credentials are not used.
"""

import http.client
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from ingestion.elements import RawSource
from ingestion.guard.addresses import IpAddress, is_odd_number, is_public, parse_address
from ingestion.parsers.registry import is_supported
from ragline.errors import InputError, ParseError

MAX_URL_CHARS = 2_048
"""Longer addresses work in few places, and nobody types them."""

# Media types of documents, with the suffix that goes with them where the address has none.
_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/pdf": ".pdf",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/epub+zip": ".epub",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.ms-outlook": ".msg",
    "message/rfc822": ".eml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/octet-stream": "",
}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WEB_PORTS = frozenset({80, 443})
_FIRST_FREE_PORT = 1024
"""Below it only the two ports of the web: the others are of services that a crafted request could speak to."""
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_PATH_CHARS = "%/:=&?~+!$,;'@()*[]-._"
_PIECE = 65_536
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "ragline", "Accept": "*/*", "Connection": "close"}


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by the system's resolver."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True, slots=True)
class UrlPolicy:
    """What a fetch may do. ``timeout_s`` is for all of it, redirects included; sizes are in bytes."""

    max_bytes: int = 64 * 2**20
    timeout_s: float = 60.0
    max_redirects: int = 5
    is_allowed: Callable[[IpAddress], bool] = is_public
    resolve: Callable[[str, int], Sequence[str]] = resolve
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)


def check_url(url: str) -> str:
    """The address without its fragment, the host in lower case: the id of its document.

    Raises :class:`InputError` for another scheme than http and https, credentials in it, a host or port that is not one of the
    web, and for characters that addresses do not have.
    """
    try:
        parts = _split(url)
    except ParseError as error:
        raise InputError(f"{url[:200]!r} cannot be fetched: {error.reason}") from None
    return urlunsplit(parts)


def fetch(url: str, policy: UrlPolicy | None = None) -> RawSource:
    """The document at ``url``, named by the address that it was found at, with a suffix for its media type where it has none.

    Raises :class:`ParseError` for an address that is not allowed, for whatever goes wrong on the way, and for an answer that is
    no document, is too large or takes too long.
    """
    policy = policy or UrlPolicy()
    deadline = time.monotonic() + policy.timeout_s
    for _ in range(policy.max_redirects + 1):
        found = _get(_split(url), policy, deadline)
        if isinstance(found, RawSource):
            return found
        if url[:6].lower() == "https:" and found[:6].lower() != "https:":
            raise ParseError("leads from https to http, where anybody on the way can change it; fetch it yourself")
        url = found
    raise ParseError(f"leads on more than {policy.max_redirects} times; give the address of the document itself")


def _split(url: str) -> SplitResult:
    """The checked parts of an address, without its fragment."""
    if len(url) > MAX_URL_CHARS or _UNSAFE.search(url):
        raise ParseError("the address is too long or holds blanks or control characters; correct it")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ParseError(f"the address is malformed ({error}); correct it") from None
    if parts.scheme not in {"http", "https"}:
        raise ParseError(f"the scheme {parts.scheme!r} is not allowed; use http or https")
    if "@" in parts.netloc:
        raise ParseError("the address holds a name or password; remove them and fetch the document yourself")
    if parse_address(host) is None:
        with suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
        if not re.fullmatch(r"[a-z0-9_.-]{1,253}", host) or is_odd_number(host):
            raise ParseError(f"{host!r} is no host; write its name, or its address in the usual form")
    if port is not None and port not in _WEB_PORTS and port < _FIRST_FREE_PORT:
        raise ParseError(f"port {port} is no port of the web; use 80, 443 or one from {_FIRST_FREE_PORT}")
    netloc = f"[{host}]" if ":" in host else host
    path, query = quote(parts.path or "/", safe=_PATH_CHARS), quote(parts.query, safe=_PATH_CHARS)
    return SplitResult(parts.scheme, netloc if port is None else f"{netloc}:{port}", path, query, "")


def _get(parts: SplitResult, policy: UrlPolicy, deadline: float) -> RawSource | str:
    """The document at an address, or the address that it leads on to."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _checked_address(parts.hostname or "", port, policy, deadline)
    connection = _PinnedConnection(parts.hostname or "", port, str(address), _left(deadline))
    connection.tls = policy.tls if parts.scheme == "https" else None
    try:
        with _ended_at(deadline, connection):
            connection.request("GET", urlunsplit(("", "", *parts[2:])), headers={**_HEADERS, "Host": parts.netloc})
            with connection.getresponse() as response:
                location = response.headers.get("Location")
                if response.status in _REDIRECTS and location:
                    return urljoin(urlunsplit(parts), location)
                suffix = _check_answer(response, parts.path, policy)
                data = _body(response, policy)
            _left(deadline)  # where no length is announced, the end of the time looks like the end of the document
            return RawSource(urlunsplit((*parts[:3], "", "")) + suffix, data)
    except (OSError, http.client.HTTPException, ValueError) as error:
        _left(deadline)
        raise ParseError(f"cannot be fetched ({type(error).__name__}: {str(error)[:200]}); check the address") from error
    finally:
        connection.close()


def _checked_address(host: str, port: int, policy: UrlPolicy, deadline: float) -> IpAddress:
    """The first of the host's addresses, all of which are allowed: one that is not says that something is wrong."""
    literal = parse_address(host)
    found = [str(literal)] if literal is not None else _resolved(host, port, policy, deadline)
    addresses = [address for text in found if (address := parse_address(text)) is not None]
    if not addresses:
        raise ParseError(f"{host} has no address; check the name")
    for address in addresses:
        if not policy.is_allowed(address):
            raise ParseError(f"{host} is at {address}, which is not on the public internet; fetch the document yourself")
    return addresses[0]


def _resolved(host: str, port: int, policy: UrlPolicy, deadline: float) -> Sequence[str]:
    """The system's resolver takes no time limit, so it is asked in a thread that may be left behind."""
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(policy.resolve(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=_left(deadline))
    except queue.Empty:
        answer = []
        _left(deadline)
    if isinstance(answer, Exception):
        raise ParseError(f"{host} is not found ({answer}); check the name and the connection") from answer
    return answer


def _check_answer(response: http.client.HTTPResponse, path: str, policy: UrlPolicy) -> str:
    """Refuses what is no document before its body is read; returns the suffix that the name needs behind it."""
    if response.status != http.client.OK:
        raise ParseError(f"the server answers {response.status} {response.reason[:80]}; check the address")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ParseError("the server sends packed content that was not asked for; fetch the document yourself")
    if response.length is not None and response.length > policy.max_bytes:
        raise ParseError(f"larger than {policy.max_bytes >> 20} MB; fetch and split it")
    # A server that says nothing is taken at its bytes, as browsers do.
    media_type = response.headers.get_content_type() if "Content-Type" in response.headers else "application/octet-stream"
    if media_type not in _SUFFIXES and not media_type.startswith("text/"):
        raise ParseError(f"the server sends {media_type[:80]}, which is no document; give the address of one")
    suffix = _SUFFIXES.get(media_type, "")
    if suffix:
        return "" if path.lower().endswith(suffix) else suffix
    return "" if media_type == "application/octet-stream" or is_supported(path) else ".txt"


def _body(response: http.client.HTTPResponse, policy: UrlPolicy) -> bytes:
    expected = response.length
    data = bytearray()
    while piece := response.read(_PIECE):
        data += piece
        if len(data) > policy.max_bytes:
            raise ParseError(f"larger than {policy.max_bytes >> 20} MB; fetch and split it")
    if expected is not None and len(data) != expected:
        raise OSError(f"ended after {len(data)} of {expected} bytes")
    return bytes(data)


class _PinnedConnection(http.client.HTTPConnection):
    """A connection to an address that has been checked; the host's name is only for the server and its certificate."""

    tls: ssl.SSLContext | None = None

    def __init__(self, host: str, port: int, address: str, timeout_s: float) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._address = address
        self._open: socket.socket | None = None

    def connect(self) -> None:
        self.sock = self._open = socket.create_connection((self._address, self.port), self.timeout)
        if self.tls is not None:
            tls = self.tls.wrap_socket(self._open, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock = self._open = tls
            tls.do_handshake()

    def end(self) -> None:
        """End what another thread waits for."""
        if self._open is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._open, socket.SHUT_RDWR)


@contextmanager
def _ended_at(deadline: float, connection: _PinnedConnection) -> Iterator[None]:
    """Shuts the connection down when the time is over: a server that sends a byte now and then never runs into a timeout."""
    timer = threading.Timer(_left(deadline), connection.end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _left(deadline: float) -> float:
    """Seconds left. Raises :class:`ParseError` when there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise ParseError("took too long to fetch; fetch the document yourself")
    return left
