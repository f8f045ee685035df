"""Headers that mail servers accept, with names that broke other people's mails."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest

from frontdesk.adapters.mail.headers import POLICY
from tests.unit.test_mail_confirmation import NINE, mail

ENCODED = rb"=\?utf-8\?[bq]\?[!->@-~]+\?="

# python/cpython#144156, odoo#243119: Yahoo answered 554 to these subjects. Also names with long words, emoji and right-to-left letters.
NAMES = [
    "Abo actualités digitales 20 semaines d\N{RIGHT SINGLE QUOTATION MARK}abonnement à 24 heures, Bilan, Tribune de Genève et tous les titres",
    "Cosmo Connected Casque Fusion avec feu arrière connecté et accessoire (#1031590) à Genève",
    "Café Größenwahn an der Straße für Bücher und Öle GmbH",
    "ü" * 90,
    "x" * 90,
    "Studio \N{PARTY POPPER}" + "\N{PARTY POPPER}" * 30,
    "סטודיו בתל אביב " * 5,
    "Plain and very long, but nothing else than that, GmbH & Co. KG, branch office of the north",
    "Short",
]


def sent(name: str) -> bytes:
    customer = {"given_name": name[:80], "family_name": ""}
    message: EmailMessage = mail(
        NINE, organization={"name": name, "email": "desk@mitte.example"}, customer=customer
    )
    return message.as_bytes(policy=SMTP)


def header(raw: bytes, name: str) -> bytes:
    found = re.search(rb"^" + name.encode() + rb": ((?:.*)(?:\r\n[ \t].*)*)\r\n", raw, re.M)
    assert found
    return found[1]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_header_is_plain_or_encoded_whole_and_read_back_as_it_was(name: str) -> None:
    raw = sent(name)
    read, written = message_from_bytes(raw, policy=default), mail(NINE, organization={"name": name})
    assert str(read["Subject"]) == str(written["Subject"])
    for each in ("Subject", "From", "To", "Reply-To"):
        lines = header(raw, each).split(b"\r\n ")
        assert all(len(line) <= 78 for line in lines)
        text = [line for line in lines if not (each != "Subject" and line.startswith(b"<"))]
        encoded = [re.fullmatch(ENCODED, line) is not None for line in text]
        # RFC 2047, 5: an encoded word is separated from its neighbors. If everything is encoded, there are none.
        assert all(encoded) or b"=?" not in b"".join(lines)


@pytest.mark.parametrize("words", ["one two six ", "a  b   c ", "somewhat-longer-words "], ids=str.split)
def test_a_plain_subject_of_any_length_begins_in_its_own_line(words: str) -> None:
    """Python folds some right behind the colon. Its own reader then shows a space in front."""
    for length in range(1, 250):
        text = (words * 99)[:length].strip()
        message = EmailMessage(policy=POLICY)
        message["Subject"] = text
        raw = message.as_bytes()
        assert message_from_bytes(raw, policy=default)["Subject"] == text
        lines = header(raw, "Subject").split(b"\r\n")
        assert len(b"Subject: " + lines[0]) <= 78
        assert all(len(line) <= 78 and line.strip() for line in lines)


def test_nobody_out_of_office_answers_a_machine() -> None:
    """RFC 3834; Exchange requires its own header (pretix#1368, WoltLab#4104)."""
    message = mail(NINE)
    assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
