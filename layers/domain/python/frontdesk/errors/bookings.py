"""Errors about bookings: what they name, and their states."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "booking_not_found": Error(
        404,
        en=Text("booking not found", "There is no such booking."),
        de=Text("Buchung nicht gefunden", "Diese Buchung gibt es nicht."),
        at="",
        when="none with this id in the organization",
    ),
    "booking_canceled": Error(
        409,
        en=Text("booking canceled", "The booking is canceled; place a new order."),
        de=Text("Buchung storniert", "Die Buchung ist storniert; bitte einen neuen Auftrag anlegen."),
        at="",
        when="changing a canceled booking",
    ),
    "booking_not_accepted": Error(
        409,
        en=Text("booking not accepted", "The booking is {status}; its order must be completed first."),
        de=Text(
            "Buchung nicht angenommen",
            "Die Buchung ist {status}; zuerst muss ihr Auftrag abgeschlossen werden.",
        ),
        at="",
        when="checking in or out for a draft",
    ),
    "nothing_to_cancel": Error(
        409,
        en=Text("nothing to cancel", "All that is left has taken place; nothing was canceled."),
        de=Text("nichts zu stornieren", "Alles Übrige hat stattgefunden; nichts wurde storniert."),
        at="",
        when='all that is left has ended or was attended; see "Canceling"',
    ),
    "checked_in": Error(
        409,
        en=Text("checked in", "Somebody has checked in; it can't be moved to another day."),
        de=Text(
            "bereits eingecheckt",
            "Jemand hat eingecheckt; die Buchung kann nicht auf einen anderen Tag verlegt werden.",
        ),
        at="",
        when="moving a booking that somebody has checked in to, to another day",
    ),
    "not_checked_in": Error(
        409,
        en=Text("not checked in", "Nobody has checked in, so nobody can check out."),
        de=Text("nicht eingecheckt", "Niemand hat eingecheckt, also kann niemand auschecken."),
        at="",
        when="checking out without having checked in",
    ),
    # What is booked
    "resource_id_required": Error(
        422,
        en=Text("resource_id required", "Say which resource is booked."),
        de=Text("resource_id fehlt", "Bitte angeben, welche Ressource gebucht wird."),
        at="`P/resource_id`, `A/resource_id`",
        when="missing, `null` or empty",
    ),
    "service_id_required": Error(
        422,
        en=Text("service_id required", 'Say which services are booked, as {{"service id": quantity}}.'),
        de=Text(
            "service_id fehlt",
            'Bitte angeben, welche Leistungen gebucht werden, als {{"service id": quantity}}.',
        ),
        at="`P/service_id`",
        when="missing or empty",
    ),
    "add_on_id_required": Error(
        422,
        en=Text("add_on_id required", "Say which add-on is booked."),
        de=Text("add_on_id fehlt", "Bitte angeben, welche Zusatzleistung gebucht wird."),
        at="`B/booking_add_ons/{j}/add_on_id`",
        when="missing",
    ),
    "resource_repeated": Error(
        422,
        en=Text("resource repeated", "{id:q} is named before."),
        de=Text("Ressource doppelt angegeben", "{id:q} wurde bereits genannt."),
        at="`P/resource_id/{j}`",
        when="named before",
    ),
    "too_many_resources": Error(
        422,
        en=Text("too many resources", "A booking is on at most {most} resources; make several of it."),
        de=Text(
            "zu viele Ressourcen",
            "Eine Buchung belegt höchstens {most} Ressourcen; bitte auf mehrere Buchungen aufteilen.",
        ),
        at="`P/resource_id`",
        when='see "Limits"',
    ),
    "day_full": Error(
        422,
        en=Text("day full", "{owner} has no room for more bookings of different times on {day}."),
        de=Text(
            "Tag voll",
            "{owner} hat am {day} keinen Platz für weitere Buchungen zu anderen Zeiten.",
        ),
        at="`B`",
        when="the day has no room for more different times; `meta.day`",
    ),
    "service_not_offered": Error(
        422,
        en=Text("service not offered", "{services} is not offered on {resources}."),
        de=Text("Leistung nicht angeboten", "{services} wird auf {resources} nicht angeboten."),
        at="`P/service_id/{id}`, `A/resource_id`, or the parameter",
        when="not on this resource",
        also=(400,),
    ),
    "timeslot_series_not_offered": Error(
        422,
        en=Text("timeslot series not offered", "{series} does not take place on {resources}."),
        de=Text("Zeitfenster-Reihe nicht angeboten", "{series} findet auf {resources} nicht statt."),
        at="`B/timeslot_series_id`, `A/resource_id`, or the parameter",
        when="not on this resource",
        also=(400,),
    ),
    "quantity_mismatch": Error(
        422,
        en=Text("quantity mismatch", "{reason}"),
        de=Text("abweichende Menge", "{reason}"),
        at="`P/quantity`, or the parameter",
        when="contradicts `service_id`",
        also=(400,),
    ),
    "reason_required": Error(
        422,
        en=Text("reason required", "A discount by hand has a reason."),
        de=Text("Begründung fehlt", "Ein Nachlass von Hand hat eine Begründung (reason)."),
        at="`P/reason`, `B/booking_add_ons/{j}/reason`",
        when="a discount by hand without one",
    ),
    "price_by_hand_required": Error(
        422,
        en=Text("price by hand required", "A reason goes with custom_price or discount."),
        de=Text("Preis von Hand fehlt", "Eine Begründung (reason) gehört zu custom_price oder discount."),
        at="`P/reason`, `B/booking_add_ons/{j}/reason`",
        when="a reason without a price",
    ),
    "price_by_hand_twice": Error(
        422,
        en=Text("price by hand twice", "Give either custom_price or discount."),
        de=Text("Preis von Hand doppelt", "Bitte entweder custom_price oder discount angeben."),
        at="`P/discount`, `B/booking_add_ons/{j}/discount`",
        when="`custom_price` and `discount`",
    ),
    "service_differs": Error(
        422,
        en=Text(
            "service differs",
            "The service {id:q} is not in service_id; name it there, with its quantity.",
        ),
        de=Text(
            "abweichende Leistung",
            "Die Leistung {id:q} steht nicht in service_id; bitte dort mit ihrer Menge angeben.",
        ),
        at="`/data/relationships/service`",
        when="not in `service_id`",
    ),
    "not_for_blocker": Error(
        422,
        en=Text(
            "not for a blocker",
            "A blocker has a resource, a time, a title and notes, and is sold to nobody.",
        ),
        de=Text(
            "nicht für eine Sperrzeit",
            "Eine Sperrzeit hat eine Ressource, einen Zeitraum, einen Titel und Notizen und wird niemandem verkauft.",
        ),
        at="the field",
        when="a blocker with a service, customer or the like",
    ),
    "only_for_blocker": Error(
        422,
        en=Text(
            "only for a blocker",
            "Only a blocker has a title (is_blocker); for a booking there is description.",
        ),
        de=Text(
            "nur für eine Sperrzeit",
            "Nur eine Sperrzeit (is_blocker) hat einen Titel; für eine Buchung gibt es description.",
        ),
        at="`A/title`",
        when="another booking with `title`",
    ),
    "blocker_for_one_resource": Error(
        422,
        en=Text("blocker for one resource", "A blocker is for one resource; make one for each."),
        de=Text(
            "Sperrzeit nur für eine Ressource",
            "Eine Sperrzeit gilt für eine Ressource; bitte für jede eine anlegen.",
        ),
        at="`A/resource_id`",
        when="a blocker with several",
    ),
}

PHRASES = {
    # quantity_mismatch
    "contradicts_service_id": Said(
        "Contradicts the quantities in service_id; leave one of them out.",
        "Widerspricht den Mengen in service_id; bitte eine der beiden Angaben weglassen.",
    ),
    "one_of_each": Said(
        "Of several services together there is one each.",
        "Von mehreren Leistungen zusammen gibt es je eine.",
    ),
}
