"""Errors about the times of bookings, and about their series."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
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
    "no_duration": Error(
        422,
        en=Text("no duration", "The start and the end are the same moment."),
        de=Text("keine Dauer", "Beginn und Ende sind derselbe Zeitpunkt."),
        at="`B/end_date`, `A/end_date`",
        when="a booking ends when it starts",
    ),
    "end_before_start": Error(
        422,
        en=Text("end_date before start_date", "The end must come after the start."),
        de=Text("end_date vor start_date", "Das Ende muss nach dem Beginn liegen."),
        at="`B/end_date`, `A/end_date`, or the parameter",
        when="the end is before the start; of a range, also where it is the start",
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
