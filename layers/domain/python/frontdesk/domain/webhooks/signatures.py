"""How a delivery is signed."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"


def new_secret() -> str:
    """In the form that the libraries of Standard Webhooks decode: 32 bytes in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(body: bytes, now: int, keys: Iterable[str]) -> str:
    """The value of the header Frontdesk-Signature: `t={now},v1={hex}`, a v1 for each key. It is Stripe's scheme.

    Each is the HMAC SHA-256 over `{t}.{body}`, so that neither the body nor the time of a delivery can be exchanged.
    """
    signed = str(now).encode() + b"." + body
    return ",".join(
        [f"t={now}", *(f"v1={hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()}" for key in keys)]
    )


def standard_headers(id: str, body: bytes, now: int, keys: Iterable[str]) -> dict[str, str]:
    """The headers of Standard Webhooks (standardwebhooks.com), a signature for each key: HMAC SHA-256 over `{id}.{now}.{body}`.

    A receiver knows by the id what it has had before.
    """
    signed = f"{id}.{now}.".encode() + body
    digests = (hmac.new(_bytes_of(key), signed, hashlib.sha256).digest() for key in keys)
    return {
        "Webhook-Id": id,
        "Webhook-Timestamp": str(now),
        "Webhook-Signature": " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests),
    }


def _bytes_of(secret: str) -> bytes:
    """What a secret stands for. Those of before 2026-11-29 are in base64 for URLs, without its padding."""
    text = secret.removeprefix(_PREFIX)
    return base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4))
