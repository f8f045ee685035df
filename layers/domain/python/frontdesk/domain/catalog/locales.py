"""Language tags (BCP 47): their validation, their canonical form, and the nearest language that Frontdesk has texts in."""

import re

from frontdesk.errors import Invalid, Language

# RFC 5646, 2.1. Languages of four to eight letters are left out: none is registered, and `german` is a mistake. Grandfathered tags are
# matched separately.
_TAG = re.compile(
    r"""(?: [a-z]{2,3} (?: -[a-z]{3} ){0,3}             # language, extended language
            (?: -[a-z]{4} )?                            # script
            (?: -(?:[a-z]{2}|[0-9]{3}) )?               # region
            (?: -(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}) )*  # variants
            (?: -[0-9a-wyz](?:-[a-z0-9]{2,8})+ )*       # extensions
            (?: -x(?:-[a-z0-9]{1,8})+ )?                # for private use
        | x(?:-[a-z0-9]{1,8})+ )""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
# RFC 5646, 4.4.1 requires support for at least 35 characters.
_LONGEST = 64
_IRREGULAR = frozenset(
    {
        "en-gb-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux", "i-mingo", "i-navajo", "i-pwn",
        "i-tao", "i-tay", "i-tsu", "sgn-be-fr", "sgn-be-nl", "sgn-ch-de",
    }
)  # fmt: skip


def language_tag(text: str) -> str:
    """Returns a tag in the form that RFC 5646, 2.1.1, recommends: de-AT, zh-Hant-TW. Accepts `_` for `-`, as in POSIX. Raises Invalid."""
    tag = text.strip().replace("_", "-").lower()
    if len(tag) > _LONGEST:
        raise Invalid("too_many_characters", most=_LONGEST)
    if tag not in _IRREGULAR and not (_TAG.fullmatch(tag) and _each_once(tag)):
        raise Invalid("not_language_tag")
    parts = tag.split("-")
    alone = next((at for at, part in enumerate(parts) if len(part) == 1), len(parts))
    return "-".join(part if at == 0 or at > alone else _written(part) for at, part in enumerate(parts))


def nearest_language(*tags: str | None) -> Language:
    """Returns the first of the tags' languages that Frontdesk has texts in, or English (RFC 4647, 3.4, "Lookup")."""
    for tag in tags:
        match (tag or "").partition("-")[0]:
            case "de":
                return "de"
            case "en":
                return "en"
    return "en"


def _written(part: str) -> str:
    if not part.isalpha():
        return part
    return part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part


def _each_once(tag: str) -> bool:
    """Whether each variant and each extension occurs only once in the tag (RFC 5646, 2.2.5 and 2.2.6)."""
    public = re.split(r"(?:^|-)x-", tag)[0].split("-")
    singletons = [part for part in public if len(part) == 1]
    first = next((at for at, part in enumerate(public) if len(part) == 1), len(public))
    variants = [part for part in public[1:first] if len(part) > 4 or (len(part) == 4 and part[0].isdigit())]
    return len({*singletons}) == len(singletons) and len({*variants}) == len(variants)
