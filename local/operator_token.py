"""Creates a token that can create organizations (POST /api/v1/organizations), for the operator of a stack. Prints it once.

    python -m local.operator_token [--table NAME] [--days N]

With --table, uses the AWS profile and region of the environment.
"""

import sys
import time
from argparse import ArgumentParser

from frontdesk.usecases.context import Context
from local.tables import Unreachable, reach

# Not the id of a business: organizations have UUIDs.
ORGANIZATION_ID = "operator"


def main() -> None:
    """Reads the arguments, stores the token, and prints it."""
    parser = ArgumentParser(
        prog="make operator-token",
        description="Creates a token that can create organizations. Prints the token.",
    )
    parser.add_argument(
        "--table",
        metavar="NAME",
        help="the name of a table in your AWS account (default: the table of the running local cloud)",
    )
    parser.add_argument(
        "--days", type=int, default=1, metavar="N", help="how many days the token is valid (default: 1)"
    )
    asked = parser.parse_args()
    try:
        table, region, endpoint = reach(asked.table)
    except Unreachable as error:
        sys.exit(str(error))

    from frontdesk.adapters.dynamodb.store import DynamoStore
    from frontdesk.bootstrap import SystemClock
    from frontdesk.domain.catalog.access import Token, new_token, read_token

    text, now = new_token(ORGANIZATION_ID), int(time.time())
    presented = read_token(text)
    assert presented
    token = Token(
        id=presented.digest,
        organization_id=ORGANIZATION_ID,
        name="operator",
        scopes=frozenset({"organizations:write"}),
        expires_at=now + 86_400 * asked.days,
        created_at=now,
        updated_at=now,
    )
    DynamoStore(table, region=region, endpoint=endpoint).put_catalog(
        Context(ORGANIZATION_ID, SystemClock(30)), [token]
    )
    print(text)


if __name__ == "__main__":
    main()
