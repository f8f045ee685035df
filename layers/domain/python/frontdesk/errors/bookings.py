"""Errors of bookings: what they name, their times, the series that they repeat in, and what becomes of them."""

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
        en=Text("reason required", "A price by hand has a reason."),
        de=Text("Begründung fehlt", "Ein Preis von Hand hat eine Begründung (reason)."),
        at="`P/reason`, `B/booking_add_ons/{j}/reason`",
        when="a price by hand without one",
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
    # Times
    "start_date_required": Error(
        422,
        en=Text("start_date required", "Say when, in Atom format."),
        de=Text("start_date fehlt", "Bitte angeben, wann, im Atom-Format."),
        at="`B/start_date`",
        when="missing",
    ),
    "end_date_required": Error(
        422,
        en=Text("end_date required", "Say when, in Atom format."),
        de=Text("end_date fehlt", "Bitte angeben, wann, im Atom-Format."),
        at="`B/end_date`",
        when="missing",
    ),
    "invalid_timezone": Error(
        422,
        en=Text("invalid timezone", "Not the name of an IANA time zone."),
        de=Text("ungültige Zeitzone", "Nicht der Name einer IANA-Zeitzone."),
        at="`/timezone`, `A/timezone`, or the parameter",
        when="not an IANA name",
        also=(400,),
    ),
    "nonexistent_time": Error(
        422,
        en=Text("nonexistent time", "{moment} is skipped by the clock change in {zone}."),
        de=Text("Uhrzeit existiert nicht", "{moment} wird von der Zeitumstellung in {zone} übersprungen."),
        at="the date",
        when="skipped by a clock change",
        also=(400,),
    ),
    "end_before_start": Error(
        422,
        en=Text("end_date before start_date", "The end must come after the start."),
        de=Text("end_date vor start_date", "Das Ende muss nach dem Beginn liegen."),
        at="`B/end_date`, `A/end_date`, or the parameter",
        when="the end is not after the start",
        also=(400,),
    ),
    "under_min_duration": Error(
        422,
        en=Text("under minimum duration", "{service} takes at least {minutes:minute|minutes}."),
        de=Text("unter der Mindestdauer", "{service} dauert mindestens {minutes:Minute|Minuten}."),
        at="`B/end_date`, `A/end_date`",
        when="shorter than a service must be",
    ),
    "over_max_duration": Error(
        422,
        en=Text("over maximum duration", "{service} takes at most {minutes:minute|minutes}."),
        de=Text("über der Höchstdauer", "{service} dauert höchstens {minutes:Minute|Minuten}."),
        at="`B/end_date`, `A/end_date`",
        when="longer than a service may be",
    ),
    "in_the_past": Error(
        422,
        en=Text("slot in the past", "The booking would begin in the past."),
        de=Text("Zeitraum in der Vergangenheit", "Die Buchung würde in der Vergangenheit beginnen."),
        at="`B/start_date`, `A/start_date`",
        when='see "Times"',
    ),
    "before_lead_time": Error(
        422,
        en=Text("before lead time", "Bookings are taken up to {minutes:minute|minutes} ahead."),
        de=Text("zu kurzfristig", "Buchungen werden bis {minutes:Minute|Minuten} vorher angenommen."),
        at="`B/start_date`, `A/start_date`",
        when='see "Times"',
    ),
    "after_lead_time": Error(
        422,
        en=Text("after lead time", "Bookings are taken up to {latest}, and not further ahead."),
        de=Text("zu weit im Voraus", "Buchungen werden bis {latest} angenommen, nicht weiter im Voraus."),
        at="`B/start_date`, `A/start_date`",
        when='see "Times"',
    ),
    "off_booking_interval": Error(
        422,
        en=Text(
            "off booking interval",
            "Bookings of {resource} begin every {interval:minute|minutes} from midnight on.",
        ),
        de=Text(
            "außerhalb des Buchungsrasters",
            "Buchungen von {resource} beginnen ab Mitternacht alle {interval:Minute|Minuten}.",
        ),
        at="`B/start_date`, `A/start_date`",
        when='see "Times"',
    ),
    "outside_opening_hours": Error(
        422,
        en=Text("outside opening hours", "{reason}"),
        de=Text("außerhalb der Öffnungszeiten", "{reason}"),
        at="`B/start_date`, `A/start_date`",
        when='see "Times"',
    ),
    "not_a_slot_of_series": Error(
        422,
        en=Text("not a slot of the series", "{reason}"),
        de=Text("kein Zeitfenster der Reihe", "{reason}"),
        at="`B/start_date`, `A/start_date`",
        when='see "Times"',
    ),
    "slot_unavailable": Error(
        422,
        en=Text(
            "slot unavailable",
            "{owner} has {left} of {quantity} left from {start} to {end}; the booking takes {weight}.",
        ),
        de=Text(
            "Zeitraum nicht verfügbar",
            "{owner} hat von {start} bis {end} noch {left} von {quantity} frei; die Buchung braucht {weight}.",
        ),
        at="`P`, `A/start_date`",
        when='see "Times"',
    ),
    "slot_pending": Error(
        422,
        en=Text(
            "slot pending",
            "Another order is just being placed at this time; whether it is will be known in a moment.",
        ),
        de=Text(
            "Zeitraum noch ungewiss",
            "Zu dieser Zeit wird gerade ein anderer Auftrag angelegt; ob es dabei bleibt, steht gleich fest.",
        ),
        at="`P`",
        when="another order is just being placed there. `from-config` waits for it, and says so only beside other problems",
    ),
    "sub_booking_moves_along": Error(
        422,
        en=Text(
            "sub-booking moves along",
            "A sub-booking is at the time of the booking that it is a part of; move that.",
        ),
        de=Text(
            "Unterbuchung folgt ihrer Buchung",
            "Eine Unterbuchung liegt zur Zeit der Buchung, zu der sie gehört; bitte diese verschieben.",
        ),
        at="`A/start_date`",
        when="a sub-booking has the time of its booking",
    ),
    "blocker_too_short": Error(
        422,
        en=Text("blocker too short", "What is occupied includes the booking itself."),
        de=Text("Sperrzeit zu kurz", "Die belegte Zeit schließt die Buchung selbst ein."),
        at="`A/blocker_start_date`, `A/blocker_end_date`",
        when="does not include the booking",
    ),
    # Series
    "frequency_required": Error(
        422,
        en=Text("frequency required", "Say how often: daily, weekly, monthly or yearly."),
        de=Text("frequency fehlt", "Bitte angeben, wie oft: daily, weekly, monthly oder yearly."),
        at="`B/recurring/frequency`",
        when="missing",
    ),
    "recurring_end_required": Error(
        422,
        en=Text("recurring end required", "Say until when, or how many times (count)."),
        de=Text("Ende der Serie fehlt", "Bitte angeben, bis wann (until) oder wie oft (count)."),
        at="`B/recurring`",
        when="neither `until` nor `count`",
    ),
    "recurring_end_twice": Error(
        422,
        en=Text("recurring end twice", "Say until or count, not both."),
        de=Text("Ende der Serie doppelt angegeben", "Bitte until oder count angeben, nicht beides."),
        at="`B/recurring/until`",
        when="both",
    ),
    "until_before_start": Error(
        422,
        en=Text("until before start_date", "The series ends before it begins."),
        de=Text("until vor start_date", "Die Serie endet, bevor sie beginnt."),
        at="`B/recurring/until`",
        when="the series ends before it begins",
    ),
    "start_not_in_series": Error(
        422,
        en=Text(
            "start not in series",
            "The booking's own start_date is not on one of these days; begin with the first that is.",
        ),
        de=Text(
            "Beginn nicht in der Serie",
            "Das start_date der Buchung selbst liegt an keinem dieser Tage; bitte mit dem ersten beginnen, der es ist.",
        ),
        at="`B/recurring/by_day`, `B/recurring/by_month_day`",
        when="the booking's own day is not one of them",
    ),
    "too_many_occurrences": Error(
        422,
        en=Text("too many occurrences", "A series has at most {most} occurrences; this one has more."),
        de=Text("zu viele Termine", "Eine Serie hat höchstens {most} Termine; diese hat mehr."),
        at="`B/recurring/count`, `B/recurring/until`",
        when="more than 1,000",
    ),
    "series_too_long": Error(
        422,
        en=Text("series too long", "The series goes on after the year 2199."),
        de=Text("Serie zu lang", "Die Serie reicht über das Jahr 2199 hinaus."),
        at="`B/recurring`",
        when="goes on after the year 2199",
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
    # not_a_slot_of_series
    "closed_within": Said(
        "{resource} is closed during at least a part of the booking.",
        "{resource} ist während der Buchung ganz oder teilweise geschlossen.",
    ),
    "closed_at_ends": Said(
        "{resource} is closed when the booking would begin or end.",
        "{resource} ist geschlossen, wenn die Buchung beginnt oder endet.",
    ),
    "month_days_of_a_month": Said(
        "Only a monthly series repeats on days of the month.",
        "Nur eine monatliche Serie wiederholt sich an Tagen des Monats.",
    ),
    "no_slot": Said("This is none of the slots of {series}.", "Das ist kein Zeitfenster von {series}."),
    "no_slot_but_near": Said(
        "This is none of the slots of {series}; the nearest begin {starts}.",
        "Das ist kein Zeitfenster von {series}; die nächstgelegenen beginnen {starts}.",
    ),
}
