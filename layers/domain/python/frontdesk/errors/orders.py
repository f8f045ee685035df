"""Errors about orders: unknown or missing items, sizes, totals, states that prevent a change, and mails."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "order_not_found": Error(
        404,
        en=Text("order not found", "This order does not exist. Check the id."),
        de=Text("Auftrag nicht gefunden", "Diesen Auftrag gibt es nicht. Bitte prüfen Sie die ID."),
        at="",
        when="the organization has no order with this id",
    ),
    "order_expired": Error(
        409,
        en=Text("order expired", "{reason}"),
        de=Text("Auftrag abgelaufen", "{reason}"),
        at="",
        when="completing or canceling an expired draft, or changing more than notes of its bookings",
    ),
    "order_canceled": Error(
        409,
        en=Text("order canceled", "{reason}"),
        de=Text("Auftrag storniert", "{reason}"),
        at="",
        when="completing a canceled order",
    ),
    "bookings_required": Error(
        422,
        en=Text("bookings required", "An order needs at least one booking. Add a booking."),
        de=Text(
            "Buchungen fehlen",
            "Ein Auftrag braucht mindestens eine Buchung. Bitte fügen Sie eine Buchung hinzu.",
        ),
        at="`/bookings`",
        when="missing, or an empty array",
    ),
    "booking_required": Error(
        422,
        en=Text("booking required", "A booking must be an object, not null."),
        de=Text("Buchung fehlt", "Eine Buchung muss ein Objekt sein, nicht null."),
        at="`B`",
        when="`null` in the array",
    ),
    "sub_booking_required": Error(
        422,
        en=Text("sub-booking required", "A sub-booking must be an object, not null."),
        de=Text("Unterbuchung fehlt", "Eine Unterbuchung muss ein Objekt sein, nicht null."),
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
        en=Text(
            "total differs",
            "The order costs {total}, not {expected}. Nothing was changed. Show the new total, and send this total as "
            "'expected_total'.",
        ),
        de=Text(
            "anderer Gesamtbetrag",
            "Der Auftrag kostet {total}, nicht {expected}. Es wurde nichts geändert. Bitte zeigen Sie den neuen Betrag an, "
            "und senden Sie diesen Betrag als 'expected_total'.",
        ),
        at="`/expected_total`",
        when="the order costs something else; `meta.expected_total`, `meta.total`. Nothing is written",
    ),
    "total_too_large": Error(
        422,
        en=Text(
            "total too large",
            "The order's total exceeds {most}, the largest number that every client can read. Split the order.",
        ),
        de=Text(
            "Summe zu groß",
            "Die Summe des Auftrags übersteigt {most}, die größte Zahl, die jedes Programm lesen kann. "
            "Bitte teilen Sie den Auftrag auf.",
        ),
        at="`/bookings`",
        when="above 2^53 - 1",
    ),
    "change_too_large": Error(
        422,
        en=Text(
            "change too large",
            "This would change {count} items. One transaction cannot write that many. Cancel the booking and place a new order.",
        ),
        de=Text(
            "Änderung zu umfangreich",
            "Das würde {count} Einträge ändern. So viele sind in einem Schritt nicht möglich. Bitte stornieren Sie die Buchung"
            " und legen Sie einen neuen Auftrag an.",
        ),
        at="`/data`",
        when="a change of more items than one transaction takes (100)",
    ),
    "order_not_completed": Error(
        422,
        en=Text("order not completed", "The order is {status}. Only a completed order has a confirmation."),
        de=Text(
            "Auftrag nicht abgeschlossen",
            "Der Auftrag ist {status}. Eine Bestätigung gibt es nur für abgeschlossene Aufträge.",
        ),
        at="",
        when="`send-notification` of a draft, a canceled or an expired order",
    ),
    "customer_without_email": Error(
        422,
        en=Text(
            "customer without email", "The order's customer has no email address. Add an email address first."
        ),
        de=Text(
            "Kunde ohne E-Mail-Adresse",
            "Der Kunde des Auftrags hat keine E-Mail-Adresse. Bitte tragen Sie zuerst eine E-Mail-Adresse ein.",
        ),
        at="",
        when="`send-notification` of an order without a customer's address",
    ),
    "customer_not_in_order": Error(
        422,
        en=Text(
            "customer not in order", "This customer has no booking in the order. Choose another customer."
        ),
        de=Text(
            "Kunde nicht im Auftrag",
            "Dieser Kunde hat keine Buchung in diesem Auftrag. Bitte wählen Sie einen anderen Kunden.",
        ),
        at="`/data/attributes/customer_id`",
        when="a preview for a customer without a booking in the order",
    ),
    "message_rule_differs": Error(
        422,
        en=Text(
            "message rule differs",
            "The message rule is for another kind of message, recipient or service. Choose another rule.",
        ),
        de=Text(
            "abweichende Nachrichtenregel",
            "Die Nachrichtenregel gilt für andere Nachrichten, Empfänger oder Leistungen. Bitte wählen Sie eine andere Regel.",
        ),
        at="`/data/attributes/kind`, `/data/attributes/recipient`, `/data/attributes/message_rule_id`",
        when="a preview of a rule that does not apply to this kind, recipient or service",
    ),
    "customer_deleted": Error(
        422,
        en=Text("customer deleted", "The customer was deleted and gets no more mail."),
        de=Text("Kunde gelöscht", "Der Kunde wurde gelöscht und bekommt keine E-Mails mehr."),
        at="",
        when="a mail for a deleted customer",
    ),
    "address_undeliverable": Error(
        422,
        en=Text(
            "address undeliverable",
            "Mails to this address came back or were reported as spam. Give the customer another address first.",
        ),
        de=Text(
            "Adresse nicht erreichbar",
            "E-Mails an diese Adresse kamen zurück oder wurden als Spam gemeldet. Bitte tragen Sie zuerst eine andere Adresse ein.",
        ),
        at="",
        when="a mail to an address with an `email_status`",
    ),
    "message_not_found": Error(
        404,
        en=Text("message not found", "This message does not exist. Check the id."),
        de=Text("Nachricht nicht gefunden", "Diese Nachricht gibt es nicht. Bitte prüfen Sie die ID."),
        at="",
        when="no message has this id",
    ),
    "message_waiting": Error(
        409,
        en=Text("message waiting", "The message is still waiting, and will be sent automatically."),
        de=Text("Nachricht wartet", "Die Nachricht wartet noch und wird automatisch gesendet."),
        at="",
        when="`resend` of a message that is waiting or being sent",
    ),
    "message_outdated": Error(
        422,
        en=Text(
            "message outdated",
            "The message is out of date: everything it was about has been canceled, moved or deleted since.",
        ),
        de=Text(
            "Nachricht überholt",
            "Die Nachricht ist überholt: Alles, worum es ging, wurde inzwischen storniert, verschoben oder gelöscht.",
        ),
        at="",
        when="a message about something that has since been canceled, moved or deleted",
    ),
    "resent_too_often": Error(
        429,
        en=Text(
            "resent too often",
            "Mails of an order can be resent at most {most} times an hour. Wait until the next hour begins, for example at "
            "10:00, and try again.",
        ),
        de=Text(
            "zu oft gesendet",
            "E-Mails eines Auftrags können höchstens {most}-mal pro Stunde erneut gesendet werden. Bitte versuchen Sie es "
            "nach der nächsten vollen Stunde noch einmal, zum Beispiel nach 10:00 Uhr.",
        ),
        at="",
        when="mails of one order resent too often within an hour; `Retry-After`",
    ),
    "mail_refused": Error(
        502,
        en=Text(
            "mail refused",
            "The mail service refused this sender or recipient. Check both addresses.",
        ),
        de=Text(
            "E-Mail abgelehnt",
            "Der E-Mail-Dienst hat Absender oder Empfänger abgelehnt. Bitte prüfen Sie beide Adressen.",
        ),
        at="",
        when="SES refused the mail",
    ),
    "mail_unavailable": Error(
        503,
        en=Text("mail unavailable", "The mail service does not answer. Try again in a moment."),
        de=Text(
            "E-Mail-Dienst nicht erreichbar",
            "Der E-Mail-Dienst antwortet nicht. Bitte versuchen Sie es gleich noch einmal.",
        ),
        at="",
        when="SES does not answer; `Retry-After`",
    ),
}

PHRASES = {
    # order_expired, order_canceled
    "draft_expired": Said(
        "The draft has expired and its slots are free again. Place a new order.",
        "Der Entwurf ist abgelaufen, seine Zeiträume sind wieder frei. Bitte legen Sie einen neuen Auftrag an.",
    ),
    "draft_expired_already": Said(
        "The draft has expired; its slots are already free.",
        "Der Entwurf ist abgelaufen, seine Zeiträume sind bereits frei.",
    ),
    "only_drafts_complete": Said(
        "The order is {status}. Only a draft can be completed.",
        "Der Auftrag ist {status}. Nur ein Entwurf lässt sich abschließen.",
    ),
    # order_too_large
    "too_many_lines_of_booking": Said(
        "A booking can have at most {most} services, starting fees and add-ons.",
        "Eine Buchung kann höchstens {most} Leistungen, Grundgebühren und Zusatzleistungen haben.",
    ),
    "too_much_kept": Said(
        "The order's custom fields, taxes and skipped occurrences take {size} bytes; the limit is {most}. Split the order.",
        "Zusatzfelder, Steuern und ausgelassene Termine des Auftrags belegen {size} Bytes; möglich sind {most}."
        " Bitte teilen Sie den Auftrag auf.",
    ),
    "too_much_named": Said(
        "This order contains {days} resource-days and {ids} ids; the limits are {most} and {most_ids}. Split it.",
        "Dieser Auftrag enthält {days} Ressourcentage und {ids} IDs; möglich sind {most} und {most_ids}. Bitte teilen Sie ihn auf.",
    ),
    "too_much_read": Said(
        "Placing this order requires reading {items} items and resource-days; the limit is {most}. Split it.",
        "Für diesen Auftrag wären {items} Einträge und Ressourcentage zu lesen; möglich sind {most}. Bitte teilen Sie ihn auf.",
    ),
    "too_many_bytes_read": Said(
        "This request would read more than the limit of {most} bytes. Request fewer days or resources.",
        "Diese Anfrage würde mehr als die möglichen {most} Bytes lesen. Bitte fragen Sie weniger Tage oder Ressourcen ab.",
    ),
    "too_much_booked": Said(
        "This order has {bookings} bookings with {lines} items on about {days} resource-days; the limits are"
        " {most_bookings}, {most_lines} and {most_days}. Split it.",
        "Dieser Auftrag hat {bookings} Buchungen mit {lines} Positionen an etwa {days} Ressourcentagen; möglich sind"
        " {most_bookings}, {most_lines} und {most_days}. Bitte teilen Sie ihn auf.",
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
