"""Creates a token for the operator of a stack, and prints it once.

    python -m local.operator_token [--organization ID] [--table NAME] [--days N]

By default, the token can only create organizations (POST /api/v1/organizations). With --organization, the
token has every scope in an existing organization. Use this option if the organization has lost all its
tokens. With --table, uses the AWS profile and region of the environment.
"""

import sys
import time
from argparse import ArgumentParser, ArgumentTypeError

from frontdesk.usecases.context import Context
from local.tables import Unreachable, reach

# Not the id of a business: organizations have UUIDs.
ORGANIZATION_ID = "operator"


def main() -> None:
    """Reads the arguments, stores the token, and prints it."""
    parser = ArgumentParser(
        prog="make operator-token",
        description="Creates a token for an operator. Prints the token.",
    )
    parser.add_argument(
        "--organization",
        metavar="ID",
        help="the id of an organization that has lost all its tokens (default: the token creates organizations)",
    )
    parser.add_argument(
        "--table",
        metavar="NAME",
        help="the name of a table in your AWS account (default: the table of the running local cloud)",
    )
    parser.add_argument(
        "--days", type=_days, default=1, metavar="N", help="how many days the token is valid (default: 1)"
    )
    asked = parser.parse_args()
    try:
        table, region, endpoint = reach(asked.table)
    except Unreachable as error:
        sys.exit(str(error))

    from frontdesk.adapters.dynamodb.store import DynamoStore
    from frontdesk.bootstrap import SystemClock
    from frontdesk.domain.catalog.access import Token, new_token, read_token
    from frontdesk.domain.orders.snapshot import Key

    store = DynamoStore(table, region=region, endpoint=endpoint)
    id = asked.organization or ORGANIZATION_ID
    context, organization = Context(id, SystemClock(30)), Key("organization", id)
    if asked.organization and not store.read(context, [organization], consistent=True)[organization]:
        sys.exit(f"There is no organization {id} in the table {table}.")
    text, now = new_token(id), int(time.time())
    presented = read_token(text)
    assert presented
    token = Token(
        id=presented.digest,
        organization_id=id,
        name="operator",
        scopes=frozenset({"*" if asked.organization else "organizations:write"}),
        expires_at=now + 86_400 * asked.days,
        created_at=now,
        updated_at=now,
    )
    store.put_catalog(context, [token])
    print(text)


def _days(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError("must be a whole number of days, at least 1")
    return int(text)


if __name__ == "__main__":
    main()
