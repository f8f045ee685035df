"""Email addresses: validation, the stored form, and comparison."""

from typing import NamedTuple

from frontdesk.domain.texts import normal
from frontdesk.errors import Invalid


class Address(NamedTuple):
    """An email address in two forms: the stored form (NFC, domain in Unicode) and the form for sending (domain in ASCII, IDNA 2008)."""

    kept: str
    ascii: str


def read_address(text: str) -> Address:
    """Parses an email address. Raises Invalid. Does not check that the domain exists or accepts mail."""
    # Imported here, because placing an order never needs it.
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        # `from None`, because the cause quotes the address.
        raise Invalid("not_address") from None
    assert found.ascii_email is not None, "without SMTPUTF8 every address has an ASCII form"
    return Address(found.normalized, found.ascii_email)


def kept_address(text: str) -> str:
    """Returns the stored form of an address. Raises Invalid."""
    return read_address(text).kept


def is_address(text: str) -> bool:
    """Whether the text is an email address."""
    try:
        return bool(read_address(text))
    except Invalid:
        return False


def email_key(email: str) -> str:
    """Returns the form in which stored addresses are compared: in lower case, without surrounding spaces."""
    return normal("NFC", email.strip()).lower()


def email_keys(text: str) -> tuple[str, ...]:
    """Returns the keys under which a customer with this address may be stored, the current form first.

    Earlier versions of Frontdesk used the same key for an address with ß and an address with ss. So a
    customer who is stored under one of the keys may have a different address. The caller must check the
    customer's address with `email_key`.
    """
    kept = text
    if not text.isascii() or "xn--" in text.lower():
        kept = kept_address(text) if is_address(text) else text
    return tuple(dict.fromkeys([email_key(kept), former_email_key(text), former_email_key(kept)]))


def former_email_key(email: str) -> str:
    """Returns the form in which earlier versions of Frontdesk compared addresses."""
    return email.strip().casefold()
