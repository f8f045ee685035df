"""How a delivery is signed."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable


def new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def sign(body: bytes, now: int, keys: Iterable[str]) -> str:
    """The value of the header Frontdesk-Signature: `t={now},v1={hex}`, a v1 for each key.

    Each is the HMAC SHA-256 over `{t}.{body}`, so that neither the body nor the time of a delivery can be exchanged.
    """
    signed = str(now).encode() + b"." + body
    return ",".join(
        [f"t={now}", *(f"v1={hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()}" for key in keys)]
    )
