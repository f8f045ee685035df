"""Each kind of mail in each language, verbatim: `python -m tests.support.mails` rewrites the files."""

import pytest

from tests.support import mails
from tests.support.mails import FILES, LOCALES, MAILS


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_as_its_file_has_it(name: str, locale: str) -> None:
    for path, content in mails.files(name, locale):
        assert path.read_text(encoding="utf-8") == content, (
            f"python -m tests.support.mails writes {path.name}"
        )


def test_there_is_no_file_of_a_mail_that_is_no_more() -> None:
    expected = {f"{name}.{locale}.{form}" for name in MAILS for locale in LOCALES for form in ("txt", "html")}
    assert {path.name for path in FILES.iterdir()} == expected


def test_a_mail_of_sixty_bookings_is_shown_whole() -> None:
    """Gmail cuts mails at 102 kB, and the total comes last."""
    for locale in LOCALES:
        assert (FILES / f"sixty.{locale}.html").stat().st_size < 50_000
