"""Errors about vouchers, and about answers to custom fields."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "voucher_not_found": Error(
        422,
        en=Text("voucher not found", "This organization has no voucher {id:q}. Check the code."),
        de=Text(
            "Gutschein nicht gefunden",
            "Diese Organisation hat keinen Gutschein {id:q}. Bitte prüfen Sie den Code.",
        ),
        at="`/voucher_code`; no source if the id is in the path",
        when="unknown, or archived",
        also=(404,),
    ),
    "voucher_not_yet_valid": Error(
        422,
        en=Text(
            "voucher not yet valid",
            "The voucher is not valid before {moment}. Leave out the voucher's code, or order later.",
        ),
        de=Text(
            "Gutschein noch nicht gültig",
            "Der Gutschein gilt erst ab {moment}. Bitte lassen Sie den Code weg, oder bestellen Sie später.",
        ),
        at="`/voucher_code`",
        when="before its validity",
    ),
    "voucher_expired": Error(
        422,
        en=Text("voucher expired", "The voucher expired on {moment}. Leave out the voucher's code."),
        de=Text("Gutschein abgelaufen", "Der Gutschein galt bis {moment}. Bitte lassen Sie den Code weg."),
        at="`/voucher_code`",
        when="after its validity",
    ),
    "voucher_exhausted": Error(
        422,
        en=Text("voucher exhausted", "{reason}"),
        de=Text("Gutschein aufgebraucht", "{reason}"),
        at="`/voucher_code`; no source in `complete`",
        when="the limit is reached",
    ),
    "voucher_needs_customer": Error(
        422,
        en=Text(
            "voucher needs customer",
            "The voucher has a limit for each customer. Add a customer to the order.",
        ),
        de=Text(
            "Gutschein nur mit Kunde",
            "Die Nutzung des Gutscheins ist pro Kunde begrenzt. Bitte geben Sie den Kunden an.",
        ),
        at="`/voucher_code`",
        when="limited per customer, and the order has none",
    ),
    "voucher_used_by_customer": Error(
        422,
        en=Text(
            "voucher used by customer",
            "The customer has already used the voucher {most:time|times}, which is the limit per customer. Leave out the "
            "voucher's code.",
        ),
        de=Text(
            "Gutschein vom Kunden bereits genutzt",
            "Der Kunde hat den Gutschein bereits {most:Mal|Mal} genutzt; mehr ist pro Kunde nicht möglich. "
            "Bitte lassen Sie den Code weg.",
        ),
        at="`/voucher_code`",
        when="the customer has reached the limit",
    ),
    "voucher_minimum_not_reached": Error(
        422,
        en=Text(
            "voucher minimum not reached",
            "The voucher requires an order of at least {least} before the discount. This order's total is {total}. Leave out "
            "the voucher's code, or order more.",
        ),
        de=Text(
            "Mindestbetrag des Gutscheins nicht erreicht",
            "Der Gutschein gilt für Aufträge ab {least} vor Abzug des Rabatts. Dieser Auftrag kostet {total}. Bitte lassen "
            "Sie den Code des Gutscheins weg, oder bestellen Sie mehr.",
        ),
        at="`/voucher_code`",
        when="the total is below the voucher's minimum; `meta.min_total`, `meta.total`",
    ),
    "voucher_not_applicable": Error(
        422,
        en=Text(
            "voucher not applicable",
            "The voucher does not apply to any of these services. Leave out the voucher's code.",
        ),
        de=Text(
            "Gutschein nicht anwendbar",
            "Der Gutschein gilt für keine dieser Leistungen. Bitte lassen Sie den Code weg.",
        ),
        at="`/voucher_code`",
        when="applies to none of the services",
    ),
    "custom_field_not_found": Error(
        422,
        en=Text("custom field not found", "{reason}"),
        de=Text("Zusatzfeld nicht gefunden", "{reason}"),
        at="`B/service_custom_fields/{id}`, `B/order_custom_fields/{id}`; in `complete`, the same pointers without `B`; "
        "no source if the id is in the path",
        when="unknown, or the booking does not ask for it; in `complete`, also a field that is optional or already answered",
        also=(404,),
    ),
    "invalid_custom_field": Error(
        422,
        en=Text("invalid custom field", "{label:q}: {reason}"),
        de=Text("ungültiges Zusatzfeld", "{label:q}: {reason}"),
        at="the field",
        when="a value that its type or limits do not allow",
    ),
    "custom_field_required": Error(
        422,
        en=Text("custom field required", "Answer {label:q} before you complete the order."),
        de=Text(
            "Zusatzfeld erforderlich",
            "Bitte beantworten Sie das Feld {label:q}, bevor Sie den Auftrag abschließen.",
        ),
        at="the field",
        when='see "Custom fields"',
    ),
    "custom_field_differs": Error(
        422,
        en=Text(
            "custom field differs",
            "Another booking of this order has a different value for this field. Send the same value.",
        ),
        de=Text(
            "Zusatzfeld widersprüchlich",
            "Eine andere Buchung dieses Auftrags hat für dieses Feld einen anderen Wert. Bitte senden Sie denselben Wert.",
        ),
        at="`B/order_custom_fields/{id}`",
        when="another booking has another value",
    ),
    "custom_fields_too_large": Error(
        422,
        en=Text(
            "custom fields too large",
            "The answers together take {size} bytes; the limit is {most}. Shorten them.",
        ),
        de=Text(
            "Zusatzfelder zu umfangreich",
            "Die Antworten sind zusammen {size} Bytes lang; möglich sind {most}. Bitte kürzen Sie die Antworten.",
        ),
        at="`B/service_custom_fields`, `/bookings`",
        when='the answers take more bytes than the limit, see "Limits"',
    ),
}

PHRASES = {
    # voucher_exhausted
    "voucher_used_up": Said(
        "The voucher has reached its limit of {most:use|uses}. Leave out the voucher's code.",
        "Der Gutschein wurde bereits {most:Mal|Mal} genutzt und ist damit aufgebraucht. Bitte lassen Sie den Code weg.",
    ),
    "voucher_used_up_since": Said(
        "Other orders have used up the voucher since this draft was created. Cancel the draft, and place a new order "
        "without the voucher's code.",
        "Seit dieser Entwurf angelegt wurde, haben andere Aufträge den Gutschein aufgebraucht. Bitte stornieren Sie den "
        "Entwurf, und legen Sie einen neuen Auftrag ohne den Code des Gutscheins an.",
    ),
    # custom_field_not_found
    "no_custom_field": Said(
        "This organization has no custom field {id:q}. Check the id.",
        "Diese Organisation hat kein Zusatzfeld {id:q}. Bitte prüfen Sie die ID.",
    ),
    "no_answer_lacking": Said(
        "The draft needs no answer to the custom field {id:q}. Leave out the answer.",
        "Der Entwurf braucht keine Antwort auf das Zusatzfeld {id:q}. Bitte lassen Sie die Antwort weg.",
    ),
}
