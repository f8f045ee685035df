"""Verifies deliveries from standard input with the libraries of Stripe and Standard Webhooks. Prints which library accepts which."""

import json
import sys
from contextlib import suppress

from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from stripe import SignatureVerificationError, WebhookSignature


def taken(delivery: dict) -> list[str]:
    headers, body, secret, by = delivery["headers"], delivery["body"], delivery["secret"], []
    with suppress(SignatureVerificationError):
        WebhookSignature.verify_header(body, headers["Frontdesk-Signature"], secret, tolerance=300)
        by.append("stripe")
    with suppress(WebhookVerificationError):
        if Webhook(secret).verify(body, headers) == json.loads(body):
            by.append("standardwebhooks")
    return by


print(json.dumps([taken(delivery) for delivery in json.load(sys.stdin)]))
