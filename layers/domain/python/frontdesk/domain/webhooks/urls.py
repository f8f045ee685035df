"""Checks the URLs that deliveries may go to."""

import re
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from frontdesk.domain.problems import Problem
from frontdesk.errors import Phrase

MAX_URL = 2_000
PORTS = (443, 8443)
# IANA's registries: the block of all public IPv6 addresses, and the reserved ranges. Python has such a list too, but a different one in
# each version.
_GIVEN = ip_network("2000::/3")
_SPECIAL = tuple(
    map(
        ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24")
    )
)


def problems_of_url(url: str, *, local: bool) -> list[Problem]:
    """Returns a list with one problem if deliveries to this URL are not allowed, otherwise an empty list.

    With `local`, plain http to 127.0.0.1 is allowed. The host is not resolved here; `is_public` checks its addresses.
    """
    reason = _wrong_with(url, local=local)
    return [Problem("invalid_url", {"reason": reason}, pointer="/data/attributes/url")] if reason else []


def _wrong_with(url: str, *, local: bool) -> Phrase | None:
    if len(url) > MAX_URL or not re.fullmatch(r"[\x21-\x7e]+", url):
        return Phrase("url_characters", {"most": MAX_URL})
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Phrase("not_a_url")
    if parts.username is not None or parts.password is not None:
        return Phrase("url_with_user")
    if parts.fragment:
        return Phrase("url_with_fragment")
    if local and parts.scheme == "http" and host == "127.0.0.1":
        return None
    if parts.scheme != "https":
        return Phrase("url_not_https")
    if not re.fullmatch(
        r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9-]{2,63}", host
    ):
        return Phrase("url_host")
    if port is not None and port not in PORTS:
        return Phrase("url_port", {"ports": PORTS})
    return None


def is_public(address: str) -> bool:
    """Whether the text is an IP address on the public internet: not private, loopback, link-local, multicast or reserved."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip not in _GIVEN:
            return False
    return ip.is_global and not (
        any(ip in network for network in _SPECIAL)
        or ip.is_multicast
        or ip.is_reserved
        or ip.is_unspecified
        or ip.is_loopback
        or ip.is_link_local
    )
