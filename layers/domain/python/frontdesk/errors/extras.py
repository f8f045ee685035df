"""Errors about vouchers, and about answers to custom fields."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "voucher_not_found": Error(
        422,
        en=Text("voucher not found", "There is no voucher {id:q} in this organization."),
        de=Text("Gutschein nicht gefunden", "In dieser Organisation gibt es keinen Gutschein {id:q}."),
        at="`/voucher_code`; of an address none",
        when="none with this code, or archived",
        also=(404,),
    ),
    "voucher_not_yet_valid": Error(
        422,
        en=Text("voucher not yet valid", "The voucher is valid from {moment} on."),
        de=Text("Gutschein noch nicht gültig", "Der Gutschein ist ab {moment} gültig."),
        at="`/voucher_code`",
        when="before its validity",
    ),
    "voucher_expired": Error(
        422,
        en=Text("voucher expired", "The voucher was valid until {moment}."),
        de=Text("Gutschein abgelaufen", "Der Gutschein war bis {moment} gültig."),
        at="`/voucher_code`",
        when="after its validity",
    ),
    "voucher_exhausted": Error(
        422,
        en=Text("voucher exhausted", "{reason}"),
        de=Text("Gutschein aufgebraucht", "{reason}"),
        at="`/voucher_code`; in `complete` none",
        when="no use is left",
    ),
    "voucher_needs_customer": Error(
        422,
        en=Text(
            "voucher needs customer", "The voucher is limited for each customer: say who the customer is."
        ),
        de=Text(
            "Gutschein nur mit Kunde",
            "Der Gutschein ist pro Kunde begrenzt: bitte angeben, wer der Kunde ist.",
        ),
        at="`/voucher_code`",
        when="limited for each customer, and there is none",
    ),
    "voucher_used_by_customer": Error(
        422,
        en=Text(
            "voucher used by customer", "The customer has used the voucher as often as each may ({most})."
        ),
        de=Text(
            "Gutschein vom Kunden bereits genutzt",
            "Der Kunde hat den Gutschein so oft genutzt, wie es jedem möglich ist ({most}).",
        ),
        at="`/voucher_code`",
        when="the customer has no use left",
    ),
    "voucher_minimum_not_reached": Error(
        422,
        en=Text(
            "voucher minimum not reached",
            "The voucher is for orders of at least {least} before the discount; this one is {total}.",
        ),
        de=Text(
            "Mindestbetrag des Gutscheins nicht erreicht",
            "Der Gutschein gilt für Aufträge ab {least} vor Abzug des Rabatts; dieser beträgt {total}.",
        ),
        at="`/voucher_code`",
        when="`meta.min_total`, `meta.total`",
    ),
    "voucher_not_applicable": Error(
        422,
        en=Text("voucher not applicable", "The voucher is for other services."),
        de=Text("Gutschein nicht anwendbar", "Der Gutschein gilt für andere Leistungen."),
        at="`/voucher_code`",
        when="for none of the services",
    ),
    "custom_field_not_found": Error(
        422,
        en=Text("custom field not found", "{reason}"),
        de=Text("Zusatzfeld nicht gefunden", "{reason}"),
        at="`B/service_custom_fields/{id}`, `B/order_custom_fields/{id}`; in `complete` without `B`; of an address none",
        when="not there, or not asked for here",
        also=(404,),
    ),
    "invalid_custom_field": Error(
        422,
        en=Text("invalid custom field", "{label}: {reason}"),
        de=Text("ungültiges Zusatzfeld", "{label}: {reason}"),
        at="the field",
        when="a value that its type or limits do not allow",
    ),
    "custom_field_required": Error(
        422,
        en=Text("custom field required", "{label} must be answered before the order is completed."),
        de=Text(
            "Zusatzfeld erforderlich", "{label} muss beantwortet sein, bevor der Auftrag abgeschlossen wird."
        ),
        at="the field",
        when='see "Custom fields"',
    ),
    "custom_field_differs": Error(
        422,
        en=Text("custom field differs", "Another booking of this order has another value for this field."),
        de=Text(
            "Zusatzfeld widersprüchlich",
            "Eine andere Buchung dieses Auftrags hat einen anderen Wert für dieses Feld.",
        ),
        at="`B/order_custom_fields/{id}`",
        when="another booking has another value",
    ),
    "custom_fields_too_large": Error(
        422,
        en=Text(
            "custom fields too large", "The answers together take {size} bytes; there is room for {most}."
        ),
        de=Text(
            "Zusatzfelder zu umfangreich",
            "Die Antworten sind zusammen {size} Bytes lang; Platz ist für {most}.",
        ),
        at="`B/service_custom_fields`, `/bookings`",
        when="more than is kept, see below",
    ),
}

PHRASES = {
    # voucher_exhausted
    "voucher_used_up": Said(
        "The voucher has been used as often as it may be ({most}).",
        "Der Gutschein wurde so oft genutzt, wie es möglich ist ({most}).",
    ),
    "voucher_used_up_since": Said(
        "The voucher has been used as often as it may be since the draft was made.",
        "Der Gutschein wurde, seit es den Entwurf gibt, so oft genutzt, wie es möglich ist.",
    ),
    # custom_field_not_found
    "no_custom_field": Said(
        "There is no custom field {id:q} in this organization.",
        "In dieser Organisation gibt es kein Zusatzfeld {id:q}.",
    ),
    "no_answer_lacking": Said(
        "The draft does not lack an answer to a custom field {id:q}.",
        "Dem Entwurf fehlt keine Antwort auf ein Zusatzfeld {id:q}.",
    ),
}
