"""Errors of a file's rows, for people: each names the column as the file does, and the value."""

from frontdesk.errors.entries import Error, Said, Text

ERRORS = {
    "wrong_number_of_cells": Error(
        422,
        en=Text("wrong number of cells", "The row has {cells} cells, the header {columns}."),
        de=Text("falsche Zahl von Zellen", "Die Zeile hat {cells} Zellen, die Kopfzeile {columns}."),
        at="the row",
        when="more or fewer cells than the header",
    ),
    "cell_wrong": Error(
        422,
        en=Text("cell not understood", "{column} {value:q}: {reason}"),
        de=Text("Zelle nicht verstanden", "{column} {value:q}: {reason}"),
        at="the column",
        when="a cell that is not what its column is for",
    ),
    "name_not_found": Error(
        422,
        en=Text("nothing of that name", "{column} {value:q}: {reason}"),
        de=Text("nichts mit diesem Namen", "{column} {value:q}: {reason}"),
        at="the column",
        when="no id, external id, slug or name of anything",
    ),
    "name_ambiguous": Error(
        422,
        en=Text("several of that name", "{column} {value:q}: {reason}"),
        de=Text("mehrere mit diesem Namen", "{column} {value:q}: {reason}"),
        at="the column",
        when="the name of more than one",
    ),
    "no_end": Error(
        422,
        en=Text(
            "no end",
            "The row does not say when the booking ends: there is no end, no duration, and the service may take any time.",
        ),
        de=Text(
            "kein Ende",
            "Die Zeile sagt nicht, wann die Buchung endet: Es gibt kein Ende und keine Dauer, und die Leistung kann beliebig"
            " lange dauern.",
        ),
        at="`end_date`",
        when="neither an end nor a duration, nor a service that always takes as long",
    ),
    "past_row": Error(
        422,
        en=Text(
            "in the past",
            'The booking would begin in the past. Say in the mapping what is to become of such rows: past "book" or "skip".',
        ),
        de=Text(
            "in der Vergangenheit",
            "Die Buchung würde in der Vergangenheit beginnen. Bitte in der Zuordnung angeben, was mit solchen Zeilen"
            ' geschehen soll: past "book" oder "skip".',
        ),
        at="the start",
        when="a row whose time is over, and a mapping that says nothing of it",
    ),
    "external_id_differs": Error(
        422,
        en=Text("external id differs", "The rows of one order have one external_id."),
        de=Text("abweichende external_id", "Die Zeilen eines Auftrags haben dieselbe external_id."),
        at="`external_id`",
        when="rows of one order with several",
    ),
    "external_id_reused": Error(
        422,
        en=Text(
            "external id reused",
            "An order with this external_id is there already, and its content is another. Change that order, or use a"
            " new external_id.",
        ),
        de=Text(
            "external_id wiederverwendet",
            "Es gibt schon einen Auftrag mit dieser external_id und anderem Inhalt. Bitte diesen Auftrag ändern oder"
            " eine neue external_id verwenden.",
        ),
        at="`external_id`",
        when="an order of that id is there with another content",
    ),
    "order_column_differs": Error(
        422,
        en=Text("order column differs", "Another row of this order has another value here."),
        de=Text(
            "abweichende Angabe zum Auftrag", "Eine andere Zeile dieses Auftrags hat hier einen anderen Wert."
        ),
        at="the column",
        when="what is said of the whole order is not the same in each of its rows",
    ),
    "order_refused": Error(
        422,
        en=Text("order refused", "Other rows of this order are refused: {lines}."),
        de=Text("Auftrag abgelehnt", "Andere Zeilen dieses Auftrags sind abgelehnt: {lines}."),
        at="",
        when="of a row without errors of its own",
    ),
    "customer_given_twice": Error(
        422,
        en=Text("customer given twice", "Name the customer by id or by e-mail, not both."),
        de=Text(
            "Kunde doppelt angegeben",
            "Bitte den Kunden mit id oder E-Mail-Adresse angeben, nicht mit beidem.",
        ),
        at="`customer`",
        when="by id and by address",
    ),
    "not_imported": Error(
        503,
        en=Text("not imported", "This row could not be imported now. Import the file again."),
        de=Text(
            "nicht importiert",
            "Diese Zeile konnte jetzt nicht importiert werden. Bitte die Datei noch einmal importieren.",
        ),
        at="",
        when="could not be settled now",
    ),
}

PHRASES = {
    # cell_wrong
    "not_date_or_time": Said(
        "Not a date or time that we can read, such as 2031-01-13 or 9:00.",
        "Kein lesbares Datum und keine Uhrzeit, wie 13.01.2031 oder 9:00.",
    ),
    "no_such_day": Said(
        "There is no such day, as the dates of this column are written.",
        "Einen solchen Tag gibt es nicht, so wie die Daten dieser Spalte geschrieben sind.",
    ),
    "no_day_in_cell": Said("The row has a time and no date.", "Die Zeile hat eine Uhrzeit und kein Datum."),
    "no_time_in_cell": Said("The row has a date and no time.", "Die Zeile hat ein Datum und keine Uhrzeit."),
    "cell_empty": Said("The row does not say when.", "Die Zeile sagt nicht, wann."),
    "not_duration": Said(
        "Not a duration, such as 60, 1:15 or 1h 15min.", "Keine Dauer, wie 60, 1:15 oder 1 Std. 15 Min."
    ),
    "not_amount": Said("Not an amount of money.", "Kein Geldbetrag."),
    "not_number": Said("Not a number.", "Keine Zahl."),
    "negative_amount": Said("Less than nothing.", "Weniger als nichts."),
    "other_currency": Said("Prices are in {currency} here.", "Die Preise sind hier in {currency}."),
    "not_in_minor_units": Said(
        "{currency} has no amount as small as that.", "So kleine Beträge gibt es in {currency} nicht."
    ),
    "not_truth": Said("Neither yes nor no.", "Weder ja noch nein."),
    "price_of_several": Said(
        "A price is that of one booking: give each a row of its own.",
        "Ein Preis ist der einer Buchung: bitte jeder eine eigene Zeile geben.",
    ),
    "not_status": Said(
        "Not a status that we know: confirmed, completed, canceled or no_show. The mapping can say which it is (values).",
        "Kein bekannter Status: confirmed, completed, canceled oder no_show. Die Zuordnung kann sagen, welcher es ist (values).",
    ),
    "not_frequency": Said(
        "Not a frequency that we know: daily, weekly, monthly or yearly. The mapping can say which it is (values).",
        "Keine bekannte Häufigkeit: daily, weekly, monthly oder yearly. Die Zuordnung kann sagen, welche es ist (values).",
    ),
    "not_hours": Said(
        "Not opening hours, such as Mon-Fri 9:00-18:00, Sat 10:00-14:00.",
        "Keine Öffnungszeiten, wie Mo-Fr 9:00-18:00, Sa 10:00-14:00.",
    ),
    # customer_not_found
    "no_customer_of_name": Said(
        'There is no customer {name:q}. To have new customers made, set missing to "create" in the mapping.',
        'Es gibt keinen Kunden {name:q}. Sollen neue angelegt werden, in der Zuordnung missing auf "create" setzen.',
    ),
    # name_not_found, name_ambiguous
    "name_of_none": Said("Nothing is called so.", "So heißt nichts."),
    "name_of_none_but_near": Said(
        "Nothing is called so. Close to it: {nearest}.", "So heißt nichts. Ähnlich: {nearest}."
    ),
    "name_of_several": Said(
        "Several are called so: {candidates}. Use the id.",
        "So heißen mehrere: {candidates}. Bitte die id verwenden.",
    ),
}
