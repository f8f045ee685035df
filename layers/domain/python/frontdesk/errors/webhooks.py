"""Errors about webhook subscriptions and their deliveries."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "webhook_subscription_not_found": Error(
        404,
        en=Text("webhook subscription not found", "This webhook subscription does not exist. Check the id."),
        de=Text(
            "Webhook-Abonnement nicht gefunden",
            "Dieses Webhook-Abonnement gibt es nicht. Bitte prüfen Sie die ID.",
        ),
        at="",
        when="unknown in the organization, or deleted",
    ),
    "delivery_not_found": Error(
        404,
        en=Text("delivery not found", "This delivery does not exist. Check the id."),
        de=Text("Zustellung nicht gefunden", "Diese Zustellung gibt es nicht. Bitte prüfen Sie die ID."),
        at="",
        when="unknown, or no longer kept",
    ),
    "too_many_subscriptions": Error(
        409,
        en=Text(
            "too many subscriptions",
            "An organization can have at most {most} webhook subscriptions. Delete a subscription first.",
        ),
        de=Text(
            "zu viele Abonnements",
            "Eine Organisation kann höchstens {most} Webhook-Abonnements haben. Bitte löschen Sie zuerst ein Abonnement.",
        ),
        at="",
        when="the organization has 50 subscriptions",
    ),
    "delivery_pending": Error(
        409,
        en=Text("delivery pending", "The delivery is still in progress, and is retried automatically."),
        de=Text(
            "Zustellung noch offen",
            "Die Zustellung läuft noch und wird automatisch wiederholt.",
        ),
        at="",
        when="`redeliver` of a delivery in progress",
    ),
    "subscription_inactive": Error(
        409,
        en=Text("subscription inactive", "The subscription is inactive. Switch it on first."),
        de=Text(
            "Abonnement nicht aktiv", "Das Abonnement ist nicht aktiv. Bitte schalten Sie es zuerst ein."
        ),
        at="",
        when="`redeliver` for a subscription that is switched off",
    ),
    "url_required": Error(
        422,
        en=Text("url required", "In the field 'url', send the address that receives the events."),
        de=Text("url fehlt", "Bitte geben Sie im Feld 'url' die Adresse an, die die Ereignisse empfängt."),
        at="`A/url`",
        when="missing in a new subscription",
    ),
    "events_required": Error(
        422,
        en=Text("events required", "In the field 'events', list the events that you want to receive."),
        de=Text(
            "events fehlt", "Bitte geben Sie im Feld 'events' die Ereignisse an, die Sie empfangen möchten."
        ),
        at="`A/events`",
        when="missing in a new subscription",
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
        "A URL can have at most {most} printable ASCII characters, and no spaces.",
        "Eine URL kann höchstens {most} druckbare ASCII-Zeichen haben und keine Leerzeichen.",
    ),
    "not_a_url": Said(
        "This is not a URL. Send a URL such as https://example.com/events.",
        "Das ist keine URL. Bitte senden Sie eine URL wie https://example.com/events.",
    ),
    "url_with_user": Said(
        "A URL must not contain a user name or password. Neither is needed, because each delivery has a signature, which "
        "proves that Frontdesk sent the delivery.",
        "Eine URL darf weder Benutzername noch Passwort enthalten. Beides ist nicht nötig, denn jede Zustellung hat eine "
        "Signatur, die beweist, dass Frontdesk die Zustellung gesendet hat.",
    ),
    "url_with_fragment": Said("A URL must not have a fragment.", "Eine URL darf kein Fragment haben."),
    "url_not_https": Said("The URL must use https.", "Die URL muss https verwenden."),
    "url_host": Said(
        "The host must be a public domain name. If the name has letters such as 'ä', write the name in the form that "
        "begins with 'xn--'.",
        "Der Host muss ein öffentlicher Domainname sein. Hat der Name Buchstaben wie 'ä', schreiben Sie den Namen bitte "
        "in der Form, die mit 'xn--' beginnt.",
    ),
    "not_header_name": Said(
        "A header's name can have up to 100 letters, digits and characters from !#$%&'*+.^_`|~-.",
        "Der Name eines Headers kann bis zu 100 Buchstaben, Ziffern und Zeichen aus !#$%&'*+.^_`|~- haben.",
    ),
    "not_header_value": Said(
        "A header's value can have up to 1,000 visible ASCII characters, and spaces between them.",
        "Der Wert eines Headers kann bis zu 1.000 sichtbare ASCII-Zeichen haben, dazwischen auch Leerzeichen.",
    ),
    "header_not_yours": Said(
        "Frontdesk sets this header itself. Choose another name.",
        "Frontdesk setzt diesen Header selbst. Bitte wählen Sie einen anderen Namen.",
    ),
    "header_twice": Said(
        "A header is listed twice. Upper and lower case make no difference.",
        "Ein Header kommt zweimal vor. Groß- und Kleinschreibung wird nicht unterschieden.",
    ),
    "url_port": Said("Only the ports {ports} are allowed.", "Möglich sind nur die Ports {ports}."),
}
