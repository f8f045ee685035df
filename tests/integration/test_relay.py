"""Which clients the relay forwards to a server on 127.0.0.1, and which it refuses."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from local.relay import Network, Relay


class Echo(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def relayed(network: str) -> Iterator[str]:
    """Yields the address of a relay for this network, in front of a server that echoes."""
    allowed: Network = ipaddress.ip_network(network)
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server,
        Relay("127.0.0.1", 0, allowed, server.server_port) as relay,
    ):
        for each in (server, relay):
            Thread(target=each.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{relay.server_address[1]}"
        for each in (relay, server):
            each.shutdown()


def test_the_relay_passes_on_what_both_sides_say() -> None:
    body = bytes(range(256)) * 4096
    with relayed("127.0.0.0/8") as url, httpx.Client(trust_env=False) as client:
        for _ in range(3):
            assert client.post(url, content=body).content == body


def test_the_relay_turns_away_strangers() -> None:
    with relayed("172.17.0.0/16") as url, pytest.raises(httpx.TransportError):
        httpx.post(url, content=b"x", trust_env=False)


def test_the_relay_ends_a_connection_whose_server_is_gone() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with Relay("127.0.0.1", 0, ipaddress.ip_network("127.0.0.0/8"), port) as relay:
            Thread(target=relay.serve_forever, daemon=True).start()
            with pytest.raises(httpx.TransportError):
                httpx.post(f"http://127.0.0.1:{relay.server_address[1]}", content=b"x", trust_env=False)
            relay.shutdown()
