"""Finds the IANA zone for the names that calendars use. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache

from frontdesk.domain.imports.headers.folding import folded
from frontdesk.domain.time.intervals import zone_names, zone_of_name

_OFFSET = re.compile(r"\s*\(?(?:utc|gmt)\s*(?:([+-])(\d{1,2}):?(\d{2}))?\)?\s*", re.IGNORECASE)
# Zones whose display name contains no city.
_NAMED: Mapping[str, str] = {
    "atlantic time": "America/Halifax", "eastern time": "America/New_York", "central time": "America/Chicago",
    "mountain time": "America/Denver", "arizona": "America/Phoenix", "pacific time": "America/Los_Angeles",
    "alaska": "America/Anchorage", "hawaii": "Pacific/Honolulu", "newfoundland": "America/St_Johns",
    "coordinated universal time": "UTC", "utc": "UTC", "gmt": "UTC", "etc/utc": "UTC",
}  # fmt: skip
_MICROSOFT = "tzone://microsoft/"


def zone_called(name: str) -> str | None:
    """Returns the IANA zone for the name that a calendar uses, such as `(UTC+01:00) Amsterdam, Berlin, Rome`.

    Returns None if the name contains no known place, or if the place's offset differs from the one in the name.
    """
    text = name.strip().strip('"')
    if zone_of_name(text):
        return text
    if text.startswith("/"):
        # "Globally unique" names have a vendor and a version before the IANA name (RFC 5545, 3.2.19).
        parts = text.split("/")
        return next((each for at in range(len(parts)) if zone_of_name(each := "/".join(parts[at:]))), None)
    if zone := windows_zone(text):
        return zone
    text = text[len(_MICROSOFT) :] if text.casefold().startswith(_MICROSOFT) else text
    told = _OFFSET.match(text)
    rest = text[told.end() :] if told else text
    for part in re.split(r"[,(/;]", rest) if rest.strip() else ["utc"] if told and not told[1] else []:
        zone = _NAMED.get(part.strip().casefold()) or _cities().get(folded(part))
        if zone and (told is None or _has_offset(zone, told)):
            return zone
    return None


def windows_zone(name: str) -> str | None:
    """Returns the IANA zone for a Windows name, such as `W. Europe Standard Time`."""
    # Imported here, because only imports of calendars need it.
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    return WINDOWS_TO_OLSON.get(name)


def _has_offset(zone: str, told: re.Match[str]) -> bool:
    """Whether a zone has the offset in `told`, a match of `_OFFSET`, in winter or in summer."""
    minutes = (60 * int(told[2]) + int(told[3])) * (-1 if told[1] == "-" else 1) if told[1] else 0
    found = zone_of_name(zone)
    offsets = {datetime(2024, month, 1, tzinfo=found).utcoffset() for month in (1, 7)} if found else set()
    return minutes * 60 in {int(each.total_seconds()) for each in offsets if each is not None}


@cache
def _cities() -> dict[str, str]:
    """Returns IANA zones by the folded name of their city."""
    areas = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return {folded(name.rpartition("/")[2]): name for name in sorted(zone_names()) if name.startswith(areas)}
