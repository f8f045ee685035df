"""Errors about bookings: unknown or missing items, combinations that are not allowed, and states that prevent a change."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "booking_not_found": Error(
        404,
        en=Text("booking not found", "This booking does not exist. Check the id."),
        de=Text("Buchung nicht gefunden", "Diese Buchung gibt es nicht. Bitte prüfen Sie die ID."),
        at="",
        when="the organization has no booking with this id",
    ),
    "booking_canceled": Error(
        409,
        en=Text("booking canceled", "The booking is canceled. Place a new order."),
        de=Text("Buchung storniert", "Die Buchung ist storniert. Bitte legen Sie einen neuen Auftrag an."),
        at="",
        when="changing more than the notes of a canceled booking",
    ),
    "booking_not_accepted": Error(
        409,
        en=Text("booking not accepted", "The booking is {status}. Complete its order first."),
        de=Text(
            "Buchung nicht angenommen",
            "Die Buchung ist {status}. Bitte schließen Sie zuerst den Auftrag ab.",
        ),
        at="",
        when="checking in or out for a draft",
    ),
    "nothing_to_cancel": Error(
        409,
        en=Text(
            "nothing to cancel",
            "All remaining bookings have already taken place. Nothing was canceled. To cancel these bookings nevertheless, "
            "send 'include_past=true'.",
        ),
        de=Text(
            "nichts zu stornieren",
            "Alle übrigen Buchungen haben bereits stattgefunden. Es wurde nichts storniert. Um diese Buchungen trotzdem zu "
            "stornieren, senden Sie 'include_past=true'.",
        ),
        at="",
        when='all remaining bookings have ended or were attended; see "Canceling"',
    ),
    "checked_in": Error(
        409,
        en=Text(
            "checked in",
            "The customer has checked in. The booking cannot be moved to another day. "
            "Choose a time on the same day, or undo the check-in first.",
        ),
        de=Text(
            "bereits eingecheckt",
            "Der Kunde hat bereits eingecheckt. Die Buchung lässt sich nicht mehr auf einen anderen Tag verlegen. "
            "Bitte wählen Sie eine Zeit am selben Tag, oder nehmen Sie zuerst das Einchecken zurück.",
        ),
        at="",
        when="moving a checked-in booking to another day",
    ),
    "not_checked_in": Error(
        409,
        en=Text("not checked in", "The customer has not checked in. Check in first."),
        de=Text(
            "nicht eingecheckt", "Der Kunde ist noch nicht eingecheckt. Bitte checken Sie ihn zuerst ein."
        ),
        at="",
        when="check-out before check-in",
    ),
    # What is booked
    "resource_id_required": Error(
        422,
        en=Text("resource_id required", "Send the id of the resource in the field 'resource_id'."),
        de=Text(
            "resource_id fehlt",
            "Bitte geben Sie im Feld 'resource_id' die ID der Ressource an.",
        ),
        at="`P/resource_id`, `A/resource_id`",
        when="missing, `null` or empty",
    ),
    "service_id_required": Error(
        422,
        en=Text(
            "service_id required",
            "Send the services in the field 'service_id', in the form {{\"service id\": quantity}}.",
        ),
        de=Text(
            "service_id fehlt",
            "Bitte geben Sie im Feld 'service_id' die Leistungen an, in der Form {{\"ID der Leistung\": Menge}}.",
        ),
        at="`P/service_id`",
        when="missing or empty",
    ),
    "add_on_id_required": Error(
        422,
        en=Text("add_on_id required", "Send the id of the add-on in the field 'add_on_id'."),
        de=Text(
            "add_on_id fehlt",
            "Bitte geben Sie im Feld 'add_on_id' die ID der Zusatzleistung an.",
        ),
        at="`B/booking_add_ons/{j}/add_on_id`",
        when="missing",
    ),
    "resource_repeated": Error(
        422,
        en=Text("resource repeated", "{id:q} is listed twice. List each resource only once."),
        de=Text(
            "Ressource doppelt angegeben",
            "{id:q} ist doppelt angegeben. Bitte geben Sie jede Ressource nur einmal an.",
        ),
        at="`P/resource_id/{j}`",
        when="listed twice",
    ),
    "too_many_resources": Error(
        422,
        en=Text(
            "too many resources",
            "A booking can occupy at most {most} resources. Split it into several bookings.",
        ),
        de=Text(
            "zu viele Ressourcen",
            "Eine Buchung kann höchstens {most} Ressourcen belegen. Bitte verteilen Sie die Ressourcen auf mehrere Buchungen.",
        ),
        at="`P/resource_id`",
        when='see "Limits"',
    ),
    "day_full": Error(
        422,
        en=Text(
            "day full",
            "{owner} has too many bookings at different times on {day}. Choose another day.",
        ),
        de=Text(
            "Tag voll",
            "{owner} hat am {day} zu viele Buchungen zu verschiedenen Zeiten. Bitte wählen Sie einen anderen Tag.",
        ),
        at="`B`",
        when="the day has too many different times; `meta.day`",
    ),
    "service_not_offered": Error(
        422,
        en=Text(
            "service not offered",
            "Not offered on {resources}: {services}. Choose another service or resource.",
        ),
        de=Text(
            "Leistung nicht angeboten",
            "Für {resources} nicht angeboten: {services}. Bitte wählen Sie eine andere Leistung oder Ressource.",
        ),
        at="`P/service_id/{id}`, `A/resource_id`, or the parameter",
        when="not on this resource",
        also=(400,),
    ),
    "timeslot_series_not_offered": Error(
        422,
        en=Text(
            "timeslot series not offered",
            "{series} is not offered for {resources}. Choose another timeslot series or resource.",
        ),
        de=Text(
            "Zeitfenster-Reihe nicht angeboten",
            "{series} wird für {resources} nicht angeboten. Bitte wählen Sie eine andere Zeitfenster-Reihe oder Ressource.",
        ),
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
        en=Text(
            "reason required", "A discount set by hand needs a reason. Send the reason in the field 'reason'."
        ),
        de=Text(
            "Begründung fehlt",
            "Ein manueller Nachlass braucht eine Begründung. Bitte geben Sie die Begründung im Feld 'reason' an.",
        ),
        at="`P/reason`, `B/booking_add_ons/{j}/reason`",
        when="a `discount` without a `reason`",
    ),
    "price_by_hand_required": Error(
        422,
        en=Text(
            "reason without a price",
            "The field 'reason' is only for a price set by hand. Send 'custom_price' or 'discount', or leave out 'reason'.",
        ),
        de=Text(
            "Begründung ohne Preis",
            "Das Feld 'reason' ist nur für einen manuellen Preis da. Bitte geben Sie 'custom_price' oder 'discount' an, oder "
            "lassen Sie 'reason' weg.",
        ),
        at="`P/reason`, `B/booking_add_ons/{j}/reason`",
        when="a `reason` without a `custom_price` or `discount`",
    ),
    "price_by_hand_twice": Error(
        422,
        en=Text("price given twice", "Send either 'custom_price' or 'discount', not both."),
        de=Text(
            "Preis doppelt angegeben",
            "Bitte geben Sie entweder 'custom_price' oder 'discount' an, nicht beides.",
        ),
        at="`P/discount`, `B/booking_add_ons/{j}/discount`",
        when="`custom_price` and `discount` together",
    ),
    "service_differs": Error(
        422,
        en=Text(
            "service not booked",
            "The service {id:q} is not among the booked services in the field 'service_id'. Add this service to 'service_id', "
            "with its quantity.",
        ),
        de=Text(
            "Leistung nicht gebucht",
            "Die Leistung {id:q} fehlt unter den gebuchten Leistungen im Feld 'service_id'. Bitte fügen Sie diese Leistung "
            "mit ihrer Menge in 'service_id' hinzu.",
        ),
        at="`/data/relationships/service`",
        when="the related service is not in `service_id`",
    ),
    "not_for_blocker": Error(
        422,
        en=Text(
            "field not for blockers",
            "A blocker can only have a resource, a quantity, a time, a title and notes. Leave out this field.",
        ),
        de=Text(
            "Feld nicht für Sperrzeiten",
            "Eine Sperrzeit hat nur Ressource, Menge, Zeitraum, Titel und Notizen. Bitte lassen Sie dieses Feld weg.",
        ),
        at="the field",
        when="a blocker with a service, customer or the like",
    ),
    "only_for_blocker": Error(
        422,
        en=Text(
            "title only for blockers",
            "Only a blocker ('is_blocker') can have a title. For a booking, use the field 'description' instead.",
        ),
        de=Text(
            "Titel nur für Sperrzeiten",
            "Nur eine Sperrzeit ('is_blocker') kann einen Titel haben. Bitte verwenden Sie bei Buchungen stattdessen das Feld "
            "'description'.",
        ),
        at="`A/title`",
        when="a `title` on a booking that is not a blocker",
    ),
    "blocker_for_one_resource": Error(
        422,
        en=Text(
            "blocker for one resource", "A blocker covers one resource. Create a blocker for each resource."
        ),
        de=Text(
            "Sperrzeit nur für eine Ressource",
            "Eine Sperrzeit gilt für eine Ressource. Bitte legen Sie für jede Ressource eine eigene Sperrzeit an.",
        ),
        at="`A/resource_id`",
        when="a blocker with several resources",
    ),
}

PHRASES = {
    # quantity_mismatch
    "contradicts_service_id": Said(
        "The field 'quantity' contradicts the quantities in the field 'service_id'. Leave out 'quantity', and send the "
        "quantity of each service in 'service_id'.",
        "Das Feld 'quantity' widerspricht den Mengen im Feld 'service_id'. Bitte lassen Sie 'quantity' weg, und geben Sie "
        "die Menge jeder Leistung in 'service_id' an.",
    ),
    "one_of_each": Said(
        "The parameter 'quantity' contradicts the parameter 'service_id'. Leave out 'quantity', and send "
        "'service_id[ID]=n' for each service.",
        "Der Parameter 'quantity' widerspricht dem Parameter 'service_id'. Bitte lassen Sie 'quantity' weg, und senden "
        "Sie für jede Leistung 'service_id[ID]=n'.",
    ),
}
