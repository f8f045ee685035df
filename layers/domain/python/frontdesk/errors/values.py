"""Phrases that say why a value is wrong, by key. The key of a Pydantic error is its type, such as "int_parsing"."""

from frontdesk.errors.entries import Said

_ARRAY = Said("Must be an array.", "Muss ein Array sein.")
_OBJECT = Said("Must be an object.", "Muss ein Objekt sein.")
_BOOLEAN = Said("Must be true or false.", "Muss true oder false sein.")
_DATE = Said("Must be a date such as 2026-04-15.", "Muss ein Datum wie 2026-04-15 sein.")
_DECIMAL = Said("Must be a decimal number.", "Muss eine Dezimalzahl sein.")
_EMPTY = Said("Must not be empty.", "Darf nicht leer sein.")
_INTEGER = "Muss eine ganze Zahl sein."
_LONG = Said(
    "Must not be longer than {max_length} characters.", "Darf nicht länger als {max_length} Zeichen sein."
)
_MANY = Said(
    "Must have at most {max_length} characters or elements.",
    "Darf höchstens {max_length} Zeichen oder Elemente haben.",
)
_NUMBER = Said("Must be a number.", "Muss eine Zahl sein.")

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
    "extra_forbidden": Said(
        "This field does not exist. Leave it out.", "Dieses Feld gibt es nicht. Bitte lassen Sie es weg."
    ),
    "finite_number": Said("Must be a finite number.", "Muss eine endliche Zahl sein."),
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "frozen_set_type": _ARRAY,
    "greater_than": Said("Must be greater than {gt}.", "Muss größer als {gt} sein."),
    "greater_than_equal": Said("Must be at least {ge}.", "Muss mindestens {ge} sein."),
    "int_from_float": Said("Must be a whole number.", _INTEGER),
    "int_parsing": Said("Must be a whole number.", _INTEGER),
    "int_parsing_size": Said(
        "Must be a whole number with fewer digits.", "Muss eine ganze Zahl mit weniger Stellen sein."
    ),
    "int_type": Said("Must be a whole number.", _INTEGER),
    "less_than": Said("Must be less than {lt}.", "Muss kleiner als {lt} sein."),
    "less_than_equal": Said("Must be at most {le}.", "Darf höchstens {le} sein."),
    "list_type": _ARRAY,
    "literal_error": Said("Must be {expected:or}.", "Muss {expected:or} sein."),
    "not_file_name": Said("Must be a file name without a folder.", "Muss ein Dateiname ohne Ordner sein."),
    "missing": Said("This field is required.", "Dieses Feld ist erforderlich."),
    "model_attributes_type": _OBJECT,
    "model_type": _OBJECT,
    "string_too_long": _LONG,
    "string_too_short": _EMPTY,
    "string_type": Said("Must be a string.", "Muss eine Zeichenkette sein."),
    "string_unicode": Said("Not valid Unicode.", "Kein gültiges Unicode."),
    "too_long": _MANY,
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
    "not_string": Said("Must be a string.", "Muss eine Zeichenkette sein."),
    "not_whole_between": Said(
        "Must be a whole number from {least} to {most}.", "Muss eine ganze Zahl von {least} bis {most} sein."
    ),
    "string_between": Said(
        "Must be a string of {least} to {most} characters.",
        "Muss eine Zeichenkette von {least} bis {most} Zeichen sein.",
    ),
    "too_many_characters": Said(
        "Must not be longer than {most} characters.", "Darf nicht länger als {most} Zeichen sein."
    ),
    # Texts
    "blank_or_lines": Said(
        "Must be a single line, and must not be blank.",
        "Muss aus einer einzigen, nicht leeren Zeile bestehen.",
    ),
    "controls": Said(
        "Must not contain control characters other than line breaks.",
        "Darf außer Zeilenumbrüchen keine Steuerzeichen enthalten.",
    ),
    "controls_or_lines": Said(
        "Must be a single line without control characters.",
        "Muss aus einer einzigen Zeile ohne Steuerzeichen bestehen.",
    ),
    "half_character": Said(
        "Not valid Unicode: contains half of a surrogate pair.",
        "Kein gültiges Unicode: enthält nur die Hälfte eines Surrogatpaars.",
    ),
    "not_address": Said("Must be an email address.", "Muss eine E-Mail-Adresse sein."),
    "not_currency": Said(
        "Must be a current currency code, such as EUR.",
        "Muss ein gültiger Währungscode sein, zum Beispiel EUR.",
    ),
    "not_language_tag": Said(
        "Must be a language tag such as de, de-AT or zh-Hant-TW (BCP 47).",
        "Muss ein Sprachkürzel wie de, de-AT oder zh-Hant-TW sein (BCP 47).",
    ),
    "not_slug": Said(
        "Must contain only lowercase letters and digits, and hyphens between them.",
        "Darf nur Kleinbuchstaben und Ziffern enthalten, dazwischen auch Bindestriche.",
    ),
    # Choices
    "choice_repeated": Said("Must not contain the same choice twice.", "Darf keinen Wert doppelt enthalten."),
    "choices_repeated": Said(
        "The values in 'choices' must all be different.",
        "Die Werte in 'choices' müssen alle verschieden sein.",
    ),
    "one_of": Said("Must be one of: {choices:q}.", "Muss einer dieser Werte sein: {choices:q}."),
    "one_of_many": Said(
        "Must be one of the allowed values, such as {choices:q}.",
        "Muss einer der möglichen Werte sein, zum Beispiel {choices:q}.",
    ),
    "one_or_some_of": Said(
        "Must be one or more of {choices:q}, separated by commas.",
        "Muss einer oder mehrere dieser Werte sein, durch Kommas getrennt: {choices:q}.",
    ),
    "some_of": Said(
        "Must be an array that contains only these values: {choices:q}.",
        "Muss ein Array sein, das nur diese Werte enthält: {choices:q}.",
    ),
    "some_of_many": Said(
        "Must be an array of allowed values, such as {choices:q}.",
        "Muss ein Array möglicher Werte sein, zum Beispiel {choices:q}.",
    ),
    "too_many_choices": Said(
        "Must contain at most {most} choices.", "Darf höchstens {most} Werte enthalten."
    ),
    # Dates and times
    "date_out_of_range": Said(
        "The year must be between {first} and {last}.", "Das Jahr muss zwischen {first} und {last} liegen."
    ),
    "external_ids_differ": Said(
        "The field 'external_uuid' is another name for 'external_id'. Send only one of these fields, or the same value in "
        "both.",
        "Das Feld 'external_uuid' ist ein anderer Name für 'external_id'. Bitte senden Sie nur eines dieser Felder oder in "
        "beiden denselben Wert.",
    ),
    "more_than_units": Said(
        "In this field, each unit of the service has a list of its own. The booking has only {most:unit|units} of this "
        "service. Leave out the extra lists.",
        "In diesem Feld hat jede Einheit der Leistung eine eigene Liste. Die Buchung enthält nur {most:Einheit|Einheiten} "
        "dieser Leistung. Bitte lassen Sie die überzähligen Listen weg.",
    ),
    "midnight_start": Said(
        "For a start at midnight, send 00:00 of the next day instead of 24:00.",
        "Für einen Beginn um Mitternacht geben Sie bitte 00:00 des nächsten Tages an, nicht 24:00.",
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
        "Must be a date and time such as 2026-04-15T09:00:00+02:00.",
        "Muss Datum und Uhrzeit enthalten, wie 2026-04-15T09:00:00+02:00.",
    ),
    "not_moment_in_string": Said(
        "Must be a string such as 2026-04-15T09:00:00+02:00.",
        "Muss eine Zeichenkette wie 2026-04-15T09:00:00+02:00 sein.",
    ),
    "not_instant": Said(
        "Must be a date and time such as 2026-04-15T09:00:00+02:00.",
        "Muss Datum und Uhrzeit enthalten, wie 2026-04-15T09:00:00+02:00.",
    ),
    "not_times": Said(
        "Must be a time in the form HH:MM, at most 24:00.",
        "Muss eine Uhrzeit in der Form HH:MM sein, höchstens 24:00.",
    ),
    "not_weekday": Said(
        "Must be a weekday such as MO, 1MO or -1FR.", "Muss ein Wochentag wie MO, 1MO oder -1FR sein."
    ),
    "not_zone": Said(
        "Must be the name of an IANA time zone, such as Europe/Berlin.",
        "Muss der Name einer IANA-Zeitzone sein, wie Europe/Berlin.",
    ),
    "ordinal_weekday": Said(
        "A weekday with a number, such as 1MO, is allowed only in a monthly or yearly series. The number can be at most 5 in "
        "a monthly series, and at most 53 in a yearly series.",
        "Ein Wochentag mit Nummer, wie 1MO, ist nur in monatlichen und jährlichen Serien möglich. Die Nummer darf in "
        "monatlichen Serien höchstens 5 sein, in jährlichen Serien höchstens 53.",
    ),
    "series_numbers": Said(
        "The values of 'interval' and 'count' must be at least 1.",
        "Die Werte von 'interval' und 'count' müssen mindestens 1 sein.",
    ),
    "skipped_by_clock": Said(
        "This time does not exist in {zone}, because the clock change skips it. Choose another time.",
        "Diese Uhrzeit gibt es in {zone} nicht, weil die Zeitumstellung sie überspringt. Bitte wählen Sie eine andere "
        "Uhrzeit.",
    ),
    "time_skipped_by_clock": Said(
        "{moment} does not exist in {zone}, because the clock change skips it. Choose another time.",
        "{moment} gibt es in {zone} nicht, weil die Zeitumstellung diese Uhrzeit überspringt. Bitte wählen Sie eine "
        "andere Uhrzeit.",
    ),
    # Limits of queries
    "too_many_days": Said(
        "Request at most {most} days.",
        "Bitte fragen Sie höchstens {most} Tage ab.",
    ),
    "too_many_days_of_all": Said(
        "Request at most {most} days, or select resources with 'filter[resources]'.",
        "Bitte fragen Sie höchstens {most} Tage ab, oder wählen Sie mit 'filter[resources]' Ressourcen aus.",
    ),
    "too_many_resources": Said(
        "Specify at most {most} resources.", "Bitte geben Sie höchstens {most} Ressourcen an."
    ),
    "too_many_resources_planned": Said(
        "The organization has more than {most} resources. Select some of them with 'resource_id'.",
        "Die Organisation hat mehr als {most} Ressourcen. Bitte wählen Sie mit 'resource_id' einige davon aus.",
    ),
    "too_many_planned": Said(
        "These days have more than {most} bookings. Request fewer days, or select resources with 'resource_id'.",
        "Diese Tage haben mehr als {most} Buchungen. Bitte fragen Sie weniger Tage ab, oder wählen Sie mit 'resource_id' "
        "Ressourcen aus.",
    ),
    "too_many_owners": Said(
        "This query spans {count} resources and timeslot series; the limit is {most}. Request fewer.",
        "Die Abfrage umfasst {count} Ressourcen und Zeitfenster-Reihen; möglich sind {most}. Bitte fragen Sie "
        "weniger ab.",
    ),
    "too_many_resource_days": Said(
        "This query spans {days} resource-days; the limit is {most}. Request fewer resources or days.",
        "Die Abfrage umfasst {days} Ressourcentage; möglich sind {most}. Bitte fragen Sie weniger Ressourcen oder"
        " weniger Tage ab.",
    ),
    "too_many_children": Said(
        "The parameter 'include' allows 'children' only if the organization has at most {most} resources. Leave out "
        "'children'.",
        "Der Parameter 'include' erlaubt 'children' nur, wenn die Organisation höchstens {most} Ressourcen hat. Bitte "
        "lassen Sie 'children' weg.",
    ),
    "too_many_beside": Said(
        "The items of this page have more than {most} resources, services and customers in total. Request smaller "
        "pages.",
        "Die Einträge dieser Seite haben insgesamt mehr als {most} Ressourcen, Leistungen und Kunden. Bitte "
        "fragen Sie kleinere Seiten ab.",
    ),
    "too_many_included": Said(
        "The items of this page have more than {most} bookings in total. Request smaller pages.",
        "Die Einträge dieser Seite haben insgesamt mehr als {most} Buchungen. Bitte fragen Sie kleinere Seiten ab.",
    ),
    "duration_beside_series": Said(
        "The slots of a timeslot series have a fixed length. Leave out the parameter 'duration'.",
        "Die Zeitfenster einer Reihe haben eine feste Länge. Bitte lassen Sie den Parameter 'duration' weg.",
    ),
    # Documents
    "not_linkage": Said("Must be {shape}.", "Muss {shape} sein."),
    # Items of the catalog
    "choices_missing": Said(
        "A custom field of type '{type}' needs the field 'choices', with at least one value.",
        "Ein Zusatzfeld vom Typ '{type}' braucht das Feld 'choices' mit mindestens einem Wert.",
    ),
    "earliest_after_latest": Said(
        "The date in 'earliest' must not be after the date in 'latest'.",
        "Das Datum in 'earliest' darf nicht nach dem Datum in 'latest' liegen.",
    ),
    "limits_misplaced": Said(
        "A custom field of type '{type}' cannot have these fields: {names}.",
        "Ein Zusatzfeld vom Typ '{type}' kann diese Felder nicht haben: {names}.",
    ),
    "minimum_above_maximum": Said(
        "The value of 'minimum' must not exceed the value of 'maximum'.",
        "Der Wert von 'minimum' darf nicht größer als der Wert von 'maximum' sein.",
    ),
    "discount_of_one_kind": Said(
        "Send either 'percent' or 'amount'.", "Bitte geben Sie entweder 'percent' oder 'amount' an."
    ),
    "unknown_placeholder": Said(
        "Unknown placeholder {{{name}}}. Allowed: {names}.",
        "Unbekannter Platzhalter {{{name}}}. Möglich sind: {names}.",
    ),
    "not_local_time": Said(
        "Must be a time such as 18:00, at most 23:59.", "Muss eine Uhrzeit wie 18:00 sein, höchstens 23:59."
    ),
    "offset_or_local_time": Said(
        "A reminder needs either 'offset' or 'local_time'. The field 'days' is allowed only with 'local_time'.",
        "Eine Erinnerung braucht entweder 'offset' oder 'local_time'. Das Feld 'days' ist nur zusammen mit 'local_time' "
        "möglich.",
    ),
    "time_of_reminders_only": Said(
        "Only reminders (events 'before_start' and 'after_end') can have 'offset', 'local_time' or 'days'.",
        "Nur Erinnerungen (Ereignisse 'before_start' und 'after_end') können 'offset', 'local_time' oder 'days' haben.",
    ),
    "staff_addresses": Said(
        "If the field 'recipients' contains 'staff', the field 'staff_emails' is required. Otherwise, leave out "
        "'staff_emails'.",
        "Wenn das Feld 'recipients' den Wert 'staff' enthält, ist das Feld 'staff_emails' erforderlich. Sonst lassen Sie "
        "'staff_emails' bitte weg.",
    ),
    "not_in_the_future": Said("Must be in the future.", "Muss in der Zukunft liegen."),
    "answers_only_erased": Said(
        "An answer can only be erased, not changed. Send null.",
        "Eine Antwort lässt sich nur löschen, nicht ändern. Bitte senden Sie null.",
    ),
    "percent_or_amount": Said(
        "A voucher needs either 'percent' or 'amount'.",
        "Ein Gutschein braucht entweder 'percent' oder 'amount'.",
    ),
}
