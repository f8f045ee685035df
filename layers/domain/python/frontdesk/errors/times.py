"""Errors about the times of bookings, and about recurring series."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "start_date_required": Error(
        422,
        en=Text(
            "start_date required", "Provide the start as a date and time, such as 2026-04-15T09:00:00+02:00."
        ),
        de=Text(
            "start_date fehlt",
            "Bitte geben Sie den Beginn mit Datum und Uhrzeit an, zum Beispiel 2026-04-15T09:00:00+02:00.",
        ),
        at="`B/start_date`",
        when="missing",
    ),
    "end_date_required": Error(
        422,
        en=Text(
            "end_date required", "Provide the end as a date and time, such as 2026-04-15T10:00:00+02:00."
        ),
        de=Text(
            "end_date fehlt",
            "Bitte geben Sie das Ende mit Datum und Uhrzeit an, zum Beispiel 2026-04-15T10:00:00+02:00.",
        ),
        at="`B/end_date`",
        when="missing",
    ),
    "invalid_timezone": Error(
        422,
        en=Text("invalid timezone", "Must be the name of an IANA time zone, such as Europe/Berlin."),
        de=Text("ungültige Zeitzone", "Muss der Name einer IANA-Zeitzone sein, wie Europe/Berlin."),
        at="`/timezone`, `A/timezone`, or the parameter",
        when="not an IANA name",
        also=(400,),
    ),
    "nonexistent_time": Error(
        422,
        en=Text(
            "nonexistent time",
            "{moment} does not exist in {zone}, because the clock change skips it. Choose another time.",
        ),
        de=Text(
            "Uhrzeit existiert nicht",
            "{moment} gibt es in {zone} nicht, weil die Zeitumstellung diese Uhrzeit überspringt. Bitte wählen Sie eine "
            "andere Uhrzeit.",
        ),
        at="the date",
        when="skipped by a clock change",
        also=(400,),
    ),
    "no_duration": Error(
        422,
        en=Text("no duration", "Start and end are the same. Choose a later end."),
        de=Text("keine Dauer", "Beginn und Ende sind gleich. Bitte wählen Sie ein späteres Ende."),
        at="`B/end_date`, `A/end_date`",
        when="a booking ends when it starts",
    ),
    "end_before_start": Error(
        422,
        en=Text("end_date before start_date", "The end must come after the start. Choose a later end."),
        de=Text(
            "end_date vor start_date",
            "Das Ende muss nach dem Beginn liegen. Bitte wählen Sie ein späteres Ende.",
        ),
        at="`B/end_date`, `A/end_date`, or the parameter",
        when="the end is before the start; for a range, also if both are equal",
        also=(400,),
    ),
    "under_min_duration": Error(
        422,
        en=Text(
            "under minimum duration", "{service} lasts at least {minutes:minute|minutes}. Choose a later end."
        ),
        de=Text(
            "unter der Mindestdauer",
            "{service} dauert mindestens {minutes:Minute|Minuten}. Bitte wählen Sie ein späteres Ende.",
        ),
        at="`B/end_date`, `A/end_date`",
        when="shorter than a service's minimum",
    ),
    "over_max_duration": Error(
        422,
        en=Text(
            "over maximum duration",
            "{service} lasts at most {minutes:minute|minutes}. Choose an earlier end.",
        ),
        de=Text(
            "über der Höchstdauer",
            "{service} dauert höchstens {minutes:Minute|Minuten}. Bitte wählen Sie ein früheres Ende.",
        ),
        at="`B/end_date`, `A/end_date`",
        when="longer than a service's maximum",
    ),
    "in_the_past": Error(
        422,
        en=Text("slot in the past", "The booking would start in the past. Choose a later time."),
        de=Text(
            "Zeitraum in der Vergangenheit",
            "Die Buchung würde in der Vergangenheit beginnen. Bitte wählen Sie eine spätere Zeit.",
        ),
        at="`B/start_date`, `A/start_date`",
        when='see "Times"',
    ),
    "before_lead_time": Error(
        422,
        en=Text(
            "start too soon",
            "Bookings must be made at least {minutes:minute|minutes} before they start. Choose a later time.",
        ),
        de=Text(
            "zu kurzfristig",
            "Buchungen müssen mindestens {minutes:Minute|Minuten} vor ihrem Beginn erfolgen. Bitte wählen Sie eine spätere Zeit.",
        ),
        at="`B/start_date`, `A/start_date`",
        when='see "Times"',
    ),
    "after_lead_time": Error(
        422,
        en=Text(
            "start too far ahead", "A booking can start on {latest} at the latest. Choose an earlier time."
        ),
        de=Text(
            "zu weit im Voraus",
            "Eine Buchung kann spätestens am {latest} beginnen. Bitte wählen Sie eine frühere Zeit.",
        ),
        at="`B/start_date`, `A/start_date`",
        when='see "Times"',
    ),
    "off_booking_interval": Error(
        422,
        en=Text(
            "off booking interval",
            "Bookings of {resource} start every {interval:minute|minutes}, counted from midnight. Choose one of these times.",
        ),
        de=Text(
            "außerhalb des Buchungsrasters",
            "{resource} ist im Raster von {interval:Minute|Minuten} buchbar, ab Mitternacht gezählt. "
            "Bitte wählen Sie eine dieser Zeiten.",
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
            "From {start} to {end}, {owner} has {left} of {quantity} units free; the booking needs {weight}. Choose another "
            "time.",
        ),
        de=Text(
            "Zeitraum nicht verfügbar",
            "Von {start} bis {end} hat {owner} noch {left} von {quantity} Einheiten frei; die Buchung braucht {weight}. Bitte "
            "wählen Sie eine andere Zeit.",
        ),
        at="`P`, `A/start_date`",
        when='see "Times"',
    ),
    "slot_pending": Error(
        422,
        en=Text(
            "slot pending",
            "Another order for this time is still being placed. Try again in a moment.",
        ),
        de=Text(
            "Zeitraum wird gerade vergeben",
            "Für diese Zeit wird gerade ein anderer Auftrag angelegt. Bitte versuchen Sie es gleich noch einmal.",
        ),
        at="`P`",
        when="only in previews: another order is being placed there. `from-config` waits until that is decided",
    ),
    "sub_booking_moves_along": Error(
        422,
        en=Text(
            "sub-booking moves along",
            "A sub-booking follows the time of its booking. Move that booking instead.",
        ),
        de=Text(
            "Unterbuchung folgt ihrer Buchung",
            "Eine Unterbuchung folgt der Zeit ihrer Buchung. Bitte verschieben Sie stattdessen diese Buchung.",
        ),
        at="`A/start_date`",
        when="a new time for a sub-booking: only its main booking can be moved",
    ),
    "blocker_too_short": Error(
        422,
        en=Text(
            "occupied time too short",
            "The time from 'blocker_start_date' to 'blocker_end_date' must include the whole booking. Choose an earlier "
            "'blocker_start_date' or a later 'blocker_end_date'.",
        ),
        de=Text(
            "belegte Zeit zu kurz",
            "Die Zeit von 'blocker_start_date' bis 'blocker_end_date' muss die ganze Buchung einschließen. Bitte wählen Sie "
            "ein früheres 'blocker_start_date' oder ein späteres 'blocker_end_date'.",
        ),
        at="`A/blocker_start_date`, `A/blocker_end_date`",
        when="the occupied time begins after the booking begins, or ends before the booking ends",
    ),
    # Series
    "frequency_required": Error(
        422,
        en=Text("frequency required", "Send the frequency: 'daily', 'weekly', 'monthly' or 'yearly'."),
        de=Text(
            "frequency fehlt",
            "Bitte geben Sie die Häufigkeit an: 'daily', 'weekly', 'monthly' oder 'yearly'.",
        ),
        at="`B/recurring/frequency`",
        when="missing",
    ),
    "recurring_end_required": Error(
        422,
        en=Text("end of series required", "Send the end of the series in 'until' or in 'count'."),
        de=Text("Ende der Serie fehlt", "Bitte geben Sie das Ende der Serie in 'until' oder in 'count' an."),
        at="`B/recurring`",
        when="neither `until` nor `count`",
    ),
    "recurring_end_twice": Error(
        422,
        en=Text("end of series given twice", "Send either 'until' or 'count', not both."),
        de=Text(
            "Ende der Serie doppelt angegeben",
            "Bitte geben Sie entweder 'until' oder 'count' an, nicht beides.",
        ),
        at="`B/recurring/until`",
        when="`until` and `count` together",
    ),
    "until_before_start": Error(
        422,
        en=Text("series ends before start", "The series ends before it begins. Choose a later 'until'."),
        de=Text(
            "Serie endet vor Beginn",
            "Die Serie endet, bevor sie beginnt. Bitte wählen Sie ein späteres 'until'.",
        ),
        at="`B/recurring/until`",
        when="the series ends before it begins",
    ),
    "start_not_in_series": Error(
        422,
        en=Text(
            "start not in series",
            "The 'start_date' is not on one of the days of the series. Set 'start_date' to the first day of the series.",
        ),
        de=Text(
            "Beginn nicht in der Serie",
            "Das 'start_date' fällt auf keinen Tag der Serie. Bitte setzen Sie 'start_date' auf den ersten Tag der Serie.",
        ),
        at="`B/recurring/by_day`, `B/recurring/by_month_day`",
        when="the booking's own day does not match",
    ),
    "too_many_occurrences": Error(
        422,
        en=Text(
            "too many occurrences", "A series can have at most {most} occurrences. Choose an earlier end."
        ),
        de=Text(
            "zu viele Termine",
            "Eine Serie kann höchstens {most} Termine haben. Bitte wählen Sie ein früheres Ende.",
        ),
        at="`B/recurring/count`, `B/recurring/until`",
        when="more than 1,000",
    ),
    "series_too_long": Error(
        422,
        en=Text("series too long", "The series continues after the year 2199. Choose an earlier end."),
        de=Text(
            "Serie zu lang", "Die Serie reicht über das Jahr 2199 hinaus. Bitte wählen Sie ein früheres Ende."
        ),
        at="`B/recurring`",
        when="continues after the year 2199",
    ),
}

PHRASES = {
    # not_a_slot_of_series
    "closed_within": Said(
        "{resource} is closed during part or all of the booking. Choose another time.",
        "{resource} ist während der Buchung ganz oder teilweise geschlossen. Bitte wählen Sie eine andere Zeit.",
    ),
    "closed_at_ends": Said(
        "{resource} is closed when the booking starts or ends. Choose another time.",
        "{resource} ist geschlossen, wenn die Buchung beginnt oder endet. Bitte wählen Sie eine andere Zeit.",
    ),
    "month_days_of_a_month": Said(
        "Only a monthly series can repeat on days of the month.",
        "Nur eine monatliche Serie kann sich an Tagen des Monats wiederholen.",
    ),
    "no_slot": Said(
        "{series} has no slot at this time. Choose one of its slots.",
        "{series} hat zu dieser Zeit kein Zeitfenster. Bitte wählen Sie eines der Zeitfenster.",
    ),
    "no_slot_but_near": Said(
        "{series} has no slot at this time. The nearest slots start {starts}.",
        "{series} hat zu dieser Zeit kein Zeitfenster. Die nächstgelegenen Zeitfenster beginnen {starts}.",
    ),
}
