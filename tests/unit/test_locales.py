"""Language tags of RFC 5646, Appendix A, with their classification there, and the language of a mail."""

import pytest

from frontdesk.domain.catalog.items import Customer, Organization
from frontdesk.domain.catalog.locales import language_tag, nearest_language
from frontdesk.errors import Invalid

EXAMPLES = [
    "de",
    "fr",
    "ja",
    "i-enochian",
    "zh-Hant",
    "zh-Hans",
    "sr-Cyrl",
    "sr-Latn",
    "zh-cmn-Hans-CN",
    "cmn-Hans-CN",
    "zh-yue-HK",
    "yue-HK",
    "zh-Hans-CN",
    "sr-Latn-RS",
    "sl-rozaj",
    "sl-rozaj-biske",
    "sl-nedis",
    "de-CH-1901",
    "sl-IT-nedis",
    "hy-Latn-IT-arevela",
    "de-DE",
    "en-US",
    "es-419",
    "de-CH-x-phonebk",
    "az-Arab-x-aze-derbend",
    "x-whatever",
    "qaa-Qaaa-QM-x-southern",
    "de-Qaaa",
    "sr-Latn-QM",
    "sr-Qaaa-RS",
    "en-US-u-islamcal",
    "zh-CN-a-myext-x-private",
    "en-a-myext-b-another",
    "art-lojban",
    "zh-min-nan",
]


@pytest.mark.parametrize("tag", EXAMPLES)
def test_the_rfcs_examples_are_taken_as_they_are_written_there(tag: str) -> None:
    assert language_tag(tag) == tag
    assert language_tag(tag.upper()) == language_tag(tag.lower()) or tag.startswith(("i-", "x-"))


@pytest.mark.parametrize(
    "tag",
    ["de-419-DE", "a-DE", "ar-a-aaa-b-bbb-a-ccc", "de-DE-1901-1901", "", "-", "de-", "german", "d", "de--AT", "de-ß", "x" + "-abcdefgh" * 8],
)  # fmt: skip
def test_what_the_rfc_calls_ill_formed_is_refused(tag: str) -> None:
    with pytest.raises(Invalid):
        language_tag(tag)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("de_AT", "de-AT"), (" EN-us ", "en-US"), ("mn-cYRL-mn", "mn-Cyrl-MN"), ("en-ca-x-ca", "en-CA-x-ca")],
)
def test_a_tag_is_kept_in_one_form(sent: str, kept: str) -> None:
    assert language_tag(sent) == kept
    assert Customer(id="c", locale=sent).locale == kept


@pytest.mark.parametrize(
    ("tags", "language"),
    [
        (("de-CH-1901", "en"), "de"),
        (("fr-CH", "de-CH"), "de"),
        (("fr", None), "en"),
        ((None, "en-GB"), "en"),
        (("den", "de"), "de"),
        ((), "en"),
    ],
)
def test_a_mail_has_the_nearest_language_that_there_is(tags: tuple[str | None, ...], language: str) -> None:
    assert nearest_language(*tags) == language


def test_an_organizations_own_texts_have_the_language_nearest_to_its_locale() -> None:
    of = {"id": "o", "name": "O", "timezone": "Europe/Vienna", "currency": "EUR"}
    assert Organization(**of, locale="de-AT").language == "de"  # type: ignore[arg-type]
    assert Organization(**of, locale="it-IT").language == "en"  # type: ignore[arg-type]
