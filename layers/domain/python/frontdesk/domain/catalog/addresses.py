"""E-mail addresses: what one is, how it is kept, and how two are compared."""

from typing import NamedTuple
from unicodedata import normalize

from frontdesk.errors import Invalid


class Address(NamedTuple):
    """An address as it is kept (NFC, the domain in Unicode), and as mail is sent to it (the domain in ASCII, by IDNA 2008)."""

    kept: str
    ascii: str


def read_address(text: str) -> Address:
    """What of a text is an address. Raises Invalid; whether mail arrives there, only mail can tell."""
    # Where addresses come in or mail goes out: orders that are placed never wait for it.
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        # `from None`: the cause quotes the address.
        raise Invalid("not_address") from None
    assert found.ascii_email is not None, "without SMTPUTF8 every address has an ASCII form"
    return Address(found.normalized, found.ascii_email)


def kept_address(text: str) -> str:
    """The form in which an address is kept. Raises Invalid for what is none."""
    return read_address(text).kept


def is_address(text: str) -> bool:
    try:
        return bool(read_address(text))
    except Invalid:
        return False


def email_key(email: str) -> str:
    """The form in which kept addresses are compared: without case and surrounding space."""
    return normalize("NFC", email.strip()).lower()


def email_keys(text: str) -> tuple[str, ...]:
    """The keys under which whoever has an address may be found: that of now, then that of what was stored before.

    The second takes ß for ss, so whoever is found by it need not be who has the address.
    """
    kept = text
    if not text.isascii() or "xn--" in text.lower():
        kept = kept_address(text) if is_address(text) else text
    return tuple(dict.fromkeys([email_key(kept), former_email_key(text), former_email_key(kept)]))


def former_email_key(email: str) -> str:
    """The form in which addresses were compared before."""
    return email.strip().casefold()
