"""Selects the table for a command: the table of the running local cloud, or a named one on AWS."""

import os

import botocore.session

from local.cloud import running_details
from local.servers import REGION, client_environment


class Unreachable(Exception):
    """No table can be reached. The error's text says what to do."""


def reach(table: str | None) -> tuple[str, str | None, str | None]:
    """Returns (name, region, endpoint) of the table, and sets up the environment. Call it before you import modules that use AWS.

    Without `table`, selects the table of the running local cloud. A named table is on AWS, in the account and region that the environment
    selects; its region and endpoint are None. Raises Unreachable.
    """
    region = endpoint = None
    if table is None:
        details = running_details()
        if details is None:
            raise Unreachable(
                "The local cloud is not running. Start it with `make serve`, or name a table with TABLE=..."
            )
        table, region, endpoint = details["table_name"], REGION, details["dynamodb_endpoint"]
        for name in os.environ.keys() - (environment := client_environment(endpoint)).keys():
            del os.environ[name]
        os.environ.update(environment)
    session = botocore.session.get_session()
    if session.get_credentials() is None or (region or session.get_config_variable("region")) is None:
        raise Unreachable(
            "Set AWS_PROFILE to a profile and, if the profile has no region, AWS_DEFAULT_REGION to a region."
        )
    return table, region, endpoint
