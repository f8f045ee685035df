"""The reasons why a value is wrong: Pydantic's errors under their own names, and those of Frontdesk's parsers and validators."""

from frontdesk.errors.entries import Said

_ARRAY = Said("Must be an array.", "Muss ein Array sein.")
_OBJECT = Said("Must be an object.", "Muss ein Objekt sein.")
_BOOLEAN = Said("Must be a valid boolean.", "Muss true oder false sein.")
_DATE = Said("Must be a date like 2026-04-15.", "Muss ein Datum wie 2026-04-15 sein.")
_DECIMAL = Said("Must be a valid decimal.", "Muss eine gültige Dezimalzahl sein.")
_EMPTY = Said("Must not be empty.", "Darf nicht leer sein.")
_INTEGER = "Muss eine ganze Zahl sein."
_LONG = Said("Must not be longer than {max_length}.", "Darf nicht länger als {max_length} sein.")
_NUMBER = Said("Must be a valid number.", "Muss eine Zahl sein.")

# Source: Pydantic, "Validation errors", rewritten in terms of JSON instead of Python.
_PYDANTIC = {
    "bool_parsing": _BOOLEAN,
    "bool_type": _BOOLEAN,
    "date_from_datetime_inexact": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_parsing": _DATE,
    "date_type": _DATE,
    "decimal_max_digits": Said(
        "Must not have more than {max_digits} digits.", "Darf nicht mehr als {max_digits} Stellen haben."
    ),
    "decimal_max_places": Said(
        "Must not have more than {decimal_places:decimal place|decimal places}.",
        "Darf nicht mehr als {decimal_places:Nachkommastelle|Nachkommastellen} haben.",
    ),
    "decimal_parsing": _DECIMAL,
    "decimal_type": _DECIMAL,
    "decimal_whole_digits": Said(
        "Must not have more than {whole_digits} digits before the point.",
        "Darf nicht mehr als {whole_digits} Stellen vor dem Komma haben.",
    ),
    "dict_type": _OBJECT,
    "extra_forbidden": Said("There is no such field.", "Dieses Feld gibt es nicht."),
    "finite_number": Said("Must be a finite number.", "Muss eine endliche Zahl sein."),
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "frozen_set_type": _ARRAY,
    "greater_than": Said("Must be greater than {gt}.", "Muss größer als {gt} sein."),
    "greater_than_equal": Said("Must be greater than or equal to {ge}.", "Muss mindestens {ge} sein."),
    "int_from_float": Said("Must be a valid integer, got a number with a fractional part.", _INTEGER),
    "int_parsing": Said("Must be a valid integer, unable to parse string as an integer.", _INTEGER),
    "int_parsing_size": Said(
        "Must be a valid integer, with fewer digits.", "Darf nicht so viele Stellen haben."
    ),
    "int_type": Said("Must be a valid integer.", _INTEGER),
    "less_than": Said("Must be less than {lt}.", "Muss kleiner als {lt} sein."),
    "less_than_equal": Said("Must be less than or equal to {le}.", "Darf höchstens {le} sein."),
    "list_type": _ARRAY,
    "literal_error": Said("Must be {expected:or}.", "Muss {expected:or} sein."),
    "not_file_name": Said(
        "The name of a file alone, without a folder.", "Nur der Name einer Datei, ohne Ordner."
    ),
    "missing": Said("Field required.", "Dieses Feld ist erforderlich."),
    "model_attributes_type": _OBJECT,
    "model_type": _OBJECT,
    "string_too_long": _LONG,
    "string_too_short": _EMPTY,
    "string_type": Said("Must be a valid string.", "Muss ein String sein."),
    "string_unicode": Said("Not valid Unicode.", "Kein gültiges Unicode."),
    "too_long": _LONG,
    "too_short": _EMPTY,
    "tuple_type": _ARRAY,
}

PHRASES = {
    **_PYDANTIC,
    # For errors of Pydantic that this catalogue does not contain.
    "not_valid": Said("Not a valid value.", "Kein gültiger Wert."),
    # Types and limits
    "at_least": Said("Must be at least {least}.", "Muss mindestens {least} sein."),
    "at_most": Said("Must be at most {most}.", "Darf höchstens {most} sein."),
    "empty": _EMPTY,
    "not_decimal": Said(
        "Must be a whole or decimal number.", "Muss eine ganze Zahl oder eine Dezimalzahl sein."
    ),
    "not_flag": Said("Must be true or false.", "Muss true oder false sein."),
    "not_object": _OBJECT,
    "not_string": Said("Must be a string.", "Muss ein String sein."),
    "not_whole_between": Said(
        "Must be a whole number from {least} to {most}.", "Muss eine ganze Zahl von {least} bis {most} sein."
    ),
    "string_between": Said(
        "Must be a string of {least} to {most} characters.",
        "Muss ein String von {least} bis {most} Zeichen sein.",
    ),
    "too_many_characters": Said(
        "Must not be longer than {most} characters.", "Darf nicht länger als {most} Zeichen sein."
    ),
    # Texts
    "blank_or_lines": Said(
        "Must be one line that is not blank.", "Muss eine Zeile sein, die nicht leer ist."
    ),
    "controls": Said(
        "Must have no control characters except line ends.",
        "Darf außer Zeilenenden keine Steuerzeichen enthalten.",
    ),
    "controls_or_lines": Said(
        "Must be one line without control characters.", "Muss eine Zeile ohne Steuerzeichen sein."
    ),
    "half_character": Said(
        "Not valid Unicode: half of a surrogate pair.",
        "Kein gültiges Unicode: die Hälfte eines Surrogatpaars.",
    ),
    "not_address": Said("Must be an e-mail address.", "Muss eine E-Mail-Adresse sein."),
    "not_currency": Said(
        "Must be the code of a currency in use, like EUR.",
        "Muss der Code einer heutigen Währung wie EUR sein.",
    ),
    "not_language_tag": Said(
        "Not a language tag like de, de-AT or zh-Hant-TW (BCP 47).",
        "Kein Sprachkürzel wie de, de-AT oder zh-Hant-TW (BCP 47).",
    ),
    "not_slug": Said(
        "Must be lowercase letters and digits, with hyphens between them.",
        "Darf nur aus Kleinbuchstaben und Ziffern bestehen, mit Bindestrichen dazwischen.",
    ),
    # Choices
    "choice_repeated": Said("Must not contain a choice twice.", "Darf keinen Wert doppelt enthalten."),
    "choices_repeated": Said(
        "Choices must differ from each other.", "Die choices müssen sich voneinander unterscheiden."
    ),
    "one_of": Said("Must be one of: {choices}.", "Muss einer dieser Werte sein: {choices}."),
    "one_of_many": Said(
        "Must be one of: {choices} and more.", "Muss einer dieser Werte sein: {choices} und weitere."
    ),
    "one_or_some_of": Said(
        "Must be one or more of {choices}, separated by commas.",
        "Muss einer oder mehrere dieser Werte sein, durch Kommas getrennt: {choices}.",
    ),
    "some_of": Said(
        "Must be an array of these values: {choices}.",
        "Muss ein Array aus diesen Werten sein: {choices}.",
    ),
    "some_of_many": Said(
        "Must be an array of these values: {choices} and more.",
        "Muss ein Array aus diesen Werten sein: {choices} und weiteren.",
    ),
    "too_many_choices": Said(
        "Must not have more than {most} choices.", "Darf nicht mehr als {most} Werte enthalten."
    ),
    # Dates and times
    "date_out_of_range": Said(
        "Must be between the years {first} and {last}.", "Muss zwischen den Jahren {first} und {last} liegen."
    ),
    "external_ids_differ": Said(
        "external_id and external_uuid are one and the same.",
        "external_id und external_uuid sind dasselbe.",
    ),
    "more_than_units": Said(
        "The booking has {most} of this service: no list of more can go with it.",
        "Die Buchung hat {most} von dieser Leistung: Mehr Listen kann es dazu nicht geben.",
    ),
    "midnight_start": Said(
        "A start at midnight is 00:00 of the next day, not 24:00.",
        "Ein Beginn um Mitternacht ist 00:00 des nächsten Tages, nicht 24:00.",
    ),
    "no_such_date": Said(
        "This date, time or UTC offset does not exist.",
        "Dieses Datum, diese Uhrzeit oder diesen UTC-Versatz gibt es nicht.",
    ),
    "not_after": Said("Must not be after {last}.", "Darf nicht nach dem {last} liegen."),
    "not_before": Said("Must not be before {first}.", "Darf nicht vor dem {first} liegen."),
    "not_day": _DATE,
    "not_month_day": Said(
        "Must be a day from 1 to 31, or from -1 (the last) to -31.",
        "Muss ein Tag von 1 bis 31 oder von -1 (dem letzten) bis -31 sein.",
    ),
    "not_moment": Said(
        "Must be a date and time like 2026-04-15T09:00:00+02:00.",
        "Muss Datum und Uhrzeit enthalten, wie 2026-04-15T09:00:00+02:00.",
    ),
    "not_moment_in_string": Said(
        "Must be a string like 2026-04-15T09:00:00+02:00.",
        "Muss ein String wie 2026-04-15T09:00:00+02:00 sein.",
    ),
    "not_instant": Said(
        "Must be a date like 2026-04-15T09:00:00+02:00.",
        "Muss ein Datum wie 2026-04-15T09:00:00+02:00 sein.",
    ),
    "not_times": Said(
        "Must be a time as HH:MM, up to 24:00.", "Muss eine Uhrzeit als HH:MM sein, bis 24:00."
    ),
    "not_weekday": Said(
        "Must be a weekday like MO, 1MO or -1FR.", "Muss ein Wochentag wie MO, 1MO oder -1FR sein."
    ),
    "not_zone": Said(
        "Must be the name of an IANA time zone, like Europe/Berlin.",
        "Muss der Name einer IANA-Zeitzone sein, wie Europe/Berlin.",
    ),
    "ordinal_weekday": Said(
        "Numbered weekdays work only in monthly (up to 5) and yearly (up to 53) series.",
        "Nummerierte Wochentage gibt es nur in monatlichen (bis 5) und jährlichen (bis 53) Serien.",
    ),
    "series_numbers": Said(
        "Interval and count must be at least 1.", "interval und count müssen mindestens 1 sein."
    ),
    "skipped_by_clock": Said(
        "Does not exist in {zone}: the clock change skips it.",
        "Gibt es in {zone} nicht: Die Zeitumstellung überspringt diese Uhrzeit.",
    ),
    "time_skipped_by_clock": Said(
        "{moment} does not exist in {zone}: the clock change skips it.",
        "{moment} gibt es in {zone} nicht: Die Zeitumstellung überspringt diese Uhrzeit.",
    ),
    # Limits of queries
    "too_many_days": Said(
        "Ask for at most {most} days at once.",
        "Bitte fragen Sie höchstens {most} Tage auf einmal ab.",
    ),
    "too_many_days_of_all": Said(
        "Ask for at most {most} days at once, or name resources in filter[resources].",
        "Bitte fragen Sie höchstens {most} Tage auf einmal ab, oder nennen Sie Ressourcen in filter[resources].",
    ),
    "too_many_resources": Said(
        "Name at most {most} resources.", "Bitte geben Sie höchstens {most} Ressourcen an."
    ),
    "too_many_resources_planned": Said(
        "The organization has more than {most} resources. Name some of them in resource_id.",
        "Die Organisation hat mehr als {most} Ressourcen. Bitte nennen Sie einige davon in resource_id.",
    ),
    "too_many_planned": Said(
        "These days have more than {most} bookings. Ask for fewer days, or name some resources in resource_id.",
        "Diese Tage haben mehr als {most} Buchungen. Bitte fragen Sie weniger Tage ab, oder nennen Sie einige"
        " Ressourcen in resource_id.",
    ),
    "too_many_owners": Said(
        "This query spans {count} resources and timeslot series; the limit is {most}. Name fewer.",
        "Die Abfrage umfasst {count} Ressourcen und Zeitfenster-Reihen; möglich sind {most}. Bitte nennen Sie weniger.",
    ),
    "too_many_resource_days": Said(
        "This query spans {days} resource-days; the limit is {most}. Ask for fewer resources or days.",
        "Die Abfrage umfasst {days} Ressourcentage; möglich sind {most}. Bitte fragen Sie weniger Ressourcen oder"
        " weniger Tage ab.",
    ),
    "duration_beside_series": Said(
        "Slots of a timeslot series have a fixed length. Leave the duration out.",
        "Die Zeitfenster einer Reihe haben eine feste Länge. Bitte lassen Sie duration weg.",
    ),
    # Documents
    "not_linkage": Said("Must be {shape}.", "Muss {shape} sein."),
    # Items of the catalog
    "choices_missing": Said("A {type} field needs choices.", "Ein Feld vom Typ {type} braucht choices."),
    "earliest_after_latest": Said(
        "Earliest must not be after latest.", "earliest darf nicht nach latest liegen."
    ),
    "limits_misplaced": Said(
        "A {type} field cannot have {names}.", "Ein Feld vom Typ {type} kann kein {names} haben."
    ),
    "minimum_above_maximum": Said(
        "Minimum must not be above maximum.", "minimum darf nicht über maximum liegen."
    ),
    "discount_of_one_kind": Said(
        "Send either percent or amount.", "Bitte geben Sie entweder percent oder amount an."
    ),
    "unknown_placeholder": Said(
        "Unknown placeholder {{{name}}}. Allowed: {names}.",
        "Unbekannter Platzhalter {{{name}}}. Möglich sind: {names}.",
    ),
    "not_local_time": Said(
        "Must be a time like 18:00, up to 23:59.", "Muss eine Uhrzeit wie 18:00 sein, bis 23:59."
    ),
    "offset_or_local_time": Said(
        "A reminder needs either offset or local_time (with days).",
        "Eine Erinnerung braucht entweder offset oder local_time (mit days).",
    ),
    "time_of_reminders_only": Said(
        "Only reminders (before_start, after_end) take offset, local_time or days.",
        "Nur Erinnerungen (before_start, after_end) haben offset, local_time oder days.",
    ),
    "staff_addresses": Said(
        "The recipient staff and staff_emails need each other. Send both or neither.",
        "Der Empfänger staff und staff_emails gehören zusammen. Bitte senden Sie beides oder keines.",
    ),
    "percent_or_amount": Said(
        "A voucher needs either percent or amount.", "Ein Gutschein braucht entweder percent oder amount."
    ),
}
