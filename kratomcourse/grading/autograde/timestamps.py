"""When something was handed in: read as nbgrader reads it, but never by opening a file, and
checked.

dateutil's `gettz`, which nbgrader calls with what a student wrote, opens the file that a zone
names.
"""

import re
from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import dateutil.parser

LONGEST = 64
EARLIEST, LATEST = datetime(1990, 1, 1), datetime(2200, 1, 1)
CHARACTERS = re.compile(r"[\w :.,+/\-]+", re.ASCII)
YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)", re.ASCII)
ZONE = re.compile(r"[A-Za-z]\w*(/[A-Za-z][\w+\-]*){0,2}", re.ASCII)
OFFSET = re.compile(r"[+-]\d{4}")


def parse_timestamp(text: str) -> datetime:
    """Return the time that a text names, in UTC and without a zone, as nbgrader stores it.

    text   : content of timestamp.txt, such as "2027-01-15 12:00:00.123 Europe/Berlin"
    raises : ValueError for what is not a time, or one outside of 1990 to 2199
    """
    text = text.strip()
    if not CHARACTERS.fullmatch(text) or len(text) > LONGEST or not YEAR.search(text):
        raise ValueError("it is not a time")
    parts = text.split(" ")
    try:
        when: datetime
        if len(parts) == 3 and (zone := zone_of(parts[2])) is not None:
            when = dateutil.parser.parse(" ".join(parts[:2])).replace(tzinfo=zone)
        else:
            when = dateutil.parser.parse(text, tzinfos=known_zone)
        if when.tzinfo is not None:
            when = when.astimezone(UTC).replace(tzinfo=None)
    except (OverflowError, TypeError, AttributeError, ArithmeticError) as error:
        raise ValueError("it is not a time") from error
    if not EARLIEST <= when < LATEST:
        raise ValueError(f"it is in the year {when.year}")
    return when


def zone_of(name: str) -> tzinfo | None:
    """Return the zone of a name or an offset such as +0100; None for a word that is neither."""
    if OFFSET.fullmatch(name):
        return None  # left to dateutil; nbgrader takes the digits for seconds, and never writes it
    if not ZONE.fullmatch(name) or name not in zone_names():
        if name in ("UTC", "Z", "GMT"):
            return UTC
        return None
    return ZoneInfo(name)


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all zones, which are some six hundred files."""
    return frozenset(available_timezones())


def known_zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Return a zone for dateutil without its look-up of files."""
    from dateutil.tz import tzoffset

    if name is None and offset is None:
        return None
    if offset is not None:
        return tzoffset(name, offset) if abs(offset) < 86_400 else None
    zone = zone_of(name or "")
    if zone is None:
        raise ValueError(f"'{name}' is no time zone")
    return zone


def canonical(when: datetime) -> str:
    """Return a time in the form that nbgrader itself writes."""
    fraction = f".{when.microsecond:06}" if when.microsecond else ""
    return f"{when:%Y-%m-%d %H:%M:%S}{fraction} UTC"
