"""Customers through jsonapi-client, which validates every answer against JSON:API's schema."""

import json
import os
from contextlib import suppress

from jsonapi_client import Inclusion, Modifier, Session
from jsonapi_client.exceptions import DocumentError
from requests.exceptions import JSONDecodeError

URL, TOKEN = os.environ["URL"], os.environ["TOKEN"]

CUSTOMERS = {name: {"type": ["string", "null"]} for name in ("email", "given_name", "family_name")}
session = Session(
    f"{URL}/api/v1",
    schema={"customers": {"properties": CUSTOMERS}},
    request_kwargs={"headers": {"Authorization": f"Bearer {TOKEN}"}},
)
fields = {"email": os.environ["MAIL"], "given_name": "Json", "family_name": "One"}
made = session.create("customers", fields=fields)
made.commit()
read = session.get("customers", made.id).resource
name = read["full_name"]
read["family_name"] = "Two"
read.commit()
patched = session.get("customers", made.id).resource["full_name"]
first = session.get("customers", Modifier("page[size]=1&page[number]=1"))
second = session.get("customers", Modifier("page[size]=1&page[number]=2"))
order = session.get("orders", Inclusion("customer", "bookings")).resources[0]
read.delete()
# The library reads JSON from the answer to a deletion, but a 204 has none.
with suppress(JSONDecodeError):
    read.commit()
archived = session.get("customers", made.id).resource
try:
    session.get("customers", "nobody")
    raise SystemExit("somebody")
except DocumentError as error:
    refused = error.errors["status_code"] if isinstance(error.errors, dict) else str(error)
print(
    json.dumps(
        {
            "read": name,
            "patched": patched,
            "pages": [len(first.resources), len(second.resources)],
            "others": first.resources[0].id != second.resources[0].id,
            "total": first.meta.page["total"] > 1,
            "included": [order.customer.email, order.bookings[0].number[:2]],
            "deleted": archived.id == made.id,
            "refused": refused,
        }
    )
)
