"""Places a draft in the local cloud's table, for the files in events/ that refer to an order."""

import json
from datetime import datetime, timedelta
from typing import Any

from frontdesk.bootstrap import SystemClock, world
from frontdesk.domain.requests.order import read_config
from frontdesk.usecases.context import Context
from frontdesk.usecases.orders.place import Idempotency, place_order
from local.servers import ROOT


def place_sample_order() -> dict[str, Any]:
    """Places the order in events/from_config.json as a draft, with the id that events/change_order.json uses.

    The draft's bookings are a day later than in the file, so that the order in the file can still be placed. Returns {"order_id": id}.
    """
    asked = json.loads((ROOT / "events/from_config.json").read_text())
    body = json.loads(asked["body"]) | {"complete_order": False}
    for booking in body["bookings"]:
        for name in ("start_date", "end_date"):
            booking[name] = (datetime.fromisoformat(booking[name]) + timedelta(days=1)).isoformat()
    order_id = json.loads((ROOT / "events/change_order.json").read_text())["pathParameters"]["order_id"]
    # A key determines the order's id.
    known = Idempotency(order_id, "sample")
    placed = place_order(
        Context(asked["queryStringParameters"]["o"], SystemClock(30)), read_config(body), world().store, known
    )
    return {"order_id": placed.order.id}
