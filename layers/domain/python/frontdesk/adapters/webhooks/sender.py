"""Posts deliveries to the URLs of subscriptions: only to public addresses, only over TLS, and with a time limit.

Resolves the host name only once, checks the addresses, and connects to one of them. A second resolution could return an address that was
not checked. TLS still verifies the certificate for the name.
"""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from threading import Timer
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

from frontdesk.domain.webhooks.urls import is_public, problems_of_url
from frontdesk.usecases.webhooks.needs import Undelivered

SECONDS = 5.0
_USER_AGENT = "Frontdesk-Webhooks/1"


class Address(NamedTuple):
    """A resolved network address, as Python's sockets take it."""

    family: int
    sockaddr: tuple[str | int | bytes, ...]

    @property
    def ip(self) -> str:
        """The IP address as text."""
        return str(self.sockaddr[0])


def look_up(host: str, port: int) -> list[Address]:
    """Resolves a host name. IPv4 addresses come first, because a Lambda function outside a VPC cannot use IPv6. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return sorted(
        (Address(family, sockaddr) for family, _, _, _, sockaddr in found),
        key=lambda each: each.family != socket.AF_INET,
    )


class HttpsSender:
    """Implements `usecases.webhooks.needs.Sender`. With `local`, allows plain http to 127.0.0.1 for a local cloud."""

    def __init__(
        self,
        *,
        local: bool = False,
        seconds: float = SECONDS,
        resolve: Callable[[str, int], list[Address]] = look_up,
        is_allowed: Callable[[str], bool] = is_public,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._local, self._seconds, self._resolve, self._is_allowed = local, seconds, resolve, is_allowed
        if trusted is not None:
            self._tls = trusted

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Posts a delivery and returns the answer's status. Does not read the body or follow redirects. Raises Undelivered."""
        if problems_of_url(url, local=self._local):
            raise Undelivered("url")
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        deadline = monotonic() + self._seconds
        try:
            with self._connected(host, port, secure, deadline) as plain, _cut_off(plain, deadline):
                stream = self._tls.wrap_socket(plain, server_hostname=host) if secure else plain
                with stream:
                    connection = HTTPConnection(host, port)
                    connection.sock = stream
                    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                    connection.request(
                        "POST", target, body, {"Host": parts.netloc, "User-Agent": _USER_AGENT, **headers}
                    )
                    with connection.getresponse() as answer:
                        if monotonic() < deadline:
                            return answer.status
                    # http.client treats an answer that is cut off within its headers as complete.
                    raise TimeoutError
        except (OSError, HTTPException) as error:
            raise Undelivered("timeout" if monotonic() >= deadline else _reason(error)) from None

    def _connected(self, host: str, port: int, secure: bool, deadline: float) -> socket.socket:
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError):
            raise Undelivered("name") from None
        # A name that resolves to both internal and public addresses is suspicious.
        if secure and not all(self._is_allowed(address.ip) for address in addresses):
            raise Undelivered("address")
        failed: OSError = OSError()
        for address in addresses:
            left = deadline - monotonic()
            if left <= 0:
                raise TimeoutError
            connection = socket.socket(address.family, socket.SOCK_STREAM)
            connection.settimeout(left)
            try:
                connection.connect(address.sockaddr)
            except OSError as error:
                connection.close()
                failed = error
            else:
                return connection
        raise failed


@contextmanager
def _cut_off(connection: socket.socket, deadline: float) -> Iterator[None]:
    """Shuts a connection down at the deadline. A socket's own timeout begins anew with each byte that arrives, so it is not enough."""
    handle = connection.dup()  # TLS takes over the socket itself.

    def cut() -> None:
        with suppress(OSError):
            handle.shutdown(socket.SHUT_RDWR)

    timer = Timer(max(deadline - monotonic(), 0), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        handle.close()


def _reason(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "timeout"
        case ssl.SSLError():
            return "tls"
        case HTTPException():
            return "answer"
        case _:
            return "connection"
