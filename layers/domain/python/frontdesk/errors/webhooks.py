"""Errors about webhook subscriptions and their deliveries."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "webhook_subscription_not_found": Error(
        404,
        en=Text("webhook subscription not found", "There is no such webhook subscription."),
        de=Text("Webhook-Abonnement nicht gefunden", "Dieses Webhook-Abonnement gibt es nicht."),
        at="",
        when="none with this id in the organization, or not any more",
    ),
    "delivery_not_found": Error(
        404,
        en=Text("delivery not found", "There is no such delivery."),
        de=Text("Zustellung nicht gefunden", "Diese Zustellung gibt es nicht."),
        at="",
        when="none with this id, or not any more",
    ),
    "too_many_subscriptions": Error(
        409,
        en=Text("too many subscriptions", "An organization has at most {most} webhook subscriptions."),
        de=Text("zu viele Abonnements", "Eine Organisation hat höchstens {most} Webhook-Abonnements."),
        at="",
        when="there are 50",
    ),
    "delivery_pending": Error(
        409,
        en=Text("delivery pending", "The delivery is not over: it is tried again by itself."),
        de=Text(
            "Zustellung noch offen",
            "Die Zustellung ist nicht beendet: sie wird von selbst wiederholt.",
        ),
        at="",
        when="`redeliver` of what is not over",
    ),
    "subscription_inactive": Error(
        409,
        en=Text("subscription inactive", "The subscription is inactive; switch it on first."),
        de=Text("Abonnement nicht aktiv", "Das Abonnement ist nicht aktiv; bitte zuerst einschalten."),
        at="",
        when="`redeliver` for a subscription that is switched off",
    ),
    "url_required": Error(
        422,
        en=Text("url required", "Say where to: url is missing."),
        de=Text("url fehlt", "Bitte angeben, wohin: url fehlt."),
        at="`A/url`",
        when="a new subscription without",
    ),
    "events_required": Error(
        422,
        en=Text("events required", "Say of what: events is missing."),
        de=Text("events fehlt", "Bitte angeben, wovon: events fehlt."),
        at="`A/events`",
        when="a new subscription without",
    ),
    "invalid_url": Error(
        422,
        en=Text("invalid URL", "{reason}"),
        de=Text("ungültige URL", "{reason}"),
        at="`A/url`",
        when='see "Webhooks"',
    ),
}

PHRASES = {
    # invalid_url
    "url_characters": Said(
        "A URL has at most {most} printable ASCII characters and no spaces.",
        "Eine URL hat höchstens {most} druckbare ASCII-Zeichen und keine Leerzeichen.",
    ),
    "not_a_url": Said("This is not a URL.", "Das ist keine URL."),
    "url_with_user": Said(
        "A URL must not contain a user name or password; deliveries are signed instead.",
        "Eine URL darf weder Benutzername noch Passwort enthalten; Zustellungen sind stattdessen signiert.",
    ),
    "url_with_fragment": Said("A URL must not have a fragment.", "Eine URL darf kein Fragment haben."),
    "url_not_https": Said("Only https is delivered to.", "Zugestellt wird nur an https."),
    "url_host": Said(
        "The host must be a public domain name; an international one in its xn-- form.",
        "Der Host muss ein öffentlicher Domainname sein; ein internationaler in seiner xn---Form.",
    ),
    "not_header_name": Said(
        "The name of a header has up to 100 letters, digits and !#$%&'*+.^_`|~-.",
        "Der Name eines Headers hat bis zu 100 Buchstaben, Ziffern und !#$%&'*+.^_`|~-.",
    ),
    "not_header_value": Said(
        "The value of a header is up to 1,000 visible ASCII characters, with spaces only between them.",
        "Der Wert eines Headers besteht aus bis zu 1.000 sichtbaren ASCII-Zeichen, mit Leerzeichen nur dazwischen.",
    ),
    "header_not_yours": Said(
        "Each delivery sets this header itself.", "Diesen Header setzt jede Zustellung selbst."
    ),
    "header_twice": Said(
        "A header stands there twice: upper and lower case make no difference.",
        "Ein Header kommt zweimal vor: Groß- und Kleinschreibung machen keinen Unterschied.",
    ),
    "url_port": Said("The port must be one of {ports}.", "Der Port muss einer von {ports} sein."),
}
