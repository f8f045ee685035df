"""Finds known vulnerabilities in every package of the lock files, deployed or not.

Exits with 1 if it finds one. If no vulnerability database can be reached, prints that nothing was checked, and exits with 0.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from local.servers import ROOT

LOCKS = (
    "layers/dependencies/requirements.txt",
    "layers/imports/requirements.txt",
    "requirements/uv.txt",
    "requirements/botocore.txt",
    "requirements/dev.txt",
    "requirements/tools.txt",
    "requirements/audit.txt",
    "requirements/browser.txt",
    "requirements/clients.txt",
    "requirements/fuzz.txt",
    "requirements/node.txt",
)
# Some proxies allow only one of them.
DATABASES = ("pypi", "osv")
_UNREACHABLE = re.compile(
    "ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Connection refused|timed out"
)


class Audited(NamedTuple):
    """The result for one lock file: the numbers of packages looked up and of packages not found, and the vulnerabilities."""

    looked_up: int
    unknown: int
    found: list[str]


def audit(lock: str, database: str) -> Audited | None:
    """Runs pip-audit on one lock file with one database ("pypi" or "osv"). Returns the result of `read`."""
    command = [
        str(ROOT / ".audit/bin/pip-audit"),
        "--requirement",
        str(ROOT / lock),
        "--require-hashes",
        "--disable-pip",
    ]
    command += [
        "--vulnerability-service",
        database,
        "--format",
        "json",
        "--progress-spinner",
        "off",
        "--timeout",
        "10",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return read(done.stdout, done.stderr)


def read(output: str, errors: str) -> Audited | None:
    """Parses pip-audit's output.

    Returns None if pip-audit could not reach its database. Also returns None if the database has none of the packages: it may be an empty
    mirror. Raises RuntimeError for any other failure.
    """
    if not output.strip():
        if _UNREACHABLE.search(errors):
            return None
        raise RuntimeError(f"pip-audit failed:\n{errors[-2000:]}")
    packages = json.loads(output)["dependencies"]
    looked_up = [package for package in packages if "skip_reason" not in package]
    if packages and not looked_up:
        return None
    found = [_told(package, each) for package in looked_up for each in package["vulns"]]
    return Audited(len(looked_up), len(packages) - len(looked_up), found)


def _told(package: Mapping[str, Any], vulnerability: Mapping[str, Any]) -> str:
    names = " ".join([vulnerability["id"], *vulnerability.get("aliases", ())])
    fixed = ", ".join(vulnerability.get("fix_versions", ())) or "no version yet"
    return f"{package['name']} {package['version']}: {names} (fixed in {fixed})"


def main(locks: Iterable[str] = LOCKS) -> int:
    """Checks the lock files, prints what was found, and returns the exit code."""
    found = False
    for lock in locks:
        audited = next((one for database in DATABASES if (one := audit(lock, database))), None)
        if audited is None:
            print(f"{lock}: NOT audited, because no vulnerability database can be reached.")
            continue
        beside = f" ({audited.unknown} more are not in the database)" if audited.unknown else ""
        print(
            f"{lock}: {audited.looked_up} packages looked up{beside}, {len(audited.found) or 'no'} known vulnerabilities."
        )
        for each in audited.found:
            print(f"  {each}")
        found = found or bool(audited.found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
