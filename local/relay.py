"""Lets containers, but no other clients, reach a server that listens only on 127.0.0.1.

The relay listens at this machine's address on Docker's bridge network. Docker Desktop needs no relay, because it routes containers to
127.0.0.1 itself.
"""

import errno
import ipaddress
import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

from local.servers import ServerError

DESKTOP_HOST = "host.docker.internal"
CHUNK = 64 * 1024
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@contextmanager
def reachable_by_containers(port: int) -> Iterator[str]:
    """Lets containers reach 127.0.0.1:`port` during the `with` block. Yields the host name or address that they must use."""
    address, network = _bridge()
    try:
        relay = Relay(address, port, network)
    except OSError as error:
        if error.errno != errno.EADDRNOTAVAIL:
            raise ServerError(
                f"{address}:{port}, where containers would reach the local cloud, cannot be used: {error}"
            ) from error
        # The bridge is inside Docker Desktop's virtual machine.
        yield DESKTOP_HOST
        return
    with relay:
        Thread(target=relay.serve_forever, daemon=True).start()
        try:
            yield address
        finally:
            relay.shutdown()


class Relay(ThreadingTCPServer):
    """Listens on `address`:`port` and forwards clients from `network` to 127.0.0.1:`to` (by default the same port)."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: str, port: int, network: Network, to: int | None = None) -> None:
        super().__init__((address, port), _Connection)
        self.network = network
        self.target = ("127.0.0.1", to or port)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002
        """Whether the client's address is in `network`."""
        return ipaddress.ip_address(client_address[0]) in self.network


class _Connection(BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        """Forwards data in both directions until either end closes its connection."""
        # Either side may close at any time. The other then sees its connection end.
        with suppress(OSError), socket.create_connection(self.server.target) as onward:
            back = Thread(target=_pass_on, args=(onward, self.request), daemon=True)
            back.start()
            _pass_on(self.request, onward)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _bridge() -> tuple[str, Network]:
    """Returns this machine's address on Docker's bridge, and the network of its containers."""
    command = ["docker", "network", "inspect", "bridge", "--format", "{{json .IPAM.Config}}"]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    # The bridge may have an IPv6 network too.
    config = next(each for each in found if ipaddress.ip_network(each["Subnet"]).version == 4)
    network = ipaddress.ip_network(config["Subnet"])
    # A bridge without containers may not list its gateway. The gateway is then the first address.
    return config.get("Gateway") or str(next(network.hosts())), network
