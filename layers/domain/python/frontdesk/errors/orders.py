"""Errors about orders: what they name, their size, their states, and their mails."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "order_not_found": Error(
        404,
        en=Text("order not found", "There is no such order."),
        de=Text("Auftrag nicht gefunden", "Diesen Auftrag gibt es nicht."),
        at="",
        when="none with this id in the organization",
    ),
    "order_expired": Error(
        409,
        en=Text("order expired", "{reason}"),
        de=Text("Auftrag abgelaufen", "{reason}"),
        at="",
        when="completing, changing or canceling a draft whose time is over",
    ),
    "order_canceled": Error(
        409,
        en=Text("order canceled", "{reason}"),
        de=Text("Auftrag storniert", "{reason}"),
        at="",
        when="completing or changing a canceled order",
    ),
    "bookings_required": Error(
        422,
        en=Text("bookings required", "An order has at least one booking."),
        de=Text("Buchungen fehlen", "Ein Auftrag hat mindestens eine Buchung."),
        at="`/bookings`",
        when="none, or an empty array",
    ),
    "booking_required": Error(
        422,
        en=Text("booking required", "A booking is an object, not null."),
        de=Text("Buchung fehlt", "Eine Buchung ist ein Objekt, nicht null."),
        at="`B`",
        when="`null` in the array",
    ),
    "sub_booking_required": Error(
        422,
        en=Text("sub-booking required", "A sub-booking is an object, not null."),
        de=Text("Unterbuchung fehlt", "Eine Unterbuchung ist ein Objekt, nicht null."),
        at="`B/sub_bookings/{j}`",
        when="`null` in the array",
    ),
    "order_too_large": Error(
        422,
        en=Text("order too large", "{reason}"),
        de=Text("Auftrag zu umfangreich", "{reason}"),
        at="`/bookings`, `B`",
        when='see "Limits"',
    ),
    "total_differs": Error(
        422,
        en=Text("total differs", "The order costs {total}, not {expected}."),
        de=Text("anderer Gesamtbetrag", "Der Auftrag kostet {total}, nicht {expected}."),
        at="`/expected_total`",
        when="`meta.expected_total`, `meta.total`; nothing is written",
    ),
    "total_too_large": Error(
        422,
        en=Text(
            "total too large",
            "The order's total is above {most}, which not every client can read.",
        ),
        de=Text(
            "Summe zu groß",
            "Die Summe des Auftrags liegt über {most}, was nicht jedes Programm lesen kann.",
        ),
        at="`/bookings`",
        when="above 2^53 - 1",
    ),
    "change_too_large": Error(
        422,
        en=Text(
            "change too large",
            "This changes {count} items, more than can be changed at once. Cancel the booking and place a new order.",
        ),
        de=Text(
            "Änderung zu umfangreich",
            "Das ändert {count} Einträge, mehr als auf einmal geändert werden können. Bitte die Buchung stornieren und"
            " einen neuen Auftrag anlegen.",
        ),
        at="`/data`",
        when="a change of more items than one transaction takes (100)",
    ),
    "order_not_completed": Error(
        422,
        en=Text("order not completed", "The order is {status}; only a completed one has a confirmation."),
        de=Text(
            "Auftrag nicht abgeschlossen",
            "Der Auftrag ist {status}; eine Bestätigung gibt es nur zu einem abgeschlossenen.",
        ),
        at="",
        when="`send-notification` of what is not completed: a draft, a canceled or expired order",
    ),
    "customer_without_email": Error(
        422,
        en=Text("customer without email", "The order has no customer with an e-mail address."),
        de=Text("Kunde ohne E-Mail-Adresse", "Der Auftrag hat keinen Kunden mit E-Mail-Adresse."),
        at="",
        when="`send-notification` has nobody to write to",
    ),
    "customer_not_in_order": Error(
        422,
        en=Text("customer not in order", "Neither the order nor any of its bookings is this customer's."),
        de=Text(
            "Kunde nicht im Auftrag", "Weder der Auftrag noch eine seiner Buchungen gehört diesem Kunden."
        ),
        at="`/data/attributes/customer_id`",
        when="a preview for a customer whom the order is nothing to",
    ),
    "customer_deleted": Error(
        422,
        en=Text("customer deleted", "The customer is deleted, and has no more mail."),
        de=Text("Kunde gelöscht", "Der Kunde ist gelöscht und bekommt keine E-Mails mehr."),
        at="",
        when="a mail for a customer who is deleted",
    ),
    "address_undeliverable": Error(
        422,
        en=Text(
            "address undeliverable",
            "Mails to the customer's address came back, or were complained about. Give the customer another address first.",
        ),
        de=Text(
            "Adresse nicht erreichbar",
            "E-Mails an die Adresse des Kunden kamen zurück oder waren unerwünscht. Bitte zuerst eine andere Adresse eintragen.",
        ),
        at="",
        when="a mail to an address with an `email_status`",
    ),
    "message_not_found": Error(
        404,
        en=Text("message not found", "There is no such message."),
        de=Text("Nachricht nicht gefunden", "Diese Nachricht gibt es nicht."),
        at="",
        when="no message has this id",
    ),
    "message_waiting": Error(
        409,
        en=Text("message waiting", "The message is still on its way, and is sent by itself."),
        de=Text("Nachricht wartet", "Die Nachricht ist noch unterwegs und wird von selbst gesendet."),
        at="",
        when="`resend` of a message that waits or is being sent",
    ),
    "message_outdated": Error(
        422,
        en=Text("message outdated", "There is nothing left that the message could truthfully say."),
        de=Text("Nachricht überholt", "Was die Nachricht sagen würde, stimmt nicht mehr."),
        at="",
        when="a message about what is canceled, moved or gone by now",
    ),
    "resent_too_often": Error(
        429,
        en=Text(
            "resent too often",
            "A confirmation is sent again at most {most} times an hour. Try again when the full hour is over.",
        ),
        de=Text(
            "zu oft gesendet",
            "Eine Bestätigung wird höchstens {most}-mal in der Stunde noch einmal gesendet. Bitte nach der vollen Stunde"
            " noch einmal versuchen.",
        ),
        at="",
        when="`send-notification` of one order too often within an hour; `Retry-After`",
    ),
    "mail_refused": Error(
        502,
        en=Text(
            "mail refused",
            "The mail service does not take mails from this sender or to this recipient.",
        ),
        de=Text(
            "E-Mail abgelehnt",
            "Der E-Mail-Dienst nimmt von diesem Absender oder an diesen Empfänger keine E-Mails an.",
        ),
        at="",
        when="SES does not take the mail",
    ),
    "mail_unavailable": Error(
        503,
        en=Text("mail unavailable", "The mail service does not answer. Try again in a moment."),
        de=Text(
            "E-Mail-Dienst nicht erreichbar",
            "Der E-Mail-Dienst antwortet nicht. Bitte gleich noch einmal versuchen.",
        ),
        at="",
        when="SES does not answer; `Retry-After`",
    ),
}

PHRASES = {
    # order_expired, order_canceled
    "draft_expired": Said(
        "The draft has expired, and its slots are free again. Place a new order.",
        "Der Entwurf ist abgelaufen, seine Zeiträume sind wieder frei. Bitte einen neuen Auftrag anlegen.",
    ),
    "draft_expired_already": Said(
        "The draft has expired, and its slots are free already.",
        "Der Entwurf ist abgelaufen, seine Zeiträume sind bereits frei.",
    ),
    "only_drafts_complete": Said(
        "The order is {status}; only a draft can be completed.",
        "Der Auftrag ist {status}; nur ein Entwurf kann abgeschlossen werden.",
    ),
    "nothing_changes": Said(
        "The order is {status}; nothing changes about it any more.",
        "Der Auftrag ist {status}; daran ändert sich nichts mehr.",
    ),
    # order_too_large
    "too_many_lines_of_booking": Said(
        "A booking has at most {most} services, starting fees and add-ons.",
        "Eine Buchung hat höchstens {most} Leistungen, Grundgebühren und Zusatzleistungen.",
    ),
    "too_much_kept": Said(
        "What the order keeps of its fields, taxes and left out occurrences comes to {size} bytes; at most {most} are kept.",
        "Was der Auftrag von seinen Feldern, Steuern und ausgelassenen Terminen behält, umfasst {size} Bytes;"
        " höchstens {most} werden gespeichert.",
    ),
    "too_much_named": Said(
        "This order names {days} days of resources and {ids} ids; at most {most} and {most_ids} are possible.",
        "Dieser Auftrag nennt {days} Ressourcentage und {ids} ids; möglich sind höchstens {most} und {most_ids}.",
    ),
    "too_much_read": Said(
        "This order takes {items} ids and days of resources to decide on it; at most {most} are possible. Split it.",
        "Für diesen Auftrag sind {items} ids und Ressourcentage zu lesen; möglich sind höchstens {most}. Bitte aufteilen.",
    ),
    "too_many_bytes_read": Said(
        "The days and other items that this takes are more than {most} bytes, which is as much as can be looked at."
        " Ask for fewer days or resources at once.",
        "Die Tage und anderen Einträge, die dafür nötig sind, haben mehr als {most} Bytes; mehr lässt sich nicht ansehen."
        " Bitte weniger Tage oder Ressourcen auf einmal anfragen.",
    ),
    "too_much_booked": Said(
        "This order has {bookings} bookings with {lines} items on about {days} days of resources; at most"
        " {most_bookings}, {most_lines} and {most_days} are possible. Split it.",
        "Dieser Auftrag hat {bookings} Buchungen mit {lines} Positionen an etwa {days} Ressourcentagen; möglich sind"
        " höchstens {most_bookings}, {most_lines} und {most_days}. Bitte aufteilen.",
    ),
    # Statuses of orders and bookings
    "status_accepted": Said("accepted", "angenommen"),
    "status_canceled": Said("canceled", "storniert"),
    "status_completed": Said("completed", "abgeschlossen"),
    "status_draft": Said("a draft", "ein Entwurf"),
    "status_expired": Said("expired", "abgelaufen"),
    "status_rejected": Said("rejected", "abgelehnt"),
    "status_requested": Said("requested", "angefragt"),
    "status_reserved": Said("reserved", "reserviert"),
}
