"""The connection of a delivery, to a server on this host with a public name: certificates, addresses, time."""

import datetime
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, NoReturn

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from frontdesk.adapters.webhooks.sender import Address, HttpsSender
from frontdesk.usecases.webhooks.needs import Undelivered

HOST = "hooks.example.com"
URL = f"https://{HOST}:8443/take?a=b"
OK = b"HTTP/1.1 204 No Content\r\n\r\n"
Answer = Callable[[ssl.SSLSocket | socket.socket], None]


def certificate(path: Path, host: str) -> Path:
    """Creates a certificate with its key for a name."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]),
    )
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(
            subject_name=name,
            issuer_name=name,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
        )
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = path / f"{host}.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return file


class Server:
    """Accepts one connection after another, and answers as configured.

    `requests` lists what arrived, `names` the names that TLS requested.
    """

    def __init__(self, pem: Path | None, answer: Answer) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        self.requests: list[bytes] = []
        self.names: list[str | None] = []
        self._answer, self._tls = answer, None
        if pem:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(pem)
            self._tls.sni_callback = lambda _, name, __: self.names.append(name)
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
                connection.settimeout(10)
                with (
                    connection,
                    self._tls.wrap_socket(connection, server_side=True)
                    if self._tls
                    else connection as stream,
                ):
                    self.requests.append(_whole_request(stream))
                    self._answer(stream)
            except (OSError, ValueError):
                if self.listening.fileno() < 0:
                    return


def _whole_request(stream: Any) -> bytes:
    def more() -> bytes:
        # Nothing: the sender has closed the connection.
        return stream.recv(65536) or _gone()

    got = b""
    while b"\r\n\r\n" not in got:
        got += more()
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(
        next(
            line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
    )
    while len(body) < length:
        body += more()
    return head + b"\r\n\r\n" + body


def _gone() -> NoReturn:
    raise ConnectionError


@contextmanager
def serving(pem: Path | None, answer: Answer | bytes = OK) -> Iterator[Server]:
    server = Server(pem, answer if callable(answer) else lambda stream: stream.sendall(answer))
    try:
        yield server
    finally:
        server.listening.shutdown(socket.SHUT_RDWR)
        server.listening.close()


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"), HOST)


def leads_to(*addresses: tuple[str, int]) -> Callable[[str, int], list[Address]]:
    """Returns a resolver that finds these addresses for every name."""
    return lambda _host, _port: [Address(socket.AF_INET, address) for address in addresses]


def sender(server: Server, pem: Path | None, **more: Any) -> HttpsSender:
    """Returns a sender that takes this host for the internet, and accepts the certificate."""
    trusted = ssl.create_default_context(cafile=str(pem)) if pem else None
    given: dict[str, Any] = {
        "resolve": leads_to(("127.0.0.1", server.port)),
        "is_allowed": lambda ip: ip == "127.0.0.1",
        "trusted": trusted,
    }
    return HttpsSender(**(given | more))


def undelivered(sender: HttpsSender, url: str = URL) -> str:
    with pytest.raises(Undelivered) as error:
        sender.post(url, {}, b"body")
    return error.value.reason


def test_a_body_is_posted_under_the_name_to_the_address_that_was_looked_at(pem: Path) -> None:
    with serving(pem) as server:
        status = sender(server, pem).post(
            URL, {"Content-Type": "application/json", "Frontdesk-Event-Id": "e"}, b'{"a": "\xc3\xa9"}'
        )

    assert (status, server.names) == (204, [HOST])
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /take?a=b HTTP/1.1"
    assert {
        "Host: hooks.example.com:8443",
        "Content-Type: application/json",
        "Frontdesk-Event-Id: e",
        "Content-Length: 11",
    } <= set(lines)
    assert body == b'{"a": "\xc3\xa9"}'


@pytest.mark.parametrize("status", [200, 301, 302, 307, 404, 410, 503])
def test_every_status_is_an_answer_and_no_redirect_is_followed(pem: Path, status: int) -> None:
    answer = f"HTTP/1.1 {status} Whatever\r\nLocation: https://{HOST}:8443/other\r\nContent-Length: 5\r\n\r\nhello".encode()
    with serving(pem, answer) as server:
        assert sender(server, pem).post(URL, {}, b"") == status
    assert len(server.requests) == 1


def test_a_long_answer_is_not_waited_for(pem: Path) -> None:
    def endless(stream: Any) -> None:
        stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        time.sleep(1)

    with serving(pem, endless) as server:
        before = time.monotonic()
        assert sender(server, pem).post(URL, {}, b"") == 200
        assert time.monotonic() - before < 0.9


def silent(_: Any) -> None:
    time.sleep(2)


def interrupted(stream: Any) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\n")
    time.sleep(2)


def dripping(stream: Any) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        stream.sendall(f"X-{number}: y\r\n".encode())
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [silent, interrupted, dripping])
def test_an_answer_that_does_not_come_to_its_end_is_given_up(pem: Path, answer: Any) -> None:
    with serving(pem, answer) as server:
        before = time.monotonic()
        assert undelivered(sender(server, pem, seconds=0.4)) == "timeout"
        assert time.monotonic() - before < 1


def test_a_server_that_does_not_shake_hands_is_given_up(pem: Path) -> None:
    # It waits for a plain-text request, and sends nothing.
    with serving(None, lambda _: time.sleep(2)) as server:
        before = time.monotonic()
        assert undelivered(sender(server, pem, seconds=0.4)) in ("timeout", "connection", "tls")
        assert time.monotonic() - before < 1


def test_a_name_that_is_found_too_late_is_given_up(pem: Path) -> None:
    def slow(host: str, port: int) -> list[Address]:
        time.sleep(0.3)
        return [Address(socket.AF_INET, ("127.0.0.1", server.port))]

    with serving(pem) as server:
        assert undelivered(sender(server, pem, seconds=0.2, resolve=slow)) == "timeout"


@pytest.mark.parametrize("answered", [b"what?\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"SSH-2.0-OpenSSH\r\n"])
def test_what_is_no_answer_is_said_so(pem: Path, answered: bytes) -> None:
    with serving(pem, answered) as server:
        assert undelivered(sender(server, pem)) == "answer"


def test_a_connection_that_is_closed_is_said_so(pem: Path) -> None:
    with serving(pem, lambda stream: stream.close()) as server:
        assert undelivered(sender(server, pem)) in ("connection", "answer", "tls")


def test_a_port_that_nobody_listens_at_is_said_so(pem: Path) -> None:
    with serving(pem) as server:
        pass
    assert undelivered(sender(server, pem)) == "connection"


def test_an_unknown_name_is_said_so() -> None:
    def unknown(host: str, port: int) -> list[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert undelivered(HttpsSender(resolve=unknown)) == "name"


def test_a_certificate_of_another_name_is_refused(tmp_path: Path) -> None:
    other = certificate(tmp_path, "other.example.com")
    with serving(other) as server:
        assert undelivered(sender(server, other)) == "tls"
    assert server.requests == []


def test_a_certificate_that_nobody_vouches_for_is_refused(pem: Path) -> None:
    with serving(pem) as server:
        assert undelivered(sender(server, None)) == "tls"
    assert server.requests == []


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1"])
def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(pem: Path, ip: str) -> None:
    with serving(pem) as server:
        assert undelivered(HttpsSender(resolve=leads_to((ip, server.port)))) == "address"
    assert (server.requests, server.names) == ([], [])


def test_a_name_that_leads_inside_as_well_is_refused(pem: Path) -> None:
    with serving(pem) as server:
        assert (
            undelivered(HttpsSender(resolve=leads_to(("1.1.1.1", 443), ("127.0.0.1", server.port))))
            == "address"
        )


def test_a_name_is_looked_up_once(pem: Path) -> None:
    """So it cannot resolve differently when it is connected to than when it was checked."""
    asked = []
    with serving(pem) as server:

        def resolve(host: str, port: int) -> list[Address]:
            asked.append((host, port))
            return [Address(socket.AF_INET, ("127.0.0.1" if len(asked) == 1 else "127.0.0.2", server.port))]

        assert sender(server, pem, resolve=resolve).post(URL, {}, b"") == 204
    assert asked == [(HOST, 8443)]


def test_the_next_address_is_tried_where_nobody_answers_at_the_first(pem: Path) -> None:
    with serving(pem) as closed:
        pass
    with serving(pem) as server:
        two = leads_to(("127.0.0.1", closed.port), ("127.0.0.1", server.port))
        assert sender(server, pem, resolve=two).post(URL, {}, b"") == 204


def test_the_systems_own_look_up_is_used() -> None:
    assert undelivered(HttpsSender(), "https://frontdesk.invalid/") == "name"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://hooks.example.com/", "https://user@hooks.example.com/"]
)
def test_an_address_that_may_not_be_kept_is_not_sent_to_either(url: str) -> None:
    assert undelivered(HttpsSender(), url) == "url"


def test_plain_http_reaches_this_host_in_a_local_cloud() -> None:
    with serving(None) as server:
        assert HttpsSender(local=True).post(f"http://127.0.0.1:{server.port}/", {}, b"body") == 204
    assert server.requests[0].endswith(b"\r\n\r\nbody")
