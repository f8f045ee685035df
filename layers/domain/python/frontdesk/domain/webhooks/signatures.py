"""Signs deliveries."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"


def new_secret() -> str:
    """Returns a new secret of 32 bytes in base64, the form that Standard Webhooks libraries read."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(body: bytes, now: int, keys: Iterable[str]) -> str:
    """Returns the value of the header Frontdesk-Signature in Stripe's scheme: `t={now},v1={hex}`, with one `v1` for each key.

    Each `v1` is the HMAC SHA-256 of `{t}.{body}`, so neither the time nor the body can be replaced.
    """
    signed = str(now).encode() + b"." + body
    return ",".join(
        [f"t={now}", *(f"v1={hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()}" for key in keys)]
    )


def standard_headers(id: str, body: bytes, now: int, keys: Iterable[str]) -> dict[str, str]:
    """Returns the headers of Standard Webhooks (standardwebhooks.com), with a signature for each key.

    The signature is the HMAC SHA-256 of `{id}.{now}.{body}`. Receivers recognize repeated deliveries by the id.
    """
    signed = f"{id}.{now}.".encode() + body
    digests = (hmac.new(_bytes_of(key), signed, hashlib.sha256).digest() for key in keys)
    return {
        "Webhook-Id": id,
        "Webhook-Timestamp": str(now),
        "Webhook-Signature": " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests),
    }


def _bytes_of(secret: str) -> bytes:
    """Decodes a secret. Secrets from before 2026-11-29 are in URL-safe base64 without padding."""
    text = secret.removeprefix(_PREFIX)
    return base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_") + "=" * (-len(text) % 4))
